"""A house with rooms and people in it."""

import datetime as dt

import factory

from hotel.models import Booking, Folio, Guest, Property, RatePlan, Room, RoomType, Stay
from tests.factories.staff import BranchFactory

TODAY = dt.date(2026, 11, 23)
AT = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)  # 14:00 in Shanghai


class PropertyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Property

    code = factory.Sequence(lambda n: f"H{n}")
    name = factory.Sequence(lambda n: f"Hotel {n}")
    branch = factory.SubFactory(BranchFactory)
    business_date = TODAY


class RoomTypeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RoomType

    property = factory.SubFactory(PropertyFactory)
    code = factory.Sequence(lambda n: f"T{n}")
    name = factory.Sequence(lambda n: f"Type {n}")


class RoomFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Room

    room_type = factory.SubFactory(RoomTypeFactory)
    property = factory.SelfAttribute("room_type.property")
    number = factory.Sequence(lambda n: f"{1001 + n}")
    floor = "10"
    in_service_from = dt.date(2020, 1, 1)


class RatePlanFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RatePlan

    property = factory.SubFactory(PropertyFactory)
    code = factory.Sequence(lambda n: f"R{n}")
    name = factory.Sequence(lambda n: f"Rate {n}")


class GuestFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Guest

    branch = factory.SubFactory(BranchFactory)
    name = factory.Sequence(lambda n: f"Guest {n}")
    created_at = AT


class BookingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Booking

    property = factory.SubFactory(PropertyFactory)
    number = factory.Sequence(lambda n: f"BK{n}")
    created_at = AT


class StayFactory(factory.django.DjangoModelFactory):
    """One night from today, confirmed, without room; nights, inventory and folio are the commands' work."""

    class Meta:
        model = Stay

    room_type = factory.SubFactory(RoomTypeFactory)
    property = factory.SelfAttribute("room_type.property")
    booking = factory.SubFactory(BookingFactory, property=factory.SelfAttribute("..property"))
    number = factory.Sequence(lambda n: f"ST{n}")
    arrival_on = TODAY
    departure_on = TODAY + dt.timedelta(days=1)
    due_in_at = AT
    due_out_at = AT + dt.timedelta(hours=22)
    created_at = AT


class FolioFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Folio

    property = factory.SubFactory(PropertyFactory)
    number = factory.Sequence(lambda n: f"FO{n}")
    kind = "passer_by"


def a_house(rooms=120, types=8, days=60, seed=7, **fields):
    """A running house: rooms by floor, guests in house, arrivals and stays ahead, some unassigned, a few blocks.

    Set-wise: a dozen statements whatever its size. Returns the property.
    """
    from hotel.chart.sample import furnish

    times = {"check_in_time": dt.time(14), "check_out_time": dt.time(12)}
    return furnish(PropertyFactory(**times | fields), rooms=rooms, types=types, days=days, seed=seed)
