"""Reserving: stays priced, sold by type and date, a room for those that name one; one booking, or many as they come."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from hotel.rooms import traces
from hotel.rooms.models import Property, Room, RoomType
from hotel.rooms.traces import Trace
from hotel.stays import inventory, moments, pricing
from hotel.stays.models import Booking, Stay
from hotel.stays.pricing import NightPrice, QuoteRequest, nights_of
from hotel.stays.services.desk import held_from, in_halves, wish_of
from hotel.stays.services.errors import LONGEST_STAY, BadDates, RoomFull, WrongRoomType
from hotel.stays.services.packaging import give_packages
from hotel.stays.states import HOLDS_INVENTORY, BookingKind, StayStatus
from oms.lib.bulk import copy_models, copy_rows, next_ids
from oms.lib.errors import DomainError

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


Asked = tuple[BookingRequest, "Sequence[StayRequest]"]
Made = tuple[Booking, list[int]]


@transaction.atomic
def reserve(
    *, property_id: int, stays: Sequence[StayRequest], booking: BookingRequest, by: Staff | None, at: dt.datetime
) -> Booking:
    """Make a booking of one or many stays, all or none.

    Locks the date rows by type and date, then the named rooms. Raises BadDates, RoomFull, NoPrice, Restricted,
    NoAvailability, RoomTaken, WrongRoomType. Waitlisted stays take nothing. About a dozen statements whatever the
    number of stays.
    """
    house = Property.objects.get(pk=property_id)
    for request in stays:
        _refuse_bad_dates(request, house)
    _refuse_crowds(stays)
    ((made, _ids),) = _reserve(house, [(booking, stays)], by, at)
    return made


@transaction.atomic
def reserve_many(
    *, property_id: int, bookings: Sequence[Asked], by: Staff | None, at: dt.datetime
) -> list[list[int] | DomainError]:
    """As ``reserve``, for many bookings (a channel's, a file's): the ids of each one's stays, or its refusal.

    All at once where all fit; a set with a refusal in it is halved until the refused booking stands alone, so earlier
    ones go first. Locks as ``reserve``. Never raises for one booking.
    """
    house = Property.objects.get(pk=property_id)
    results: list[list[int] | DomainError] = [[] for _booking in bookings]
    fit = []
    for position, (_booking, requests) in enumerate(bookings):
        try:
            for request in requests:
                _refuse_bad_dates(request, house)
            fit.append(position)
        except DomainError as refused:
            results[position] = refused

    def take(positions: Sequence[int]) -> None:
        made = _reserve(house, [bookings[position] for position in positions], by, at)
        for position, (_booking, ids) in zip(positions, made, strict=True):
            results[position] = ids

    for position, refusal in in_halves(fit, take).items():
        results[position] = refusal
    return results


def _reserve(house: Property, asked: Sequence[Asked], by: Staff | None, at: dt.datetime) -> list[Made]:
    """Make bookings with their stays, all or none."""
    requests = [request for _booking, stays in asked for request in stays]
    prices = _prices(requests)
    made = _make_bookings(house, [booking for booking, _stays in asked], by, at)
    owners = [booking for booking, (_request, stays) in zip(made, asked, strict=True) for _stay in stays]
    drafted = _draft_stays(house, owners, requests, at)
    inventory.take(
        (stay.room_type_id, night.date)
        for stay, nights in zip(drafted, prices, strict=True)
        if stay.status in HOLDS_INVENTORY
        for night in nights
    )
    copy_models(drafted)
    give_packages(drafted)
    write_nights(list(zip(drafted, prices, strict=True)), by)
    _give_named_rooms([stay for stay in drafted if stay.room_id], at)
    lines = [
        Trace(house.pk, "stay.reserved", stay_id=stay.pk, reference=stay.number, business_date=house.business_date)
        for stay in drafted
    ]
    traces.write(lines=lines, by=by, at=at)
    of_booking: dict[int, list[int]] = {booking.pk: [] for booking in made}
    for stay in drafted:
        of_booking[stay.booking_id].append(stay.pk)
    return [(booking, of_booking[booking.pk]) for booking in made]


def _refuse_bad_dates(request: StayRequest, house: Property) -> None:
    arrival, departure = request.arrival_on, request.departure_on
    facts = [
        (arrival < house.business_date, gettext_noop("The arrival is before today.")),
        (departure < arrival, gettext_noop("The departure is before the arrival.")),
        (departure == arrival and not request.hours, gettext_noop("Without a night it must be day use, with hours.")),
        (bool(request.hours) and departure != arrival, gettext_noop("Day use begins and ends on one date.")),
        ((departure - arrival).days > LONGEST_STAY, gettext_noop("The stay is longer than a year.")),
    ]
    for is_wrong, fact in facts:
        if is_wrong:
            raise BadDates(fact=_(fact), arrival=str(arrival), departure=str(departure))


def _refuse_crowds(stays: Sequence[StayRequest]) -> None:
    """More people than a room takes. One statement, none for one person a room."""
    many = [(request.room_type_id, request.adults + request.children) for request in stays]
    types = RoomType.objects.in_bulk({type_id for type_id, people in many if people > 1})
    for type_id, people in many:
        kind = types.get(type_id)
        if kind and people > kind.most_persons:
            raise RoomFull(type=str(kind), most=kind.most_persons)


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


def _make_bookings(
    house: Property, requests: Sequence[BookingRequest], by: Staff | None, at: dt.datetime
) -> list[Booking]:
    made = [
        Booking(
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
        for pk, request in zip(next_ids(table="hotel_booking", count=len(requests)), requests, strict=True)
    ]
    copy_models(made)
    return made


def _draft_stays(
    house: Property, owners: Sequence[Booking], requests: Sequence[StayRequest], at: dt.datetime
) -> list[Stay]:
    drafted = []
    ids = next_ids(table="hotel_stay", count=len(requests))
    for pk, owner, request in zip(ids, owners, requests, strict=True):
        start, end = _planned(house, request)
        fact = _("The time to leave would be over before it begins.") if end <= start else ""
        if request.hours and end <= at:
            fact = _("These hours are over.")
        if fact:
            raise BadDates(fact=fact, arrival=str(request.arrival_on), departure=str(request.departure_on))
        stay = Stay(
            pk=pk,
            number=f"ST{house.business_date:%y%m%d}{pk:05}",
            property_id=house.pk,
            booking_id=owner.pk,
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
        drafted.append(stay)
    return drafted


def _planned(house: Property, request: StayRequest) -> tuple[dt.datetime, dt.datetime]:
    start = request.start_at or moments.due_in(house, request.arrival_on)
    if request.hours:
        return start, start + dt.timedelta(hours=request.hours)
    return start, moments.due_out(house, request.departure_on)


def write_nights(stays: Sequence[tuple[Stay, Sequence[NightPrice]]], by: Staff | None) -> None:
    """New nights of stays, in each stay's type and room. One COPY."""
    who = by.pk if by else None
    copy_rows(
        table="hotel_roomnight",
        columns=("stay_id", "date", "room_type_id", "room_id", "price", "source", "reason", "by_id"),
        rows=(
            (stay.pk, night.date, stay.room_type_id, stay.room_id, night.price, night.source, "", who)
            for stay, nights in stays
            for night in nights
        ),
    )


def _give_named_rooms(stays: Sequence[Stay], at: dt.datetime) -> None:
    _refuse_other_types(stays)
    wishes = [wish_of(stay, held_from(stay, at), stay.due_out_at) for stay in stays if stay.status in HOLDS_INVENTORY]
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
