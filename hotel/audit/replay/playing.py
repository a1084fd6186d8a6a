"""Day after day: guests leave, rooms are cleaned, bookings come, change and go, guests arrive, the night is audited."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from hotel.audit import services as audits
from hotel.audit.replay.reading import NIGHT, FileBooking, rooms_needed
from hotel.folios import services as folios
from hotel.folios.models import ChargeCode, Department, Folio
from hotel.folios.queries import balances
from hotel.folios.services import Payment, Posting, Tender
from hotel.members.models import Guest
from hotel.rooms import services as rooms
from hotel.rooms.models import Property, Room, RoomType
from hotel.rooms.states import Housekeeping
from hotel.stays import moments
from hotel.stays import services as stays
from hotel.stays.pricing import NightPrice, nights_of
from hotel.stays.services import BookingRequest, Extension, StayRequest
from oms.lib.bulk import copy_models
from oms.lib.errors import DomainError
from oms.lib.money import share_by_weight
from oms.staff.models import Branch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DAY_USE_HOURS = 6
ROOMS_A_FLOOR = 40


@dataclass(slots=True)
class Report:
    """What was played. Money in the file's currency."""

    bookings: int = 0
    rooms: int = 0
    days: int = 0
    reserved: int = 0
    changed: int = 0
    cancelled: int = 0
    no_shows: int = 0
    checked_in: int = 0
    checked_out: int = 0
    nights_posted: int = 0
    revenue: Decimal = Decimal("0.00")
    refusals: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        rate = round(self.bookings / self.seconds, 1) if self.seconds else 0
        plain = {name: getattr(self, name) for name in self.__slots__}
        return {
            **plain,
            "revenue": str(self.revenue),
            "refusals": dict(self.refusals),
            "seconds": round(self.seconds, 1),
            "bookings_per_second": rate,
        }


def replay(
    bookings: Sequence[FileBooking],
    *,
    rooms_wanted: int | None = None,
    code: str = "REPLAY",
    on_day: Callable[[dt.date, Report], None] | None = None,
) -> Report:
    """Make a hotel and play the bookings (by the day they were made) through its commands, one audit a day.

    Everything of a day is done set-wise. What is kept in memory is the bookings that are not over.
    """
    begun = time.monotonic()
    with connection.cursor() as cursor:  # a crash loses at most the last days, and the file can be played again
        cursor.execute("SET synchronous_commit = off")
    player = _Player(bookings, rooms_wanted, code)
    try:
        while player.play_day():
            if on_day:
                on_day(player.today, player.report)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")
    player.report.seconds = time.monotonic() - begun
    return player.report


