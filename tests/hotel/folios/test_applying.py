"""What a company's payment settles: oldest first or as chosen, never more than was paid or is owed."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from hotel.folios import ageing, services
from hotel.folios.applications import PaymentApplication
from hotel.folios.services import Posting, Tender
from hotel.models import DeskTrace
from oms.lib.books import breaches
from tests.concurrency import overlap
from tests.factories.folios import CompanyFactory
from tests.factories.hotel import AT, TODAY, FolioFactory


def money(text):
    return Decimal(text)


class Account:
    """A company's folio, its debts and payments in few words."""

    def __init__(self):
        self.company = CompanyFactory(credit_limit=10000)
        self.folio = services.company_folios(company_ids=[self.company.pk], by=None, at=AT)[self.company.pk]
        self.who = {"by": None, "at": AT}

    def owe(self, amount):
        return services.post(postings=[Posting(self.folio.pk, money(amount), text="Stay")], **self.who)[0]

    def pay(self, amount, **parts):
        wanted = {entry.pk: money(part) for entry, part in parts.get("parts", {}).items()}
        (paid,) = services.pay_company(
            folio_id=self.folio.pk, tenders=[Tender("transfer", money(amount))], parts=wanted, **self.who
        )
        return paid

    def apply(self, payment, parts):
        wanted = {entry.pk: money(part) for entry, part in parts.items()}
        services.apply_payments(folio_id=self.folio.pk, payment_ids=[payment.pk], parts=wanted, **self.who)

    def open(self):
        return [item.open for item in ageing.items_of(self.folio.pk) if item.entry.kind == "charge"]

    def left(self):
        return ageing.ages_of([self.folio.pk], TODAY)[self.folio.pk].credit


@pytest.fixture
def account(db):
    return Account()


def amounts(*texts):
    return [money(text) for text in texts]


def test_oldest_first_unless_chosen_and_the_rest_is_paid_ahead(account):
    _first, _second, third = (account.owe(amount) for amount in ("100.00", "200.00", "300.00"))

    account.pay("150.00")
    assert account.open() == amounts("0.00", "150.00", "300.00")
    account.pay("400.00", parts={third: "250.00"})

    assert (account.open(), account.left()) == (amounts("0.00", "150.00", "50.00"), money("150.00"))
    assert breaches() == []


def test_what_a_payment_settles_is_put_anew_in_parts(account):
    first, second = account.owe("100.00"), account.owe("200.00")
    paid = account.pay("150.00")

    account.apply(paid, {second: "120.00"})

    assert (account.open(), account.left()) == (amounts("100.00", "80.00"), money("30.00"))
    trace = DeskTrace.objects.get(action="folio.applied").data
    assert (trace["before"], trace["after"]) == (
        {f"#{first.pk}": "100.00", f"#{second.pk}": "50.00"},
        {f"#{second.pk}": "120.00"},
    )
    account.apply(paid, {})
    assert (account.open(), account.left()) == (amounts("100.00", "200.00"), money("150.00"))
    services.apply_oldest_first(folio_id=account.folio.pk, payment_ids=[paid.pk], **account.who)
    assert account.open() == amounts("0.00", "150.00")


def test_two_tenders_are_cut_to_the_debts(account):
    first, second = account.owe("100.00"), account.owe("200.00")
    tenders = [Tender("transfer", money("120.00")), Tender("cash", money("80.00"))]

    parts = {second.pk: money("150.00"), first.pk: money("50.00")}
    one, two = services.pay_company(folio_id=account.folio.pk, tenders=tenders, parts=parts, **account.who)

    rows = PaymentApplication.objects.order_by("payment_id", "item_id").values_list("payment", "item", "amount")
    assert list(rows) == [
        (one.pk, second.pk, money("120.00")),
        (two.pk, first.pk, money("50.00")),
        (two.pk, second.pk, money("30.00")),
    ]


def test_reversing_a_payment_frees_what_it_paid_and_a_debt_what_paid_it(account):
    first, _second = account.owe("100.00"), account.owe("200.00")
    paid = account.pay("150.00")

    services.reverse(entry_ids=[first.pk], reason="wrong", **account.who)
    assert (account.open(), account.left()) == (amounts("0.00", "150.00", "0.00"), money("100.00"))
    services.reverse(entry_ids=[paid.pk], reason="bounced", **account.who)

    assert (account.open(), account.left()) == (amounts("0.00", "200.00", "0.00"), 0)
    assert breaches() == []


def test_a_debt_moved_away_settles_itself_and_frees_what_paid_it(account):
    first, _second = account.owe("100.00"), account.owe("200.00")
    account.pay("150.00")
    guest = FolioFactory(property=account.company.property)

    moved = services.transfer(entry_ids=[first.pk], to_folio_id=guest.pk, reason="private", **account.who)
    assert (account.open(), account.left()) == (amounts("0.00", "150.00"), money("100.00"))
    services.reverse(entry_ids=[moved[0].pk], reason="no", **account.who)

    assert account.open() == amounts("100.00", "150.00")
    assert breaches() == []


@pytest.mark.parametrize(
    ("first", "second", "refusal"),
    [
        ("100.01", None, services.AppliedTooMuch),
        ("80.00", "80.00", services.AppliedTooMuch),
        ("0.00", None, services.BadAmount),
        ("-1.00", None, services.BadAmount),
        ("0.001", None, services.BadAmount),
    ],
)
def test_never_more_than_was_paid_or_is_open(account, first, second, refusal):
    one, two = account.owe("100.00"), account.owe("200.00")
    paid = account.pay("150.00")

    with pytest.raises(refusal):
        account.apply(paid, {one: first} | ({two: second} if second else {}))

    assert account.open() == amounts("0.00", "150.00")


def test_a_payment_of_another_company_or_a_debt_is_no_payment(account):
    debt = account.owe("100.00")
    other = Account()
    other.owe("10.00")
    foreign = other.pay("10.00")

    for wrong in (debt, foreign):
        with pytest.raises(services.NothingTicked):
            account.apply(wrong, {debt: "1.00"})


def test_the_table_itself_refuses(account):
    debt, more = account.owe("100.00"), account.owe("10.00")
    paid = account.pay("60.00")
    stranger = Account().owe("5.00")
    cases = [(paid, more, "0.01"), (debt, more, "1.00"), (paid, stranger, "1.00")]

    for payment, item, amount in cases:
        with pytest.raises(IntegrityError), transaction.atomic():
            PaymentApplication.objects.create(payment=payment, item=item, amount=money(amount), applied_at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentApplication.objects.update(amount=money("60.01"))
    assert account.open() == amounts("40.00", "10.00")


@pytest.mark.django_db(transaction=True)
def test_two_people_who_settle_one_debt_never_settle_it_twice():
    account = Account()
    debt = account.owe("100.00")
    one, two = account.pay("100.00", parts={debt: "1.00"}), account.pay("100.00", parts={debt: "1.00"})

    refusal = overlap(lambda: account.apply(one, {debt: "99.00"}), lambda: account.apply(two, {debt: "99.00"}))

    assert isinstance(refusal, services.AppliedTooMuch)
    assert account.open() == amounts("0.00")
