"""The forward chart: a bar is dragged to a room, stretched, refused; and the same by keys."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from hotel.models import RatePlan, Room, Stay
from hotel.stays import services
from hotel.stays.pricing import NightPrice
from hotel.stays.services import BookingRequest, StayRequest
from tests.factories.hotel import PropertyFactory, RoomFactory, RoomTypeFactory
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = dt.date(2026, 11, 23)
DAY = dt.timedelta(days=1)


@pytest.fixture
def house():
    house = PropertyFactory(business_date=TODAY, check_in_time=dt.time(14), check_out_time=dt.time(12))
    kind = RoomTypeFactory(property=house, name="King")
    for number in ("1207", "1208", "1209"):
        RoomFactory(room_type=kind, number=number, floor="12")
    return house


@pytest.fixture(autouse=True)
def _quick(page):
    page.set_default_timeout(10_000)


@pytest.fixture
def clerk(house):
    return StaffFactory(display_name="Lin", is_superuser=True, branches=[house.branch], language="en")


def reserve(house, name, start, nights, number=None):
    from hotel.models import Rate

    kind = house.room_types.get()
    plan, _new = RatePlan.objects.get_or_create(property=house, code="BAR", name="Bar")
    Rate.objects.bulk_create(
        [Rate(rate_plan=plan, room_type=kind, date=TODAY + n * DAY, price=400) for n in range(20)],
        ignore_conflicts=True,
    )
    with transaction.atomic():
        booking = services.reserve(
            property_id=house.pk,
            stays=[
                StayRequest(
                    room_type_id=kind.pk,
                    arrival_on=start,
                    departure_on=start + nights * DAY,
                    rate_plan_id=plan.pk,
                    prices=[NightPrice(start + n * DAY, 300) for n in range(nights)],
                    guest_name=name,
                    room_id=Room.objects.get(number=number).pk if number else None,
                )
            ],
            booking=BookingRequest(),
            by=None,
            at=timezone.now(),
        )
    return booking.stays.get()


def drag(page, bar, to_x, to_y, from_right=False):
    box = bar.bounding_box()
    start = box["x"] + (box["width"] - 4 if from_right else 20)
    page.mouse.move(start, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(start + 8, box["y"] + box["height"] / 2 + 2)
    page.mouse.move(to_x, to_y, steps=6)
    page.mouse.up()


def row(page, number):
    return page.locator(f'.fr[data-no="{number}"]')


def drag_to(page, stay, number):
    bar = page.locator(f'.bar[data-stay="{stay.pk}"]')
    box = row(page, number).bounding_box()
    drag(page, bar, bar.bounding_box()["x"] + 20, box["y"] + box["height"] / 2)


def test_a_stay_without_a_room_is_dragged_onto_one(page, sign_in, house, clerk):
    stay = reserve(house, "Zhou", TODAY + 2 * DAY, 2)
    sign_in(clerk)
    page.goto("/hotel/chart/")

    drag_to(page, stay, "1208")
    page.locator("#chart-preview h2", has_text="1208").wait_for()
    page.click("#chart-preview .btn-primary")
    row(page, "1208").locator(f'.bar[data-stay="{stay.pk}"]').wait_for()

    assert Stay.objects.get().room.number == "1208"


def test_a_taken_room_is_refused_with_the_fact_and_a_free_one_is_offered(page, sign_in, house, clerk):
    reserve(house, "Zhou", TODAY + 2 * DAY, 2, "1208")
    stay = reserve(house, "Lin", TODAY + 2 * DAY, 2, "1207")
    sign_in(clerk)
    page.goto("/hotel/chart/")

    drag_to(page, stay, "1208")
    page.locator("#chart-preview .callout.red", has_text="Zhou").wait_for()
    assert page.locator("#chart-preview .btn-primary").count() == 0
    page.locator("[data-chart-offer]", has_text="1209").click()
    page.locator("#chart-preview h2", has_text="1209").wait_for()
    page.click("#chart-preview .btn-primary")
    row(page, "1209").locator(f'.bar[data-stay="{stay.pk}"]').wait_for()

    assert Stay.objects.get(pk=stay.pk).room.number == "1209"


def test_the_end_of_a_bar_is_pulled_to_extend_and_the_price_is_shown_first(page, sign_in, house, clerk):
    stay = reserve(house, "Zhou", TODAY + 2 * DAY, 2, "1208")
    sign_in(clerk)
    page.goto("/hotel/chart/")
    bar = page.locator(f'.bar[data-stay="{stay.pk}"]')
    box, day = bar.bounding_box(), page.locator(".fhead .d").first.bounding_box()["width"]

    drag(page, bar, box["x"] + box["width"] + day, box["y"] + 8, from_right=True)
    page.locator("#chart-preview h2", has_text="11-28").wait_for()
    assert "400" in page.locator("#chart-preview .sum").text_content()
    page.click("#chart-preview .btn-primary")
    page.locator("#chart-preview").wait_for(state="hidden")

    assert Stay.objects.get().departure_on == TODAY + 5 * DAY


def test_the_same_by_keys(page, sign_in, house, clerk):
    stay = reserve(house, "Zhou", TODAY + 2 * DAY, 2, "1207")
    sign_in(clerk)
    page.goto("/hotel/chart/")

    page.locator(f'.bar[data-stay="{stay.pk}"]').focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#chart-preview h2", has_text="1209").wait_for()
    page.keyboard.press("Enter")
    row(page, "1209").locator(f'.bar[data-stay="{stay.pk}"]').wait_for()

    page.locator(f'.bar[data-stay="{stay.pk}"]').focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.locator("#chart-preview h2", has_text="11-26").wait_for()
    page.keyboard.press("Escape")

    assert (Stay.objects.get().room.number, Stay.objects.get().departure_on) == ("1209", TODAY + 4 * DAY)
