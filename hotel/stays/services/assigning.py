"""Which room a stay will have: proposing, assigning, taking back, promising."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from hotel.rooms.models import Room, RoomType
from hotel.stays import inventory
from hotel.stays.services.desk import (
    TO_ARRIVE,
    Results,
    finish,
    held_from,
    lock_stay,
    lock_stays,
    save,
    trace_of,
    wish_of,
    wrong_status,
)
from hotel.stays.services.errors import NoRoom, Pinned, WrongRoomType
from oms.lib.joined import Joined, relate

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from hotel.stays.models import Stay
    from oms.lib.errors import DomainError
    from oms.staff.models import Staff

_ROOMS = Joined(r=Room, t=RoomType)
_READ = f"""
SELECT {_ROOMS.columns} FROM hotel_room r JOIN hotel_roomtype t ON t.id = r.room_type_id WHERE r.id = ANY (%s)
"""
_GIVE = """
WITH given AS (SELECT * FROM unnest(%(stays)s::bigint[], %(rooms)s::bigint[]) AS g(stay, room)),
nights AS (UPDATE hotel_roomnight n SET room_id = nullif(g.room, 0) FROM given g WHERE n.stay_id = g.stay)
UPDATE hotel_stay s SET room_id = nullif(g.room, 0), is_pinned = %(pin)s, version = s.version + 1
  FROM given g WHERE s.id = g.stay
"""


@transaction.atomic
def assign(
    *, choices: Sequence[tuple[int, int]], by: Staff | None, at: dt.datetime, pin: bool = False
) -> dict[int, DomainError | None]:
    """Give stays that are to arrive a room of the type they were sold, for their whole time; a refusal changes nothing
    of that stay. A stay that had another room gives it up. ``pin``: the room was promised to the guest.

    Locks the stays, then the rooms. Refusals: WrongStatus, WrongRoomType, RoomTaken. Seven statements for the set.
    """
    wanted = dict(choices)
    stays = lock_stays(wanted)
    rooms = _rooms(wanted.values())
    results: Results = {pk: _refusal(stay, rooms[wanted[pk]]) for pk, stay in stays.items()}
    able = [stay for pk, stay in stays.items() if results[pk] is None]
    wishes = [wish_of(stay, held_from(stay, at), stay.due_out_at, wanted[stay.pk]) for stay in able]
    for position, refusal in inventory.reoccupy(wishes).items():
        results[able[position].pk] = refusal
    given = [stay for stay in able if results[stay.pk] is None]
    left = [stay.room_id for stay in given]
    give_rooms({stay.pk: wanted[stay.pk] for stay in given}, pin=pin)
    lines = []
    for stay in given:
        before, room = (stay.room.number if stay.room else None), rooms[wanted[stay.pk]]
        stay.room = room
        lines.append(trace_of(stay, "assigned", before=before, after=room.number))
    finish(lines, by=by, at=at, rooms=left)
    return results


@transaction.atomic
def unassign(*, stay_ids: Collection[int], by: Staff | None, at: dt.datetime) -> dict[int, DomainError | None]:
    """Take the room back from stays that are to arrive. Locks the stays. Refusals: WrongStatus, NoRoom, Pinned."""
    stays = lock_stays(stay_ids)
    results: Results = {pk: _not_to_unassign(stay) for pk, stay in stays.items()}
    able = [stay for pk, stay in stays.items() if results[pk] is None]
    inventory.vacate(stay_ids=[stay.pk for stay in able])
    give_rooms({stay.pk: 0 for stay in able}, pin=False)
    lines = [trace_of(stay, "unassigned", before=stay.room.number if stay.room else "") for stay in able]
    finish(lines, by=by, at=at)
    return results


@transaction.atomic
def pin_room(*, stay_id: int, is_pinned: bool, by: Staff | None, at: dt.datetime) -> Stay:
    """Promise the stay its room, or take the promise back. Locks the stay. Raises WrongStatus, NoRoom."""
    stay = lock_stay(stay_id, *TO_ARRIVE)
    if stay.room_id is None:
        raise NoRoom(stay=stay.number)
    stay.is_pinned = is_pinned
    save(stay, "is_pinned")
    finish([trace_of(stay, "pinned" if is_pinned else "unpinned")], by=by, at=at)
    return stay


def give_rooms(rooms: dict[int, int], *, pin: bool) -> None:
    """Write the room (0: none) of these locked stays and of all their nights. One statement."""
    if rooms:
        with connection.cursor() as cursor:
            cursor.execute(_GIVE, {"stays": list(rooms), "rooms": list(rooms.values()), "pin": pin})


def _rooms(room_ids: Collection[int]) -> dict[int, Room]:
    with connection.cursor() as cursor:
        cursor.execute(_READ, [list(room_ids)])
        rooms = {}
        for room, room_type in _ROOMS.read(cursor.fetchall()):
            relate(room, room_type=room_type)
            rooms[room.pk] = room
    return rooms


def _refusal(stay: Stay, room: Room) -> DomainError | None:
    if refusal := wrong_status(stay, TO_ARRIVE):
        return refusal
    if room.room_type_id != stay.room_type_id:
        return WrongRoomType(room=room.number, type=str(room.room_type), sold=str(stay.room_type))
    return None


def _not_to_unassign(stay: Stay) -> DomainError | None:
    if refusal := wrong_status(stay, TO_ARRIVE):
        return refusal
    if stay.room is None:
        return NoRoom(stay=stay.number)
    return Pinned(stay=stay.number, room=stay.room.number) if stay.is_pinned else None
