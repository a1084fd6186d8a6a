"""How clean rooms are, and what guests ask for at the door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import F

from hotel.rooms import traces
from hotel.rooms.models import Room
from hotel.rooms.services.errors import NoSuchMove
from hotel.rooms.states import HK_MOVES, Housekeeping, ServiceFlag
from hotel.rooms.telling import tell_of
from hotel.rooms.traces import Trace
from oms.lib.joined import Joined

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from oms.lib.errors import DomainError
    from oms.staff.models import Staff


_ROOMS = Joined(r=Room)
_LOCK = f"SELECT {_ROOMS.columns} FROM hotel_room r WHERE r.id = ANY (%s) ORDER BY r.id FOR NO KEY UPDATE"


def lock_rooms(room_ids: Collection[int]) -> list[Room]:
    """The rooms, locked by primary key."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(room_ids)])
        return [room for (room,) in _ROOMS.read(cursor.fetchall())]


@transaction.atomic
def set_housekeeping(
    *, room_ids: Collection[int], to: str, by: Staff | None, at: dt.datetime
) -> dict[int, DomainError | None]:
    """Change how clean rooms are; a result per room, refusals change nothing of theirs. Unknown rooms are left out.

    Locks the rooms by primary key. Tells open boards. Four statements for the set.
    """
    rooms = lock_rooms(room_ids)
    wanted = Housekeeping(to).label
    results: dict[int, DomainError | None] = {
        room.pk: None
        if to in HK_MOVES[room.housekeeping]
        else NoSuchMove(room=room.number, status=room.get_housekeeping_display(), wanted=wanted)
        for room in rooms
    }
    moved = [room for room in rooms if results[room.pk] is None]
    lines = [
        Trace(
            room.property_id,
            "room.housekeeping",
            room_id=room.pk,
            reference=room.number,
            data={"before": room.housekeeping, "after": to},
        )
        for room in moved
    ]
    _change(moved, at, housekeeping=to)
    traces.write(lines=lines, by=by, at=at)
    return results


@transaction.atomic
def set_service_flag(*, room_ids: Collection[int], flag: str, by: Staff | None, at: dt.datetime) -> list[int]:
    """Do not disturb, make up room, or neither; returns the rooms that changed. Locks the rooms. Tells open boards."""
    flag = ServiceFlag(flag)
    changed = [room for room in lock_rooms(room_ids) if room.service_flag != flag]
    lines = [
        Trace(
            room.property_id,
            "room.service_flag",
            room_id=room.pk,
            reference=room.number,
            data={"before": room.service_flag, "after": flag},
        )
        for room in changed
    ]
    _change(changed, at, service_flag=flag)
    traces.write(lines=lines, by=by, at=at)
    return [room.pk for room in changed]


def _change(rooms: list[Room], at: dt.datetime, **fields: str) -> None:
    if not rooms:
        return
    stamps = {"housekeeping_at": at} if "housekeeping" in fields else {}
    Room.objects.filter(pk__in=[room.pk for room in rooms]).update(version=F("version") + 1, **fields, **stamps)
    tell_of(rooms)
