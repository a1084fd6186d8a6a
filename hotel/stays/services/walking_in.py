"""开房: a guest who stands at the desk has the room in one command. And what they had last time."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum

from hotel.folios import services as folios
from hotel.members import services as members
from hotel.members.models import Guest, Member
from hotel.rooms.models import Property, Room
from hotel.stays import pricing
from hotel.stays.models import Stay
from hotel.stays.pricing import NIGHT, Quote, QuoteRequest
from hotel.stays.services.arriving import check_in
from hotel.stays.services.booking import BookingRequest, StayRequest, reserve
from hotel.stays.services.errors import NoGuest
from hotel.stays.services.pricing_nights import set_prices

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from hotel.folios.services import Tender
    from hotel.members.services import Person
    from oms.staff.models import Staff


@dataclass(frozen=True, slots=True)
class WalkIn:
    """A guest (known by id, or a ``person`` to register) who wants this room now. Day use: ``hours``, no departure."""

    room_id: int
    guest_id: int | None = None
    person: Person | None = None
    departure_on: dt.date | None = None
    hours: int | None = None
    rate_plan_id: int | None = None
    prices: Mapping[dt.date, Decimal] = field(default_factory=dict)  # the clerk's own, within limits or approved
    price_reason: str = ""
    approval_id: int | None = None
    tenders: Sequence[Tender] = ()  # the deposit
    adults: int = 1
    children: int = 0
    note: str = ""
    token: int | None = None  # of the room's operation lock
    anyway: bool = False  # though the room is not clean
    override_reason: str = ""  # though the guest is blacklisted


@dataclass(frozen=True, slots=True)
class LastTime:
    """What a returning guest had, and what the same costs today; no ``quote`` where there is no plan to price by."""

    stay: Stay
    room_type_id: int
    rate_plan_id: int | None
    nights: int
    hours: int | None
    price_then: Decimal  # per night, on average
    quote: Quote | None
    difference: Decimal | None  # per night, today less then


@transaction.atomic
def walk_in(*, request: WalkIn, by: Staff | None, at: dt.datetime) -> Stay:
    """Register the guest if new, reserve, assign, check in and take the deposit: all of it or nothing.

    The room's type is what is sold. Locks as those commands do, in their order. Raises their refusals: NoAvailability,
    RoomTaken, RoomNotReady, Blacklisted, LockLost, NoPrice, BadDates, NoOpenShift, NoGuest …
    """
    room = Room.objects.select_related("property").get(pk=request.room_id)
    house = room.property
    guest = _guest(house, request, by, at)
    member = Member.objects.filter(guest=guest, is_active=True).first()
    today = house.business_date
    departure_on = today if request.hours else request.departure_on or today + NIGHT
    booking = reserve(
        property_id=house.pk,
        stays=[
            StayRequest(
                room_type_id=room.room_type_id,
                arrival_on=today,
                departure_on=departure_on,
                rate_plan_id=request.rate_plan_id,
                guest_id=guest.pk,
                guest_name=guest.name,
                member_id=member.pk if member else None,
                member_level_id=member.level_id if member else None,
                room_id=room.pk,
                adults=request.adults,
                children=request.children,
                hours=request.hours,
                start_at=at,
                note=request.note,
            )
        ],
        booking=BookingRequest(source="walk-in", contact_name=guest.name),
        by=by,
        at=at,
    )
    (stay_id,) = booking.stays.values_list("pk", flat=True)
    if request.prices:
        set_prices(
            stay_id=stay_id,
            prices=request.prices,
            reason=request.price_reason,
            approval_id=request.approval_id,
            by=by,
            at=at,
        )
    (refusal,) = check_in(
        stay_ids=[stay_id],
        by=by,
        at=at,
        token=request.token,
        anyway=request.anyway,
        override_reason=request.override_reason,
    ).values()
    if refusal:
        raise refusal
    if request.tenders:
        folio = folios.open_folios(stay_ids=[stay_id], by=by, at=at)[stay_id]
        folios.take_deposit(folio_id=folio.pk, tenders=request.tenders, by=by, at=at)
    return Stay.objects.select_related("room", "room_type", "guest", "booking").get(pk=stay_id)


def last_time(guest_id: int, house: Property) -> LastTime | None:
    """The guest's newest stay at this house, priced again for as many nights from today; None for a first visit.

    A plan or type no longer sold gives the refusals in ``quote``. About eight statements.
    """
    past = Stay.objects.filter(guest_id=guest_id, property=house, checked_in_at__isnull=False)
    stay = past.select_related("room", "room_type", "rate_plan").order_by("-checked_in_at", "-pk").first()
    if stay is None:
        return None
    nights = (stay.departure_on - stay.arrival_on).days
    paid = stay.nights.aggregate(sum=Sum("price"))["sum"] or Decimal(0)
    price_then = paid / nights if nights else Decimal(0)
    quote = _again(stay, house, nights) if nights and stay.rate_plan_id else None
    today = quote.total / nights if quote and not quote.refusals else None
    return LastTime(
        stay=stay,
        room_type_id=stay.room_type_id,
        rate_plan_id=stay.rate_plan_id,
        nights=nights,
        hours=stay.hours,
        price_then=price_then,
        quote=quote,
        difference=None if today is None else today - price_then,
    )


def _again(stay: Stay, house: Property, nights: int) -> Quote:
    level = (
        Member.objects.filter(guest_id=stay.guest_id or 0, is_active=True).values_list("level_id", flat=True).first()
    )
    today = house.business_date
    request = QuoteRequest(stay.room_type_id, stay.rate_plan_id or 0, today, today + NIGHT * nights, level)
    (quote,) = pricing.quote(requests=[request])
    return quote


def _guest(house: Property, request: WalkIn, by: Staff | None, at: dt.datetime) -> Guest:
    if request.guest_id is not None:
        return Guest.objects.get(pk=request.guest_id)
    if request.person is None:
        raise NoGuest(stay="")
    return members.register_guest(branch_id=house.branch_id, person=request.person, by=by, at=at)
