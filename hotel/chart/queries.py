"""远期房态表: rooms × days. Seven statements for any number of rooms and days; rows are asked for by fifties."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import connection

from hotel.rooms.states import room_code

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from hotel.rooms.models import Property

DAY = dt.timedelta(days=1)
SCREEN = 50  # rooms sent at once
SPANS = (14, 21, 30, 60)
NEAREST = 200  # stays without a room that are shown, the next arrivals first
LANES = 1  # rows of them for each type, unless more are asked for
MOST_LANES = 8


@dataclass(frozen=True, slots=True)
class Window:
    """The days shown, [start, start + days), on the house's clock."""

    house: Property
    start: dt.date
    days: int

    @property
    def end(self) -> dt.date:
        """The first date not shown."""
        return self.start + self.days * DAY

    @property
    def dates(self) -> list[dt.date]:
        """The dates shown."""
        return [self.start + n * DAY for n in range(self.days)]

    @property
    def moments(self) -> tuple[dt.datetime, dt.datetime]:
        """The window in moments."""
        zone = ZoneInfo(self.house.time_zone)
        first, last = (dt.datetime.combine(date, dt.time(), tzinfo=zone) for date in (self.start, self.end))
        return first.astimezone(dt.UTC), last.astimezone(dt.UTC)

    def half(self, moment: dt.datetime, zone: ZoneInfo) -> float:
        """How many half days after the window's beginning, by the clock on the wall (a clock change moves nothing)."""
        local = moment.astimezone(zone)
        return 2 * (local.date() - self.start).days + (local.hour + local.minute / 60) / 12


@dataclass(slots=True)
class Bar:
    """What takes a room from half day ``column`` (from 1) for ``width`` half days."""

    start: dt.datetime
    end: dt.datetime
    kind: str
    stay_id: int | None
    number: str
    name: str
    status: str
    arrival_on: dt.date | None
    departure_on: dt.date | None
    due_in_at: dt.datetime | None
    is_pinned: bool
    is_marked: bool
    is_group: bool
    title: str
    block_kind: str
    reason: str
    column: int = 1
    width: int = 1
    cut_left: bool = False
    cut_right: bool = False


@dataclass(slots=True)
class Row:
    """One room and what takes it."""

    room_id: int
    number: str
    type_id: int
    code: str
    bars: list[Bar] = field(default_factory=list)


@dataclass(slots=True)
class Day:
    """One date of one type, or of all. ``free`` below zero: overbooked."""

    date: dt.date
    rooms: int = 0
    sold: int = 0
    overbooking: int = 0

    @property
    def free(self) -> int:
        """Rooms that may still be sold."""
        return self.rooms - self.sold


@dataclass(slots=True)
class Type:
    """A room type: its rooms, its days, its stays without a room in lanes."""

    type_id: int
    name: str
    rooms: int
    first: int  # position of its first room among all
    days: list[Day] = field(default_factory=list)
    lanes: list[list[Bar]] = field(default_factory=list)
    unassigned: int = 0
    hidden: int = 0


_SERVED = "r.in_service_from <= %(today)s AND (r.in_service_until IS NULL OR r.in_service_until > %(today)s)"
_ROWS = f"""
SELECT r.id, r.number, r.room_type_id, s.id IS NOT NULL, r.housekeeping, b.kind
  FROM hotel_room r JOIN hotel_roomtype t ON t.id = r.room_type_id
  LEFT JOIN hotel_stay s ON s.room_id = r.id AND s.status = 'in_house'
  LEFT JOIN hotel_roomblock b ON b.room_id = r.id AND b.ended_at IS NULL AND b.from_on <= %(today)s
        AND b.until_on > %(today)s
 WHERE r.property_id = %(house)s AND {_SERVED} AND (%(rooms)s::bigint[] IS NULL OR r.id = ANY(%(rooms)s))
 ORDER BY t.position, t.id, length(r.floor), r.floor, length(r.number), r.number
 LIMIT %(limit)s OFFSET %(offset)s
"""
_BARS = """
SELECT o.room_id, lower(o.during), upper(o.during), o.kind, s.id, coalesce(s.number, ''),
       coalesce(s.guest_name, ''), coalesce(s.status, ''), s.arrival_on, s.departure_on, s.due_in_at,
       coalesce(s.is_pinned, false), s.departure_marked_at IS NOT NULL, coalesce(k.kind = 'group', false),
       coalesce(k.title, ''), coalesce(b.kind, ''), coalesce(b.reason, o.note)
  FROM unnest(%(rooms)s::bigint[]) AS w(room)
  JOIN hotel_occupancy o ON int8range(o.room_id, o.room_id, '[]') && int8range(w.room, w.room, '[]')
   AND o.during && tstzrange(%(start)s, %(end)s)
  LEFT JOIN hotel_stay s ON s.id = o.stay_id
  LEFT JOIN hotel_booking k ON k.id = s.booking_id
  LEFT JOIN hotel_roomblock b ON b.id = o.block_id
 ORDER BY o.room_id, lower(o.during)
"""
_OUT_OF_SERVICE = """
SELECT b.room_id, b.from_on, b.until_on, b.kind, b.reason FROM hotel_roomblock b
 WHERE b.room_id = ANY(%(rooms)s::bigint[]) AND b.kind = 'oos' AND b.ended_at IS NULL AND b.from_on < %(end)s
   AND b.until_on > %(start)s
"""
# Dates never sold have no row yet: what they would hold is counted.
_DAYS = f"""
SELECT t.id, t.name, n.rooms, d.date::date, coalesce(a.rooms, n.rooms) - coalesce(a.out_of_order,
           (SELECT count(*) FROM hotel_roomblock b JOIN hotel_room r ON r.id = b.room_id WHERE r.room_type_id = t.id
               AND b.kind = 'ooo' AND b.ended_at IS NULL AND b.from_on <= d.date AND b.until_on > d.date)),
       coalesce(a.sold, 0), coalesce(a.overbooking, 0)
  FROM hotel_roomtype t
  CROSS JOIN generate_series(%(start)s::date, %(end)s::date - 1, '1 day') AS d(date)
  JOIN (SELECT r.room_type_id, count(*) AS rooms FROM hotel_room r
         WHERE r.property_id = %(house)s AND {_SERVED} GROUP BY r.room_type_id) n ON n.room_type_id = t.id
  LEFT JOIN hotel_availability a ON a.room_type_id = t.id AND a.date = d.date
 WHERE t.property_id = %(house)s
 ORDER BY t.position, t.id, d.date
"""
_UNASSIGNED = """
SELECT s.room_type_id, s.due_in_at, s.due_out_at, 'stay', s.id, s.number, s.guest_name, s.status, s.arrival_on,
       s.departure_on, s.due_in_at, s.is_pinned, s.departure_marked_at IS NOT NULL, k.kind = 'group', k.title, '', ''
  FROM (SELECT * FROM hotel_stay WHERE property_id = %(house)s AND status IN ('tentative', 'confirmed')
           AND room_id IS NULL AND arrival_on < %(last)s AND departure_on >= %(first)s
         ORDER BY arrival_on LIMIT %(most)s) s
  JOIN hotel_booking k ON k.id = s.booking_id
 ORDER BY s.room_type_id, s.due_in_at, s.id
"""


