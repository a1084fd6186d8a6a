"""The only writers of what is sold by type and date, and of what takes a room when."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext_lazy as _

from hotel.rooms.models import Room
from hotel.stays import moments
from hotel.stays.models import Occupancy
from hotel.stays.states import OccupancyKind
from oms.lib.bulk import copy_rows
from oms.lib.errors import DomainError
from oms.lib.joined import Joined

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

Night = tuple[int, dt.date]  # room type, date
MOMENT = dt.timedelta(microseconds=1)  # the shortest range


class NoAvailability(DomainError):
    """The type is sold out on a date, overbooking included."""

    code = "stay_no_availability"
    message = _("%(type)s is sold out on %(date)s: %(free)s free, %(wanted)s wanted.")


class RoomTaken(DomainError):
    """The room is somebody else's at that time."""

    code = "stay_room_taken"
    message = _("Room %(room)s is taken from %(from)s until %(until)s by %(by)s.")


@dataclass(frozen=True, slots=True)
class Wish:
    """A room wanted for a time: by a stay, or out of order (``block_id``), or held."""

    room_id: int
    start: dt.datetime
    end: dt.datetime
    kind: str
    stay_id: int | None = None
    block_id: int | None = None
    note: str = ""


_ENSURE = """
WITH d AS MATERIALIZED (SELECT * FROM unnest(%(types)s::bigint[], %(dates)s::date[]) AS d(type, date)),
rooms AS (
    SELECT d.type, d.date, count(*) AS count FROM d JOIN hotel_room r ON r.room_type_id = d.type
       AND r.in_service_from <= d.date AND (r.in_service_until IS NULL OR r.in_service_until > d.date)
     GROUP BY d.type, d.date),
blocks AS (
    SELECT d.type, d.date, count(*) AS count FROM d JOIN hotel_roomblock b ON b.kind = 'ooo' AND b.ended_at IS NULL
       AND b.from_on <= d.date AND b.until_on > d.date
      JOIN hotel_room r ON r.id = b.room_id AND r.room_type_id = d.type GROUP BY d.type, d.date)
INSERT INTO hotel_availability (property_id, room_type_id, date, rooms, out_of_order, sold, overbooking)
SELECT t.property_id, t.id, d.date, coalesce(rooms.count, 0), coalesce(blocks.count, 0), 0, 0
  FROM d JOIN hotel_roomtype t ON t.id = d.type
  LEFT JOIN rooms ON rooms.type = d.type AND rooms.date = d.date
  LEFT JOIN blocks ON blocks.type = d.type AND blocks.date = d.date
ON CONFLICT (room_type_id, date) DO NOTHING
"""
_LOCK = """
SELECT a.room_type_id, a.date, a.rooms - a.out_of_order + a.overbooking - a.sold, t.name
  FROM unnest(%(types)s::bigint[], %(dates)s::date[]) AS d(type, date)
  JOIN hotel_availability a ON a.room_type_id = d.type AND a.date = d.date
  JOIN hotel_roomtype t ON t.id = a.room_type_id
 ORDER BY a.room_type_id, a.date FOR NO KEY UPDATE OF a
"""
_ADD = """
UPDATE hotel_availability a SET sold = a.sold + d.n
  FROM unnest(%(types)s::bigint[], %(dates)s::date[], %(counts)s::int[]) AS d(type, date, n)
 WHERE a.room_type_id = d.type AND a.date = d.date
"""
_MAKE_ROOM = """
UPDATE hotel_availability a SET overbooking = a.sold + d.n - (a.rooms - a.out_of_order)
  FROM unnest(%(types)s::bigint[], %(dates)s::date[], %(counts)s::int[]) AS d(type, date, n)
 WHERE a.room_type_id = d.type AND a.date = d.date AND a.sold + d.n > a.rooms - a.out_of_order + a.overbooking
"""
_REBUILD = """
WITH locked AS MATERIALIZED (
    SELECT id, room_type_id, date FROM hotel_availability
     WHERE property_id = %(property)s AND date >= %(start)s AND date < %(end)s
     ORDER BY room_type_id, date FOR NO KEY UPDATE),
truth AS (
    SELECT l.id,
           (SELECT count(*) FROM hotel_room r WHERE r.room_type_id = l.room_type_id AND r.in_service_from <= l.date
               AND (r.in_service_until IS NULL OR r.in_service_until > l.date)) AS rooms,
           (SELECT count(*) FROM hotel_roomblock b JOIN hotel_room r ON r.id = b.room_id
             WHERE r.room_type_id = l.room_type_id AND b.kind = 'ooo' AND b.ended_at IS NULL
               AND b.from_on <= l.date AND b.until_on > l.date) AS out_of_order,
           (SELECT count(*) FROM hotel_roomnight n JOIN hotel_stay s ON s.id = n.stay_id
             WHERE n.date = l.date AND n.room_type_id = l.room_type_id
               AND s.status IN ('tentative', 'confirmed', 'in_house', 'checked_out')) AS sold
      FROM locked l)
UPDATE hotel_availability a SET rooms = t.rooms, out_of_order = t.out_of_order, sold = t.sold
  FROM truth t WHERE a.id = t.id
   AND (a.rooms, a.out_of_order, a.sold) IS DISTINCT FROM (t.rooms, t.out_of_order, t.sold)
"""


