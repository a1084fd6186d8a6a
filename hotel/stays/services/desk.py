"""What every command on stays needs: locked stays, the move of their status, traces, telling the boards."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import connection, transaction
from django.db.models import F

from hotel.members.models import Guest
from hotel.rooms import telling, traces
from hotel.rooms.models import Property, Room, RoomType
from hotel.rooms.states import Housekeeping
from hotel.rooms.traces import Trace
from hotel.stays import moments
from hotel.stays.inventory import Wish
from hotel.stays.models import Stay
from hotel.stays.services.errors import WrongStatus
from hotel.stays.states import OccupancyKind, StayStatus
from oms.lib.errors import DomainError
from oms.lib.joined import Joined, relate

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Iterable, Sequence

    from oms.staff.models import Staff

One = TypeVar("One")
Results = dict[int, "DomainError | None"]
TO_ARRIVE = (StayStatus.TENTATIVE, StayStatus.CONFIRMED)
CHANGEABLE = (*TO_ARRIVE, StayStatus.IN_HOUSE)
READY = (Housekeeping.CLEAN, Housekeeping.INSPECTED)


def lock_stays(stay_ids: Collection[int]) -> dict[int, Stay]:
    """Stays by id with property, type, room and guest, locked by primary key. Raises Stay.DoesNotExist."""
    stays, is_torn = _locked(stay_ids)
    # Whoever waited sees the stay as it is now, joined to what it pointed to before: then read again, lock in hand.
    if is_torn or len(stays) < len(set(stay_ids)):
        stays, _whole = _locked(stay_ids)
    if len(stays) < len(set(stay_ids)):
        raise Stay.DoesNotExist
    return stays


def _locked(stay_ids: Collection[int]) -> tuple[dict[int, Stay], bool]:
    """The stays, and whether one of them lacks the room or guest it names."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(stay_ids)])
        rows = cursor.fetchall()
    stays: dict[int, Stay] = {}
    is_torn = False
    for stay, house, room_type, room, guest in _STAYS.read(rows):
        is_torn |= (room is None) is not (stay.room_id is None) or (guest is None) is not (stay.guest_id is None)
        relate(stay, property=house, room_type=room_type, room=room, guest=guest)
        stays[stay.pk] = stay
    return stays, is_torn


_STAYS = Joined(s=Stay, p=Property, t=RoomType, r=Room, g=Guest)
_LOCK = f"""
SELECT {_STAYS.columns}
  FROM hotel_stay s JOIN hotel_property p ON p.id = s.property_id JOIN hotel_roomtype t ON t.id = s.room_type_id
  LEFT JOIN hotel_room r ON r.id = s.room_id LEFT JOIN hotel_guest g ON g.id = s.guest_id
 WHERE s.id = ANY (%s) ORDER BY s.id FOR NO KEY UPDATE OF s
"""


def lock_stay(stay_id: int, *allowed: str) -> Stay:
    """One stay, locked, in one of these states. Raises Stay.DoesNotExist, WrongStatus."""
    stay = lock_stays([stay_id])[stay_id]
    if refusal := wrong_status(stay, allowed):
        raise refusal
    return stay


def in_halves(ones: Sequence[One], do: Callable[[Sequence[One]], None]) -> dict[One, DomainError]:
    """Do it for all at once, or, where one is refused, for halves until the refused one stands alone: the refusals.

    Earlier ones go first. ``do`` does all it is given or raises; each try has its own savepoint.
    """
    if not ones:
        return {}
    try:
        with transaction.atomic():
            do(ones)
    except DomainError as refusal:
        if len(ones) == 1:
            return {ones[0]: refusal}
        half = len(ones) // 2
        return {**in_halves(ones[:half], do), **in_halves(ones[half:], do)}
    return {}


def wrong_status(stay: Stay, allowed: Collection[str]) -> WrongStatus | None:
    """The refusal of a stay that is in none of these states."""
    if stay.status in allowed:
        return None
    return WrongStatus(stay=stay.number, status=str(stay.get_status_display()))


def save(stay: Stay, *fields: str) -> None:
    """Write these fields of a locked stay, as a new version."""
    stay.version += 1
    stay.save(update_fields=[*fields, "version"])


def trace_of(stay: Stay, action: str, reason: str = "", **data: Any) -> Trace:
    """One thing done to a stay, under its room and guest."""
    return Trace(
        stay.property_id,
        f"stay.{action}",
        room_id=stay.room_id,
        stay_id=stay.pk,
        guest_id=stay.guest_id,
        reference=stay.number,
        reason=reason,
        data=data or None,
        business_date=stay.property.business_date,
    )


def finish(lines: Sequence[Trace], *, by: Staff | None, at: dt.datetime, rooms: Iterable[int | None] = ()) -> None:
    """Write the traces and tell open boards and charts of these rooms, and of the rooms the traces name."""
    traces.write(lines=lines, by=by, at=at)
    changed: dict[int, set[int]] = defaultdict(set)
    for line in lines:
        changed[line.property_id] |= {room for room in (line.room_id, *rooms) if room}
    for property_id, room_ids in changed.items():
        telling.tell(property_id, room_ids)


def wish_of(stay: Stay, start: dt.datetime, end: dt.datetime, room_id: int | None = None) -> Wish:
    """The stay's room, or another, for a time."""
    kind = OccupancyKind.DAY_USE if stay.is_day_use else OccupancyKind.STAY
    return Wish(room_id or stay.room_id or 0, start, end, kind, stay_id=stay.pk)


def held_from(stay: Stay, at: dt.datetime) -> dt.datetime:
    """From when a stay that is to arrive takes its room: as planned, or from now when that is over already."""
    return at if stay.due_in_at < at < stay.due_out_at else stay.due_in_at


def make_dirty(room_ids: Collection[int], at: dt.datetime) -> None:
    """Rooms somebody has left. Locks them by the update."""
    Room.objects.filter(pk__in=room_ids).update(
        housekeeping=Housekeeping.DIRTY, housekeeping_at=at, version=F("version") + 1
    )


def is_due_today(stay: Stay) -> bool:
    """Whether the business date is one of the stay's dates to arrive on."""
    today = stay.property.business_date
    return stay.arrival_on == today if stay.is_day_use else stay.arrival_on <= today < stay.departure_on


def clock(stay: Stay, at: dt.datetime) -> str:
    """A moment as the house's clock shows it."""
    return f"{moments.local(stay.property, at):%m-%d %H:%M}"
