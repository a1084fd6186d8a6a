"""The cashier: a bill is split between two payers, and one pays with three tenders."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group

from hotel.folios import queries, services
from hotel.folios.invariants import INVARIANTS
from hotel.folios.services import Posting
from hotel.models import Folio, FolioEntry
from oms.lib.books import breaches
from oms.staff.roles import sync_roles
from tests.factories.folios import ChargeCodeFactory, ShiftFactory
from tests.factories.hotel import AT, GuestFactory, RoomFactory, StayFactory
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stay():
    room = RoomFactory()
    guest = GuestFactory(branch=room.property.branch, name="张慕云")
    return StayFactory(
        room_type=room.room_type, room=room, guest=guest, guest_name=guest.name, status="in_house", checked_in_at=AT
    )


@pytest.fixture
def cashier(stay):
    sync_roles()
    staff = StaffFactory(branches=[stay.property.branch], language="en")
    staff.groups.set(Group.objects.filter(name="cashier"))
    ShiftFactory(property=stay.property, staff=staff)
    return staff


class Hands:
    """Counts what a person does: one for a key or a click, one for a field filled."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def press(self, key):
        self.count += 1
        self.page.keyboard.press(key)

    def type(self, text):
        self.count += 1
        self.page.keyboard.type(text)

    def click(self, selector):
        self.count += 1
        self.page.click(selector)

    def fill(self, selector, text):
        self.count += 1
        self.page.fill(selector, text)


def post_by_code(hands, page, first):
    page.goto(f"/hotel/folios/{first.number}/")
    hands.press("p")  # a cola, by code: the price is the code's
    hands.type("cola")
    hands.press("Enter")
    page.wait_for_selector("text=可乐")
    assert hands.count == 3


def split_and_move(hands, page, dinner, second):
    hands.count = 0
    hands.click(f"input[name=ids][value='{dinner.pk}']")
    page.keyboard.press("Escape")
    hands.press("s")
    page.select_option("#id_split-how", "amounts")
    hands.count += 1
    hands.fill("#id_split-values", "200")
    hands.fill("#id_split-reason", "the company pays the guests' dinner")
    hands.press("Control+Enter")
    page.wait_for_selector("tr:has-text('200.00')")
    part = FolioEntry.objects.get(amount=Decimal("200.00"), kind="charge")
    hands.click(f"input[name=ids][value='{part.pk}']")
    hands.press("m")
    hands.fill("#id_move-to", second.number)
    hands.fill("#id_move-reason", "the company pays")
    hands.press("Control+Enter")
    page.wait_for_selector(".o-tabs em:has-text('200.00')")
    assert hands.count <= 11


def pay_with_three(hands, page):
    hands.count = 0
    hands.press("1")  # cash: 50 of what is left
    hands.type("50")
    hands.press("Escape")
    hands.press("3")  # WeChat: 30
    hands.type("30")
    hands.press("Escape")
    hands.press("2")  # the card takes the rest, which is filled in
    assert page.inner_text("[data-rest]") == "0.00"
    hands.press("Control+Enter")
    page.wait_for_selector("tfoot:has-text('settled')")
    assert hands.count == 8


def test_split_and_pay_with_three_tenders(page, sign_in, stay, cashier):
    ChargeCodeFactory(property=stay.property, code="COLA", name="可乐", price="6.00", department="minibar")
    first = services.open_folios(stay_ids=[stay.pk], by=None, at=AT)[stay.pk]
    second = services.open_folio(
        property_id=stay.property_id, kind="stay", stay_id=stay.pk, title="Company", by=None, at=AT
    )
    (dinner,) = services.post(
        postings=[Posting(first.pk, Decimal("300.00"), department="food", text="Dinner")], by=None, at=AT
    )
    sign_in(cashier)
    hands = Hands(page)

    post_by_code(hands, page, first)
    split_and_move(hands, page, dinner, second)
    pay_with_three(hands, page)

    assert queries.balances([first.pk, second.pk]) == {first.pk: 0, second.pk: Decimal("200.00")}
    paid = FolioEntry.objects.filter(kind="payment").order_by("pk").values_list("tender", "amount")
    assert list(paid) == [("cash", Decimal("-50.00")), ("wechat", Decimal("-30.00")), ("card", Decimal("-26.00"))]
    assert Folio.objects.filter(closed_at=None).count() == 2
    mine = {invariant.name for invariant in INVARIANTS}  # a stay made by a factory has no nights
    assert [line for line in breaches() if line.split(":")[0] in mine] == []