def take(nights: Iterable[Night]) -> None:
    """Sell nights by type and date, all or none. Locks the date rows by type, then date. Raises NoAvailability.

    Two statements; two more when dates are sold for the first time. Call before anything else is locked below.
    """
    exchange(back=(), wanted=nights)


def give_back(nights: Iterable[Night]) -> None:
    """Nights are for sale again. Locks the date rows by type, then date. Two statements."""
    exchange(back=nights, wanted=())


def ensure(nights: Iterable[Night]) -> None:
    """Make and lock the date rows of nights, by type, then date: for changes that are no sale (overbooking)."""
    wanted = Counter(nights)
    if wanted and len(_lock(wanted)) < len(wanted):
        _execute(_ENSURE, wanted)
        _lock(wanted)


def make_room(nights: Iterable[Night]) -> None:
    """Dates that are over: who slept there is a fact, whatever was for sale. Overbooking grows to hold the nights that
    ``take`` counts after this. Locks the date rows by type, then date.
    """
    wanted = Counter(nights)
    if wanted:
        ensure(wanted.elements())
        _execute(_MAKE_ROOM, wanted)


def exchange(*, back: Iterable[Night], wanted: Iterable[Night]) -> None:
    """Give nights back and sell others, all or none, under one ordered lock, so that two opposite moves can't meet.

    Locks the date rows by type, then date. Raises NoAvailability.
    """
    change = Counter(wanted)
    change.subtract(Counter(back))
    change = Counter({night: n for night, n in change.items() if n})
    if not change:
        return
    rows = _lock(change)
    if len(rows) < len(change):
        _execute(_ENSURE, change)
        rows = _lock(change)
    for type_id, date, free, name in rows:
        if change[(type_id, date)] > max(0, free):
            raise NoAvailability(type=name, date=str(date), free=max(0, free), wanted=change[(type_id, date)])
    _execute(_ADD, change)


