"""Changing what an order says: receiver, remarks. Screens carry the version they were opened with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from oms.outbox.services import emit
from orders.dispatch.refusals import VoidAsked
from orders.dispatch.services import void_documents
from orders.dispatch.wishes import Wish
from orders.order.cancelling import LEFT, held_refusal
from orders.order.models import Order, OrderEvent
from orders.order.moves import Event, lock_orders, log_events, move_orders
from orders.order.refusals import AlreadyLeft, OrderNotFound, Outdated, ReasonMissing, WrongStatus
from orders.order.states import OPEN, EventKind, OrderStatus

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping

    from oms.lib.errors import DomainError
    from oms.staff.models import Staff

RECEIVER_CHANGED = "receiver"  # the wish, while an outside warehouse is asked
RECEIVER = (
    "receiver_name",
    "receiver_phone",
    "country",
    "province",
    "city",
    "district",
    "address",
    "postcode",
)


def edit_refusal(order: Order, by: Staff | None) -> DomainError | None:
    """Why this person can't edit the order as it stands; None: they can."""
    if order.status in LEFT:
        return AlreadyLeft(number=order.number)
    if order.status not in OPEN:
        return WrongStatus(number=order.number, status=str(order.get_status_display()))
    return held_refusal(order, by)


def edit_receiver(
    *, order_id: int, version: int, receiver: Mapping[str, str], by: Staff, at: dt.datetime, reason: str = ""
) -> Order:
    """Change whom and where the goods go; ``receiver`` holds any of RECEIVER. Saving what is there is no change.

    A document that waits is voided and the order goes back to pending split, to be routed and dispatched anew.
    At an outside warehouse it is asked for (VoidAsked is raised, the asking committed), and the receiver is changed as
    soon as the warehouse agrees. Locks order, documents. Emits orders.order.edited. Raises Outdated (with the newer
    values), OrderHeld, AlreadyLeft, WrongStatus, or the warehouse's refusal to void.
    """
    answer = _edit_receiver(order_id, version, receiver, by, at, reason)
    if isinstance(answer, VoidAsked):
        raise answer
    return answer


@transaction.atomic
def _edit_receiver(
    order_id: int, version: int, receiver: Mapping[str, str], by: Staff, at: dt.datetime, reason: str
) -> Order | VoidAsked:
    order = _locked(order_id, version, RECEIVER)
    if refusal := edit_refusal(order, by):
        raise refusal
    changes = {name: value for name, value in receiver.items() if name in RECEIVER and getattr(order, name) != value}
    if not changes:
        return order
    if order.status in {OrderStatus.PENDING_DISPATCH, OrderStatus.PENDING_SHIPMENT}:
        wish = Wish(RECEIVER_CHANGED, reason, by, changes)
        if asked := _call_back(order, by, at, reason, wish):
            return asked
    _write(order, changes, reason, by, at)
    emit(topic="orders.order.edited", key=order.number, payload={"order_ids": [order.pk]})
    return order


def change_given_back(order_id: int, wish: Wish, at: dt.datetime) -> DomainError | None:
    """The warehouse gave its document back: change the receiver as was asked."""
    (order,) = lock_orders([order_id])
    if refusal := edit_refusal(order, wish.by):
        return refusal
    _write(order, wish.details, wish.reason, wish.by, at)
    emit(topic="orders.order.edited", key=order.number, payload={"order_ids": [order.pk]})
    return None


def _call_back(order: Order, by: Staff, at: dt.datetime, reason: str, wish: Wish) -> VoidAsked | None:
    refusal = void_documents(order_ids=[order.pk], by=by, at=at, reason=reason, wish=wish)[order.pk]
    if isinstance(refusal, VoidAsked):
        return refusal
    if refusal is not None:
        raise refusal
    order.refresh_from_db(fields=["status"])
    if order.status != OrderStatus.PENDING_SPLIT:  # routed, but not yet dispatched: there was nothing to void
        move_orders(order_ids=[order.pk], to=OrderStatus.PENDING_SPLIT, by=by, at=at, reason=reason)
        order.refresh_from_db(fields=["status"])
    return None


@transaction.atomic
def edit_seller_remark(*, order_id: int, version: int, remark: str, by: Staff, at: dt.datetime) -> Order:
    """Write our own remark on the order; possible wherever it stands. Locks the order. Raises Outdated."""
    order = _locked(order_id, version, ("seller_remark",))
    remark = remark.strip()
    if remark != order.seller_remark:
        _write(order, {"seller_remark": remark}, "", by, at)
    return order


def _locked(order_id: int, version: int, fields: Collection[str]) -> Order:
    orders = lock_orders([order_id])
    if not orders:
        raise OrderNotFound(reference=order_id)
    order = orders[0]
    if order.version != version:
        last = OrderEvent.objects.filter(order=order).exclude(by=None).select_related("by").order_by("-pk").first()
        newer = {name: getattr(order, name) for name in fields}
        raise Outdated(
            number=order.number,
            who=str(last.by) if last else "—",
            newer=newer,
            version=order.version,
            when=last and last.at,
        )
    return order


def _write(order: Order, changes: Mapping[str, str], reason: str, by: Staff | None, at: dt.datetime) -> None:
    before = {name: getattr(order, name) for name in changes}
    for name, value in changes.items():
        setattr(order, name, value)
    order.version += 1
    order.save(update_fields=[*changes, "version"])
    event = Event(order.pk, EventKind.EDITED, reason, {"before": before, "after": dict(changes)})
    log_events(events=[event], by=by, at=at)


@transaction.atomic
def add_remark(*, order_ids: Collection[int], text: str, by: Staff, at: dt.datetime) -> list[int]:
    """Note something in the logs of orders, wherever they stand; the orders themselves stay as they are.

    Answers the ids that exist. Raises ReasonMissing for an empty text.
    """
    text = " ".join(text.split())
    if not text:
        raise ReasonMissing
    known = sorted(Order.objects.filter(pk__in=order_ids).values_list("pk", flat=True))
    log_events(events=[Event(pk, EventKind.REMARK, text) for pk in known], by=by, at=at)
    return known


@transaction.atomic
def reveal_personal(*, order_id: int, by: Staff, at: dt.datetime) -> None:
    """Trace that this person looked at the order's personal data unmasked."""
    log_events(events=[Event(order_id, EventKind.REVEALED)], by=by, at=at)
