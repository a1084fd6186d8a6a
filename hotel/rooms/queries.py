"""The room board: what every room looks like now. Three statements for any number of rooms."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection

from hotel.rooms.models import DeskTrace, Property
from hotel.rooms.states import room_code

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from hotel.rooms.models import Room
    from oms.staff.models import Staff

ZERO = Decimal("0.00")
MOST_CHANGES = 10


@dataclass(slots=True)
class Tile:
    """One room on the board. Moments are UTC; ``code`` is VC VD VI OC OD OOO OOS; ``owed`` above what was paid."""

    room_id: int
    number: str
    floor: str
    building: str
    type_id: int
    type_name: str
    features: str
    housekeeping: str
    housekeeping_at: dt.datetime | None
    service_flag: str
    block_id: int | None
    block_kind: str | None
    block_reason: str
    block_until: dt.date | None
    lock_holder: str
    lock_purpose: str
    stay_id: int | None
    stay_number: str
    guest_name: str
    is_day_use: bool
    arrived_on: dt.date | None
    departure_on: dt.date | None
    due_out_at: dt.datetime | None
    departure_marked_at: dt.datetime | None
    level: str
    is_top_level: bool
    code: str = ""
    is_due_out: bool = False
    is_overdue: bool = False
    owed: Decimal = ZERO
    arrival_id: int | None = None
    arrival_number: str = ""
    arrival_name: str = ""
    arrival_at: dt.datetime | None = None
    arrival_is_late: bool = False

    @property
    def marks(self) -> list[str]:
        """What the filters of the board ask for: in out late owes lock dnd make_up."""
        facts = {
            "in": self.arrival_id,
            "out": self.is_due_out,
            "late": self.is_overdue,
            "owes": self.owed > 0,
            "lock": self.lock_holder,
            self.service_flag: self.service_flag != "none",
        }
        return [mark for mark, holds in facts.items() if holds]


# Rooms with their type, lock, block in force, guest in house and that guest's level. In-house stays of one room are
# one at most (unique index), blocks in force on one date too (the command refuses a second).
_ROOMS = """
SELECT r.id, r.number, r.floor, r.building, t.id, t.name, r.features, r.housekeeping, r.housekeeping_at,
       r.service_flag, b.id, b.kind, coalesce(b.reason, ''), b.until_on,
       coalesce(nullif(w.display_name, ''), w.username, ''), coalesce(k.purpose, ''),
       s.id, coalesce(s.number, ''), coalesce(s.guest_name, ''), coalesce(s.is_day_use, false), s.arrival_on,
       s.departure_on, s.due_out_at, s.departure_marked_at, coalesce(l.name, ''),
       coalesce(l.rank = (SELECT max(rank) FROM hotel_memberlevel x WHERE x.branch_id = l.branch_id), false)
  FROM hotel_room r
  JOIN hotel_roomtype t ON t.id = r.room_type_id
  LEFT JOIN hotel_operationlock k ON k.room_id = r.id AND k.expires_at > %(at)s
  LEFT JOIN oms_staff w ON w.id = k.holder_id
  LEFT JOIN hotel_roomblock b ON b.room_id = r.id AND b.ended_at IS NULL AND b.from_on <= %(today)s
        AND b.until_on > %(today)s
  LEFT JOIN hotel_stay s ON s.room_id = r.id AND s.status = 'in_house'
  LEFT JOIN hotel_member m ON m.id = s.member_id
  LEFT JOIN hotel_memberlevel l ON l.id = m.level_id
 WHERE r.property_id = %(house)s AND r.in_service_from <= %(today)s
   AND (r.in_service_until IS NULL OR r.in_service_until > %(today)s)
   AND (%(rooms)s::bigint[] IS NULL OR r.id = ANY(%(rooms)s))
"""
_ARRIVALS = """
SELECT DISTINCT ON (s.room_id) s.room_id, s.id, s.number, s.guest_name, s.due_in_at
  FROM hotel_stay s
 WHERE s.property_id = %(house)s AND s.status IN ('tentative', 'confirmed') AND s.arrival_on <= %(today)s
   AND s.room_id IS NOT NULL AND (%(rooms)s::bigint[] IS NULL OR s.room_id = ANY(%(rooms)s))
 ORDER BY s.room_id, s.due_in_at
"""
# Over all ledgers: what the guest owes above deposits held (deposits are negative entries of the deposit ledger).
_OWED = """
SELECT s.room_id, sum(e.amount)
  FROM hotel_stay s JOIN hotel_folio f ON f.stay_id = s.id JOIN hotel_folioentry e ON e.folio_id = f.id
 WHERE s.property_id = %(house)s AND s.status = 'in_house'
   AND (%(rooms)s::bigint[] IS NULL OR s.room_id = ANY(%(rooms)s))
 GROUP BY s.room_id HAVING sum(e.amount) > 0