def rebuild(*, property_id: int, start: dt.date, end: dt.date) -> int:
    """Make the date rows of [start, end) tell the truth again after rooms or blocks changed; returns how many changed.

    Locks them. Nights of checked-out stays stay sold: they were slept in. An IntegrityError means that more is sold
    than there would be rooms: allow overbooking first, or move stays.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REBUILD, {"property": property_id, "start": start, "end": end})
        return cursor.rowcount


def occupy(wishes: Sequence[Wish], *, entering: bool = False) -> dict[int, RoomTaken]:
    """Take rooms for times; returns the refusals by the wish's position, the others are taken.

    Locks the rooms by primary key. The exclusion constraint stands behind the look. Three statements for the set.
    ``entering``: the guest goes in now, so a room with a guest who should have left is refused too.
    """
    if not wishes:
        return {}
    rooms = _lock_rooms(wishes)
    refused = {**_conflicts(wishes, rooms), **(still_inside(wishes, rooms) if entering else {})}
    _insert(wishes, refused)
    return refused


def reoccupy(wishes: Sequence[Wish]) -> dict[int, RoomTaken]:
    """As ``occupy``, for stays that may have a room: those that get another give theirs up. Four statements."""
    if not wishes:
        return {}
    refused = _conflicts(wishes, _lock_rooms(wishes))
    vacate(stay_ids=[wish.stay_id for n, wish in enumerate(wishes) if wish.stay_id and n not in refused])
    _insert(wishes, refused)
    return refused


def _insert(wishes: Sequence[Wish], refused: Collection[int]) -> None:
    rows = [
        (wish.room_id, f"[{wish.start},{wish.end})", wish.kind, wish.stay_id, wish.block_id, wish.note)
        for position, wish in enumerate(wishes)
        if position not in refused
    ]
    if rows:
        columns = ("room_id", "during", "kind", "stay_id", "block_id", "note")
        copy_rows(table="hotel_occupancy", columns=columns, rows=rows)


def retime(wishes: Sequence[Wish], *, entering: bool = False) -> dict[int, RoomTaken]:
    """Give the stays' newest ranges other times in the same room; refusals by the wish's position. Locks the rooms.

    Earlier ranges of a stay (rooms it has moved out of) are history and stay. ``entering``: a room with a guest who
    should have left is refused too. Three statements for the set, four when entering.
    """
    if not wishes:
        return {}
    rooms = _lock_rooms(wishes)
    refused = {**_conflicts(wishes, rooms), **(still_inside(wishes, rooms) if entering else {})}
    granted = [wish for position, wish in enumerate(wishes) if position not in refused]
    with connection.cursor() as cursor:
        cursor.execute(
            _RETIME,
            [[w.stay_id for w in granted], [w.start for w in granted], [w.end for w in granted]],
        )
    return refused


def look(wishes: Sequence[Wish], *, entering: bool = False) -> dict[int, RoomTaken]:
    """The refusals that ``occupy`` would give from now on, whoever was there before; nothing is locked or written.

    Two statements.
    """
    if not wishes:
        return {}
    rooms = Room.objects.select_related("property").in_bulk({wish.room_id for wish in wishes})
    return {**_conflicts(wishes, rooms, history=False), **(still_inside(wishes, rooms) if entering else {})}


def since(stay_id: int) -> dt.datetime | None:
    """When the stay's newest range begins: when the guest came into the room they are in."""
    return since_of([stay_id]).get(stay_id)


def since_of(stay_ids: Collection[int]) -> dict[int, dt.datetime]:
    """The same for many stays; those without a range are left out. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, [list(stay_ids)])
        return dict(cursor.fetchall())


def still_inside(wishes: Sequence[Wish], rooms: dict[int, Room]) -> dict[int, RoomTaken]:
    """Refusals of wishes for rooms (locked) that another guest is in, whatever was planned."""
    with connection.cursor() as cursor:
        cursor.execute(_INSIDE, [list(rooms)])
        found = {room: row for room, *row in cursor.fetchall()}
    return {
        position: _taken(rooms[wish.room_id], row[2], row[3], row[1])
        for position, wish in enumerate(wishes)
        if (row := found.get(wish.room_id)) and row[0] != wish.stay_id
    }


def end_stays(*, stay_ids: Collection[int], at: dt.datetime) -> None:
    """The rooms of these stays are left at ``at``: their newest ranges end there, or where the next one begins."""
    with connection.cursor() as cursor:
        cursor.execute(_END, {"stays": list(stay_ids), "at": at})


def vacate(*, stay_ids: Collection[int] = (), block_ids: Collection[int] = ()) -> int:
    """Free what these stays or blocks take; returns how many ranges went."""
    count = Occupancy.objects.filter(stay_id__in=stay_ids).delete()[0] if stay_ids else 0
    return count + (Occupancy.objects.filter(block_id__in=block_ids).delete()[0] if block_ids else 0)


# The newest range of each stay: the room it is in, or will be in.
_RETIME = """
UPDATE hotel_occupancy o SET during = tstzrange(w.start, w."end")
  FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS w(stay, start, "end")
 WHERE o.id = (SELECT n.id FROM hotel_occupancy n WHERE n.stay_id = w.stay ORDER BY lower(n.during) DESC LIMIT 1)
"""
# A range that would be empty goes: nobody was in the room.
_END = """
WITH newest AS (
    SELECT DISTINCT ON (n.stay_id) n.id, n.room_id, lower(n.during) AS since FROM hotel_occupancy n
     WHERE n.stay_id = ANY (%(stays)s) ORDER BY n.stay_id, lower(n.during) DESC),
