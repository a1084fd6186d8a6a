"""What a stay is sold with: copied, quoted, shown, and listed for the morning."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hotel.models import PackageItem, Rate, Room, Stay, StayPackage
from hotel.stays import pricing, services
from hotel.stays.pricing import QuoteRequest
from hotel.stays.queries import packages_due
from hotel.stays.services import BookingRequest, StayRequest
from tests.factories.folios import ChargeCodeFactory
from tests.factories.hotel import (
    AT,
    TODAY,
    GuestFactory,
    PropertyFactory,
    RatePlanFactory,
    RoomFactory,
    RoomTypeFactory,
)

DAY = dt.timedelta(days=1)
WHO = {"by": None, "at": AT}


@pytest.fixture
def house(db):
    return PropertyFactory()


@pytest.fixture
def kind(house):
    kind = RoomTypeFactory(property=house)
    RoomFactory.create_batch(4, room_type=kind, housekeeping="inspected")
    return kind


@pytest.fixture
def plan(house, kind):
    plan = RatePlanFactory(property=house)
    Rate.objects.bulk_create(Rate(rate_plan=plan, room_type=kind, date=TODAY + n * DAY, price=300) for n in range(9))
    food = ChargeCodeFactory(property=house, name="Breakfast", department="food")
    PackageItem.objects.create(rate_plan=plan, charge_code=food, price=34, is_next_morning=True)
    pickup = {"text": "Pick-up", "per": "room", "nights": "first", "is_included": False}
    PackageItem.objects.create(rate_plan=plan, charge_code=ChargeCodeFactory(property=house), price=120, **pickup)
    return plan


def book(house, kind, plan, nights=2, **more):
    asked = {"adults": 2, "children": 1} | more
    request = StayRequest(kind.pk, TODAY, TODAY + nights * DAY, rate_plan_id=plan.pk, **asked)
    booking = services.reserve(property_id=house.pk, stays=[request], booking=BookingRequest(), **WHO)
    return booking.stays.get()


def test_a_quote_says_what_comes_with_it_and_what_it_adds(kind, plan):
    request = QuoteRequest(kind.pk, plan.pk, TODAY, TODAY + 3 * DAY, adults=2, children=1)
    (found,) = pricing.packages_of(requests=[request])

    assert [(p.text, p.nights, p.amount, p.is_included) for p in found] == [
        ("Breakfast", 3, 306, True),
        ("Pick-up", 1, 120, False),
    ]
    assert pricing.added(found) == 120
    with CaptureQueriesContext(connection) as asked:
        pricing.packages_of(requests=[request] * 20)
    assert len(asked) == 1


def test_a_stay_takes_a_copy_and_day_use_none(house, kind, plan):
    stay = book(house, kind, plan)
    PackageItem.objects.all().delete()
    start = {"hours": 4, "start_at": AT}
    booking = services.reserve(
        property_id=house.pk,
        stays=[StayRequest(kind.pk, TODAY, TODAY, rate_plan_id=plan.pk, **start)],
        booking=BookingRequest(),
        **WHO,
    )

    assert list(StayPackage.objects.order_by("pk").values_list("stay", "price", "nights")) == [
        (stay.pk, 34, "every"),
        (stay.pk, 120, "first"),
    ]
    assert booking.stays.get().packages.count() == 0


def test_the_list_of_a_date_has_those_who_slept_before_it(house, kind, plan):
    room = Room.objects.first()
    guest = GuestFactory(branch=house.branch)
    here = book(house, kind, plan, guest_id=guest.pk, guest_name="Ann Lee", room_id=room.pk)
    services.check_in(stay_ids=[here.pk], **WHO)
    coming = book(house, kind, plan, adults=1, children=0)
    cancelled = book(house, kind, plan)
    services.cancel(stay_ids=[cancelled.pk], reason="ill", **WHO)

    def listed(date):
        return [(due.item, due.stay, due.room, due.quantity, due.is_here) for due in packages_due(house, date)]

    assert listed(TODAY) == [("Pick-up", here.number, room.number, 1, True), ("Pick-up", coming.number, "", 1, False)]
    assert listed(TODAY + DAY) == [
        ("Breakfast", here.number, room.number, 3, True),
        ("Breakfast", coming.number, "", 1, False),
    ]
    assert len(listed(TODAY + 2 * DAY)) == 2
    assert listed(TODAY + 3 * DAY) == []


@pytest.fixture
def desk(client, house):
    from django.contrib.auth.models import Group

    from oms.staff.roles import sync_roles
    from tests.factories.staff import StaffFactory

    sync_roles()
    staff = StaffFactory(branches=[house.branch], language="en")
    staff.groups.set(Group.objects.filter(name="front_desk"))
    client.force_login(staff)
    return client


def test_pages_show_what_comes_with_a_stay(desk, house, kind, plan):
    room = Room.objects.first()
    stay = book(house, kind, plan, guest_name="Ann Lee", room_id=room.pk)
    pages = {
        "list": desk.get(reverse("stays:packages")),
        "stay": desk.get(reverse("stays:detail", args=[stay.number])),
        "booked": desk.get(reverse("stays:check-in"), {"stay": stay.number}),
        "free": desk.get(reverse("stays:reserve-free"), {"rate_plan": plan.pk, "adults": 2, "form": "single"}),
    }
    walk_in = desk.post(reverse("stays:check-in-plan"), {"room": room.pk, "rate_plan": plan.pk, "adults": 3})
    for name, page in pages.items():
        assert "Breakfast" in page.content.decode(), name
    assert pages["booked"].context["desk"].plan.total == 600 + 120
    assert walk_in.context["desk"].plan.total == 300 + 120
    assert desk.get(reverse("stays:packages"), {"date": "nonsense"}).context["date"] == TODAY + DAY
    assert desk.get(reverse("stays:packages"), {"date": "0001-01-01"}).status_code == 200


def test_the_list_asks_as_little_for_many_rooms_as_for_one(desk, house, kind, plan):
    RoomFactory.create_batch(30, room_type=kind)
    book(house, kind, plan)
    url = reverse("stays:packages")
    desk.get(url)
    with CaptureQueriesContext(connection) as one:
        desk.get(url)
    for _n in range(20):
        book(house, kind, plan)
    with CaptureQueriesContext(connection) as many:
        assert len(desk.get(url).context["lists"][0]["rows"]) == 21
    assert (len(many), Stay.objects.count()) == (len(one), 21)
