"""Six weeks at the demo hotel in one or two minutes: every day the desk does what is due, through the real commands."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Sum

from hotel.audit.services import plan_audits, run_audit
from hotel.demo.house import House, make_house
from hotel.demo.parties import Party, Person, draw
from hotel.folios import services as folios
from hotel.folios import shifts
from hotel.folios.models import Folio, FolioKind, Shift, TenderKind
from hotel.folios.queries import balances, deposits, deposits_by_tender
from hotel.folios.services import Payment, Posting, Tender
from hotel.members import services as members
from hotel.members.models import Guest, IdType, Member
from hotel.rooms.models import Room
from hotel.rooms.services import block_rooms, set_housekeeping
from hotel.rooms.states import BlockKind, Housekeeping
from hotel.stays import services as stays
from hotel.stays.models import RoomNight, Stay
from hotel.stays.states import BookingKind, StayStatus
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from oms.staff.models import Staff

    Tell = Callable[[int, int, str], None]

HERE = ZoneInfo("Asia/Shanghai")
NIGHT = dt.timedelta(days=1)
TO_ARRIVE = (StayStatus.TENTATIVE, StayStatus.CONFIRMED)
AHEAD = 120  # days that have prices
MEMBERS = 0.24  # of guests who come
TENDERS = (TenderKind.WECHAT, TenderKind.ALIPAY, TenderKind.CARD, TenderKind.CASH)
TENDER_SHARES = (0.46, 0.27, 0.17, 0.1)
GOODS = ("MB-WATER", "MB-COLA", "MB-BEER", "MB-SNACK", "BF", "LAUNDRY", "GIFT")
GROWING = (
    *("hotel_stay", "hotel_roomnight", "hotel_occupancy", "hotel_availability", "hotel_folio", "hotel_folioentry"),
    *("hotel_roomcharge", "hotel_guest", "hotel_member", "hotel_desktrace", "hotel_booking", "hotel_rate"),
)


@dataclass
class Day:
    """What is known while the days are played."""

    house: House
    rng: random.Random
    parties: list[Party]
    now: dt.datetime
    date: dt.date
    desk: Staff
    tell: Tell
    by_stay: dict[int, Party] = field(default_factory=dict)
    declined: Counter[str] = field(default_factory=Counter)
    booked: int = 0

    def at(self, hour: int, minute: int = 0) -> dt.datetime:
        """That hour of the day at the hotel, in UTC; the demo's last day ends now."""
        moment = dt.datetime.combine(self.date, dt.time(hour, minute), tzinfo=HERE).astimezone(dt.UTC)
        return min(moment, self.now)


def play(*, weeks: int, number: int, now: dt.datetime, ahead: int = 45, tell: Tell) -> Counter[str]:
    """Make the demo hotel and play ``weeks`` weeks that end at ``now``; returns refusals by their code.

    ``tell`` hears (bookings made, of how many, the date).
    """
    rng = random.Random(number)  # noqa: S311 -- a demo
    today = now.astimezone(HERE).date()
    first_day = today - dt.timedelta(weeks=weeks)
    house = make_house(first_day=first_day, last_day=today + dt.timedelta(days=AHEAD))
    until = today + dt.timedelta(days=ahead)
    parties = draw(rng, rooms=len(house.rooms), first_day=first_day, today=today, until=until)
    day = Day(house, rng, parties, now, first_day, house.people["frontdesk"], tell)
    _commit_lazily(lazily=True)
    total = (today - first_day).days
    for nth in range(total):
        day.date = first_day + dt.timedelta(days=nth)
        _whole_day(day)
        if nth in {0, 7, 21}:  # a table that grows from nothing needs fresh statistics
            _analyze()
    day.date = today
    _day_until_now(day)
    plan_audits(  # last: a scheduler that runs already must not close the dates that are being played
        property_id=house.property.pk,
        is_on=True,
        start_time=dt.time(2),
        notice_times=[dt.time(18), dt.time(23)],
        by=house.people["dutymanager"],
        at=now,
    )
    _analyze()
    _commit_lazily(lazily=False)
    return day.declined


