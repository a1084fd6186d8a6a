"""Refusals when prices and what may be sold are changed."""

from django.utils.translation import gettext_lazy as _

from oms.lib.errors import DomainError


class BadRange(DomainError):
    """The dates or what is chosen make no change."""

    code = "rates_bad_range"
    message = _("%(fact)s")


class BadPrice(DomainError):
    """A price would leave what a price can be."""

    code = "rates_bad_price"
    message = _("%(type)s on %(date)s would cost %(price)s: a price is from 0.00 to 999,999.99.")


class NightsOutOfOrder(DomainError):
    """The shortest stay would be longer than the longest."""

    code = "rates_nights_out_of_order"
    message = _("%(type)s on %(date)s: at least %(least)s nights, but at most %(most)s.")


class BelowSold(DomainError):
    """More is sold already than there would be."""

    code = "rates_below_sold"
    message = _("%(type)s on %(date)s: %(sold)s are sold of %(rooms)s rooms, so overbooking can't go below %(least)s.")


class ChangedSince(DomainError):
    """Somebody changed the same cells after the change that is to be undone."""

    code = "rates_changed_since"
    message = _("%(number)s of these were changed again since; nothing was undone.")


class NothingToUndo(DomainError):
    """No such change, or it was undone already."""

    code = "rates_nothing_to_undo"
    message = _("This was undone already, or can't be undone.")
