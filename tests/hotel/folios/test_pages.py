"""Pages of the till: who may see and do what, what a refusal leaves, how many questions a list asks."""

from decimal import Decimal

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.urls import reverse

from hotel.folios import queries, services
from hotel.folios.services import Posting, Tender
from hotel.models import BillPrint, Company, Folio, FolioEntry, InvoiceRequest, Shift
from oms.staff.roles import sync_roles
from tests.factories.folios import ChargeCodeFactory, CompanyFactory, ShiftFactory
from tests.factories.hotel import AT, FolioFactory, GuestFactory, RoomFactory, StayFactory
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(folio):
    def make(*roles, **fields):
        sync_roles()
        staff = StaffFactory(branches=[folio.property.branch], language="en", **fields)
        staff.groups.set(Group.objects.filter(name__in=roles))
        return staff

    return make


@pytest.fixture
def cashier(client, folio, person):
    staff = person("cashier")
    ShiftFactory(property=folio.property, staff=staff)
    client.force_login(staff)
    return staff


def charge(folio, *amounts):
    postings = [Posting(folio.pk, Decimal(amount), department="shop", text="Tea") for amount in amounts]
    return services.post(postings=postings, by=None, at=AT)


def do(client, folio, name, **data):
    return client.post(reverse("folios:command", args=[folio.number, name]), data)


def balance(folio):
    return queries.balances([folio.pk])[folio.pk]


def pages(folio):
    return [
        reverse("folios:list"),
        reverse("folios:folio", args=[folio.number]),
        reverse("folios:bill", args=[folio.number]),
        reverse("folios:history", args=[folio.number]),
        reverse("folios:sell"),
        reverse("folios:shift"),
        reverse("folios:companies"),
        reverse("folios:invoices"),
    ]


def test_every_page_answers(client, folio, cashier):
    charge(folio, "10.00")
    for url in pages(folio):
        assert client.get(url).status_code == 200, url


def test_other_houses_folios_are_not_found(client, folio, cashier):
    elsewhere = FolioFactory()
    for name in ("folio", "bill", "history"):
        assert client.get(reverse(f"folios:{name}", args=[elsewhere.number])).status_code == 404
    assert do(client, elsewhere, "post", code="", text="Tea", amount="1.00").status_code == 404
    company = CompanyFactory()
    assert client.get(reverse("folios:company", args=[company.pk])).status_code == 404


def test_housekeeping_sees_no_money(client, folio, person):
    client.force_login(person("housekeeping"))
    for url in pages(folio):
        assert client.get(url).status_code == 403, url
    assert do(client, folio, "post", text="Tea", amount="1.00").status_code == 403


def test_the_front_desk_reverses_nothing(client, folio, person):
    clerk = person("front_desk")
    ShiftFactory(property=folio.property, staff=clerk)
    client.force_login(clerk)
    (entry,) = charge(folio, "10.00")

    assert do(client, folio, "reverse", ids=entry.pk, **{"reverse-reason": "twice"}).status_code == 403
    assert balance(folio) == Decimal("10.00")


def test_a_code_is_posted_with_its_price(client, folio, cashier):
    ChargeCodeFactory(property=folio.property, code="COLA", name="可乐", price="6.00", department="minibar")

    answer = do(client, folio, "post", code="cola", quantity="3")

    assert answer.status_code == 302
    entry = FolioEntry.objects.get()
    assert (entry.amount, entry.text, entry.quantity, entry.shift.staff) == (18, "可乐", 3, cashier)


def test_what_is_refused_stays_typed(client, folio, cashier):
    answer = do(client, folio, "post", code="nothing", text="Tea", amount="5.00")

    assert answer.status_code == 422
    text = answer.content.decode()
    assert "No charge code fits nothing." in text
    assert 'value="5.00"' in text
    assert FolioEntry.objects.count() == 0


