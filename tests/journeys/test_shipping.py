"""A warehouse clerk's day, hands on the keys."""

import pytest
from django.contrib.auth.models import Group

from oms.staff.roles import sync_roles
from orders.models import Order, Parcel
from tests.factories.dispatch import CourierFactory, accepted_document, shipped_document
from tests.factories.inventory import BinFactory
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db(transaction=True)

CHOSEN = """() => { const field = document.activeElement;
    return field.id == 's-tracking' && field.selectionStart == 0 && field.selectionEnd == 2 }"""


@pytest.fixture
def stock():
    return BinFactory(on_hand=100)


@pytest.fixture
def clerk(stock):
    sync_roles()
    staff = StaffFactory(branches=[stock.warehouse.branch], language="en")
    staff.groups.add(Group.objects.get(name="warehouse"))
    return staff


def test_the_clerk_ships_ten(page, sign_in, clerk, stock):
    courier = CourierFactory()
    used = shipped_document(stock, courier=courier).parcels.get().tracking_no
    documents = [accepted_document(stock, quantity=1) for _ in range(10)]
    sign_in(clerk)

    page.goto("/documents/")
    page.locator("th.chk input").check()
    page.get_by_role("button", name="Ship…").click()
    page.get_by_role("heading", name="Ship 10 documents").wait_for()
    page.locator("[data-enter=next]").first.focus()
    for nth in range(10):
        page.keyboard.type(used if nth == 4 else f"SF90000{nth}")
        page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.get_by_text("1 document was not shipped.").wait_for()

    assert page.get_by_text(f"Tracking number {used} is already used.").is_visible()
    field = page.locator("[data-enter=next]")
    assert (field.count(), field.input_value()) == (1, used)
    field.fill("SF9000044")
    page.keyboard.press("Control+Enter")
    page.get_by_text("1 document is shipped.").wait_for()

    assert Order.objects.filter(status="shipped").count() == 11
    assert Parcel.objects.get(tracking_no="SF9000044").document == documents[4]
    stock.refresh_from_db()
    assert (stock.on_hand, stock.reserved) == (88, 0)


def test_the_clerk_scans_one_after_the_other(page, sign_in, clerk, stock):
    CourierFactory()
    documents = [accepted_document(stock) for _ in range(2)]
    sign_in(clerk)

    page.goto("/documents/ship/")
    for nth, document in enumerate(documents):
        page.locator("#s-number:focus").wait_for()
        page.keyboard.type(document.number)
        page.keyboard.press("Enter")
        page.get_by_text("Now scan the parcel.").wait_for()
        page.locator("#s-tracking:focus").wait_for()
        page.keyboard.type("no")
        page.keyboard.press("Enter")
        page.get_by_text("NO is not a tracking number").wait_for()
        page.wait_for_function(CHOSEN)
        page.keyboard.type(f"SF8000{nth}")  # what was typed is chosen: the next scan replaces it
        page.keyboard.press("Enter")
        page.get_by_text(f"{document.number} is shipped.").wait_for()

    assert list(Parcel.objects.order_by("pk").values_list("document__number", "tracking_no")) == [
        (documents[0].number, "SF80000"),
        (documents[1].number, "SF80001"),
    ]


def test_the_scanning_desk_fits_a_phone(page, sign_in, clerk, stock):
    CourierFactory()
    document = accepted_document(stock)
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(clerk)

    page.goto(f"/documents/ship/?number={document.number}")
    page.get_by_text("Now scan the parcel.").wait_for()

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("#s-tracking").bounding_box()["height"] >= 44
    assert page.evaluate("document.activeElement.id") == "s-tracking"
