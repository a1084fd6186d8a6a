"""Life of a warehouse document. A leaf."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DocumentKind(models.TextChoices):
    """What the warehouse is told to do."""

    SHIP = "ship", _("Ship")
    RECEIVE = "receive", _("Receive a return")


class DocumentStatus(models.TextChoices):
    """Where the document stands."""

    QUEUED = "queued", _("Queued")
    ACCEPTED = "accepted", _("To pick")
    PICKING = "picking", _("Picking")
    PACKED = "packed", _("Packed")
    SHIPPED = "shipped", _("Shipped")
    VOIDING = "voiding", _("Voiding")
    VOIDED = "voided", _("Voided")
    FAILED = "failed", _("Failed")


_D = DocumentStatus
TRANSITIONS: dict[str, frozenset[str]] = {
    _D.QUEUED: frozenset({_D.ACCEPTED, _D.FAILED, _D.VOIDED}),
    _D.FAILED: frozenset({_D.QUEUED, _D.ACCEPTED, _D.VOIDED}),
    _D.ACCEPTED: frozenset({_D.PICKING, _D.PACKED, _D.SHIPPED, _D.VOIDING, _D.VOIDED}),
    _D.PICKING: frozenset({_D.PACKED, _D.SHIPPED, _D.VOIDING, _D.VOIDED}),
    _D.PACKED: frozenset({_D.PICKING, _D.SHIPPED, _D.VOIDING}),
    _D.VOIDING: frozenset({_D.VOIDED, _D.ACCEPTED, _D.SHIPPED}),
    _D.SHIPPED: frozenset(),
    _D.VOIDED: frozenset(),
}
OPEN = frozenset({_D.QUEUED, _D.FAILED, _D.ACCEPTED, _D.PICKING, _D.PACKED, _D.VOIDING})
SHIPPABLE = frozenset({_D.ACCEPTED, _D.PICKING, _D.PACKED})


def can_move(source: str, target: str) -> bool:
    """Whether a document may go from ``source`` to ``target``."""
    return target in TRANSITIONS[source]
