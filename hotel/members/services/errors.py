"""Refusals about guests and members."""

from django.utils.translation import gettext_lazy as _

from oms.lib.errors import DomainError


class BadPerson(DomainError):
    """Something said about a person can't be true. ``field`` is the one of Person it is about."""

    code = "guest_bad_person"
    message = _("%(fact)s")


class GuestGone(DomainError):
    """The guest was erased, or merged into another."""

    code = "guest_gone"
    message = _("This guest was erased or merged into another.")


class GuestChanged(DomainError):
    """Somebody else saved in between. ``fields`` names what differs now."""

    code = "guest_changed"
    message = _("Somebody changed this guest meanwhile: %(fields)s. Look at the difference and save again.")


class DocumentTaken(DomainError):
    """The document is another guest's: they are the same person, so merge them."""

    code = "guest_document_taken"
    message = _("This document is registered for another guest. Merge the two instead.")


class Blacklisted(DomainError):
    """A hard stop; somebody with the right to may let the guest in, with a reason."""

    code = "guest_blacklisted"
    message = _("%(guest)s is on the blacklist: %(reason)s")


class SayWhy(DomainError):
    """The command needs a reason."""

    code = "member_reason_needed"
    message = _("Say why.")


class CannotMerge(DomainError):
    """The two are no two guests of one branch."""

    code = "guest_cannot_merge"
    message = _("Choose two different guests of one branch, neither erased nor merged.")


class CannotErase(DomainError):
    """The guest is still needed by name."""

    code = "guest_cannot_erase"
    message = _("%(fact)s")


class AlreadyMember(DomainError):
    """One membership per guest."""

    code = "member_already"
    message = _("This guest is a member already: %(number)s.")


class MemberInactive(DomainError):
    """Nothing moves on a closed membership."""

    code = "member_inactive"
    message = _("Membership %(number)s is closed.")


class BadValue(DomainError):
    """The amount or number makes no sense."""

    code = "member_bad_amount"
    message = _("%(amount)s is no amount for this: it must be above 0 and at most %(most)s.")


class NotEnoughValue(DomainError):
    """The stored value doesn't cover it."""

    code = "member_not_enough_value"
    message = _("Stored value is %(value)s; %(amount)s is too much.")


class NotEnoughPoints(DomainError):
    """The points don't cover it."""

    code = "member_not_enough_points"
    message = _("There are %(points)s points; %(wanted)s are too many.")


class EntryReversed(DomainError):
    """An entry is reversed once."""

    code = "member_entry_reversed"
    message = _("Entry %(entry)s was reversed already, or is a reversal itself.")
