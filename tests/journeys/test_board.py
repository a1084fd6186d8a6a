"""The room board: what one clerk does, the other sees; and two clerks at one room."""

import asyncio
import threading
import time

import pytest
import uvicorn
from django.conf import settings as django_settings
from django.utils import timezone

from hotel.models import OperationLock, Room
from hotel.rooms import locks, services
from oms.notices.streaming import LiveApp
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _quick(page):
    page.set_default_timeout(15_000)  # less than the 20 seconds after which a board without a stream asks by itself


@pytest.fixture
def live(settings, live_server):
    """The live process beside the page."""
    server = uvicorn.Server(uvicorn.Config(LiveApp(heartbeat=0.5), port=0, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    settings.LIVE_URL = f"http://localhost:{port}/live/"
    policy = {**django_settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]}
    policy["connect-src"] = [*policy.get("connect-src", ["'self'"]), settings.LIVE_URL]
    settings.CONTENT_SECURITY_POLICY = {**django_settings.CONTENT_SECURITY_POLICY, "DIRECTIVES": policy}
    yield
    server.should_exit = True
    thread.join(10)


def room(number):
    return Room.objects.get(number=number)


def test_filters_act_at_once_and_stay_in_the_address(page, sign_in, clerk):
    Room.objects.filter(number="1208").update(housekeeping="dirty")
    sign_in(clerk)
    page.goto("/hotel/rooms/")

    page.click(".cnt[data-code=VD]")

    assert page.locator(".room:visible").count() == 1
    assert "status=VD" in page.url
    page.reload()
    assert page.locator(".room:visible .no").text_content() == "1208"


def test_a_room_is_found_by_its_number_and_changed_from_the_drawer(page, sign_in, clerk):
    sign_in(clerk)
    page.goto("/hotel/rooms/")

    page.keyboard.type("1208")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.locator("#room-panel .big", has_text="1208").wait_for()
    page.locator("#room-panel button", has_text="Dirty").click()
    page.locator("#room-panel .st", has_text="VD").wait_for()

    assert room("1208").housekeeping == "dirty"


def test_ticked_rooms_change_together_with_a_result(page, sign_in, clerk):
    Room.objects.filter(number="1209").update(housekeeping="dirty")
    sign_in(clerk)
    page.goto("/hotel/rooms/")

    page.keyboard.press("c")
    page.locator(".room", has_text="1208").click()
    page.locator(".room", has_text="1209").click()
    page.click("[data-board-to=dirty]")
    page.locator("#board-results", has_text="1 room changed").wait_for()

    assert "1209" in page.locator("#board-results").text_content()
    assert room("1208").housekeeping == "dirty"


@pytest.mark.usefixtures("live")
def test_a_change_reaches_an_open_board_by_itself(page, sign_in, clerk):
    sign_in(clerk)
    page.goto("/hotel/rooms/")
    page.locator("#live-chip:not(.lost):visible").wait_for()
    page.evaluate("document.getElementById('room-{}').dataset.old = '1'".format(room("1207").pk))

    services.set_housekeeping(room_ids=[room("1208").pk], to="dirty", by=None, at=timezone.now())
    page.locator(f"#room-{room('1208').pk}.VD").wait_for()

    assert page.locator(f"#room-{room('1207').pk}[data-old]").count() == 1  # only what changed was sent again
    assert page.locator(".cnt[data-code=VD] b").text_content() == "1"


def test_a_held_room_waits_and_can_be_forced_with_a_reason(page, sign_in, clerk):
    zhou = StaffFactory(display_name="Zhou")
    held = locks.acquire(room_id=room("1208").pk, session_key="z", purpose="check-in", by=zhou, at=timezone.now())
    sign_in(clerk)
    page.goto(f"/hotel/rooms/{room('1208').pk}/form/")

    page.locator("[data-when=held]", has_text="Zhou").wait_for()
    assert page.locator("#room-form .btn-primary").is_disabled()
    page.click("[data-lock-force]")
    page.fill("[data-lock-reason] input", "guest waits")
    page.keyboard.press("Enter")
    page.locator("[data-when=mine]").wait_for()

    assert page.locator("#room-form .btn-primary").is_enabled()
    lock = OperationLock.objects.get()
    assert (lock.holder, lock.token) == (clerk, held.token + 1)


def test_a_late_save_is_shown_as_a_difference_and_nothing_typed_is_lost(page, sign_in, clerk):
    zhou, at = StaffFactory(display_name="Zhou"), timezone.now()
    sign_in(clerk)
    page.goto(f"/hotel/rooms/{room('1208').pk}/form/")
    page.locator("[data-when=mine]").wait_for()
    page.select_option("[name=housekeeping]", "cleaning")
    page.fill("#room-form [name=reason]", "half a sentence")

    locks.force(room_id=room("1208").pk, reason="guest waits", session_key="z", by=zhou, at=at)
    services.set_housekeeping(room_ids=[room("1208").pk], to="dirty", by=zhou, at=timezone.now())
    page.click("#room-form .btn-primary")
    page.locator("[data-when=lost]").wait_for()
    page.locator("[data-difference] tbody tr").first.wait_for()

    assert "Zhou" in page.locator("[data-message]").text_content()
    rows = page.locator("[data-difference] tbody tr").all_text_contents()
    assert any("dirty" in row and "cleaning" in row for row in rows)
    assert any("half a sentence" in row for row in rows)
    assert page.input_value("#room-form [name=reason]") == "half a sentence"
    assert room("1208").housekeeping == "dirty"


def test_leaving_the_page_frees_the_room(page, sign_in, clerk):
    sign_in(clerk)
    page.goto(f"/hotel/rooms/{room('1208').pk}/form/")
    page.locator("[data-when=mine]").wait_for()

    page.goto("/hotel/rooms/")

    deadline = time.monotonic() + 15  # the page says so on its way out; a lock would run out by itself much later
    while OperationLock.objects.filter(expires_at__gt=timezone.now()).exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
