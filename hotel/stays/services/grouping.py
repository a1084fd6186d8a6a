"""Groups: many stays under one booking, a master bill, names that come later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from hotel.folios import services as folios
from hotel.folios.models import FolioKind
from hotel.members import services as members
from hotel.members.models import Member
from hotel.rooms.models import Room
from hotel.stays.models import Booking, Sharer, Stay
from hotel.stays.services.assigning import assign
from hotel.stays.services.booking import BookingRequest, StayRequest, reserve
from hotel.stays.services.desk import TO_ARRIVE, finish, lock_stays, trace_of
from hotel.stays.services.errors import NoSuchRow, UnknownRoom
from hotel.stays.states import BookingKind, StayStatus
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from hotel.members.models import Guest
    from hotel.members.services import Person
    from oms.staff.models import Staff

WAITING = (*TO_ARRIVE, StayStatus.WAITLISTED)
KEEPING = (*WAITING, StayStatus.IN_HOUSE)  # who is named on one of these keeps it


@dataclass(frozen=True, slots=True)
class RoomingRow:
    """One line of a rooming list. Room number, type (code or name) and dates narrow the choice.

    Who is in the same room as the line above, or ``shares``, shares the stay of that line.
    """

    person: Person
    room: str = ""
    room_type: str = ""
    arrival_on: dt.date | None = None
    departure_on: dt.date | None = None
    shares: bool = False


@dataclass(frozen=True, slots=True)
class RoomingResult:
    """What became of one line: the stay that was named, or the refusal."""

    row: int
    stay_id: int | None = None
    refusal: DomainError | None = None


@transaction.atomic
def book_group(
    *, property_id: int, stays: Sequence[StayRequest], booking: BookingRequest, by: Staff | None, at: dt.datetime
) -> Booking:
    """Reserve a group's stays, all or none, and open its master bill. Locks and refuses as ``reserve`` does."""
    made = reserve(property_id=property_id, stays=stays, booking=booking, by=by, at=at)
    if made.kind == BookingKind.GROUP:
        folios.open_folio(
            property_id=property_id, kind=FolioKind.MASTER, booking_id=made.pk, title=made.title, by=by, at=at
        )
    return made


@transaction.atomic
def take_rooming_list(
    *, booking_id: int, rows: Sequence[RoomingRow], by: Staff | None, at: dt.datetime
) -> list[RoomingResult]:
    """Name a group's stays by a list of people, registering those who are new; an answer per line.

    Rooms the list names are given to stays of their type that have none. A line takes the first unnamed stay of its
    room, type and dates that has not arrived; a refused line changes nothing and the others go on. Run again with the
    whole list, people already named keep their stays. Locks the booking's stays, then the rooms.
    Refusals: BadPerson, NoSuchRow, UnknownRoom, those of ``assign``.
    """
    stays = lock_stays(list(Stay.objects.filter(booking_id=booking_id).values_list("pk", flat=True)))
    refused = _give_rooms(stays, rows, by, at)
    branch_id = next(iter(stays.values())).property.branch_id if stays else 0
    results: list[RoomingResult] = []
    named: list[Stay] = []
    for number, row in enumerate(rows, 1):
        try:
            if row.room in refused:
                raise refused[row.room]
            with transaction.atomic():
                guest = members.register_guest(branch_id=branch_id, person=row.person, by=by, at=at)
                stay = _place(row, guest, stays, rows[number - 2] if number > 1 else None, results, at)
        except DomainError as refusal:
            results.append(RoomingResult(number, refusal=refusal))
            continue
        results.append(RoomingResult(number, stay_id=stay.pk))
        if stay.guest_id == guest.pk and stay.status in WAITING:
            named.append(stay)
    levels = {m.guest_id: m for m in Member.objects.filter(guest__in=[s.guest_id for s in named], is_active=True)}
    for stay in named:
        stay.member = levels.get(stay.guest_id or 0)
        stay.version += 1
    Stay.objects.bulk_update(named, ["guest", "guest_name", "member", "version"])
    finish([trace_of(stay, "guest_named", after=stay.guest_name) for stay in named], by=by, at=at)
    return results


def _give_rooms(
    stays: dict[int, Stay], rows: Sequence[RoomingRow], by: Staff | None, at: dt.datetime
) -> dict[str, DomainError]:
    """Rooms the list names, to those of the locked stays that have none; by number, what forbids it."""
    numbers = {row.room: row for row in reversed(rows) if row.room}
    held = {stay.room.number for stay in stays.values() if stay.room and stay.status in KEEPING}
    bare = [stay for stay in stays.values() if stay.room is None and stay.status in TO_ARRIVE]
    wanted = [number for number in reversed(numbers) if number not in held]
    house_id = next(iter(stays.values())).property_id if stays else 0
    rooms = {room.number: room for room in Room.objects.filter(property=house_id, number__in=wanted)}
    refused: dict[str, DomainError] = {}
    choices: dict[int, Room] = {}
    for number in wanted:
        room, row = rooms.get(number), numbers[number]
        stay = next((s for s in bare if room and s.room_type_id == room.room_type_id and _is_dated(s, row)), None)
        if room is None or stay is None:
            refused[number] = NoSuchRow(name=row.person.name, room=number) if room else UnknownRoom(room=number)
            continue
        bare.remove(stay)
        choices[stay.pk] = room
    for pk, refusal in assign(choices=[(pk, room.pk) for pk, room in choices.items()], by=by, at=at).items():
        if refusal:
            refused[choices[pk].number] = refusal
        else:
            stays[pk].room, stays[pk].version = choices[pk], stays[pk].version + 1
    return refused


def _place(
    row: RoomingRow,
    guest: Guest,
    stays: dict[int, Stay],
    above: RoomingRow | None,
    results: Sequence[RoomingResult],
    at: dt.datetime,
) -> Stay:
    """The stay that is this person's now: as its guest, or sharing."""
    last = results[-1].stay_id if results else None
    shares = row.shares or bool(row.room and above and above.room == row.room)
    if shares and last:
        stay = stays[last]
        if stay.guest_id != guest.pk:
            Sharer.objects.get_or_create(stay=stay, guest=guest, defaults={"added_at": at})
        return stay
    mine = [stay for stay in stays.values() if stay.guest_id == guest.pk and stay.status in KEEPING]
    free = (stay for stay in stays.values() if stay.guest_id is None and stay.status in WAITING and _fits(stay, row))
    found = next((stay for stay in mine if _fits(stay, row)), None) or next(free, None)
    if found is None or row.shares:
        raise NoSuchRow(name=row.person.name, room=row.room or row.room_type or "—")
    found.guest, found.guest_name = guest, guest.name
    return found


def _fits(stay: Stay, row: RoomingRow) -> bool:
    if not _is_dated(stay, row):
        return False
    if row.room:
        return stay.room is not None and stay.room.number == row.room
    kind = row.room_type.strip().lower()
    return not kind or kind in {stay.room_type.code.lower(), stay.room_type.name.lower()}


def _is_dated(stay: Stay, row: RoomingRow) -> bool:
    return row.arrival_on in {None, stay.arrival_on} and row.departure_on in {None, stay.departure_on}
