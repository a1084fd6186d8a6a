"""A small house that is played through its commands."""

import datetime as dt
from decimal import Decimal

import pytest

from hotel.folios import services as folios
from hotel.models import ChargeCode, Folio, Room, Stay
from hotel.stays import services as stays
from hotel.stays.pricing import NightPrice, nights_of
from hotel.stays.services import BookingRequest, StayRequest
from tests.factories.hotel import GuestFactory, PropertyFactory, RoomFactory, RoomTypeFactory

DAY = dt.timedelta(days=1)


class House:
    """Two types, four rooms; a clock that stands at 02:00 after the business date unless told."""

    def __init__(self, today):
        self.property = PropertyFactory(business_date=today)
        self.king = RoomTypeFactory(property=self.property, code="K")
        self.twin = RoomTypeFactory(property=self.property, code="T")
        self.rooms = [
            RoomFactory(room_type=kind, number=number)
            for kind, number in ((self.king, "101"), (self.king, "102"), (self.twin, "201"), (self.twin, "202"))
        ]
        ChargeCode.objects.create(property=self.property, code="ROOM", name="Room", department="room", tax_percent=6)

    @property
    def today(self):
        self.property.refresh_from_db()
        return self.property.business_date

    def afternoon(self):
        """15:00 in Shanghai."""
        return dt.datetime.combine(self.today, dt.time(7), tzinfo=dt.UTC)

    def morning(self):
        """10:00 in Shanghai."""
        return dt.datetime.combine(self.today, dt.time(2), tzinfo=dt.UTC)

    def night(self):
        """02:00 in Shanghai of the next day."""
        return dt.datetime.combine(self.today, dt.time(18), tzinfo=dt.UTC)

    def reserve(self, room, nights, price, *, arrival=None, prices=None, plan=None):
        """A stay in this room from today, at a price per night."""
        arrival = arrival or self.today
        departure = arrival + nights * DAY
        dates = nights_of(arrival, departure)
        asked = [NightPrice(date, Decimal(p)) for date, p in zip(dates, prices or [price] * nights, strict=True)]
        guest = GuestFactory(branch=self.property.branch)
        request = StayRequest(
            room.room_type_id,
            arrival,
            departure,
            rate_plan_id=plan.pk if plan else None,
            prices=asked,
            guest_id=guest.pk,
            guest_name=guest.name,
            room_id=room.pk,
            adults=2,
        )
        booking = stays.reserve(
            property_id=self.property.pk, stays=[request], booking=BookingRequest(), by=None, at=self.afternoon()
        )
        return booking.stays.get()

    def check_in(self, room, nights, price=100, **more):
        """The same, and the guest comes."""
        stay = self.reserve(room, nights, price, **more)
        Room.objects.filter(pk=room.pk).update(housekeeping="inspected")
        assert stays.check_in(stay_ids=[stay.pk], by=None, at=self.afternoon()) == {stay.pk: None}
        return stay

    def use_by_day(self, room, hours):
        """A guest for some hours from now."""
        guest = GuestFactory(branch=self.property.branch)
        Room.objects.filter(pk=room.pk).update(housekeeping="inspected")
        request = stays.WalkIn(room_id=room.pk, guest_id=guest.pk, hours=hours)
        return stays.walk_in(request=request, by=None, at=self.afternoon())

    def check_out(self, stay):
        """Paid in cash, and gone."""
        folio = Folio.objects.get(stay=stay)
        owed = folios_owed(folio)
        if owed:
            folios.settle(folio_id=folio.pk, tenders=[folios.Tender("cash", owed)], by=None, at=self.morning())
        refusals = stays.check_out(stay_ids=[stay.pk], by=None, at=self.morning())
        assert refusals == {stay.pk: None}

    def fresh(self, stay):
        return Stay.objects.get(pk=stay.pk)


def folios_owed(folio):
    return sum((e.amount for e in folio.entries.exclude(ledger="deposit")), Decimal(0))


@pytest.fixture
def house(db):
    return House(dt.date(2026, 11, 23))


@pytest.fixture
def make_house(db):
    return House
