"""Groups: many stays under one booking, a master bill, names that come later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from hotel.folios import services as folios
from hotel.folios.models import FolioKind
from hotel.members import services as members
from hotel.members.models import Member
from hotel.stays.models import Booking, Sharer, Stay
from hotel.stays.services.booking import BookingRequest, StayRequest, reserve
from hotel.stays.services.desk import TO_ARRIVE, finish, lock_stays, trace_of
from hotel.stays.services.errors import NoSuchRow
from hotel.stays.states import BookingKind, StayStatus
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from hotel.members.models import Guest
    from hotel.members.services import Person
    from oms.staff.models import Staff


@dataclass(frozen=True, slots=True)
class RoomingRow:
    """One line of a rooming list. ``shares``: in the room of the line above. Room number and type narrow the choice."""

    person: Person
    room: str = ""
    room_type: str = ""  # code
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

    A line takes the first unnamed stay of its room or type that has not arrived; a refused line changes nothing and
    the others go on. Run again with the whole list, people already named keep their stays. Locks the booking's stays.
    Refusals: BadPerson, NoSuchRow.
    """
    stays = lock_stays(list(Stay.objects.filter(booking_id=booking_id).values_list("pk", flat=True)))
    waiting = [stay for stay in stays.values() if stay.status in {*TO_ARRIVE, StayStatus.WAITLISTED}]
    branch_id = next(iter(stays.values())).property.branch_id if stays else 0
    results: list[RoomingResult] = []
    named: list[Stay] = []
    for number, row in enumerate(rows, 1):
        try:
            with transaction.atomic():
                guest = members.register_guest(branch_id=branch_id, person=row.person, by=by, at=at)
                stay = _place(row, guest, waiting, results, stays, at)
        except DomainError as refusal:
            results.append(RoomingResult(number, refusal=refusal))
            continue
        results.append(RoomingResult(number, stay_id=stay.pk))
        if stay.guest_id == guest.pk:
            named.append(stay)
    levels = {m.guest_id: m for m in Member.objects.filter(guest__in=[s.guest_id for s in named], is_active=True)}
    for stay in named:
        stay.member = levels.get(stay.guest_id or 0)
        stay.version += 1
    Stay.objects.bulk_update(named, ["guest", "guest_name", "member", "version"])
    finish([trace_of(stay, "guest_named", after=stay.guest_name) for stay in named], by=by, at=at)
    return results


def _place(
    row: RoomingRow,
    guest: Guest,
    waiting: Sequence[Stay],
    results: Sequence[RoomingResult],
    stays: dict[int, Stay],
    at: dt.datetime,
) -> Stay:
    """The stay that is this person's now: as its guest, or sharing."""
    if row.shares and results and results[-1].stay_id:
        stay = stays[results[-1].stay_id]
        if stay.guest_id != guest.pk:
            Sharer.objects.get_or_create(stay=stay, guest=guest, defaults={"added_at": at})
        return stay
    mine = next((stay for stay in waiting if stay.guest_id == guest.pk and _fits(stay, row)), None)
    stay_or_none = mine or next((stay for stay in waiting if stay.guest_id is None and _fits(stay, row)), None)
    if stay_or_none is None or row.shares:
        raise NoSuchRow(name=row.person.name, room=row.room or row.room_type or "—")
    stay_or_none.guest, stay_or_none.guest_name = guest, guest.name
    return stay_or_none


def _fits(stay: Stay, row: RoomingRow) -> bool:
    if row.room:
        return stay.room is not None and stay.room.number == row.room
    return not row.room_type or stay.room_type.code == row.room_type