def rows(window: Window, *, offset: int = 0, limit: int = SCREEN, room_ids: Collection[int] | None = None) -> list[Row]:
    """Rooms by type, floor and number with what takes them in the window. Three statements."""
    given = None if room_ids is None else sorted(room_ids)
    params = {
        "house": window.house.pk,
        "today": window.house.business_date,
        "rooms": given,
        "limit": limit,
        "offset": offset,
    }
    found = {
        pk: Row(pk, number, kind, room_code(occupied=occupied, housekeeping=housekeeping, block=block))
        for pk, number, kind, occupied, housekeeping, block in _ask(_ROWS, params)
    }
    zone, (start, end) = ZoneInfo(window.house.time_zone), window.moments
    for room_id, *fields in _ask(_BARS, {"rooms": list(found), "start": start, "end": end}):
        found[room_id].bars.append(_placed(Bar(*fields), window, zone))
    dates = {"rooms": list(found), "start": window.start, "end": window.end}
    for room_id, from_on, until_on, kind, reason in _ask(_OUT_OF_SERVICE, dates):
        begins, ends = (dt.datetime.combine(date, dt.time(12), tzinfo=zone) for date in (from_on, until_on))
        bar = Bar(begins, ends, "oos", None, "", "", "", None, None, None, False, False, False, "", kind, reason)
        found[room_id].bars.append(_placed(bar, window, zone))
    return list(found.values())


def types(window: Window, lanes: int = LANES) -> list[Type]:
    """Room types with free and sold by date, and their stays without a room in a few lanes. Two statements."""
    params = {
        "house": window.house.pk,
        "today": window.house.business_date,
        "start": window.start,
        "end": window.end,
    }
    found: dict[int, Type] = {}
    first = 0
    for type_id, name, rooms, date, sellable, sold, overbooking in _ask(_DAYS, params):
        if type_id not in found:
            found[type_id] = Type(type_id, name, rooms, first)
            first += rooms
        found[type_id].days.append(Day(date, sellable, sold, overbooking))
    zone = ZoneInfo(window.house.time_zone)
    waiting: dict[int, list[Bar]] = defaultdict(list)
    params |= {"first": window.start, "last": window.end, "most": NEAREST}
    for type_id, *fields in _ask(_UNASSIGNED, params):
        waiting[type_id].append(_placed(Bar(*fields), window, zone))
    for type_id, bars in waiting.items():
        if type_id in found:
            _into_lanes(found[type_id], bars, min(lanes, MOST_LANES))
    return list(found.values())


def totals(found: Iterable[Type]) -> list[Day]:
    """All types together, by date."""
    days: dict[dt.date, Day] = {}
    for kind in found:
        for day in kind.days:
            total = days.setdefault(day.date, Day(day.date))
            total.rooms += day.rooms
            total.sold += day.sold
            total.overbooking += day.overbooking
    return list(days.values())


def _into_lanes(kind: Type, bars: list[Bar], most: int) -> None:
    """Bars that don't overlap share a lane; what finds none of the few is counted as hidden."""
    ends: list[int] = []
    for bar in bars:
        lane = next((n for n, end in enumerate(ends) if end <= bar.column), len(ends))
        kind.unassigned += 1
        if lane >= most:
            kind.hidden += 1
            continue
        if lane == len(ends):
            ends.append(0)
            kind.lanes.append([])
        ends[lane] = bar.column + bar.width
        kind.lanes[lane].append(bar)


def _placed(bar: Bar, window: Window, zone: ZoneInfo) -> Bar:
    """Where the bar lies: whole half days, at least one, cut at the window's edges."""
    first, last = window.half(bar.start, zone), window.half(bar.end, zone)
    whole = int(last) + (last > int(last))
    begin, stop = max(0, int(first)), min(2 * window.days, whole)
    bar.column, bar.width = min(begin, 2 * window.days - 1) + 1, max(1, stop - begin)
    bar.cut_left, bar.cut_right = first < 0, whole > 2 * window.days
    return bar


def _ask(sql: str, params: dict[str, Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
