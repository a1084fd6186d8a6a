"""Taking orders out of play: cancelled, invalid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from inventory.stock.services import release_lines
from oms.outbox.services import emit
from orders.dispatch.services import void_documents
from orders.dispatch.wishes import Wish
from orders.order.models import OrderLine
from orders.order.moves import OrderHeld, lock_orders, move_orders
from orders.order.refusals import AlreadyCancelled, AlreadyLeft, OrderNotFound, ReasonMissing, WrongStatus
from orders.order.states import EventKind, Hold, OrderStatus, can_move

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from oms.lib.errors import DomainError
    from oms.staff.models import Staff
    from orders.order.models import Order

CANCEL = "cancel"  # the wish, while an outside warehouse is asked
UNLOCK = "interception.unlock_interception"
LEFT = frozenset({OrderStatus.SHIPPED, OrderStatus.SIGNED, OrderStatus.CLOSED, OrderStatus.REJECTED})


def cancel_refusal(order: Order, by: Staff | None) -> DomainError | None:
    """Why this person can't cancel the order as it stands; None: they can. Sure only under a lock."""
    if order.status == OrderStatus.CANCELLED:
        return AlreadyCancelled(number=order.number)
    if order.status in LEFT:
        return AlreadyLeft(number=order.number)
    if not can_move(order.status, OrderStatus.CANCELLED):
        return WrongStatus(number=order.number, status=str(order.get_status_display()))
    return held_refusal(order, by)


def held_refusal(order: Order, by: Staff | None) -> DomainError | None:
    """A review doesn't stop a person's own decision; a system lock only that of those who may unlock; a rollback does.

    Nobody (the channel itself called the order off) passes a system lock too: its fault no longer matters.
    """
    passes = order.hold == Hold.REVIEW or (order.hold == Hold.SYSTEM and (by is None or by.has_perm(UNLOCK)))
    if not order.is_held or passes:
        return None
    return OrderHeld(number=order.number, hold=str(order.get_hold_display()))


@transaction.atomic
def cancel_orders(
    *, order_ids: Collection[int], reason: str, by: Staff | None, at: dt.datetime
) -> dict[int, DomainError | None]:
    """Cancel orders that have not left the house; answer None per order cancelled, else the refusal.

    Voids the live document, releases the stock. An order whose document lies with an outside warehouse answers
    VoidAsked, and is cancelled as soon as the warehouse agrees. System locks are passed only by those who may unlock.
    Locks orders, documents, bins. Emits orders.order.cancelled. Raises ReasonMissing.
    """
    if not reason.strip():
        raise ReasonMissing
    answers: dict[int, DomainError | None] = {pk: OrderNotFound(reference=pk) for pk in order_ids}
    for order in lock_orders(order_ids):
        answers[order.pk] = cancel_refusal(order, by)
    free = [pk for pk, refusal in answers.items() if refusal is None]
    answers |= void_documents(
        order_ids=free, by=by, at=at, reason=reason, to=None, wish=Wish(CANCEL, reason.strip(), by)
    )
    _drop([pk for pk in free if answers[pk] is None], OrderStatus.CANCELLED, reason, by, at)
    return answers


def cancel_given_back(order_id: int, wish: Wish, at: dt.datetime) -> DomainError | None:
    """The warehouse gave its document back: cancel the order as was asked."""
    return cancel_orders(order_ids=[order_id], reason=wish.reason, by=wish.by, at=at)[order_id]


@transaction.atomic
def mark_invalid(
    *, order_ids: Collection[int], reason: str, by: Staff, at: dt.datetime
) -> dict[int, DomainError | None]:
    """Declare orders invalid (a test, a double, a joke) before they are worked; answer None per order or the refusal.

    Releases the stock. Locks orders, bins. Emits orders.order.cancelled. Raises ReasonMissing.
    """
    if not reason.strip():
        raise ReasonMissing
    answers: dict[int, DomainError | None] = {pk: OrderNotFound(reference=pk) for pk in order_ids}
    for order in lock_orders(order_ids):
        if can_move(order.status, OrderStatus.INVALID):
            answers[order.pk] = held_refusal(order, by)
        else:
            answers[order.pk] = WrongStatus(number=order.number, status=str(order.get_status_display()))
    _drop([pk for pk, refusal in answers.items() if refusal is None], OrderStatus.INVALID, reason, by, at)
    return answers


def _drop(order_ids: list[int], to: str, reason: str, by: Staff | None, at: dt.datetime) -> None:
    if not order_ids:
        return
    kind = EventKind.CANCELLED if to == OrderStatus.CANCELLED else EventKind.MOVED
    move_orders(order_ids=order_ids, to=to, by=by, at=at, kind=kind, reason=reason.strip())
    lines = list(OrderLine.objects.filter(order_id__in=order_ids).order_by("pk").values_list("pk", flat=True))
    release_lines(order_line_ids=lines, by=by, at=at)
    emit(topic="orders.order.cancelled", key=str(min(order_ids)), payload={"order_ids": sorted(order_ids)})
