"""Statuses of an order and the moves between them. A leaf: imports nothing of ours."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderType(models.TextChoices):
    """What the order is for."""

    SALE = "sale", _("Sale")
    RETURN = "return", _("Return")
    REISSUE = "reissue", _("Reissue")


class OrderOrigin(models.TextChoices):
    """How it reached us."""

    ONLINE = "online", _("Online")
    OFFLINE = "offline", _("Offline")


class OrderStatus(models.TextChoices):
    """Where the order stands."""

    NEW = "new", _("New")
    PENDING_PAYMENT = "pending_payment", _("Pending payment")
    PENDING_SPLIT = "pending_split", _("Pending split")
    PENDING_DISPATCH = "pending_dispatch", _("Pending dispatch")
    PENDING_SHIPMENT = "pending_shipment", _("Pending shipment")
    SHIPPED = "shipped", _("Shipped")
    SIGNED = "signed", _("Signed")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")
    REJECTED = "rejected", _("Rejected")
    INVALID = "invalid", _("Invalid")


class PaymentStatus(models.TextChoices):
    """How far it is paid."""

    UNPAID = "unpaid", _("Unpaid")
    PARTIALLY_PAID = "partially_paid", _("Partially paid")
    PAID = "paid", _("Paid")
    PARTIALLY_REFUNDED = "partially_refunded", _("Partially refunded")
    REFUNDED = "refunded", _("Refunded")


class Hold(models.TextChoices):
    """What an open interception does to the order; only interceptions set it."""

    NONE = "none", _("None")
    REVIEW = "review", _("Review")
    SYSTEM = "system", _("System lock")
    ROLLBACK = "rollback", _("Rolling back")


class PublicStatus(models.TextChoices):
    """What a customer may see; holds and audit never show."""

    AWAITING_PAYMENT = "awaiting_payment", _("Awaiting payment")
    PROCESSING = "processing", _("Processing")
    SHIPPED = "shipped", _("Shipped")
    DELIVERED = "delivered", _("Delivered")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


_S = OrderStatus

# Who may go where. A return order goes new → pending_dispatch → pending_shipment → signed → closed.
TRANSITIONS: dict[str, frozenset[str]] = {
    _S.NEW: frozenset({_S.PENDING_PAYMENT, _S.PENDING_SPLIT, _S.PENDING_DISPATCH, _S.CANCELLED, _S.INVALID}),
    _S.PENDING_PAYMENT: frozenset({_S.PENDING_SPLIT, _S.CANCELLED}),
    _S.PENDING_SPLIT: frozenset({_S.PENDING_DISPATCH, _S.CANCELLED, _S.INVALID}),
    _S.PENDING_DISPATCH: frozenset({_S.PENDING_SHIPMENT, _S.PENDING_SPLIT, _S.CANCELLED}),
    _S.PENDING_SHIPMENT: frozenset({_S.SHIPPED, _S.SIGNED, _S.PENDING_SPLIT, _S.CANCELLED}),
    _S.SHIPPED: frozenset({_S.SIGNED, _S.REJECTED}),
    _S.SIGNED: frozenset({_S.CLOSED}),
    _S.REJECTED: frozenset({_S.CLOSED}),
    _S.CLOSED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.INVALID: frozenset(),
}
OPEN = frozenset({_S.NEW, _S.PENDING_PAYMENT, _S.PENDING_SPLIT, _S.PENDING_DISPATCH, _S.PENDING_SHIPMENT})
WORKABLE = frozenset({_S.NEW, _S.PENDING_SPLIT})  # what the conveyor leases
PUBLIC: dict[str, str] = {
    _S.NEW: PublicStatus.PROCESSING,
    _S.PENDING_PAYMENT: PublicStatus.AWAITING_PAYMENT,
    _S.PENDING_SPLIT: PublicStatus.PROCESSING,
    _S.PENDING_DISPATCH: PublicStatus.PROCESSING,
    _S.PENDING_SHIPMENT: PublicStatus.PROCESSING,
    _S.SHIPPED: PublicStatus.SHIPPED,
    _S.SIGNED: PublicStatus.DELIVERED,
    _S.CLOSED: PublicStatus.COMPLETED,
    _S.CANCELLED: PublicStatus.CANCELLED,
    _S.REJECTED: PublicStatus.CANCELLED,
    _S.INVALID: PublicStatus.CANCELLED,
}


def can_move(source: str, target: str) -> bool:
    """Whether an order may go from ``source`` to ``target``."""
    return target in TRANSITIONS[source]


class EventKind(models.TextChoices):
    """What an entry of the order's log tells."""

    PLACED = "placed", _("Placed")
    MOVED = "moved", _("Moved on")
    PAID = "paid", _("Paid")
    AUDITED = "audited", _("Audited")
    ROUTED = "routed", _("Routed")
    EDITED = "edited", _("Edited")
    CHANGED = "changed", _("Changed by the channel")
    INTERCEPTED = "intercepted", _("Intercepted")
    RELEASED = "released", _("Released")
    APPROVED = "approved", _("Approved")
    DISPATCHED = "dispatched", _("Dispatched")
    SHIPPED = "shipped", _("Shipped")
    CANCELLED = "cancelled", _("Cancelled")
    REMARK = "remark", _("Remark")
    REVEALED = "revealed", _("Personal data shown")
