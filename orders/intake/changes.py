"""A message about an order we have, saying something else than the last one: what is applied, and what only recorded.

The rules, per part of the message (the digest says which parts differ from the message last applied):

- **Older.** The order is paid and the message says nothing of payment, or an earlier one: it was overtaken on its way.
  It is kept and recorded; nothing is applied.
- **Payment** is always applied, whatever the status: a payment is never lost, and never counted twice (one row per
  method and transaction; a transaction told again with more money takes the larger amount; a payment that was only
  implied by its time is replaced by the real one). An order that waited for money moves on.
- **Lines and money**: before dispatch the lines are made anew, their stock given back and reserved again.
- **Receiver, remarks, buyer**: before dispatch the fields that differ are taken over, before and after in the log.
- **After dispatch**, while a rollback is under way, and for a changed type, the difference is recorded, not applied,
  and the answer says so.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from inventory.stock import services as stock
from oms.lib.bulk import copy_rows
from oms.outbox.services import emit
from orders.intake import storing
from orders.intake.drafting import IMPLIED, payment_status
from orders.intake.models import Outcome
from orders.intake.schema import FieldError
from orders.order import moves
from orders.order.models import Order, OrderLine
from orders.order.states import EventKind, Hold, OrderStatus, PaymentStatus
from orders.payment.models import Payment

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from oms.staff.models import Staff
    from orders.intake.drafting import Draft

BEFORE_DISPATCH = frozenset({OrderStatus.NEW, OrderStatus.PENDING_PAYMENT, OrderStatus.PENDING_SPLIT})
RECEIVER = {
    "receiver_name": "name",
    "receiver_phone": "phone",
    **{name: name for name in ("country", "province", "city", "district", "address", "postcode")},
}
BUYER = {"buyer_id": "id", "buyer_name": "name", "buyer_phone": "phone"}
MONEY = ("goods_amount", "discount_amount", "freight", "payable", "total", "line_count", "item_count", "first_item")
WRITTEN = (
    *RECEIVER,
    *BUYER,
    *MONEY,
    "buyer_remark",
    "seller_remark",
    "cash_on_delivery",
    "paid_amount",
    "paid_at",
    "payment_status",
    "digest",
    "version",
)
_NOT_APPLIED = _("Recorded, not applied: the order is no longer before dispatch. Ask for a rollback.")
_OLDER = _("Recorded, not applied: a newer version of this order was taken before.")


@dataclass(slots=True)
class Change:
    """What became of a changed message."""

    order: Order
    draft: Draft
    outcome: str = Outcome.CHANGED.value
    notes: list[FieldError] = field(default_factory=list)
    lines_made_anew: bool = False
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    moves_on: bool = False
    paid: Decimal = Decimal(0)

    def put(self, name: str, value: Any) -> None:
        """Set a field of the order, remembering what it was."""
        old = getattr(self.order, name)
        if old != value:
            self.before[name], self.after[name] = old, value
            setattr(self.order, name, value)


def apply(drafts: Sequence[Draft], *, source: str, by: Staff | None, at: dt.datetime) -> list[tuple[Draft, Change]]:
    """Apply changed messages to the orders they are about, which it locks, then the bins of remade lines."""
    ids = [draft.order_id for draft in drafts]
    locked = Order.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").in_bulk()
    payments: dict[int, list[Payment]] = defaultdict(list)
    for payment in Payment.objects.filter(order_id__in=ids).order_by("pk"):
        payments[payment.order_id].append(payment)
    changes = [Change(order=locked[draft.order_id], draft=draft) for draft in drafts]
    for change in changes:
        _decide(change, payments[change.order.pk])
    _remake_lines([change for change in changes if change.lines_made_anew], by, at)
    for change in changes:
        _settle(change)
    _write(changes, source, by, at)
    return [(change.draft, change) for change in changes]


def _decide(change: Change, payments: list[Payment]) -> None:
    order, draft = change.order, change.draft
    change.paid = order.paid_amount
    told = draft.order.paid_at or (draft.order.payment and draft.order.payment.paid_at)
    if order.paid_at is not None and (not draft.paid_amount or (told and draft.paid_at < order.paid_at)):  # type: ignore[operator]
        change.outcome = Outcome.REPEATED.value
        change.notes.append(FieldError("paid_at", "older_version", _OLDER))
        return
    _pay(change, payments)
    old, new = order.digest.ljust(32), draft.digest
    lines, receiver, remarks, rest = [old[i : i + 8] != new[i : i + 8] for i in range(0, 32, 8)]
    order.digest = new
    if draft.order.type != order.type:
        change.notes.append(
            FieldError("type", "not_applied", _("Recorded, not applied: the type of an order is final."))
        )
        return
    if order.status not in BEFORE_DISPATCH or order.hold == Hold.ROLLBACK:
        named = {"lines": lines, "receiver": receiver, "buyer_remark": remarks}
        change.notes += [FieldError(name, "not_applied", _NOT_APPLIED) for name, differs in named.items() if differs]
        return
    change.lines_made_anew = lines
    _take_over(change, receiver=receiver, remarks=remarks, rest=rest)


def _take_over(change: Change, *, receiver: bool, remarks: bool, rest: bool) -> None:
    draft = change.draft
    if receiver:
        for name, source_name in RECEIVER.items():
            change.put(name, getattr(draft.order.receiver, source_name))
    if remarks:
        change.put("buyer_remark", draft.order.buyer_remark)
        change.put("seller_remark", draft.order.seller_remark)
    if rest:
        for name, source_name in BUYER.items():
            change.put(name, getattr(draft.order.buyer, source_name))
        change.put("cash_on_delivery", draft.order.cash_on_delivery)


def _pay(change: Change, payments: list[Payment]) -> None:
    """One row per method and transaction; amounts only grow."""
    draft = change.draft
    if not draft.paid_amount:
        return
    _order, method, transaction_no, amount, paid_at = storing.payment_row(draft)
    if draft.order.payment is None:
        amount -= sum(payment.amount for payment in payments)  # paid in full: what is not on record yet
    there = next((p for p in payments if (p.method, p.transaction_no) == (method, transaction_no)), None)
    implied = next((p for p in payments if (p.method, p.transaction_no) == (IMPLIED, "")), None)
    payment = there or implied or Payment(order=change.order, amount=Decimal(0))
    if draft.order.payment is None:
        amount += payment.amount
    if payment.pk and amount <= payment.amount and payment is there:
        return
    if amount <= 0:
        return
    change.paid += amount - payment.amount
    payment.method, payment.transaction_no, payment.amount, payment.paid_at = method, transaction_no, amount, paid_at
    payment.save()


def _remake_lines(changes: list[Change], by: Staff | None, at: dt.datetime) -> None:
    if not changes:
        return
    ids = [change.order.pk for change in changes]
    old = list(OrderLine.objects.filter(order_id__in=ids).order_by("order_id", "position"))
    old_ids = [line.pk for line in old]
    wanted = {line.sku_id for change in changes for line in change.draft.lines if line.sku_id is not None}
    stock.lock_stock(sku_ids=sorted(wanted), order_line_ids=old_ids)
    stock.release_lines(order_line_ids=old_ids, by=by, at=at)
    OrderLine.objects.filter(pk__in=old_ids).delete()
    storing.number_lines([change.draft for change in changes])
    rows = [row for change in changes for row in storing.line_rows(change.draft)]
    copy_rows(table="orders_orderline", columns=storing.LINE_COLUMNS, rows=rows)
    for change in changes:
        change.before["lines"] = [
            f"{line.merchant_code or line.name} × {line.quantity}" for line in old if line.order_id == change.order.pk
        ]
        change.after["lines"] = [f"{line.merchant_code or line.name} × {line.quantity}" for line in change.draft.lines]
        values = storing.money_of(change.draft)
        for name in MONEY:
            change.put(name, values[name])


def _settle(change: Change) -> None:
    """What is paid now, and whether that lets the order go on."""
    order, draft = change.order, change.draft
    change.put("paid_amount", change.paid)
    if "paid_amount" in change.after or change.lines_made_anew:  # else a refund's status would be lost
        change.put("payment_status", payment_status(change.paid, order.payable, order.total))
    if "paid_amount" in change.after:
        change.put("paid_at", draft.paid_at)
    may_go = order.payment_status == PaymentStatus.PAID or order.cash_on_delivery
    change.moves_on = order.status == OrderStatus.PENDING_PAYMENT and may_go
    order.version += 1


def _write(changes: list[Change], source: str, by: Staff | None, at: dt.datetime) -> None:
    Order.objects.bulk_update([change.order for change in changes], WRITTEN)
    events, rows = [], []
    for change in changes:
        data: dict[str, Any] = {"source": source, "before": _plain(change.before), "after": _plain(change.after)}
        if change.notes:
            data["not_applied"] = [{"field": note.field, "code": note.code} for note in change.notes]
        kind = EventKind.PAID if "paid_amount" in change.after else EventKind.CHANGED
        events.append(moves.Event(order_id=change.order.pk, kind=kind, data=data))
        rows.append(storing.message_row(change.draft, source, change.outcome, str(at)))
    moves.log_events(events=events, by=by, at=at)
    freed = [change.order.pk for change in changes if change.moves_on]
    moves.move_orders(order_ids=freed, to=OrderStatus.PENDING_SPLIT, by=by, at=at, data={"source": source})
    copy_rows(table="orders_intakemessage", columns=storing.MESSAGE_COLUMNS, rows=rows)
    emit(topic="orders.order.edited", key=source, payload={"order_ids": [change.order.pk for change in changes]})


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(values, default=str))