def test_three_tenders_settle_and_close(client, folio, cashier):
    charge(folio, "100.00")
    rows = {"kind": ["cash", "card", "wechat"], "amount": ["20.00", "30", "50.00"], "detail": ["", "771", ""]}

    assert do(client, folio, "settle", close="on", **rows).status_code == 302

    folio.refresh_from_db()
    assert folio.closed_at is not None
    assert FolioEntry.objects.filter(kind="payment").count() == 3


def test_a_settlement_that_cannot_close_takes_no_money(client, folio, cashier):
    charge(folio, "100.00")

    answer = do(client, folio, "settle", close="on", kind="cash", amount="99.00", detail="")

    assert "has a balance of 1.00" in answer.content.decode()
    assert balance(folio) == Decimal("100.00")


def test_beyond_the_limit_the_page_asks_for_approval(client, folio, cashier):
    (entry,) = charge(folio, "2000.00")

    answer = do(client, folio, "reverse", ids=entry.pk, **{"reverse-reason": "twice"})

    text = answer.content.decode()
    assert 'id="approval"' in text
    assert f'value="{entry.pk}" form="bulk" data-amount="2000.00" checked' in text
    assert balance(folio) == Decimal("2000.00")


def test_a_charge_moves_to_a_room_by_its_number(client, folio, cashier):
    (entry,) = charge(folio, "10.00")
    room = RoomFactory(room_type__property=folio.property)
    guest = GuestFactory(branch=folio.property.branch)
    stay = StayFactory(room_type=room.room_type, room=room, guest=guest, status="in_house", checked_in_at=AT)
    theirs = services.open_folios(stay_ids=[stay.pk], by=None, at=AT)[stay.pk]

    do(client, folio, "move", ids=entry.pk, **{"move-to": room.number, "move-reason": "theirs"})

    assert (balance(folio), balance(theirs)) == (0, Decimal("10.00"))


def test_a_line_is_split_by_per_cent(client, folio, cashier):
    entry, other = charge(folio, "10.00", "1.00")
    how = {"split-how": "percents", "split-values": "33.33", "split-reason": "two payers"}

    do(client, folio, "split", ids=entry.pk, **how)
    standing = FolioEntry.objects.filter(folio=folio, reverses=None, reversed_by=None).order_by("pk")

    assert [entry.amount for entry in standing] == [Decimal("1.00"), Decimal("3.33"), Decimal("6.67")]
    answer = do(client, folio, "split", ids=[entry.pk, other.pk], **how)
    assert "Tick one line" in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("deposit", {"kind": "cash", "amount": "100.00", "detail": ""}),
        ("hold", {"hold-amount": "100.00", "hold-reference": "slip"}),
        ("pay-out", {"pay-out-amount": "10.00", "pay-out-text": "Taxi"}),
        ("write-off", {"write-off-amount": "5.00", "write-off-reason": "goodwill"}),
    ],
)
def test_other_commands_work_from_their_dialogs(client, folio, cashier, name, data):
    charge(folio, "50.00")

    assert do(client, folio, name, **data).status_code == 302


def test_a_bill_is_an_original_once(client, folio, cashier):
    charge(folio, "50.00")
    url = reverse("folios:bill-print", args=[folio.number])

    first, second = (client.post(url, {"style": "detail", "lang": "en"}).content.decode() for _ in range(2))

    assert "Reprint" not in first
    assert "Reprint 2" in second
    assert BillPrint.objects.count() == 2


@pytest.mark.parametrize(
    "query", ["style=detail&by=day", "style=summary&by=day&paper=80", "style=detail&lang=zh", "style=x"]
)
def test_bills_add_up_in_every_style(client, folio, cashier, query):
    entry, _other = charge(folio, "50.00", "7.50")
    services.reverse(entry_ids=[entry.pk], reason="twice", by=None, at=AT)
    services.settle(folio_id=folio.pk, tenders=[Tender("cash", Decimal("5.00"))], by=None, at=AT)

    text = client.get(f"{reverse('folios:bill', args=[folio.number])}?{query}").content.decode()

    assert "7.50" in text
    assert "2.50" in text