def _whole_day(day: Day) -> None:
    shift = _open_till(day, day.at(7, 30))
    _book(day, day.at(9), walk_ins=False)
    _cancel(day, day.at(10))
    _leave(day, _due_out(day), day.at(11, 40))
    _clean(day, day.at(13, 30), share=1)
    _book(day, day.at(14), walk_ins=True)
    _arrive(day, _due_in(day), day.at(16))
    _sell(day, day.at(20))
    _close_till(day, shift, day.at(23))
    done = run_audit(property_id=day.house.property.pk, by=day.house.people["nightaudit"], clock=lambda: day.at(23, 50))
    day.declined.update(() if done.finished_at else ["audit"])


def _day_until_now(day: Day) -> None:
    """Today: as much as is done by now; arrivals, due-outs, dirty rooms, a group and an open shift are left."""
    hour = day.now.astimezone(HERE).hour
    _open_till(day, day.at(7, 30))
    _book(day, day.at(9), walk_ins=False)
    _cancel(day, day.at(10))
    due_out, due_in = _due_out(day), _due_in(day)
    left = round(len(due_out) * min(0.7, max(0.25, (hour - 7) / 8)))
    _mark_departures(day, due_out[left : left + 4])
    _leave(day, due_out[:left], day.at(11, 40))
    _clean(day, day.at(13, 30), share=0.5)
    early = [stay for stay in due_in if not day.by_stay[stay.pk].group]
    _propose(day, early[: len(early) // 2], day.at(13, 40))
    _arrive(day, early[: round(len(early) * min(0.6, max(0.15, (hour - 11) / 10)))], day.at(16))
    _block(day)


# -- one thing after the other


def _open_till(day: Day, at: dt.datetime) -> Shift:
    return shifts.open_shift(property_id=day.house.property.pk, opening_cash=Decimal(1000), by=day.desk, at=at)


def _close_till(day: Day, shift: Shift, at: dt.datetime) -> None:
    """Counted right on most days; a few yuan short or over now and then."""
    expected = shifts.expected_by_tender(shift)
    wrong = day.rng.choice((0, 0, 0, 0, 0, 0, -10, 5))
    counted = {kind: amount + (wrong if kind == TenderKind.CASH else 0) for kind, amount in expected.items()}
    note = "现金差异,已查明为找零" if wrong else ""
    shifts.count_shift(shift_id=shift.pk, counted=counted, note=note, by=day.desk, at=at)
    shifts.hand_over(shift_id=shift.pk, to=day.house.people["frontdesk2"], by=day.desk, at=at)


def _book(day: Day, at: dt.datetime, *, walk_ins: bool) -> None:
    for party in day.parties:
        if party.made_on == day.date and party.is_walk_in == walk_ins:
            day.booked += 1
            day.tell(day.booked, len(day.parties), f"{day.date}")
            try:
                _reserve(day, party, at)
            except DomainError as refusal:  # sold out, say: they go elsewhere
                day.declined[refusal.code] += 1


def _reserve(day: Day, party: Party, at: dt.datetime) -> None:
    house = day.house
    room_type = house.types[party.type_index]
    adults = min(party.adults, room_type.most_persons)
    known = _guest(day, party.people[0], at) if party.is_known else None
    member = Member.objects.filter(guest=known).first() if known else None
    booking = stays.reserve(
        property_id=house.property.pk,
        stays=[
            stays.StayRequest(
                room_type_id=room_type.pk,
                arrival_on=party.arrival_on,
                departure_on=party.arrival_on + dt.timedelta(days=party.nights),
                rate_plan_id=house.plans[party.plan].pk,
                guest_id=known.pk if known else None,
                guest_name=person.name,
                member_id=member.pk if member else None,
                member_level_id=member.level_id if member else None,
                adults=adults,
                children=min(party.children, room_type.most_persons - adults),
            )
            for person in party.people
        ],
        booking=stays.BookingRequest(
            kind=BookingKind.GROUP if party.group else BookingKind.INDIVIDUAL,
            title=party.group,
            contact_name=party.people[0].name,
            contact_phone=party.people[0].phone,
            source="散客上门" if party.is_walk_in else party.source,
        ),
        by=day.desk,
        at=at,
    )
    if party.group:
        kind, house_id = FolioKind.MASTER, house.property.pk
        folios.open_folio(property_id=house_id, kind=kind, booking_id=booking.pk, by=day.desk, at=at)
    party.stay_ids = list(booking.stays.order_by("pk").values_list("pk", flat=True))
    day.by_stay.update(dict.fromkeys(party.stay_ids, party))


def _guest(day: Day, person: Person, at: dt.datetime) -> Guest:
    details = members.Person(person.name, IdType.RESIDENT_ID, person.id_number, person.phone)
    branch = day.house.property.branch_id
    guest = members.register_guest(branch_id=branch, person=details, by=day.desk, at=at)
    if day.rng.random() < MEMBERS and not Member.objects.filter(guest=guest).exists():
        level = day.rng.choices(day.house.levels, (0.7, 0.22, 0.08))[0]
        members.enrol(guest_id=guest.pk, level_id=level.pk, by=day.desk, at=at)
    return guest


def _cancel(day: Day, at: dt.datetime) -> None:
    ids = [pk for pk, party in day.by_stay.items() if party.cancelled_on == day.date]
    if ids:
        stays.cancel(stay_ids=ids, reason="客人行程有变", by=day.desk, at=at)


def _due_out(day: Day) -> list[Stay]:
    there = Stay.objects.filter(property=day.house.property, status=StayStatus.IN_HOUSE, departure_on__lte=day.date)
    return list(there.order_by("pk"))


def _due_in(day: Day) -> list[Stay]:
    coming = Stay.objects.filter(property=day.house.property, status__in=TO_ARRIVE, arrival_on=day.date)
    return [stay for stay in coming.order_by("pk") if not day.by_stay[stay.pk].is_no_show]


def _mark_departures(day: Day, leaving: Sequence[Stay]) -> None:
    stays.mark_departure(stay_ids=[stay.pk for stay in leaving], is_leaving=True, by=day.desk, at=day.at(9, 30))


def _leave(day: Day, leaving: Sequence[Stay], at: dt.datetime) -> None:
    going = [stay for stay in leaving if not _stays_on(day, stay, at)]
    if not going:
        return
    accounts = {folio.pk: folio for folio in Folio.objects.filter(stay__in=going, closed_at=None).order_by("pk")}
    owed, held = balances(accounts), deposits(accounts)
    payments = [
        Payment(pk, _tenders(day, accounts[pk], owed[pk] - held[pk])) for pk in accounts if owed[pk] or held[pk]
    ]
    folios.settle_folios(payments=payments, by=day.desk, at=at)
    done = stays.check_out(stay_ids=[stay.pk for stay in going], by=day.desk, at=at)
    day.declined.update(refusal.code for refusal in done.values() if refusal)


def _stays_on(day: Day, stay: Stay, at: dt.datetime) -> bool:
    """Some ask for one more night, and get it if there is one."""
    party = day.by_stay[stay.pk]
    if not party.stays_longer:
        return False
    party.stays_longer = False
    try:
        stays.extend(stay_id=stay.pk, departure_on=day.date + NIGHT, by=day.desk, at=at)
    except DomainError as refusal:
        day.declined[refusal.code] += 1
        return False
    return True


def _tenders(day: Day, folio: Folio, rest: Decimal) -> list[Tender]:
    """How the rest is paid; what was deposited too much goes back the way it came."""
    if not rest:
        return []
    if rest < 0:
        return [
            Tender(kind, -min(amount, -rest))
            for kind, amount in list(deposits_by_tender([folio.pk]).get(folio.pk, {}).items())[:1]
        ]
    party = day.by_stay[folio.stay_id or 0]
    if party.plan == "CORP" and not party.is_walk_in:
        company = day.house.companies[folio.pk % len(day.house.companies)]
        if folio.pk % 3 == 0:
            return [Tender(TenderKind.COMPANY, rest, company_id=company.pk)]
    return [Tender(day.rng.choices(TENDERS, TENDER_SHARES)[0], rest, reference=f"{folio.pk:08}")]


def _clean(day: Day, at: dt.datetime, *, share: float) -> None:
    dirty = list(Room.objects.filter(property=day.house.property, housekeeping=Housekeeping.DIRTY).order_by("pk"))
    done = [room.pk for room in dirty[: round(len(dirty) * share)]]
    keeper = day.house.people["housekeeper"]
    if done:
        set_housekeeping(room_ids=done, to=Housekeeping.CLEAN, by=keeper, at=at)
        set_housekeeping(room_ids=done[: round(len(done) * 0.8)], to=Housekeeping.INSPECTED, by=keeper, at=at)


def _propose(day: Day, coming: Sequence[Stay], at: dt.datetime) -> None:
    found = stays.propose_rooms([stay.pk for stay in coming if not stay.room_id])
    choices = [(pk, rooms[0].room_id) for pk, rooms in found.items() if rooms]
    done = stays.assign(choices=choices, by=day.desk, at=at)
    day.declined.update(refusal.code for refusal in done.values() if refusal)


def _name_guests(day: Day, coming: Sequence[Stay], at: dt.datetime) -> None:
    """Those who come for the first time show their papers."""
    for stay in coming:
        if stay.guest_id is None:
            party = day.by_stay[stay.pk]
            guest = _guest(day, party.people[party.stay_ids.index(stay.pk)], at)
            stays.name_guest(stay_id=stay.pk, guest_id=guest.pk, by=day.desk, at=at)


def _arrive(day: Day, coming: Sequence[Stay], at: dt.datetime) -> None:
    _name_guests(day, coming, at)
    _propose(day, coming, at)
    ready = Stay.objects.filter(pk__in=[stay.pk for stay in coming], room__isnull=False)
    done = stays.check_in(stay_ids=list(ready.values_list("pk", flat=True)), by=day.desk, at=at)
    day.declined.update(refusal.code for refusal in done.values() if refusal)
    arrived = [pk for pk, refusal in done.items() if not refusal]
    prices = dict(
        RoomNight.objects.filter(stay__in=arrived).values_list("stay").annotate(total=Sum("price")).order_by()
    )
    for stay_id, folio in folios.open_folios(stay_ids=arrived, by=day.desk, at=at).items():
        if tender := _deposit(day, day.by_stay[stay_id], folio, prices[stay_id]):
            folios.take_deposit(folio_id=folio.pk, tenders=[tender], by=day.desk, at=at)


def _deposit(day: Day, party: Party, folio: Folio, price: Decimal) -> Tender | None:
    """Prepaid by the platform; or the price and something for the minibar, in whole hundreds; few companies pay one."""
    if party.plan in {"OTA", "ADV"}:
        return Tender(TenderKind.OTA, price, reference=f"{party.source}{folio.pk:08}")
    if party.plan == "CORP" and day.rng.random() < 0.3:  # noqa: PLR2004 -- a habit of the demo's companies
        return None
    amount = (price + 150) // 100 * 100 + 100
    return Tender(day.rng.choices(TENDERS, TENDER_SHARES)[0], amount, reference=f"{folio.pk:08}")


def _sell(day: Day, at: dt.datetime) -> None:
    """Minibar, breakfast, laundry, dinner for those in the house."""
    accounts = Folio.objects.filter(
        property=day.house.property, stay__status=StayStatus.IN_HOUSE, window=1, closed_at=None
    )
    postings: list[Posting] = []
    bought: dict[int, list[str]] = defaultdict(list)
    for pk in accounts.order_by("pk").values_list("pk", flat=True):
        while day.rng.random() < 0.22:  # noqa: PLR2004 -- a habit of the demo's guests
            bought[pk].append(day.rng.choice(GOODS))
        if day.rng.random() < 0.08:  # noqa: PLR2004 -- another
            amount = Decimal(day.rng.randint(68, 420))
            postings.append(Posting(pk, amount, charge_code_id=day.house.codes["DINNER"].pk))
    for pk, goods in bought.items():
        for code in goods:
            charge = day.house.codes[code]
            postings.append(Posting(pk, charge.price or Decimal(0), charge_code_id=charge.pk))
    if postings:
        folios.post(postings=postings, by=day.desk, at=at)


def _block(day: Day) -> None:
    """Two rooms are being repaired."""
    taken = Stay.objects.filter(property=day.house.property, room__isnull=False).exclude(status=StayStatus.CHECKED_OUT)
    free = Room.objects.filter(property=day.house.property).exclude(pk__in=taken.values("room")).order_by("-pk")
    reasons = ((BlockKind.OOO, "空调漏水,等待维修", 3), (BlockKind.OOS, "地毯更换", 1))
    for room, (kind, reason, nights) in zip(free, reasons, strict=False):
        done = block_rooms(
            room_ids=[room.pk],
            kind=kind,
            from_on=day.date,
            until_on=day.date + dt.timedelta(days=nights),
            reason=reason,
            by=day.house.people["housekeeper"],
            at=day.now,
        )
        day.declined.update(refusal.code for refusal in done.values() if refusal)


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(GROWING)}")


def _commit_lazily(*, lazily: bool) -> None:
    """Thousands of small commits need not wait for the disk one by one: a demo cut short is made anew."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET synchronous_commit TO {'off' if lazily else 'DEFAULT'}")
