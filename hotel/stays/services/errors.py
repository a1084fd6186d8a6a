"""Refusals of the commands on stays."""

from django.utils.translation import gettext_lazy as _

from oms.lib.errors import DomainError

LONGEST_STAY = 365  # nights


class BadDates(DomainError):
    """Arrival, departure or length make no sense."""

    code = "stay_bad_dates"
    message = _("%(fact)s Arrival %(arrival)s, departure %(departure)s.")


class WrongStatus(DomainError):
    """The stay is not in a state for this."""

    code = "stay_wrong_status"
    message = _("%(stay)s is %(status)s: this is not possible now.")


class NoRoom(DomainError):
    """The stay has no room yet."""

    code = "stay_no_room"
    message = _("%(stay)s has no room yet. Assign one first.")


class NoGuest(DomainError):
    """The stay has no registered guest yet."""

    code = "stay_no_guest"
    message = _("%(stay)s has no registered guest yet. Find or register the guest first.")


class RoomNotReady(DomainError):
    """The room is not clean."""

    code = "stay_room_not_ready"
    message = _("Room %(room)s is %(status)s. Choose a clean room, or have it marked clean.")


class RoomBlocked(DomainError):
    """The room is out of order."""

    code = "stay_room_blocked"
    message = _("Room %(room)s is out of order until %(until)s: %(reason)s.")


class WrongRoomType(DomainError):
    """The room is of another type than was sold."""

    code = "stay_wrong_room_type"
    message = _("Room %(room)s is a %(type)s, the stay was sold as %(sold)s. Change the type first.")


class NotToday(DomainError):
    """The stay does not arrive on the business date."""

    code = "stay_not_today"
    message = _("%(stay)s arrives on %(arrival)s; today is %(today)s.")


class Blacklisted(DomainError):
    """The guest may not stay here without somebody's override."""

    code = "stay_guest_blacklisted"
    message = _("%(guest)s is blacklisted: %(reason)s.")


class BalanceOpen(DomainError):
    """The guest has not paid, or is owed money."""

    code = "stay_balance_open"
    message = _("%(stay)s has a balance of %(balance)s. Settle it first.")