class _Player:
    """The hotel, and what of the file is still to come."""

    def __init__(self, bookings: Sequence[FileBooking], rooms_wanted: int | None, code: str) -> None:
        self.waiting = deque(bookings)
        self.report = Report(bookings=len(bookings))
        self.today = bookings[0].booked_on
        self.house = _make_house(code, self.today)
        self.types, self.free = _make_rooms(self.house, bookings, rooms_wanted)
        self.report.rooms = sum(len(pool) for pool in self.free.values())
        self.changing: dict[dt.date, list[tuple[int, FileBooking]]] = defaultdict(list)
        self.cancelling: dict[dt.date, list[int]] = defaultdict(list)
        self.arriving: dict[dt.date, list[tuple[int, FileBooking]]] = defaultdict(list)
        self.leaving: dict[dt.date, list[tuple[int, int, str]]] = defaultdict(list)

    def play_day(self) -> bool:
        """One business date from morning to audit, in one transaction; False when the file is over."""
        with transaction.atomic():
            self._leave(self.leaving.pop(self.today, []))
            self._clean()
            self._book()
            self._change()
            self._cancel()
            self._arrive()
            self._audit()
        self.today += NIGHT
        self.report.days += 1
        return bool(self.waiting or self.changing or self.cancelling or self.arriving or self.leaving)

    def at(self, hour: int) -> dt.datetime:
        """A moment of the business date; from 24 on, after midnight."""
        return moments.moment(self.house, self.today + hour // 24 * NIGHT, dt.time(hour % 24))

    def _book(self) -> None:
        due: list[FileBooking] = []
        while self.waiting and self.waiting[0].booked_on == self.today:
            due.append(self.waiting.popleft())
        good = [booking for booking in due if not self._is_bad(booking)]
        if not good:
            return
        guests = [
            Guest(
                branch_id=self.house.branch_id, name=f"Guest {b.row}", name_keys=f"guest {b.row}", created_at=self.at(9)
            )
            for b in good
        ]
        copy_models(guests)
        asked = [
            (BookingRequest(source=b.source, external_no=str(b.row)), [self._request(b, guest)])
            for b, guest in zip(good, guests, strict=True)
        ]
        results = stays.reserve_many(property_id=self.house.pk, bookings=asked, by=None, at=self.at(9))
        for booking, result in zip(good, results, strict=True):
            if isinstance(result, DomainError):
                self.report.refusals[result.code] += 1
            else:
                self.report.reserved += 1
                self._expect(result[0], booking)

    def _is_bad(self, booking: FileBooking) -> bool:
        """What the form would not let through: the command would be handed something that is no price."""
        if booking.price < 0:
            self.report.refusals["negative_price"] += 1
        return booking.price < 0

    def _request(self, booking: FileBooking, guest: Guest) -> StayRequest:
        departure = booking.departure_on - (NIGHT if _is_changed(booking) else 0 * NIGHT)
        return StayRequest(
            self.types[booking.kind],
            booking.arrival_on,
            departure,
            prices=[NightPrice(date, booking.price) for date in nights_of(booking.arrival_on, departure)],
            guest_id=guest.pk,
            guest_name=guest.name,
            adults=booking.adults,
            children=booking.children,
            hours=None if booking.nights else DAY_USE_HOURS,
        )

    def _expect(self, stay_id: int, booking: FileBooking) -> None:
        if booking.end == "cancelled":
            self.cancelling[booking.ended_on].append(stay_id)
        elif booking.end == "out":
            self.arriving[booking.arrival_on].append((stay_id, booking))
        else:
            self.arriving.setdefault(booking.arrival_on, [])  # the audit of that night marks it
        if _is_changed(booking):
            self.changing[booking.booked_on + (booking.arrival_on - booking.booked_on) // 2].append((stay_id, booking))

    def _change(self) -> None:
        """What was first booked a night shorter gets its last night."""
        due = self.changing.pop(self.today, [])
        wishes = [
            Extension(stay_id, booking.departure_on, [NightPrice(booking.departure_on - NIGHT, booking.price)])
            for stay_id, booking in due
        ]
        if wishes:
            self.report.changed += self._count(stays.extend_many(wishes=wishes, by=None, at=self.at(10)))

    def _cancel(self) -> None:
        due = self.cancelling.pop(self.today, [])
        if due:
            refused = stays.cancel(stay_ids=due, reason="as in the file", by=None, at=self.at(11))
            self.report.cancelled += self._count(refused)

    def _clean(self) -> None:
        dirty = Room.objects.filter(property=self.house, housekeeping=Housekeeping.DIRTY)
        ids = list(dirty.values_list("pk", flat=True))
        if ids:
            rooms.set_housekeeping(room_ids=ids, to=Housekeeping.INSPECTED, by=None, at=self.at(13))

    def _arrive(self) -> None:
        due = self.arriving.pop(self.today, [])
        choices: dict[int, int] = {}
        for stay_id, booking in due:
            if pool := self.free[booking.kind]:
                choices[stay_id] = pool.pop()
            else:
                self.report.refusals["no_room_free"] += 1
        if not choices:
            return
        self._count(stays.assign(choices=list(choices.items()), by=None, at=self.at(15)))
        refused = stays.check_in(stay_ids=list(choices), by=None, at=self.at(16))
        self.report.checked_in += self._count(refused)
        day_use = []
        for stay_id, booking in due:
            room = choices.get(stay_id)
            if room is None:
                continue
            if refused[stay_id]:
                self.free[booking.kind].append(room)
            elif booking.nights:
                self.leaving[max(booking.ended_on, self.today + NIGHT)].append((stay_id, room, booking.kind))
            else:
                day_use.append((stay_id, room, booking))
        self._use_by_day(day_use)

    def _use_by_day(self, used: list[tuple[int, int, FileBooking]]) -> None:
        paid = [(stay_id, booking.price) for stay_id, _room, booking in used if booking.price]
        if paid:
            windows = folios.open_folios(stay_ids=[stay_id for stay_id, _price in paid], by=None, at=self.at(18))
            postings = [
                Posting(windows[pk].pk, price, department=Department.ROOM, text="Day use") for pk, price in paid
            ]
            folios.post(postings=postings, by=None, at=self.at(18))
        self._leave([(stay_id, room, booking.kind) for stay_id, room, booking in used], hour=20)

    def _leave(self, due: list[tuple[int, int, str]], hour: int = 10) -> None:
        """They pay what they owe by card, and go."""
        if not due:
            return
        ids = [stay_id for stay_id, _room, _kind in due]
        folio_ids = list(Folio.objects.filter(stay__in=ids, closed_at=None).values_list("pk", flat=True))
        owed = {pk: amount for pk, amount in balances(folio_ids).items() if amount}
        payments = [Payment(pk, [Tender("card", amount)]) for pk, amount in owed.items()]
        if payments:
            folios.settle_folios(payments=payments, by=None, at=self.at(hour))
        refused = stays.check_out(stay_ids=ids, by=None, at=self.at(hour))
        self.report.checked_out += self._count(refused)
        for stay_id, room, kind in due:
            if refused[stay_id] is None:
                self.free[kind].append(room)

    def _audit(self) -> None:
        at = self.at(26)
        run = audits.run_audit(property_id=self.house.pk, by=None, clock=lambda: at, business_date=self.today)
        self.report.nights_posted += run.totals["posted"]
        self.report.revenue += Decimal(run.totals["room_revenue"])
        self.report.no_shows += run.totals["no_shows"]

    def _count(self, results: dict[int, DomainError | None]) -> int:
        for refusal in results.values():
            if refusal is not None:
                self.report.refusals[refusal.code] += 1
        return sum(1 for refusal in results.values() if refusal is None)


def _is_changed(booking: FileBooking) -> bool:
    """Changed before arrival, and long enough to have been booked a night shorter; not once cancelled the same day."""
    middle = booking.booked_on + (booking.arrival_on - booking.booked_on) // 2
    is_long = booking.nights > 1 and booking.changes > 0
    return is_long and (booking.end != "cancelled" or middle <= booking.ended_on)


def _make_house(code: str, today: dt.date) -> Property:
    branch, _made = Branch.objects.get_or_create(code=code.lower(), defaults={"name": code})
    house = Property.objects.create(code=code, name=code, branch=branch, business_date=today, currency="EUR")
    ChargeCode.objects.create(property=house, code="ROOM", name="Room", department=Department.ROOM, tax_percent=6)
    return house


def _make_rooms(
    house: Property, bookings: Sequence[FileBooking], wanted: int | None
) -> tuple[dict[str, int], dict[str, list[int]]]:
    """Types with as many rooms as their busiest night needs, or ``wanted`` rooms in the same proportions."""
    needed = rooms_needed(bookings)
    if wanted:
        shares = share_by_weight(Decimal(wanted).scaleb(-2), [Decimal(n) for n in needed.values()])
        needed = {kind: max(1, int(share.scaleb(2))) for kind, share in zip(needed, shares, strict=True)}
        needed[max(needed, key=lambda kind: needed[kind])] -= max(0, sum(needed.values()) - max(wanted, len(needed)))
    types, free, number = {}, {}, count(1)
    for kind, many in needed.items():
        room_type = RoomType.objects.create(property=house, code=kind, name=kind)
        types[kind] = room_type.pk
        made = Room.objects.bulk_create(
            Room(
                property=house,
                number=f"{(n := next(number)):05}",
                room_type=room_type,
                floor=f"{n // ROOMS_A_FLOOR}",
                in_service_from=house.business_date,
            )
            for _room in range(many)
        )
        free[kind] = [room.pk for room in reversed(made)]
    return types, free