gone AS (DELETE FROM hotel_occupancy o USING newest n WHERE o.id = n.id AND n.since >= %(at)s)
UPDATE hotel_occupancy o SET during = tstzrange(n.since, least(%(at)s,
        (SELECT min(lower(x.during)) FROM hotel_occupancy x
          WHERE int8range(x.room_id, x.room_id, '[]') && int8range(n.room_id, n.room_id, '[]')
            AND x.during && tstzrange(n.since, %(at)s, '[]') AND x.id <> n.id)))
  FROM newest n WHERE o.id = n.id AND n.since < %(at)s
"""
_SINCE = "SELECT stay_id, max(lower(during)) FROM hotel_occupancy WHERE stay_id = ANY (%s) GROUP BY stay_id"
_ROOMS = Joined(r=Room)
_LOCK_ROOMS = f"SELECT {_ROOMS.columns} FROM hotel_room r WHERE r.id = ANY (%s) ORDER BY r.id FOR NO KEY UPDATE"
_INSIDE = """
SELECT room_id, id, number || ' ' || guest_name, checked_in_at, due_out_at
  FROM hotel_stay WHERE room_id = ANY (%s) AND status = 'in_house'
"""
_OVERLAPS = """
SELECT w.position, o.room_id, lower(o.during), upper(o.during), o.kind,
       coalesce(s.number || ' ' || s.guest_name, o.note)
  FROM unnest(%(positions)s::int[], %(rooms)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[],
              %(stays)s::bigint[]) AS w(position, room, start, "end", stay)
  JOIN hotel_occupancy o ON int8range(o.room_id, o.room_id, '[]') && int8range(w.room, w.room, '[]')
   AND o.during && tstzrange(w.start, w."end") AND o.stay_id IS DISTINCT FROM nullif(w.stay, 0)
  LEFT JOIN hotel_stay s ON s.id = o.stay_id
 WHERE %(history)s OR s.id IS NULL OR (s.status <> 'checked_out' AND NOT EXISTS (
           SELECT FROM hotel_occupancy n WHERE n.stay_id = s.id AND lower(n.during) > lower(o.during)))
 ORDER BY w.position, lower(o.during)
"""


def _lock_rooms(wishes: Sequence[Wish]) -> dict[int, Room]:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_ROOMS, [sorted({wish.room_id for wish in wishes})])
        return {room.pk: room for (room,) in _ROOMS.read(cursor.fetchall())}


def _conflicts(wishes: Sequence[Wish], rooms: dict[int, Room], *, history: bool = True) -> dict[int, RoomTaken]:
    with connection.cursor() as cursor:
        cursor.execute(
            _OVERLAPS,
            {
                "positions": list(range(len(wishes))),
                "rooms": [wish.room_id for wish in wishes],
                "starts": [wish.start for wish in wishes],
                "ends": [wish.end for wish in wishes],
                "stays": [wish.stay_id or 0 for wish in wishes],
                "history": history,
            },
        )
        found = cursor.fetchall()
    refused: dict[int, RoomTaken] = {}
    for position, room_id, start, end, kind, who in found:
        by = who or str(OccupancyKind(kind).label)
        refused.setdefault(position, _taken(rooms[room_id], start, end, by))
    granted: dict[int, list[Wish]] = defaultdict(list)
    for position, wish in enumerate(wishes):  # two wishes of one call may want the same room: the first has it
        rival = next((g for g in granted[wish.room_id] if g.start < wish.end and wish.start < g.end), None)
        if rival and position not in refused:
            refused[position] = _taken(rooms[wish.room_id], rival.start, rival.end, "—")
        elif position not in refused:
            granted[wish.room_id].append(wish)
    return refused


def _taken(room: Room, start: dt.datetime, end: dt.datetime, by: str) -> RoomTaken:
    start, end = moments.local(room.property, start), moments.local(room.property, end)
    return RoomTaken(**{"room": room.number, "from": f"{start:%m-%d %H:%M}", "until": f"{end:%m-%d %H:%M}", "by": by})


def _lock(nights: Counter[Night]) -> list[tuple[int, dt.date, int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, _columns(nights))
        return cursor.fetchall()


def _execute(sql: str, nights: Counter[Night]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, _columns(nights))


def _columns(nights: Counter[Night]) -> dict[str, list]:
    ordered = sorted(nights)
    return {
        "types": [night[0] for night in ordered],
        "dates": [night[1] for night in ordered],
        "counts": [nights[night] for night in ordered],
    }
