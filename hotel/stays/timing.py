"""How long a check-in takes, from the first key to the last card: measured by the page, kept as a trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from hotel.rooms import traces
from hotel.rooms.models import DeskTrace
from hotel.rooms.traces import Trace

if TYPE_CHECKING:
    import datetime as dt

    from hotel.rooms.models import Property
    from hotel.stays.models import Stay
    from oms.staff.models import Staff

ACTION = "stay.timed"
LONGEST = 4 * 3600 * 1000  # a page left open over lunch says nothing about the desk
KINDS = ("returning", "new", "booked")

_FIGURES = """
SELECT by_id, data->>'kind' AS kind, count(*),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY (data->>'ms')::float),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY (data->>'ms')::float),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY (data->>'steps')::float)
  FROM hotel_desktrace
 WHERE action = 'stay.timed' AND property_id = %(house)s AND at >= %(since)s
 GROUP BY GROUPING SETS ((by_id), (by_id, data->>'kind'), (data->>'kind'), ())
HAVING count(*) > 0
"""
_DAYS = """
SELECT business_date, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY (data->>'ms')::float),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY (data->>'ms')::float)
  FROM hotel_desktrace
 WHERE action = 'stay.timed' AND property_id = %(house)s AND at >= %(since)s
 GROUP BY business_date ORDER BY business_date
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """Check-ins of somebody (None: everybody) of one kind (empty: all): how many, seconds, interactions."""

    by_id: int | None
    kind: str
    count: int
    p50: float
    p90: float
    steps: float


def record(*, stay: Stay, data: dict[str, Any], by: Staff, at: dt.datetime) -> bool:
    """Keep what the page measured (``ms``, ``steps``, ``kind``, ``cards``); False when it makes no sense."""
    if not 0 < data["ms"] <= LONGEST or data["kind"] not in KINDS:
        return False
    line = Trace(stay.property_id, ACTION, room_id=stay.room_id, stay_id=stay.pk, reference=stay.number, data=data)
    traces.write(lines=[line], by=by, at=at)
    return True


def figures(house: Property, since: dt.datetime) -> list[Figures]:
    """P50 and P90 seconds and median interactions since then, per person and kind, and over all. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, {"house": house.pk, "since": since})
        rows = cursor.fetchall()
    return [Figures(who, kind or "", n, p50 / 1000, p90 / 1000, steps) for who, kind, n, p50, p90, steps in rows]


def by_day(house: Property, since: dt.datetime) -> list[tuple[dt.date, int, float, float]]:
    """Business date, check-ins, P50 and P90 seconds. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, {"house": house.pk, "since": since})
        return [(day, n, p50 / 1000, p90 / 1000) for day, n, p50, p90 in cursor.fetchall()]


def latest(house: Property, limit: int = 20) -> list[DeskTrace]:
    """The newest measured check-ins."""
    return list(
        DeskTrace.objects.filter(property=house, action=ACTION).select_related("by").order_by("-at", "-pk")[:limit]
    )
