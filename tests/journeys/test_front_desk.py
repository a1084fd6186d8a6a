"""The front desk in a browser, every interaction counted: a returning guest in six, a new one, a stay from booking to
check-out, a check-out restored."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from hotel.folios.queries import deposits
from hotel.members import services as members
from hotel.models import Booking, DeskTrace, Folio, Rate, Shift, Stay
from hotel.rooms import locks
from hotel.stays import services, timing
from oms.models import Staff
from oms.staff.roles import sync_roles
from tests.factories.hotel import PropertyFactory, RatePlanFactory, RoomFactory, RoomTypeFactory, StayFactory
from tests.factories.staff import StaffFactory
from tests.journeys.touring import violations

pytestmark = pytest.mark.django_db(transaction=True)
NIGHT = dt.timedelta(days=1)


class Hand:
    """A clerk at the page: counts what they do."""

    def __init__(self, page):
        self.page, self.done = page, 0

    def click(self, selector):
        self.page.click(selector)
        self.done += 1

    def type(self, text):
        self.page.keyboard.type(text)
        self.done += 1

    def press(self, key):
        self.page.keyboard.press(key)
        self.done += 1


@pytest.fixture
def house():
    today = timezone.now().astimezone(ZoneInfo("Asia/Shanghai"))
    # In the small hours the house still works on the day before, as before its night audit.
    date = today.date() if today.hour >= 12 else today.date() - NIGHT
    house = PropertyFactory(business_date=date, check_out_time=dt.time(23, 59))
    kind = RoomTypeFactory(property=house, name="Twin")
    house.kind = kind
    house.rooms_made = [RoomFactory(room_type=kind, number=number) for number in ("1101", "1102", "1103")]
    house.plan = RatePlanFactory(property=house, name="Rack")
    Rate.objects.bulk_create(
        Rate(rate_plan=house.plan, room_type=kind, date=date + NIGHT * n, price="438.00") for n in range(-5, 20)
    )
    return house


@pytest.fixture
def clerk(house):
    sync_roles()
    staff = StaffFactory(branches=[house.branch], language="en")
    staff.groups.set(Group.objects.filter(name__in=["front_desk", "duty_manager"]))
    Shift.objects.create(property=house, staff=staff, business_date=house.business_date, opened_at=timezone.now())
    return staff


@pytest.fixture
def returning(house, clerk):
    """A guest who was here last month, two nights in 1103 for 428.00."""
    person = members.Person("沈知微", "passport", "E44190000", "13600002750")
    guest = members.register_guest(branch_id=house.branch_id, person=person, by=clerk, at=timezone.now())
    came = timezone.now() - 30 * NIGHT
    stay = StayFactory(
        room_type=house.kind,
        room=house.rooms_made[2],
        rate_plan=house.plan,
        guest=guest,
        guest_name=guest.name,
        status="checked_out",
        arrival_on=house.business_date - 30 * NIGHT,
        departure_on=house.business_date - 28 * NIGHT,
        checked_in_at=came,
        checked_out_at=came + 2 * NIGHT,
    )
    for n in range(2):
        stay.nights.create(date=stay.arrival_on + n * NIGHT, room_type=house.kind, price="428.00")
    return guest


def test_a_returning_guest_has_the_room_in_six_interactions(page, sign_in, house, clerk, returning):
    sign_in(clerk)
    page.goto("/hotel/rooms/")
    hand = Hand(page)

    hand.click(f"#room-{house.rooms_made[1].pk}")
    link = page.wait_for_selector(f"a[href*='check-in/?room={house.rooms_made[1].pk}']:not([href*=day_use])")
    link.click()
    hand.done += 1
    page.wait_for_selector('[data-when="mine"]:not([hidden])')
    assert page.evaluate("document.activeElement.name") == "q"
    hand.type("2750")
    hand.press("Enter")
    page.wait_for_selector(".chg")  # as last time: today's price stands beside the old one
    page.wait_for_selector("#work[data-due='1376.00']", state="attached")
    hand.press("3")
    page.wait_for_selector("[data-desk-row]")
    hand.press("Control+Enter")
    page.wait_for_url(lambda url: "/hotel/stays/ST" in url)

    assert hand.done <= 6
    stay = Stay.objects.get(status="in_house")
    assert (stay.guest, stay.room.number, stay.departure_on) == (returning, "1102", house.business_date + 2 * NIGHT)
    folio = Folio.objects.get(stay=stay)
    assert deposits([folio.pk])[folio.pk] == Decimal("1376.00")
    timed = DeskTrace.objects.get(action="stay.timed").data
    assert timed["kind"] == "returning"
    assert timed["cards"] == 1
    assert timed["steps"] <= 6
    assert 0 < timed["ms"] < 180_000


def test_a_new_guest_needs_name_document_and_phone(page, sign_in, house, clerk):
    sign_in(clerk)
    page.goto(f"/hotel/stays/check-in/?room={house.rooms_made[0].pk}")
    page.wait_for_selector('[data-when="mine"]:not([hidden])')
    hand = Hand(page)
    page.evaluate("document.activeElement.blur()")
    hand.press("N")
    page.wait_for_selector("#id_name")
    page.wait_for_selector("#id_name:focus")
    hand.type("李雷")
    page.select_option("#id_id_type", "passport")
    page.focus("#id_id_number")
    hand.type("E12345678")
    page.keyboard.press("Enter")
    hand.type("13800136021")
    page.evaluate("document.activeElement.blur()")
    hand.press("1")
    hand.press("Control+Enter")
    page.wait_for_url(lambda url: "/hotel/stays/ST" in url)

    stay = Stay.objects.select_related("guest").get()
    assert (stay.guest.name, stay.guest.phone_tail, stay.status) == ("李雷", "6021", "in_house")
    assert hand.done <= 7


def booked(page, house):
    """A stay typed into the booking form and given a room."""
    page.goto("/hotel/stays/bookings/new/")
    page.fill("[name=arrival_on]", f"{house.business_date}")
    page.fill("[name=departure_on]", f"{house.business_date + NIGHT}")
    page.fill("[name=guest_name]", "沈知微")
    page.fill(f"[name=rooms_{house.kind.pk}]", "1")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: "/bookings/BK" in url)
    stay = Booking.objects.get(contact_name="", source="phone").stays.get()
    page.goto(f"/hotel/stays/{stay.number}/ask/assign/")
    save(page, stay)
    return stay


def save(page, stay):
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/stays/{stay.number}/")
    stay.refresh_from_db()


def test_a_booking_becomes_a_stay_is_moved_and_leaves(page, sign_in, house, clerk, returning):
    sign_in(clerk)
    stay = booked(page, house)

    page.goto(f"/hotel/stays/check-in/?stay={stay.number}")
    page.wait_for_selector('[data-when="mine"]:not([hidden])')
    page.keyboard.type("shenzhiwei")
    page.keyboard.press("Enter")
    page.wait_for_selector(".face")
    save(page, stay)
    assert (stay.status, stay.guest) == ("in_house", returning)

    other = next(room for room in house.rooms_made if room.pk != stay.room_id)
    page.goto(f"/hotel/stays/{stay.number}/ask/move/")
    page.select_option("#id_room", str(other.pk))
    page.wait_for_selector("#preview table")
    page.fill("#id_reason", "noise")
    save(page, stay)
    assert stay.room == other

    page.keyboard.press("o")  # the balance is 0: one key
    page.wait_for_selector(".st.grey")
    stay.refresh_from_db()
    assert stay.status == "checked_out"


def test_a_check_out_is_restored_after_the_table_of_what_comes_back(page, sign_in, house, clerk, returning):
    walk_in = services.WalkIn(room_id=house.rooms_made[0].pk, guest_id=returning.pk, rate_plan_id=house.plan.pk)
    stay = services.walk_in(request=walk_in, by=clerk, at=timezone.now())
    services.check_out(stay_ids=[stay.pk], by=clerk, at=timezone.now())
    sign_in(clerk)

    page.goto(f"/hotel/stays/{stay.number}/")
    page.click("text=Restore the check-out…")
    page.wait_for_selector("text=What comes back, and what does not")
    page.fill("#id_reason", "came back")
    save(page, stay)

    assert stay.status == "in_house"


def desk_pages(house, stay):
    questions = (
        "assign",
        "move",
        "swap",
        "dates",
        "price",
        "reverse",
        "cancel",
        "guest",
        "sharer",
        "note",
    )
    return [
        "/hotel/stays/",
        "/hotel/stays/?when=in_house",
        "/hotel/stays/bookings/",
        "/hotel/stays/bookings/new/",
        f"/hotel/stays/bookings/{stay.booking.number}/",
        f"/hotel/stays/check-in/?room={house.rooms_made[1].pk}",
        f"/hotel/stays/{stay.number}/",
        "/hotel/stays/timing/",
        f"/hotel/stays/check-out/?stay={stay.number}",
        *(f"/hotel/stays/{stay.number}/ask/{action}/" for action in questions),
    ]


def test_every_desk_page_answers_fits_and_can_be_read_by_all(page, sign_in, house, clerk, returning):
    walk_in = services.WalkIn(room_id=house.rooms_made[0].pk, guest_id=returning.pk, rate_plan_id=house.plan.pk)
    stay = services.walk_in(request=walk_in, by=clerk, at=timezone.now())
    timing.record(
        stay=stay, data={"ms": 41_000, "steps": 6, "kind": "returning", "cards": 1}, by=clerk, at=timezone.now()
    )
    sign_in(clerk)
    faults = []
    page.on("response", lambda r: faults.append(f"{r.status} {r.url}") if r.status >= 500 else None)
    for theme, (width, height) in {"light": (1440, 900), "dark": (390, 844)}.items():
        Staff.objects.filter(pk=clerk.pk).update(theme=theme)
        page.set_viewport_size({"width": width, "height": height})
        for path in desk_pages(house, stay):
            answer = page.goto(path)
            if answer.status != 200:
                faults.append(f"{path}: {answer.status}")
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                faults.append(f"{path} {theme} {width}: wider than the window")
            faults += [f"{path} {theme} {width}: {violation}" for violation in violations(page)]
    assert "\n".join(faults) == ""


def test_a_late_change_of_dates_is_set_against_what_another_has_saved(page, sign_in, house, clerk, returning):
    at, zhou = timezone.now(), StaffFactory(display_name="Zhou")
    wish = services.WalkIn(
        room_id=house.rooms_made[0].pk,
        guest_id=returning.pk,
        departure_on=house.business_date + NIGHT,
        rate_plan_id=house.plan.pk,
    )
    stay = services.walk_in(request=wish, by=clerk, at=at)
    sign_in(clerk)
    page.goto(f"/hotel/stays/{stay.number}/ask/dates/")
    page.locator("[data-when=mine]").wait_for()
    page.fill("#id_departure_on", str(house.business_date + 4 * NIGHT))

    locks.force(room_id=stay.room_id, reason="guest waits", session_key="z", by=zhou, at=timezone.now())
    services.extend(stay_id=stay.pk, departure_on=house.business_date + 2 * NIGHT, by=zhou, at=timezone.now())
    page.locator("#ask .btn-primary").click()
    page.locator("[data-when=lost]").wait_for()
    page.locator("[data-difference] tbody tr").first.wait_for()

    (row,) = page.locator("[data-difference] tbody tr").all_text_contents()
    assert str(house.business_date + 2 * NIGHT) in row
    assert str(house.business_date + 4 * NIGHT) in row
    page.locator("[data-changes]", has_text="Zhou").wait_for()
    assert page.input_value("#id_departure_on") == str(house.business_date + 4 * NIGHT)
    assert Stay.objects.get(pk=stay.pk).departure_on == house.business_date + 2 * NIGHT
