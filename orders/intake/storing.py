"""Writing drafts as rows: one COPY per table for many, one statement for a few."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db import connection

from oms.lib.bulk import copy_rows, insert_rows, next_ids
from orders.intake.drafting import IMPLIED, NEW, PREFIX
from orders.order.states import EventKind, Hold

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from oms.lib.bulk import Row
    from oms.staff.models import Staff
    from orders.intake.drafting import Draft

ORDER_COLUMNS = (  # noqa: SIM905 -- read as a list of columns
    "id number channel_id external_no type origin status payment_status hold cash_on_delivery "
    "buyer_id buyer_name buyer_phone receiver_name receiver_phone country province city district address postcode "
    "buyer_remark seller_remark currency goods_amount discount_amount freight payable total paid_amount "
    "line_count item_count first_item placed_at paid_at created_at version digest"
).split()
LINE_COLUMNS = (  # noqa: SIM905
    "id order_id position external_line_no merchant_code bundle_code name sku_id quantity unit_price goods_amount "
    "discount discount_share amount is_gift"
).split()
PAYMENT_COLUMNS = ("order_id", "method", "transaction_no", "amount", "paid_at")
EVENT_COLUMNS = ("order_id", "kind", "from_status", "to_status", "reason", "data", "by_id", "at")
MESSAGE_COLUMNS = ("channel_id", "source", "external_no", "outcome", "order_id", "payload", "received_at")
FREE, PLACED = str(Hold.NONE), str(EventKind.PLACED)
FEW = 1  # so many orders are written faster by one INSERT over all tables than by a COPY each

NEW_IDS = """
SELECT nextval('orders_order_id_seq') FROM generate_series(1, %s)
UNION ALL SELECT nextval('orders_orderline_id_seq') FROM generate_series(1, %s)"""


def number_drafts(drafts: Sequence[Draft], at: dt.datetime) -> None:
    """Give each draft and its lines ids, and the order its number."""
    line_count = sum([len(draft.lines) for draft in drafts])
    with connection.cursor() as cursor:
        cursor.execute(NEW_IDS, [len(drafts), line_count])
        ids = [row[0] for row in cursor.fetchall()]
    first, days = len(drafts), {}
    for draft, order_id in zip(drafts, ids, strict=False):  # the rest of the ids are the lines'
        last = first + len(draft.lines)
        draft.order_id, draft.line_ids, first = order_id, ids[first:last], last
        zone = draft.channel.zone  # type: ignore[union-attr]
        if zone not in days:
            days[zone] = at.astimezone(zone).strftime("%y%m%d")
        draft.number = f"{PREFIX[draft.order.type]}{days[zone]}{order_id:05d}"


def number_lines(drafts: Sequence[Draft]) -> None:
    """Give the lines of each draft ids."""
    ids = iter(next_ids(table="orders_orderline", count=sum(len(draft.lines) for draft in drafts)))
    for draft in drafts:
        draft.line_ids = [next(ids) for _line in draft.lines]


def store_drafts(drafts: Sequence[Draft], source: str, by: Staff | None, at: dt.datetime) -> None:
    """Write orders, lines, payments, the first event and the raw message of each draft.

    In the order of the unique key, so that two batches with common orders wait for each other instead of deadlocking.
    """
    drafts = sorted(drafts, key=lambda draft: draft.key)
    moment, by_id = str(at), None if by is None else by.pk
    data = json.dumps({"source": source})
    tables = [
        ("orders_order", ORDER_COLUMNS, [order_row(draft, moment) for draft in drafts]),
        ("orders_orderline", LINE_COLUMNS, [row for draft in drafts for row in line_rows(draft)]),
        ("orders_payment", PAYMENT_COLUMNS, [payment_row(draft) for draft in drafts if draft.paid_amount]),
        ("orders_orderevent", EVENT_COLUMNS, [event_row(draft, data, by_id, moment) for draft in drafts]),
        ("orders_intakemessage", MESSAGE_COLUMNS, [message_row(draft, source, "stored", moment) for draft in drafts]),
    ]
    tables = [(table, columns, rows) for table, columns, rows in tables if rows]
    if len(drafts) <= FEW:
        insert_rows(tables=tables)
        return
    for table, columns, rows in tables:
        copy_rows(table=table, columns=columns, rows=rows)


def order_row(draft: Draft, moment: str) -> Row:
    """In the order of ORDER_COLUMNS."""
    order, channel, lines = draft.order, draft.channel, draft.lines
    buyer, to = order.buyer, order.receiver
    return (
        draft.order_id,
        draft.number,
        channel.id,  # type: ignore[union-attr]
        order.external_no,
        order.type,
        order.origin,
        draft.status,
        draft.payment_status,
        FREE,
        order.cash_on_delivery,
        buyer.id,
        buyer.name,
        buyer.phone,
        to.name,
        to.phone,
        to.country,
        to.province,
        to.city,
        to.district,
        to.address,
        to.postcode,
        order.buyer_remark,
        order.seller_remark,
        channel.currency,  # type: ignore[union-attr]
        draft.goods_amount,
        draft.discount_amount,
        order.freight,
        draft.payable,
        draft.total,
        draft.paid_amount,
        len(lines),
        sum([line.quantity for line in lines]),
        first_item(draft),
        draft.placed_at,
        draft.paid_at,
        moment,
        1,
        draft.digest,
    )


def money_of(draft: Draft) -> dict[str, Any]:
    """Amounts and counts of the order, by column."""
    return {
        "goods_amount": draft.goods_amount,
        "discount_amount": draft.discount_amount,
        "freight": draft.order.freight,
        "payable": draft.payable,
        "total": draft.total,
        "line_count": len(draft.lines),
        "item_count": sum(line.quantity for line in draft.lines),
        "first_item": first_item(draft),
    }


def first_item(draft: Draft) -> str:
    """What lists call the order's goods."""
    line = draft.lines[0]
    return (line.name or line.merchant_code)[:120]


def line_rows(draft: Draft) -> list[Row]:
    """In the order of LINE_COLUMNS."""
    return [(line_id, draft.order_id, *line) for line_id, line in zip(draft.line_ids, draft.lines, strict=True)]


def payment_row(draft: Draft) -> Row:
    """In the order of PAYMENT_COLUMNS."""
    payment = draft.order.payment
    method, transaction_no = (IMPLIED, "") if payment is None else (payment.method or IMPLIED, payment.transaction_no)
    return (draft.order_id, method, transaction_no, draft.paid_amount, draft.paid_at)


def event_row(draft: Draft, data: str, by_id: int | None, moment: str) -> Row:
    """The order's first entry: placed, and where it starts."""
    return (draft.order_id, PLACED, NEW, draft.status, "", data, by_id, moment)


def message_row(draft: Draft, source: str, outcome: str, moment: str) -> Row:
    """The message as it came. NUL, which PostgreSQL's text can't hold, is written as its JSON escape."""
    raw = draft.raw.replace("\0", "\\u0000") if "\0" in draft.raw else draft.raw
    return (draft.channel.id, source, draft.order.external_no, outcome, draft.order_id or None, raw, moment)  # type: ignore[union-attr]