"""


def board(property_id: int, at: dt.datetime) -> list[Tile]:
    """Every room in service today, by floor (highest first) and number. Four statements."""
    return tiles(property_id, None, at)


def tiles(property_id: int, room_ids: Collection[int] | None, at: dt.datetime) -> list[Tile]:
    """The same for some rooms only."""
    today = Property.objects.values_list("business_date", flat=True).get(pk=property_id)
    rooms = None if room_ids is None else sorted(room_ids)
    params = {"house": property_id, "today": today, "at": at, "rooms": rooms}
    found = [Tile(*row) for row in _rows(_ROOMS, params)]
    arrivals = {row[0]: row[1:] for row in _rows(_ARRIVALS, params)}
    owed = dict(_rows(_OWED, params))
    for tile in found:
        tile.code = room_code(occupied=tile.stay_id is not None, housekeeping=tile.housekeeping, block=tile.block_kind)
        tile.owed = owed.get(tile.room_id, ZERO)
        if tile.due_out_at and tile.departure_on:
            tile.is_due_out = tile.departure_on <= today
            tile.is_overdue = tile.due_out_at < at
        if tile.room_id in arrivals:
            tile.arrival_id, tile.arrival_number, tile.arrival_name, tile.arrival_at = arrivals[tile.room_id]
            tile.arrival_is_late = tile.arrival_at is not None and tile.arrival_at < at
    return sorted(found, key=lambda tile: (-_natural(tile.floor)[0], tile.floor, _natural(tile.number)))


def floors(found: Iterable[Tile]) -> list[tuple[str, list[Tile]]]:
    """The tiles by floor, highest first."""
    by_floor: dict[str, list[Tile]] = {}
    for tile in found:
        by_floor.setdefault(tile.floor, []).append(tile)
    return sorted(by_floor.items(), key=lambda item: _natural(item[0]), reverse=True)


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts by code and by mark, and tonight: rooms for sale, sold, free."""

    codes: dict[str, int]
    marks: dict[str, int]
    rooms: int
    in_house: int
    sellable: int
    sold: int

    @property
    def free(self) -> int:
        """Rooms that may still be sold tonight; negative while overbooked."""
        return self.sellable - self.sold

    @property
    def occupancy(self) -> Decimal:
        """Per cent of tonight's rooms for sale that are sold, one place."""
        return (Decimal(100 * self.sold) / self.sellable).quantize(Decimal("0.1")) if self.sellable else Decimal(0)


_TONIGHT = """
SELECT count(*) FILTER (WHERE NOT EXISTS (SELECT FROM hotel_roomblock b WHERE b.room_id = r.id AND b.kind = 'ooo'
                          AND b.ended_at IS NULL AND b.from_on <= p.business_date AND b.until_on > p.business_date)),
       (SELECT coalesce(sum(a.sold), 0) FROM hotel_availability a
         WHERE a.property_id = p.id AND a.date = p.business_date)
  FROM hotel_property p JOIN hotel_room r ON r.property_id = p.id AND r.in_service_from <= p.business_date
   AND (r.in_service_until IS NULL OR r.in_service_until > p.business_date)
 WHERE p.id = %(house)s GROUP BY p.id
"""


def figures(property_id: int, found: Collection[Tile]) -> Figures:
    """The board's counts, from its tiles, and tonight's from the inventory. One statement."""
    rows = _rows(_TONIGHT, {"house": property_id})
    sellable, sold = rows[0] if rows else (0, 0)
    return Figures(
        codes=Counter(tile.code for tile in found),
        marks=Counter(mark for tile in found for mark in tile.marks),
        rooms=len(found),
        in_house=sum(1 for tile in found if tile.stay_id),
        sellable=sellable,
        sold=sold,
    )


def traces_of(room: Room, most: int = MOST_CHANGES) -> list[DeskTrace]:
    """The newest things done with a room."""
    return list(DeskTrace.objects.select_related("by").filter(room_id=room.pk).order_by("-pk")[:most])


def traces_since(room: Room, since: str, *, but: Staff) -> list[DeskTrace]:
    """What others did with a room since a moment (ISO; a bad one gives nothing)."""
    try:
        moment = dt.datetime.fromisoformat(since)
    except ValueError:
        return []
    if moment.tzinfo is None:
        return []
    lines = DeskTrace.objects.select_related("by").filter(room_id=room.pk, at__gte=moment)
    return list(lines.exclude(by=but).order_by("-pk")[:MOST_CHANGES])


def _natural(text: str) -> tuple[int, str]:
    digits = "".join(character for character in text if character.isdigit())
    return (int(digits) if digits else 0, text)


def _rows(sql: str, params: dict[str, Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