def test_a_passer_by_buys_two_things(client, folio, cashier):
    ChargeCodeFactory(property=folio.property, code="COLA", price="6.00")
    data = {"line0-code": "COLA", "line0-quantity": "2", "line1-text": "Map", "line1-amount": "5.00"}

    answer = client.post(reverse("folios:sell"), {**data, "kind": "cash", "amount": "17.00", "detail": ""})

    assert answer.status_code == 302
    sold = Folio.objects.exclude(pk=folio.pk).get()
    assert (sold.closed_at is not None, balance(sold)) == (True, 0)


def test_the_till_is_counted_blind_and_handed_over(client, folio, cashier, person):
    services.take_deposit(folio_id=folio.pk, tenders=[Tender("cash", Decimal("77.77"))], by=cashier, at=AT)
    mine = Shift.objects.get(staff=cashier)
    person("cashier", username="mei", approval_pin=make_password("4711"))

    for url in (reverse("folios:shift"), reverse("folios:shift-summary", args=[mine.pk])):
        assert "77.77" not in client.get(url).content.decode()
    client.post(reverse("folios:shift-count", args=[mine.pk]), {"cash": "70.00"})
    assert "77.77" in client.get(reverse("folios:shift")).content.decode()
    hand_over = reverse("folios:shift-hand-over", args=[mine.pk])
    assert client.post(hand_over, {"username": "mei", "secret": "0000"}).status_code == 422
    assert client.post(hand_over, {"username": "mei", "secret": "4711", "opening_cash": "70.00"}).status_code == 302

    mine.refresh_from_db()
    assert mine.handed_to.username == "mei"
    assert Shift.objects.get(staff__username="mei").opening_cash == Decimal("70.00")
    assert "-7.77" in client.get(reverse("folios:shift-summary", args=[mine.pk])).content.decode()


def test_nobody_counts_somebody_elses_till(client, folio, cashier):
    other = ShiftFactory(property=folio.property)

    assert client.post(reverse("folios:shift-count", args=[other.pk]), {"cash": "1"}).status_code == 404


def test_a_companys_limit_and_statement(client, folio, cashier):
    company = CompanyFactory(property=folio.property)
    charge(folio, "60.00")
    pay = [Tender("company", Decimal("60.00"), company_id=company.pk)]
    services.settle(folio_id=folio.pk, tenders=pay, by=None, at=AT)

    assert "60.00" in client.get(reverse("folios:company", args=[company.pk])).content.decode()
    client.post(reverse("folios:company-limit", args=[company.pk]), {"credit_limit": "50.00", "is_active": "on"})

    assert Company.objects.get().credit_limit == Decimal("50.00")
    account = Folio.objects.get(company=company)
    assert do(client, account, "settle", kind="transfer", amount="60.00", detail="B1").status_code == 302
    assert balance(account) == 0


def test_an_invoice_gets_its_number(client, folio, cashier):
    charge(folio, "60.00")
    services.settle(folio_id=folio.pk, tenders=[Tender("cash", Decimal("60.00"))], by=None, at=AT)

    do(client, folio, "invoice", **{"invoice-title": "Acme", "invoice-amount": "60.00"})
    asked = InvoiceRequest.objects.get()
    client.post(reverse("folios:invoice-issue", args=[asked.pk]), {"invoice_no": "0042"})

    asked.refresh_from_db()
    assert asked.invoice_no == "0042"
    assert "0042" in client.get(reverse("folios:invoices") + "?show=issued").content.decode()


def questions(client, url, django_assert_max_num_queries):
    with django_assert_max_num_queries(60) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


