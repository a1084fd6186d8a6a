"""Life of a stay and where a night's price comes from. A leaf."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class StayStatus(models.TextChoices):
    """Where a stay stands. Due in, due out, late are derived from dates, never stored."""

    WAITLISTED = "waitlisted", _("Waitlisted")
    TENTATIVE = "tentative", _("Tentative")
    CONFIRMED = "confirmed", _("Confirmed")
    IN_HOUSE = "in_house", _("In house")
    CHECKED_OUT = "checked_out", _("Checked out")
    NO_SHOW = "no_show", _("No-show")
    CANCELLED = "cancelled", _("Cancelled")


_S = StayStatus
TRANSITIONS: dict[str, frozenset[str]] = {
    _S.WAITLISTED: frozenset({_S.TENTATIVE, _S.CONFIRMED, _S.CANCELLED}),
    _S.TENTATIVE: frozenset({_S.CONFIRMED, _S.CANCELLED, _S.NO_SHOW, _S.IN_HOUSE}),
    _S.CONFIRMED: frozenset({_S.IN_HOUSE, _S.CANCELLED, _S.NO_SHOW}),
    _S.IN_HOUSE: frozenset({_S.CHECKED_OUT, _S.CONFIRMED}),  # confirmed: reverse check-in
    _S.CHECKED_OUT: frozenset({_S.IN_HOUSE}),  # restore check-out
    _S.NO_SHOW: frozenset({_S.CONFIRMED}),  # reactivate
    _S.CANCELLED: frozenset({_S.CONFIRMED, _S.TENTATIVE}),  # reactivate
}
HOLDS_INVENTORY = frozenset({_S.TENTATIVE, _S.CONFIRMED, _S.IN_HOUSE})  # nights count as sold by type and date


def can_move(source: str, target: str) -> bool:
    """Whether a stay may go from ``source`` to ``target``."""
    return target in TRANSITIONS[source]


class BookingKind(models.TextChoices):
    """One party or a group."""

    INDIVIDUAL = "individual", _("Individual")
    GROUP = "group", _("Group")


class PriceSource(models.TextChoices):
    """Where a night's price comes from."""

    RATE = "rate", _("Rate plan")
    MEMBER = "member", _("Member price")
    CUSTOM = "custom", _("Custom price")
    FREE = "free", _("Free room")
    HOURLY = "hourly", _("Hourly price")


class OccupancyKind(models.TextChoices):
    """What takes a room for a time."""

    STAY = "stay", _("Stay")
    DAY_USE = "day_use", _("Day use")
    BLOCK = "block", _("Out of order")
    HOLD = "hold", _("Held")
