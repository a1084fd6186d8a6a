"""What open interceptions do to their orders: the hold is the most severe of them, and is set only here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from orders.order.moves import set_hold
from orders.order.states import Hold

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping

    from oms.staff.models import Staff

LOCK = "SELECT id, status, hold FROM orders_order WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
SEVEREST = """
SELECT o.id, CASE WHEN bool_or(i.kind = 'rollback') THEN 'rollback' WHEN bool_or(i.kind = 'system') THEN 'system'
                  WHEN bool_or(i.kind = 'review') THEN 'review' ELSE 'none' END
  FROM orders_order o LEFT JOIN interception_interception i ON i.order_id = o.id AND i.status = 'open'
 WHERE o.id = ANY(%s) GROUP BY o.id
"""


def lock(order_ids: Collection[int]) -> dict[int, str]:
    """Lock the orders by primary key until the transaction ends; {id: status} of those that exist."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [sorted(set(order_ids))])
        return {pk: status for pk, status, _hold in cursor.fetchall()}


def settle(
    *,
    order_ids: Collection[int],
    kind: str,
    by: Staff | None,
    at: dt.datetime,
    reasons: Mapping[int, str] | None = None,
    reason: str = "",
) -> list[int]:
    """Make each order's hold what its open interceptions ask for, and log one event of ``kind`` each.

    Answers the orders that flow again now. The caller holds the orders' locks.
    """
    with connection.cursor() as cursor:
        cursor.execute(SEVEREST, [sorted(set(order_ids))])
        wanted: dict[str, list[int]] = {}
        for order_id, hold in cursor.fetchall():
            wanted.setdefault(hold, []).append(order_id)
    freed: list[int] = []
    for hold, ids in sorted(wanted.items()):
        changed = set_hold(order_ids=ids, hold=hold, by=by, at=at, kind=kind, reasons=reasons, reason=reason)
        if hold == Hold.NONE:
            freed = changed
    return freed
