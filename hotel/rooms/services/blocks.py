"""Taking rooms out of service for dates, and giving them back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from hotel.rooms import traces
from hotel.rooms.models import Property, Room, RoomBlock
from hotel.rooms.services.errors import (
    AlreadyBlocked,
    BadBlockDates,
    BlockOver,
    BlockReasonMissing,
    RoomOccupied,
    WouldOversell,
)
from hotel.rooms.services.housekeeping import lock_rooms
from hotel.rooms.states import BlockKind, Housekeeping
from hotel.rooms.telling import tell
from hotel.rooms.traces import Trace
from hotel.stays import inventory, moments
from hotel.stays.inventory import Wish
from hotel.stays.models import Stay
from hotel.stays.states import OccupancyKind, StayStatus

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from oms.lib.errors import DomainError
    from oms.staff.models import Staff

LONGEST_BLOCK = 2 * 366  # nights
Results = dict[int, "DomainError | None"]

# Every date row of the property in the range, as `rebuild` will: the rooms are locked after them, never before.
_LOCK = """
SELECT a.room_type_id, a.date, a.rooms - a.out_of_order + a.overbooking - a.sold, a.sold, t.name
  FROM hotel_availability a JOIN hotel_roomtype t ON t.id = a.room_type_id
 WHERE a.property_id = %(property)s AND a.date >= %(start)s AND a.date < %(end)s
 ORDER BY a.room_type_id, a.date FOR NO KEY UPDATE OF a
