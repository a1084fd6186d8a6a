"""A real browser on a real server."""

import datetime as dt
import os
import shutil
import threading
from pathlib import Path

import pytest

from tests.factories.hotel import TODAY, PropertyFactory, RoomFactory, RoomTypeFactory
from tests.factories.staff import StaffFactory

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                reason = "Chromium is not installed: apt-get install chromium fonts-noto-cjk"
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    # Playwright's loop lives in this thread; the ORM calls of the test do too, and are synchronous all the same.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Gate:
    """The live server's application; 503 from the end of a test's page until the tables are empty again.

    A page that goes away gives its room's lock back on its way: such a request would deadlock with the emptying.
    """

    application = None

    def __init__(self):
        self.is_open, self.running, self.changed = True, 0, threading.Condition()

    def __call__(self, environ, start_response):
        with self.changed:
            if not self.is_open:
                start_response("503 Service Unavailable", [("Content-Length", "0")])
                return []
            self.running += 1
        try:
            return self.application(environ, start_response)
        finally:
            with self.changed:
                self.running -= 1
                self.changed.notify_all()

    def close(self):
        with self.changed:
            self.is_open = False
            assert self.changed.wait_for(lambda: not self.running, timeout=60)


GATE = Gate()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown():
    try:
        return (yield)
    finally:
        GATE.is_open = True


@pytest.fixture(scope="session")
def gate(live_server):
    GATE.application = live_server.thread.httpd.get_app()
    live_server.thread.httpd.set_app(GATE)
    return GATE


@pytest.fixture
def page(browser, live_server, gate):
    """A fresh English page of 1440 × 900 that fails the test on any script error or policy violation."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en", base_url=live_server.url)
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda m: faults.append(m.text) if "Content Security Policy" in m.text else None)
    yield page
    context.close()
    gate.close()
    assert faults == []


@pytest.fixture
def sign_in(page):
    """``sign_in(staff)``: through the sign-in page, as a person does."""

    def sign_in(staff, password="correct horse battery"):
        staff.set_password(password)
        staff.save(update_fields=["password"])
        page.goto("/sign-in/")
        page.fill("input[name=username]", staff.username)
        page.fill("input[name=password]", password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/sign-in" not in url)
        return page

    return sign_in


@pytest.fixture
def house():
    """A floor of three vacant rooms of one type."""
    house = PropertyFactory(business_date=TODAY, check_in_time=dt.time(14), check_out_time=dt.time(12))
    kind = RoomTypeFactory(property=house, name="King")
    for number in ("1207", "1208", "1209"):
        RoomFactory(room_type=kind, number=number, floor="12")
    return house


@pytest.fixture
def clerk(house):
    return StaffFactory(display_name="Lin", is_superuser=True, branches=[house.branch], language="en")
