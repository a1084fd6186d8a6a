"""What a room can be. A leaf."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Housekeeping(models.TextChoices):
    """How clean a room is."""

    DIRTY = "dirty", _("Dirty")
    CLEANING = "cleaning", _("Being cleaned")
    CLEAN = "clean", _("Clean")
    INSPECTED = "inspected", _("Inspected")


class BlockKind(models.TextChoices):
    """Why a room is not in service: out of order is not for sale, out of service is for sale in need."""

    OOO = "ooo", _("Out of order")
    OOS = "oos", _("Out of service")


class ServiceFlag(models.TextChoices):
    """What the guest asked for at the door."""

    NONE = "none", _("None")
    DND = "dnd", _("Do not disturb")
    MAKE_UP = "make_up", _("Make up room")


HK_MOVES: dict[str, frozenset[str]] = {
    Housekeeping.DIRTY: frozenset({Housekeeping.CLEANING, Housekeeping.CLEAN, Housekeeping.INSPECTED}),
    Housekeeping.CLEANING: frozenset({Housekeeping.DIRTY, Housekeeping.CLEAN, Housekeeping.INSPECTED}),
    Housekeeping.CLEAN: frozenset({Housekeeping.DIRTY, Housekeeping.CLEANING, Housekeeping.INSPECTED}),
    Housekeeping.INSPECTED: frozenset({Housekeeping.DIRTY, Housekeeping.CLEANING, Housekeeping.CLEAN}),
}


def room_code(*, occupied: bool, housekeeping: str, block: str | None) -> str:
    """The code staff say: VC VD VI OC OD OOO OOS. ``block`` is the block in force now, if any."""
    if block:
        return block.upper()
    if occupied:
        return "OC" if housekeeping in {Housekeeping.CLEAN, Housekeeping.INSPECTED} else "OD"
    return {Housekeeping.INSPECTED: "VI", Housekeeping.CLEAN: "VC"}.get(Housekeeping(housekeeping), "VD")