"""


@dataclass(slots=True)
class _Day:
    date: dt.date
    free: int
    sold: int
    type_name: str


@transaction.atomic
def block_rooms(
    *,
    room_ids: Collection[int],
    kind: str,
    from_on: dt.date,
    until_on: dt.date,
    reason: str,
    return_status: str = Housekeeping.DIRTY,
    by: Staff | None,
    at: dt.datetime,
) -> Results:
    """Take rooms of one property out of order (not for sale) or out of service for the nights [from_on, until_on).

    A result per room. Out of order takes the room and its nights from the inventory: refused where a stay has the
    room (RoomTaken) or more is sold than would be left (WouldOversell). Locks the property's date rows, then the rooms.
    Tells open boards. Raises BadBlockDates, BlockReasonMissing. A dozen statements for the set.
    """
    house = _house_of(room_ids)
    if house is None:
        return {}
    _refuse_bad(house, from_on, until_on, reason)
    days = _lock_days(house, from_on, until_on) if kind == BlockKind.OOO else {}
    rooms = lock_rooms(room_ids)
    results: Results = {room.pk: None for room in rooms}
    results.update(_blocked_already(rooms, from_on, until_on))
    if kind == BlockKind.OOO and from_on <= house.business_date:
        results.update(_occupied([room for room in rooms if results[room.pk] is None]))
    blocks = RoomBlock.objects.bulk_create(
        RoomBlock(
            room=room,
            kind=BlockKind(kind),
            from_on=from_on,
            until_on=until_on,
            reason=reason.strip(),
            return_status=Housekeeping(return_status),
            created_at=at,
            created_by=by,
        )
        for room in rooms
        if results[room.pk] is None
    )
    if kind == BlockKind.OOO:
        results.update(_take_inventory(house, blocks, days))
    done = [block for block in blocks if results[block.room_id] is None]
    _finish(house, "room.blocked", done, from_on, until_on, by=by, at=at)
    return results


@transaction.atomic
def end_blocks(*, block_ids: Collection[int], by: Staff | None, at: dt.datetime) -> Results:
    """Give rooms back before their time, or cancel blocks that have not begun; a result per block.

    A room whose block had begun gets its return status. Blocks of one property. Locks the date rows, then the rooms.
    """
    blocks = list(RoomBlock.objects.select_related("room").filter(pk__in=block_ids).order_by("pk"))
    if not blocks:
        return {}
    house = Property.objects.get(pk=blocks[0].room.property_id)
    start, end = min(block.from_on for block in blocks), max(block.until_on for block in blocks)
    _lock_days(house, start, end)
    lock_rooms([block.room_id for block in blocks])
    fresh = {block.pk for block in RoomBlock.objects.filter(pk__in=block_ids, ended_at=None)}
    results: Results = {b.pk: None if b.pk in fresh else BlockOver(room=b.room.number) for b in blocks}
    ended = [block for block in blocks if results[block.pk] is None]
    _end(house, ended, at)
    _finish(house, "room.block_ended", ended, max(start, house.business_date), end, by=by, at=at)
    return results


@transaction.atomic
def return_rooms(*, property_id: int, by: Staff | None, at: dt.datetime) -> list[int]:
    """Blocks whose last night is over give their rooms back with the return status; returns the rooms.

    For the night audit, after the business date moved on. Idempotent. Locks the rooms.
    """
    house = Property.objects.get(pk=property_id)
    over = RoomBlock.objects.select_related("room").filter(
        room__property=house, ended_at=None, until_on__lte=house.business_date
    )
    rooms = lock_rooms(list(over.values_list("room_id", flat=True)))
    ended = list(over.order_by("pk"))
    _end(house, ended, at)
    _finish(house, "room.block_over", ended, house.business_date, house.business_date, by=by, at=at)
    return [room.pk for room in rooms]


def _house_of(room_ids: Collection[int]) -> Property | None:
    return Property.objects.filter(rooms__in=list(room_ids)).first() if room_ids else None


def _refuse_bad(house: Property, from_on: dt.date, until_on: dt.date, reason: str) -> None:
    facts = [
        (from_on < house.business_date, _("The block begins before today.")),
        (until_on <= from_on, _("The block ends before it begins.")),
        ((until_on - from_on).days > LONGEST_BLOCK, _("The block is longer than two years.")),
    ]
    for is_wrong, fact in facts:
        if is_wrong:
            raise BadBlockDates(fact=fact, **{"from": str(from_on), "until": str(until_on)})
    if not reason.strip():
        raise BlockReasonMissing


def _lock_days(house: Property, start: dt.date, end: dt.date) -> dict[int, list[_Day]]:
    days: dict[int, list[_Day]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"property": house.pk, "start": start, "end": end})
        for type_id, date, free, sold, name in cursor.fetchall():
            days[type_id].append(_Day(date, free, sold, name))
    return days


def _blocked_already(rooms: Sequence[Room], from_on: dt.date, until_on: dt.date) -> Results:
    numbers = {room.pk: room.number for room in rooms}
    found = RoomBlock.objects.filter(room__in=rooms, ended_at=None, from_on__lt=until_on, until_on__gt=from_on)
    return {
        block.room_id: AlreadyBlocked(
            room=numbers[block.room_id],
            kind=block.get_kind_display(),
            reason=block.reason,
            **{"from": str(block.from_on), "until": str(block.until_on)},
        )
        for block in found.order_by("-from_on")
    }


def _occupied(rooms: Sequence[Room]) -> Results:
    numbers = {room.pk: room.number for room in rooms}
    inside = Stay.objects.filter(room__in=rooms, status=StayStatus.IN_HOUSE)
    return {
        stay.room_id: RoomOccupied(guest=stay.guest_name, room=numbers[stay.room_id])
        for stay in inside
        if stay.room_id is not None
    }


def _take_inventory(house: Property, blocks: Sequence[RoomBlock], days: dict[int, list[_Day]]) -> Results:
    """Occupy the rooms; what a stay has, or what would oversell, is let go again."""
    wishes = [
        Wish(
            block.room_id,
            moments.due_out(house, block.from_on),
            moments.due_out(house, block.until_on),
            OccupancyKind.BLOCK,
            block_id=block.pk,
            note=block.reason[:80],
        )
        for block in blocks
    ]
    refused = inventory.occupy(wishes)
    results: Results = {blocks[position].room_id: refusal for position, refusal in refused.items()}
    for position, block in enumerate(blocks):
        if position in refused:
            continue
        mine = days[block.room.room_type_id]
        short = next((day for day in mine if day.free <= 0), None)
        if short:
            results[block.room_id] = WouldOversell(
                type=short.type_name, date=str(short.date), sold=short.sold, free=max(0, short.free)
            )
            continue
        for day in mine:
            day.free -= 1
    dropped = [block.pk for block in blocks if block.room_id in results]
    inventory.vacate(block_ids=dropped)
    RoomBlock.objects.filter(pk__in=dropped).delete()
    return results


def _end(house: Property, blocks: Sequence[RoomBlock], at: dt.datetime) -> None:
    inventory.vacate(block_ids=[block.pk for block in blocks])
    RoomBlock.objects.filter(pk__in=[block.pk for block in blocks]).update(ended_at=at)
    begun = defaultdict(list)
    for block in blocks:
        if block.from_on <= house.business_date:
            begun[block.return_status].append(block.room_id)
    for status, room_ids in begun.items():
        Room.objects.filter(pk__in=room_ids).update(housekeeping=status, housekeeping_at=at, version=F("version") + 1)


def _finish(
    house: Property,
    action: str,
    blocks: Sequence[RoomBlock],
    start: dt.date,
    end: dt.date,
    *,
    by: Staff | None,
    at: dt.datetime,
) -> None:
    if not blocks:
        return
    if any(block.kind == BlockKind.OOO for block in blocks):
        inventory.rebuild(property_id=house.pk, start=start, end=end)
    lines = [
        Trace(
            house.pk,
            action,
            room_id=block.room_id,
            reference=block.room.number,
            reason=block.reason,
            data={"kind": block.kind, "from": str(block.from_on), "until": str(block.until_on)},
        )
        for block in blocks
    ]
    traces.write(lines=lines, by=by, at=at)
    tell(house.pk, {block.room_id for block in blocks})
