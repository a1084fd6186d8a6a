"""What is asked of the conveyor: what waits, who works, what stopped where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    import datetime as dt

    from oms.staff.models import Staff

RECENT = 20_000  # walks looked at: the newest by id, so that a long history costs nothing
BUCKETS = 12  # five minutes each
SCOPE = """(%(branches)s::bigint[] IS NULL OR o.channel_id IN (
    SELECT id FROM inventory_channel WHERE branch_id = ANY(%(branches)s::bigint[])))"""

# The partial index order_workable makes this the queue's size.
QUEUE = f"""
SELECT count(*) FILTER (WHERE claimed_until IS NULL OR claimed_until < %(at)s),
       count(*) FILTER (WHERE claimed_until >= %(at)s AND claimed_until <= %(lease)s),
       count(*) FILTER (WHERE claimed_until > %(lease)s),
       min(created_at) FILTER (WHERE claimed_until IS NULL OR claimed_until < %(at)s)
  FROM orders_order o
 WHERE status IN ('new', 'pending_split') AND hold = 'none' AND {SCOPE}
"""
LEASES = f"""
SELECT claimed_until, count(*) FROM orders_order o
 WHERE status IN ('new', 'pending_split') AND hold = 'none' AND claimed_until >= %(at)s AND claimed_until <= %(lease)s
   AND {SCOPE}
 GROUP BY claimed_until ORDER BY claimed_until LIMIT 50
"""
RESTING = f"""
SELECT o.number, o.claimed_until, w.stopped_at, w.reason
  FROM orders_order o
  LEFT JOIN LATERAL (SELECT stopped_at, reason FROM orders_walk w WHERE w.order_id = o.id ORDER BY id DESC LIMIT 1) w
         ON true
 WHERE o.status IN ('new', 'pending_split') AND o.hold = 'none' AND o.claimed_until > %(at)s
   AND w.stopped_at <> '' AND {SCOPE}
 ORDER BY o.claimed_until LIMIT 50
"""
STOPS = f"""
SELECT w.stopped_at, w.reason, count(*), max(w.at), (array_agg(o.number ORDER BY w.id DESC))[1]
  FROM (SELECT * FROM orders_walk ORDER BY id DESC LIMIT {RECENT}) w JOIN orders_order o ON o.id = w.order_id
 WHERE w.at > %(since)s AND w.stopped_at <> '' AND w.reason NOT LIKE 'error %%' AND {SCOPE}
 GROUP BY w.stopped_at, w.reason ORDER BY count(*) DESC, w.stopped_at, w.reason LIMIT 30
"""
RATE = f"""
SELECT floor(extract(epoch FROM %(at)s - w.at) / 300)::int, count(*), count(*) FILTER (WHERE w.stopped_at = '')
  FROM (SELECT * FROM orders_walk ORDER BY id DESC LIMIT {RECENT}) w JOIN orders_order o ON o.id = w.order_id
 WHERE w.at > %(hour)s AND w.at <= %(at)s AND {SCOPE} GROUP BY 1
"""
BY_STATUS = f"""
SELECT o.status, o.hold, count(*) FROM orders_order o
 WHERE o.status IN ('new', 'pending_split') AND {SCOPE} GROUP BY o.status, o.hold
UNION ALL
SELECT o.status, '', count(*) FROM orders_order o WHERE o.status = 'pending_dispatch' AND {SCOPE} GROUP BY o.status
"""


@dataclass(frozen=True, slots=True)
class Queue:
    """Orders that wait, that a worker holds, that rest after an error; since when the first one waits."""

    waiting: int
    working: int
    resting: int
    since: dt.datetime | None


def _rows(sql: str, staff: Staff, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"branches": staff.branch_ids, **params})
        return cursor.fetchall()


def queue_of(staff: Staff, at: dt.datetime, lease: dt.timedelta) -> Queue:
    """The workable orders the person sees."""
    return Queue(*_rows(QUEUE, staff, at=at, lease=at + lease)[0])


def leases(staff: Staff, at: dt.datetime, lease: dt.timedelta) -> list[tuple[dt.datetime, int]]:
    """Chunks workers hold now: until when, how many orders."""
    return [(row[0], row[1]) for row in _rows(LEASES, staff, at=at, lease=at + lease)]


def resting(staff: Staff, at: dt.datetime) -> list[dict[str, Any]]:
    """Orders a stage failed on, that are tried again later."""
    names = ("number", "until", "stage", "reason")
    return [dict(zip(names, row, strict=True)) for row in _rows(RESTING, staff, at=at)]


def stops(staff: Staff, since: dt.datetime) -> list[dict[str, Any]]:
    """Where walks ended early since a moment, and why, the most frequent first."""
    names = ("stage", "reason", "count", "last", "number")
    return [dict(zip(names, row, strict=True)) for row in _rows(STOPS, staff, since=since)]


def rate(staff: Staff, at: dt.datetime, hour: dt.timedelta) -> list[tuple[int, int]]:
    """(walked, passed) per five minutes of the last hour, the oldest first."""
    found = {bucket: (walked, passed) for bucket, walked, passed in _rows(RATE, staff, at=at, hour=at - hour)}
    return [found.get(bucket, (0, 0)) for bucket in reversed(range(BUCKETS))]


def standing(staff: Staff) -> dict[str, int]:
    """Orders by where they stand around the conveyor: free, each hold, at dispatch."""
    counts = {"free": 0, "review": 0, "system": 0, "rollback": 0, "dispatch": 0}
    for status, hold, count in _rows(BY_STATUS, staff):
        key = "dispatch" if status == "pending_dispatch" else "free" if hold == "none" else hold
        counts[key] += count
    return counts