@pytest.mark.parametrize("name", ["list", "shift", "companies", "invoices", "folio", "bill", "history"])
def test_thirty_rows_ask_as_much_as_one(client, folio, cashier, django_assert_max_num_queries, name):
    url = reverse(f"folios:{name}", args=[folio.number] if name in {"folio", "bill", "history"} else [])

    def fill(count):
        for n in range(count):
            charge(folio, "1.00")
            services.settle(folio_id=folio.pk, tenders=[Tender("cash", Decimal("1.00"))], by=None, at=AT)
            services.request_invoice(folio_id=folio.pk, title=f"T{n}", amount=Decimal("1.00"), by=cashier, at=AT)
            stay = StayFactory(room_type__property=folio.property)
            mine = services.open_folios(stay_ids=[stay.pk], by=None, at=AT)[stay.pk]
            charge(mine, "5.00")
            company = CompanyFactory(property=folio.property)
            pay = [Tender("company", Decimal("1.00"), company_id=company.pk)]
            services.settle(folio_id=mine.pk, tenders=pay, by=None, at=AT)
            ShiftFactory(property=folio.property)

    fill(1)
    client.get(url)  # what is remembered for a while is remembered now
    one = questions(client, url, django_assert_max_num_queries)
    fill(29)

    assert questions(client, url, django_assert_max_num_queries) == one <= 26


def test_a_folio_of_three_hundred_entries_asks_as_much_as_one_of_one(
    client, folio, cashier, django_assert_max_num_queries
):
    url = reverse("folios:folio", args=[folio.number])
    charge(folio, "1.00")
    client.get(url)
    one = questions(client, url, django_assert_max_num_queries)

    charge(folio, *["1.00"] * 299)

    assert questions(client, url, django_assert_max_num_queries) == one <= 26


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("settle", {"kind": "cash", "amount": "1e999999999", "detail": ""}),
        ("settle", {"kind": "card", "amount": "1.00", "detail": "\0" * 90}),
        ("split", {"split-how": "parts", "split-values": "1e999999999", "split-reason": "x", "ids": "1"}),
        ("split", {"split-how": "parts", "split-values": "2", "split-reason": "x", "ids": ["²", "9" * 30]}),
        ("write-off", {"write-off-amount": "1", "write-off-reason": "x", "approval": "²"}),
        ("deposit", {}),
        ("deposit", {"kind": "cash", "amount": "0", "detail": ""}),
    ],
)
def test_nonsense_is_refused_and_nothing_is_written(client, cashier, folio, name, typed):
    charge(folio, "0.50")
    before = list(FolioEntry.objects.values_list("pk", flat=True))

    answer = do(client, folio, name, **typed)

    if name == "settle" and typed["amount"] == "1.00":  # only the slip was nonsense
        assert FolioEntry.objects.get(tender="card").reference == ""
        return
    assert (answer.status_code in (200, 422), b'role="alert"' in answer.content) == (True, True)
    assert list(FolioEntry.objects.values_list("pk", flat=True)) == before


def test_the_price_of_a_part_of_a_piece_is_rounded(client, cashier, folio):
    ChargeCodeFactory(property=folio.property, code="WINE", price=Decimal("15.55"))
    do(client, folio, "post", code="WINE", quantity="0.33")

    assert balance(folio) == Decimal("5.13")


def test_a_sale_that_is_refused_keeps_the_name(client, cashier, folio):
    typed = {"title": "Walk-in Wang", "line0-text": "Map", "line0-amount": "-900", "line0-quantity": "1"}
    page = client.post(reverse("folios:sell"), typed).content.decode()

    assert 'value="Walk-in Wang"' in page
    assert 'id="approval"' in page


def test_nothing_typed_is_nothing_paid(client, cashier, folio):
    company = CompanyFactory(property=folio.property)
    charge(folio, "5.00")

    assert "how much" in do(client, folio, "settle").content.decode()
    page = client.post(reverse("folios:company-pay", args=[company.pk])).content.decode()
    assert "Choose how it is paid, and how much." in page
