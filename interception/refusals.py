"""Why interception says no."""

from django.utils.translation import gettext_lazy as _

from oms.lib.errors import DomainError


class NotOpen(DomainError):
    """Somebody, or the check itself, has decided it already."""

    code = "interception_not_open"
    message = _("This interception of %(number)s is no longer open.")


class NotReviewable(DomainError):
    """A system lock opens only when its problem is gone."""

    code = "interception_not_reviewable"
    message = _("%(number)s is locked by the system: mend the cause, then mark it as handled.")


class TooLateToUndo(DomainError):
    """The decision is more than ten seconds old, somebody else's, or the order has moved on."""

    code = "interception_too_late"
    message = _("This decision can't be undone any more: %(number)s has moved on.")


class NotAColleague(DomainError):
    """The person may not decide this order's reviews."""

    code = "interception_not_a_colleague"
    message = _("%(name)s may not decide reviews of %(number)s.")


class StillWrong(DomainError):
    """The check ran again and found the same, or something else."""

    code = "interception_still_wrong"
    message = _("Still locked: %(why)s")
