"""Reserving: one stay or a group's, priced, sold by type and date, a room for those that name one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from hotel.rooms import traces
from hotel.rooms.models import Property, Room
from hotel.rooms.traces import Trace
from hotel.stays import inventory, moments, pricing
from hotel.stays.models import Booking, RoomNight, Stay
from hotel.stays.pricing import NightPrice, QuoteRequest, nights_of
from hotel.stays.services.desk import held_from, wish_of
from hotel.stays.services.errors import LONGEST_STAY, BadDates, WrongRoomType
from hotel.stays.states import HOLDS_INVENTORY, BookingKind, StayStatus
from oms.lib.bulk import next_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oms.staff.models import Staff


@dataclass(frozen=True, slots=True)
class StayRequest:
    """What somebody wants. Day use: ``hours`` from ``at``, arrival and departure the same date.

    ``prices`` given: taken as they are (an OTA's, a contract), one per night; else quoted from ``rate_plan_id``.
    """

    room_type_id: int
    arrival_on: dt.date
    departure_on: dt.date
    rate_plan_id: int | None = None
    prices: Sequence[NightPrice] = ()
    guest_id: int | None = None
    guest_name: str = ""
    member_id: int | None = None
    member_level_id: int | None = None
    room_id: int | None = None
    adults: int = 1
    children: int = 0
    hours: int | None = None
    start_at: dt.datetime | None = None
    status: str = StayStatus.CONFIRMED
    note: str = ""


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """Who makes it, and from where."""

    kind: str = BookingKind.INDIVIDUAL
    title: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    source: str = ""
    external_no: str = ""
    note: str = ""


@dataclass(slots=True)
class _Draft:
    request: StayRequest
    stay: Stay
    nights: list[NightPrice] = field(default_factory=list)


@transaction.atomic
def reserve(
    *, property_id: int, stays: Sequence[StayRequest], booking: BookingRequest, by: Staff | None, at: dt.datetime
) -> Booking:
    """Make a booking of one or many stays, all or none.

    Locks the date rows by type and date, then the named rooms. Raises BadDates, NoPrice, Restricted, NoAvailability,
    RoomTaken, WrongRoomType. Waitlisted stays take nothing. About a dozen statements whatever the number of stays.
    """
    house = Property.objects.get(pk=property_id)
    for request in stays:
        _refuse_bad_dates(request, house)
    prices = _prices(stays)
    made = _make_booking(house, booking, by, at)
    drafts = _draft_stays(house, made, stays, prices, at)
    inventory.take(
        (d.request.room_type_id, night.date) for d in drafts if d.stay.status in HOLDS_INVENTORY for night in d.nights
    )
    Stay.objects.bulk_create(draft.stay for draft in drafts)
    _make_nights(drafts, by)
    _give_named_rooms(drafts, at)
    lines = [Trace(house.pk, "stay.reserved", stay_id=d.stay.pk, reference=d.stay.number) for d in drafts]
    traces.write(lines=lines, by=by, at=at)
    return made


def _refuse_bad_dates(request: StayRequest, house: Property) -> None:
    arrival, departure = request.arrival_on, request.departure_on
    facts = [
        (arrival < house.business_date, _("The arrival is before today.")),
        (departure < arrival, _("The departure is before the arrival.")),
        (departure == arrival and not request.hours, _("Without a night it must be day use, with hours.")),
        (bool(request.hours) and departure != arrival, _("Day use begins and ends on one date.")),
        ((departure - arrival).days > LONGEST_STAY, _("The stay is longer than a year.")),
    ]
    for is_wrong, fact in facts:
        if is_wrong:
            raise BadDates(fact=fact, arrival=str(arrival), departure=str(departure))


def _prices(stays: Sequence[StayRequest]) -> list[list[NightPrice]]:
    wanted = [(n, r) for n, r in enumerate(stays) if not r.prices and not r.hours and r.rate_plan_id]
    quotes = pricing.quote(
        requests=[
            QuoteRequest(r.room_type_id, r.rate_plan_id or 0, r.arrival_on, r.departure_on, r.member_level_id)
            for _n, r in wanted
        ]
    )
    for found in quotes:
        if found.refusals:
            raise found.refusals[0]
    prices = [list(request.prices) for request in stays]
    for (position, _r), found in zip(wanted, quotes, strict=True):
        prices[position] = found.nights
    for request, nights in zip(stays, prices, strict=True):
        dates = nights_of(request.arrival_on, request.departure_on)
        if [night.date for night in nights] != dates:
            message = f"{len(nights)} prices for {len(dates)} nights"
            raise ValueError(message)
    return prices


def _make_booking(house: Property, request: BookingRequest, by: Staff | None, at: dt.datetime) -> Booking:
    (pk,) = next_ids(table="hotel_booking", count=1)
    return Booking.objects.create(
        pk=pk,
        number=f"BK{house.business_date:%y%m%d}{pk:05}",
        property=house,
        kind=request.kind,
        title=request.title,
        contact_name=request.contact_name,
        contact_phone=request.contact_phone,
        source=request.source,
        external_no=request.external_no,
        note=request.note,
        created_at=at,
        created_by=by,
    )


def _draft_stays(
    house: Property, booking: Booking, stays: Sequence[StayRequest], prices: list[list[NightPrice]], at: dt.datetime
) -> list[_Draft]:
    ids = next_ids(table="hotel_stay", count=len(stays))
    drafts = []
    for pk, request, nights in zip(ids, stays, prices, strict=True):
        start, end = _planned(house, request)
        if end <= start:
            fact = _("The time to leave would be over before it begins.")
            raise BadDates(fact=fact, arrival=str(request.arrival_on), departure=str(request.departure_on))
        stay = Stay(
            pk=pk,
            number=f"ST{house.business_date:%y%m%d}{pk:05}",
            property=house,
            booking=booking,
            room_type_id=request.room_type_id,
            room_id=request.room_id,
            guest_id=request.guest_id,
            guest_name=request.guest_name,
            member_id=request.member_id,
            rate_plan_id=request.rate_plan_id,
            status=request.status,
            is_day_use=bool(request.hours),
            hours=request.hours,
            arrival_on=request.arrival_on,
            departure_on=request.departure_on,
            due_in_at=start,
            due_out_at=end,
            adults=request.adults,
            children=request.children,
            note=request.note,
            created_at=at,
        )
        drafts.append(_Draft(request, stay, nights))
    return drafts


def _planned(house: Property, request: StayRequest) -> tuple[dt.datetime, dt.datetime]:
    start = request.start_at or moments.due_in(house, request.arrival_on)
    if request.hours:
        return start, start + dt.timedelta(hours=request.hours)
    return start, moments.due_out(house, request.departure_on)


def _make_nights(drafts: Sequence[_Draft], by: Staff | None) -> None:
    RoomNight.objects.bulk_create(
        RoomNight(
            stay=draft.stay,
            date=night.date,
            room_type_id=draft.request.room_type_id,
            room_id=draft.request.room_id,
            price=night.price,
            source=night.source,
            by=by,
        )
        for draft in drafts
        for night in draft.nights
    )


def _give_named_rooms(drafts: Sequence[_Draft], at: dt.datetime) -> None:
    _refuse_other_types([d.stay for d in drafts if d.request.room_id])
    wishes = [
        wish_of(d.stay, held_from(d.stay, at), d.stay.due_out_at)
        for d in drafts
        if d.request.room_id and d.stay.status in HOLDS_INVENTORY
    ]
    for refusal in inventory.occupy(wishes).values():
        raise refusal


def _refuse_other_types(stays: Sequence[Stay]) -> None:
    if not stays:
        return
    rooms = Room.objects.select_related("room_type").in_bulk({stay.room_id for stay in stays})
    for stay in stays:
        room = rooms[stay.room_id or 0]
        if room.room_type_id != stay.room_type_id:
            raise WrongRoomType(room=room.number, type=str(room.room_type), sold=str(stay.room_type))
