"""Moves that people or gateways report: paid, signed for, closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from oms.lib.money import cents
from oms.outbox.services import emit
from orders.order.moves import Event, OrderHeld, lock_orders, log_events, move_orders, refuse_held
from orders.order.refusals import (
    OrderNotFound,
    PaymentNotPositive,
    PaymentRepeated,
    PaymentTooHigh,
    WrongStatus,
)
from orders.order.states import EventKind, OrderStatus, PaymentStatus, can_move
from orders.payment.models import Payment

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection
    from decimal import Decimal

    from oms.lib.errors import DomainError
    from oms.staff.models import Staff
    from orders.order.models import Order


@transaction.atomic
def mark_paid(
    *,
    order_id: int,
    method: str,
    transaction_no: str,
    amount: Decimal,
    paid_at: dt.datetime,
    by: Staff | None,
    at: dt.datetime,
) -> Order:
    """Note money taken for an order that waits for it; once nothing is left to pay it goes on to pending split.

    Locks the order. Emits orders.order.paid when it goes on. Raises OrderHeld, WrongStatus, PaymentNotPositive,
    PaymentTooHigh, PaymentRepeated.
    """
    orders = lock_orders([order_id])
    if not orders:
        raise OrderNotFound(reference=order_id)
    order, amount = orders[0], cents(amount)
    refuse_held(orders)
    _refuse_payment(order, amount, method, transaction_no)
    Payment.objects.create(order=order, method=method, transaction_no=transaction_no, amount=amount, paid_at=paid_at)
    order.paid_amount += amount
    full = order.paid_amount >= order.payable
    order.payment_status = PaymentStatus.PAID if full else PaymentStatus.PARTIALLY_PAID
    order.paid_at = paid_at if full else order.paid_at
    order.version += 1
    order.save(update_fields=["paid_amount", "payment_status", "paid_at", "version"])
    data = {"method": method, "amount": str(amount), "transaction_no": transaction_no}
    if full:
        move_orders(order_ids=[order.pk], to=OrderStatus.PENDING_SPLIT, by=by, at=at, kind=EventKind.PAID, data=data)
        order.status = OrderStatus.PENDING_SPLIT
        emit(topic="orders.order.paid", key=order.number, payload={"order_ids": [order.pk]})
    else:
        log_events(events=[Event(order.pk, EventKind.PAID, data=data)], by=by, at=at)
    return order


def _refuse_payment(order: Order, amount: Decimal, method: str, transaction_no: str) -> None:
    if order.payments.filter(method=method, transaction_no=transaction_no).exists():
        raise PaymentRepeated(number=order.number, transaction_no=transaction_no)
    if order.status != OrderStatus.PENDING_PAYMENT:
        raise WrongStatus(number=order.number, status=str(order.get_status_display()))
    if amount <= 0:
        raise PaymentNotPositive
    if amount > order.payable - order.paid_amount:
        raise PaymentTooHigh(number=order.number, amount=amount, unpaid=order.payable - order.paid_amount)


@transaction.atomic
def sign_orders(*, order_ids: Collection[int], by: Staff | None, at: dt.datetime) -> dict[int, DomainError | None]:
    """The carrier delivered: shipped orders are signed for. Answers None per order or the refusal. Locks the orders."""
    return _advance(order_ids, OrderStatus.SIGNED, "signed_at", by, at)


@transaction.atomic
def close_orders(*, order_ids: Collection[int], by: Staff | None, at: dt.datetime) -> dict[int, DomainError | None]:
    """The after-sales window is over: signed or rejected orders are closed. Answers None per order or the refusal.

    Locks the orders.
    """
    return _advance(order_ids, OrderStatus.CLOSED, "closed_at", by, at)


def _advance(
    order_ids: Collection[int], to: str, stamp: str, by: Staff | None, at: dt.datetime
) -> dict[int, DomainError | None]:
    answers: dict[int, DomainError | None] = {pk: OrderNotFound(reference=pk) for pk in order_ids}
    for order in lock_orders(order_ids):
        # A return's document goes pending shipment → signed; that is the warehouse's word, not this command's.
        if not can_move(order.status, to) or order.status == OrderStatus.PENDING_SHIPMENT:
            answers[order.pk] = WrongStatus(number=order.number, status=str(order.get_status_display()))
        elif order.is_held:
            answers[order.pk] = OrderHeld(number=order.number, hold=str(order.get_hold_display()))
        else:
            answers[order.pk] = None
    free = [pk for pk, refusal in answers.items() if refusal is None]
    move_orders(order_ids=free, to=to, by=by, at=at, fields={stamp: at})
    return answers
