"""A small hotel with rooms for sale, a clerk with an open shift, and guests."""

import datetime as dt
from decimal import Decimal

import pytest

from hotel.folios import services as folios
from hotel.folios.models import Folio
from hotel.folios.queries import balances
from hotel.models import Rate, Shift
from hotel.stays import services
from hotel.stays.services import BookingRequest, StayRequest
from tests.factories.hotel import (
    AT,
    TODAY,
    GuestFactory,
    PropertyFactory,
    RatePlanFactory,
    RoomFactory,
    RoomTypeFactory,
)
from tests.factories.staff import StaffFactory

NIGHT = dt.timedelta(days=1)


class Desk:
    """What a clerk does, in few words."""

    def __init__(self):
        self.house = PropertyFactory(time_zone="Asia/Shanghai")
        self.kind = RoomTypeFactory(property=self.house, name="Twin")
        self.rooms = RoomFactory.create_batch(4, room_type=self.kind)
        self.plan = RatePlanFactory(property=self.house)
        self.price(self.kind, "300.00")
        self.clerk = StaffFactory()
        self.who = {"by": self.clerk, "at": AT}
        Shift.objects.create(property=self.house, staff=self.clerk, business_date=TODAY, opened_at=AT)

    def price_to(self, date):
        """More prices, for long stays."""
        self.price(self.kind, "300.00", start=60, end=max(60, (date - TODAY).days))

    def price(self, kind, price, plan=None, start=-5, end=60):
        days = [TODAY + NIGHT * n for n in range(start, end)]
        Rate.objects.bulk_create(
            Rate(rate_plan=plan or self.plan, room_type=kind, date=date, price=price) for date in days
        )

    def guest(self, **fields):
        return GuestFactory(branch=self.house.branch, **fields)

    def want(self, nights=2, arrival=TODAY, **more):
        more.setdefault("guest_id", self.guest().pk)
        more.setdefault("room_type_id", self.kind.pk)
        more.setdefault("rate_plan_id", self.plan.pk)
        return StayRequest(arrival_on=arrival, departure_on=arrival + NIGHT * nights, **more)

    def book(self, *requests, **booking):
        made = services.reserve(
            property_id=self.house.pk, stays=requests, booking=BookingRequest(**booking), **self.who
        )
        return list(made.stays.order_by("pk"))

    def stay(self, nights=2, **more):
        return self.book(self.want(nights, **more))[0]

    def inside(self, nights=2, room=None, **more):
        """A guest who has checked in."""
        stay = self.stay(nights, room_id=(room or self.rooms[0]).pk, **more)
        assert services.check_in(stay_ids=[stay.pk], **self.who) == {stay.pk: None}
        stay.refresh_from_db()
        return stay

    def roll(self, days=1):
        """The next business date, as the night audit makes it, without charges."""
        self.house.business_date += NIGHT * days
        self.house.save()

    def folio(self, stay):
        return Folio.objects.get(stay=stay, window=1)

    def charge(self, stay, amount, **more):
        posting = folios.Posting(self.folio(stay).pk, Decimal(amount), text="Minibar", department="minibar", **more)
        return folios.post(postings=[posting], **self.who)[0]

    def charge_night(self, night):
        """A night ahead, before the audit."""
        posting = folios.Posting(
            self.folio(night.stay).pk, night.price, department="room", night_id=night.pk, night_on=night.date
        )
        folios.post(postings=[posting], **self.who)

    def charge_nights(self, stay):
        """Every night slept and not charged yet."""
        due = stay.nights.filter(date__lt=self.house.business_date, charge=None)
        postings = [
            folios.Posting(self.folio(stay).pk, n.price, department="room", night_id=n.pk, night_on=n.date) for n in due
        ]
        if postings:
            folios.post(postings=postings, **self.who)

    def owed(self, stay):
        folio = self.folio(stay)
        return balances([folio.pk])[folio.pk]

    def pay(self, stay):
        folios.settle(folio_id=self.folio(stay).pk, tenders=[folios.Tender("cash", self.owed(stay))], **self.who)


@pytest.fixture
def desk(db):
    return Desk()


@pytest.fixture
def later():
    return {"at": AT + dt.timedelta(hours=3)}


def hours(n):
    return AT + dt.timedelta(hours=n)
