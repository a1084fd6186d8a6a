"""The forward chart: a bar is dragged to a room, stretched, refused; and the same by keys."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from hotel.models import RatePlan, Room, Stay
from hotel.stays import services
from hotel.stays.pricing import NightPrice
from hotel.stays.services import BookingRequest, StayRequest
from tests.factories.hotel import TODAY

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _quick(page):
    page.set_default_timeout(10_000)


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


def drag(page, bar, to_x, to_y, at=20):
    """By the mouse, taken ``at`` so many pixels from the left (below zero: from the right) end of the bar."""
    box = bar.bounding_box()
    start = box["x"] + (at if at > 0 else box["width"] + at)
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

    drag(page, bar, box["x"] + box["width"] + day, box["y"] + 8, at=-4)
    page.locator("#chart-preview h2", has_text="11-28").wait_for()
    assert "400" in page.locator("#chart-preview .sum").text_content()
    page.click("#chart-preview .btn-primary")
    page.locator("#chart-preview").wait_for(state="hidden")

    assert Stay.objects.get().departure_on == TODAY + 5 * DAY


def test_the_start_of_a_bar_is_pulled_to_arrive_earlier_and_the_price_is_shown_first(page, sign_in, house, clerk):
    stay = reserve(house, "Zhou", TODAY + 4 * DAY, 2, "1208")
    sign_in(clerk)
    page.goto("/hotel/chart/")
    bar = page.locator(f'.bar[data-stay="{stay.pk}"]')
    box, day = bar.bounding_box(), page.locator(".fhead .d").first.bounding_box()["width"]

    drag(page, bar, box["x"] - day, box["y"] + 8, at=4)
    page.locator("#chart-preview h2", has_text="11-26").wait_for()
    assert "400" in page.locator("#chart-preview .sum").text_content()
    page.click("#chart-preview .btn-primary")
    page.locator("#chart-preview").wait_for(state="hidden")

    stay.refresh_from_db()
    assert (stay.arrival_on, stay.departure_on) == (TODAY + 3 * DAY, TODAY + 6 * DAY)
    assert [night.price for night in stay.nights.order_by("date")] == [400, 300, 300]


def test_an_arrival_pulled_into_another_stay_is_refused_with_the_fact(page, sign_in, house, clerk):
    reserve(house, "Lin", TODAY + 2 * DAY, 2, "1208")
    stay = reserve(house, "Zhou", TODAY + 4 * DAY, 2, "1208")
    sign_in(clerk)
    page.goto("/hotel/chart/")
    bar = page.locator(f'.bar[data-stay="{stay.pk}"]')
    box, day = bar.bounding_box(), page.locator(".fhead .d").first.bounding_box()["width"]

    drag(page, bar, box["x"] - day, box["y"] + 8, at=4)
    page.locator("#chart-preview .callout.red", has_text="Lin").wait_for()

    assert page.locator("#chart-preview .btn-primary").count() == 0


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


def test_an_arrival_is_changed_by_keys(page, sign_in, house, clerk):
    stay = reserve(house, "Zhou", TODAY + 2 * DAY, 2, "1207")
    sign_in(clerk)
    page.goto("/hotel/chart/")

    page.locator(f'.bar[data-stay="{stay.pk}"]').focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    page.locator("#chart-preview h2", has_text="11-26").wait_for()
    page.keyboard.press("Enter")
    page.locator("#chart-preview").wait_for(state="hidden")

    assert Stay.objects.get().arrival_on == TODAY + 3 * DAY


# ---- by a finger, on a tablet


@pytest.fixture
def tablet(browser, live_server, clerk):
    """A signed-in page of a tablet, and its fingers: ``touch("touchStart", x, y)``, ``touch("touchEnd")``."""
    size = {"width": 1024, "height": 768}
    context = browser.new_context(viewport=size, locale="en", base_url=live_server.url, has_touch=True, is_mobile=True)
    page = context.new_page()
    clerk.set_password("correct horse battery")
    clerk.save(update_fields=["password"])
    page.goto("/sign-in/")
    page.fill("input[name=username]", clerk.username)
    page.fill("input[name=password]", "correct horse battery")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    wire = context.new_cdp_session(page)

    def touch(kind, *at):
        points = [{"x": at[0], "y": at[1]}] if at else []
        wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    yield page, touch
    context.close()


def slide(touch, start, end, steps=8):
    for n in range(1, steps + 1):
        touch("touchMove", *(a + (b - a) * n / steps for a, b in zip(start, end, strict=True)))


def test_a_finger_takes_a_bar_after_a_long_press(tablet, house):
    stay = reserve(house, "Zhou", TODAY + 2 * DAY, 2, "1207")
    page, touch = tablet
    page.goto("/hotel/chart/")
    bar, target = page.locator(f'.bar[data-stay="{stay.pk}"]').bounding_box(), row(page, "1209").bounding_box()
    start = (bar["x"] + bar["width"] / 2, bar["y"] + 10)

    touch("touchStart", *start)
    page.locator(".fc-drag").wait_for()
    slide(touch, start, (start[0], target["y"] + 10))
    touch("touchEnd")
    page.locator("#chart-preview h2", has_text="1209").wait_for()
    page.tap("#chart-preview .btn-primary")
    row(page, "1209").locator(f'.bar[data-stay="{stay.pk}"]').wait_for()

    assert Stay.objects.get().room.number == "1209"


def test_a_finger_that_does_not_wait_scrolls_and_takes_nothing(tablet, house):
    stay = reserve(house, "Zhou", TODAY + 2 * DAY, 3, "1207")
    page, touch = tablet
    page.goto("/hotel/chart/")
    bar = page.locator(f'.bar[data-stay="{stay.pk}"]').bounding_box()
    start = (bar["x"] + bar["width"] / 2, bar["y"] + 10)

    touch("touchStart", *start)
    slide(touch, start, (start[0] - 150, start[1]))
    touch("touchEnd")
    page.wait_for_function("document.querySelector('[data-chart]').scrollLeft > 50")

    assert page.locator(".fc-drag, #chart-preview[open]").count() == 0
    assert page.url.endswith("/hotel/chart/")


def test_a_finger_pulls_the_start_of_a_bar(tablet, house):
    stay = reserve(house, "Zhou", TODAY + 4 * DAY, 3, "1207")
    page, touch = tablet
    page.goto("/hotel/chart/")
    bar = page.locator(f'.bar[data-stay="{stay.pk}"]')
    box, day = bar.bounding_box(), page.locator(".fhead .d").first.bounding_box()["width"]
    start = (box["x"] + 6, box["y"] + 10)

    touch("touchStart", *start)
    page.locator(f'.bar.sel[data-stay="{stay.pk}"]').wait_for()
    slide(touch, start, (start[0] - 2 * day, start[1]))
    touch("touchEnd")

    page.locator("#chart-preview h2", has_text="11-25").wait_for()
