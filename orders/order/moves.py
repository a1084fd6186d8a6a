"""How an order's status and hold change, and how its log is written: whole sets, one statement each.

The lowest module of the floor. Nothing else writes ``status``, ``hold`` or the event log.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.db import connection
from django.utils.translation import gettext_lazy as _
from psycopg2.extras import Json

from oms.lib.errors import DomainError
from orders.order.models import Order
from orders.order.states import TRANSITIONS, EventKind, Hold

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from django.db.models import Field

    from oms.staff.models import Staff


class OrderHeld(DomainError):
    """An open interception stops the order."""

    code = "order_held"
    message = _("%(number)s is held (%(hold)s).")


class IllegalMove(DomainError):
    """The order can't go there from where it is."""

    code = "illegal_move"
    message = _("%(number)s can't go from %(source)s to %(target)s.")


@dataclass(frozen=True, slots=True)
class Event:
    """One entry for the log that is no move. ``data`` is JSON: before and after of an edit, evidence, counts."""

    order_id: int
    kind: str
    reason: str = ""
    data: dict[str, Any] | None = None


def lock_orders(order_ids: Collection[int]) -> list[Order]:
    """The orders, locked for change until the transaction ends, by primary key. Unknown ids are left out."""
    return list(Order.objects.filter(pk__in=set(order_ids)).order_by("pk").select_for_update(no_key=True))


def refuse_held(orders: Iterable[Order], *, but: Collection[str] = ()) -> None:
    """Raise OrderHeld for the first held order; holds named in ``but`` are let through. Call under the lock."""
    for order in orders:
        if order.is_held and order.hold not in but:
            raise OrderHeld(number=order.number, hold=order.get_hold_display())


# The orders are locked, so what ``illegal`` sees is what the update sees: all of the set moves, or none of it.
_MOVE = """
WITH illegal AS (
    SELECT FROM orders_order WHERE id = ANY(%(ids)s) AND NOT status = ANY(%(sources)s)
), moved AS (
    UPDATE orders_order SET status = %(to)s{assignments}
    WHERE id = ANY(%(ids)s) AND NOT EXISTS (SELECT FROM illegal)
    RETURNING id, old.status AS source
), logged AS (
    INSERT INTO orders_orderevent (order_id, kind, from_status, to_status, reason, data, by_id, at)
    SELECT id, %(kind)s, source, %(to)s, %(reason)s, %(data)s::jsonb, %(by)s, %(at)s FROM moved ORDER BY id
)
SELECT id FROM moved ORDER BY id
"""


def move_orders(
    *,
    order_ids: Collection[int],
    to: str,
    by: Staff | None,
    at: dt.datetime,
    kind: str = EventKind.MOVED,
    reason: str = "",
    fields: Mapping[str, Any] | None = None,
    data: dict[str, Any] | None = None,
) -> list[int]:
    """Move a set of orders to a status and log one event each, in one statement; answers the ids, ascending.

    ``fields`` are further values for all of them, by field name: stamps, warehouse. The caller holds the orders' locks.
    Raises IllegalMove, nothing changed, when one of them can't go there (orders.order.states.TRANSITIONS).
    """
    ids = sorted(set(order_ids))
    if not ids:
        return []
    columns = {cast("Field", Order._meta.get_field(name)).column: value for name, value in (fields or {}).items()}
    values = {f"set_{column}": value for column, value in columns.items()}
    values |= {
        "ids": ids,
        "sources": [source for source, targets in TRANSITIONS.items() if to in targets],
        "to": str(to),
        "kind": str(kind),
        "reason": reason[:300],
        "data": Json(data) if data is not None else None,
        "by": by.pk if by else None,
        "at": at,
    }
    assignments = "".join(f", {column} = %(set_{column})s" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(_MOVE.format(assignments=assignments), values)
        moved = [row[0] for row in cursor.fetchall()]
    if len(moved) < len(ids):
        _refuse_move(ids, str(to))
    return moved


def _refuse_move(ids: list[int], to: str) -> None:
    for order in Order.objects.filter(pk__in=ids).order_by("pk").only("number", "status"):
        if to not in TRANSITIONS[order.status]:
            raise IllegalMove(number=order.number, source=order.status, target=to)


_LOG = """
INSERT INTO orders_orderevent (order_id, kind, from_status, to_status, reason, data, by_id, at)
SELECT order_id, kind, '', '', reason, data::jsonb, %s, %s
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) WITH ORDINALITY e(order_id, kind, reason, data, n)
ORDER BY n
"""


def log_events(*, events: Sequence[Event], by: Staff | None, at: dt.datetime) -> None:
    """Add entries that are no moves to the logs of their orders, in one statement, in the order given."""
    if not events:
        return
    rows = [(e.order_id, str(e.kind), e.reason[:300], None if e.data is None else Json(e.data)) for e in events]
    ids, kinds, reasons, data = (list(column) for column in zip(*rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_LOG, [by.pk if by else None, at, ids, kinds, reasons, data])


_HOLD = """
WITH asked AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(reasons)s::text[]) a(id, reason)
), held AS (
    UPDATE orders_order SET hold = %(hold)s WHERE id = ANY(%(ids)s) AND hold <> %(hold)s RETURNING id
), logged AS (
    INSERT INTO orders_orderevent (order_id, kind, from_status, to_status, reason, data, by_id, at)
    SELECT id, %(kind)s, '', '', reason, jsonb_build_object('hold', %(hold)s::text), %(by)s, %(at)s
    FROM asked ORDER BY id
)
SELECT id FROM held ORDER BY id
"""


def set_hold(
    *,
    order_ids: Collection[int],
    hold: str,
    by: Staff | None,
    at: dt.datetime,
    kind: str | None = None,
    reason: str = "",
    reasons: Mapping[int, str] | None = None,
) -> list[int]:
    """Hold a set of orders, or let them go (Hold.NONE); log one event each; answers the ids whose hold changed.

    Only interceptions call this. ``reasons`` is why per order, ``reason`` why for those without one of their own.
    The event's kind is intercepted, or released for Hold.NONE, unless ``kind`` says otherwise.
    The caller holds the orders' locks.
    """
    ids = sorted(set(order_ids))
    if not ids:
        return []
    usual = EventKind.RELEASED if hold == Hold.NONE else EventKind.INTERCEPTED
    values: dict[str, Any] = {
        "ids": ids,
        "reasons": [(reasons or {}).get(pk, reason)[:300] for pk in ids],
        "hold": str(hold),
        "kind": str(kind or usual),
        "by": by.pk if by else None,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, values)
        return [row[0] for row in cursor.fetchall()]
