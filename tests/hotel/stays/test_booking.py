import datetime as dt
from decimal import Decimal

import pytest

from hotel.models import Availability, Booking, DeskTrace, Occupancy, Rate, RoomNight, Stay
from hotel.stays import services
from hotel.stays.inventory import NoAvailability, RoomTaken
from hotel.stays.pricing import NightPrice, NoPrice
from hotel.stays.services import BookingRequest, StayRequest
from tests.factories.hotel import AT, TODAY, PropertyFactory, RatePlanFactory, RoomFactory, RoomTypeFactory
from tests.factories.staff import StaffFactory

NIGHT = dt.timedelta(days=1)


@pytest.fixture
def house(db):
    return PropertyFactory(time_zone="Asia/Shanghai")


@pytest.fixture
def kind(house):
    kind = RoomTypeFactory(property=house)
    RoomFactory.create_batch(2, room_type=kind)
    return kind


@pytest.fixture
def plan(house, kind):
    plan = RatePlanFactory(property=house)
    days = range(400)
    Rate.objects.bulk_create(Rate(rate_plan=plan, room_type=kind, date=TODAY + NIGHT * n, price="300.00") for n in days)
    return plan


def book(house, *stays):
    return services.reserve(
        property_id=house.pk, stays=stays, booking=BookingRequest(source="phone"), by=StaffFactory(), at=AT
    )


def want(kind, plan, nights=2, **more):
    return StayRequest(kind.pk, TODAY, TODAY + NIGHT * nights, rate_plan_id=plan.pk, **more)


def test_reserve_prices_and_sells_every_night(house, kind, plan):
    booking = book(house, want(kind, plan, guest_name="王芳"))

    stay = booking.stays.get()
    assert (stay.number, stay.status) == (f"ST261123{stay.pk:05}", "confirmed")
    assert (stay.due_in_at, stay.due_out_at) == (
        dt.datetime(2026, 11, 23, 6, tzinfo=dt.UTC),  # 14:00 in Shanghai
        dt.datetime(2026, 11, 25, 4, tzinfo=dt.UTC),  # noon
    )
    assert list(RoomNight.objects.order_by("date").values_list("date", "price", "source")) == [
        (TODAY, Decimal("300.00"), "rate"),
        (TODAY + NIGHT, Decimal("300.00"), "rate"),
    ]
    assert list(Availability.objects.order_by("date").values_list("sold", flat=True)) == [1, 1]
    assert DeskTrace.objects.get().action == "stay.reserved"


def test_reserve_gives_the_named_room_for_the_whole_time(house, kind, plan):
    room = kind.rooms.first()

    stay = book(house, want(kind, plan, room_id=room.pk)).stays.get()

    taken = Occupancy.objects.get()
    assert (taken.room, taken.stay, taken.during.lower, taken.during.upper) == (
        room,
        stay,
        stay.due_in_at,
        stay.due_out_at,
    )
    with pytest.raises(RoomTaken):
        book(house, want(kind, plan, room_id=room.pk))
    assert Booking.objects.count() == 1


def test_a_group_is_reserved_whole_or_not_at_all(house, kind, plan):
    with pytest.raises(NoAvailability):
        book(house, *[want(kind, plan)] * 3)

    assert (Booking.objects.count(), Stay.objects.count(), Availability.objects.count()) == (0, 0, 0)
    assert book(house, *[want(kind, plan)] * 2).stays.count() == 2


def test_statements_do_not_grow_with_the_group(house, kind, plan, django_assert_max_num_queries):
    RoomFactory.create_batch(40, room_type=kind)

    with django_assert_max_num_queries(20):
        book(house, *[want(kind, plan)] * 30)


def test_day_use_takes_hours_and_no_night(house, kind):
    room = kind.rooms.first()
    request = StayRequest(kind.pk, TODAY, TODAY, room_id=room.pk, hours=4, start_at=AT)

    stay = book(house, request).stays.get()

    assert (stay.is_day_use, stay.due_out_at - stay.due_in_at) == (True, dt.timedelta(hours=4))
    assert Occupancy.objects.get().kind == "day_use"
    assert RoomNight.objects.count() == 0


def test_a_waitlisted_stay_takes_nothing(house, kind, plan):
    book(house, want(kind, plan, status="waitlisted"))

    assert Availability.objects.count() == 0


@pytest.mark.parametrize(
    ("arrival", "departure", "hours"),
    [(1, 0, None), (0, 0, None), (-1, 1, None), (0, 400, None), (0, 1, 3)],
)
def test_reserve_refuses_dates_that_make_no_sense(house, kind, plan, arrival, departure, hours):
    request = StayRequest(
        kind.pk, TODAY + NIGHT * arrival, TODAY + NIGHT * departure, rate_plan_id=plan.pk, hours=hours
    )

    with pytest.raises(services.BadDates):
        book(house, request)
    assert Booking.objects.count() == 0


def test_reserve_refuses_what_has_no_price(house, kind, plan):
    Rate.objects.filter(date=TODAY + NIGHT).delete()

    with pytest.raises(NoPrice):
        book(house, want(kind, plan))


def test_given_prices_are_taken_as_they_are_and_must_be_complete(house, kind):
    price = NightPrice(TODAY, Decimal("123.45"))

    book(house, StayRequest(kind.pk, TODAY, TODAY + NIGHT, prices=[price]))

    assert RoomNight.objects.get().price == Decimal("123.45")
    with pytest.raises(ValueError, match="1 prices for 2 nights"):
        book(house, StayRequest(kind.pk, TODAY, TODAY + NIGHT * 2, prices=[price]))


def test_a_named_room_must_be_of_the_type_that_is_sold(house, kind, plan):
    other = RoomFactory(room_type=RoomTypeFactory(property=house))

    with pytest.raises(services.WrongRoomType):
        book(house, want(kind, plan, room_id=other.pk))
    assert Booking.objects.count() == 0
