from decimal import Decimal

import pytest

from hotel.folios import queries, services
from hotel.folios.services import Posting, Tender
from hotel.models import Company, DeskTrace, Folio, FolioEntry
from tests.concurrency import overlap
from tests.factories.folios import CompanyFactory, ShiftFactory
from tests.factories.hotel import AT, FolioFactory
from tests.factories.staff import StaffFactory


def money(text):
    return Decimal(text)


def charge(folio, clerk, amount):
    posting = Posting(folio.pk, money(amount), department="minibar", text="Cola")
    return services.post(postings=[posting], by=clerk, at=AT)[0]


def tenders(*pairs, **whose):
    return [Tender(kind, money(amount), **whose) for kind, amount in pairs]


def settle(folio, clerk, *pairs, deposit=None):
    return services.settle(folio_id=folio.pk, tenders=tenders(*pairs), by=clerk, at=AT, deposit=deposit)


def deposit(folio, clerk, *pairs):
    return services.take_deposit(folio_id=folio.pk, tenders=tenders(*pairs), by=clerk, at=AT)


def standing(folio):
    return queries.balances([folio.pk])[folio.pk], queries.deposits([folio.pk])[folio.pk]


def lines(entries):
    return [(entry.ledger, entry.kind, entry.tender, entry.amount) for entry in entries]


def test_a_deposit_is_a_liability_and_not_a_payment(folio, clerk):
    charge(folio, clerk, "100.00")

    entries = deposit(folio, clerk, ("wechat", "300.00"), ("cash", "200.00"))

    assert lines(entries) == [
        ("deposit", "deposit", "wechat", money("-300.00")),
        ("deposit", "deposit", "cash", money("-200.00")),
    ]
    assert standing(folio) == (money("100.00"), money("500.00"))


def test_settling_applies_the_deposit_and_gives_the_rest_back_by_its_own_tender(folio, clerk):
    charge(folio, clerk, "46.80")
    deposit(folio, clerk, ("wechat", "600.00"))

    entries = settle(folio, clerk, ("wechat", "-553.20"))

    assert lines(entries) == [
        ("deposit", "deposit_applied", "wechat", money("46.80")),
        ("guest", "deposit_applied", "wechat", money("-46.80")),
        ("deposit", "deposit_refund", "wechat", money("553.20")),
    ]
    assert standing(folio) == (0, 0)


def test_several_tenders_pay_what_the_deposit_leaves(folio, clerk):
    charge(folio, clerk, "1000.00")
    deposit(folio, clerk, ("card", "400.00"))

    settle(folio, clerk, ("cash", "100.00"), ("wechat", "200.00"), ("alipay", "300.00"))

    assert standing(folio) == (0, 0)
    trace = DeskTrace.objects.get(action="folio.settled")
    assert trace.data == {"amount": "-600.00", "entries": 5}


def test_a_part_may_be_paid_and_the_deposit_kept(folio, clerk):
    charge(folio, clerk, "1000.00")
    deposit(folio, clerk, ("card", "400.00"))

    settle(folio, clerk, ("cash", "100.00"), deposit=Decimal(0))

    assert standing(folio) == (money("900.00"), money("400.00"))


def test_nothing_goes_back_that_did_not_come_in_by_that_tender(folio, clerk):
    charge(folio, clerk, "50.00")
    settle(folio, clerk, ("cash", "30.00"), ("card", "70.00"))
    before = FolioEntry.objects.count()

    for pair in (("wechat", "-50.00"), ("cash", "-30.01")):
        with pytest.raises(services.RefundAbovePaid):
            settle(folio, clerk, pair)
    with pytest.raises(services.NoCredit, match=r"credit of 50\.00; 50\.01"):
        settle(folio, clerk, ("card", "-50.01"))
    assert FolioEntry.objects.count() == before

    settle(folio, clerk, ("cash", "-30.00"), ("card", "-20.00"))
    assert standing(folio) == (0, 0)


def test_a_deposit_goes_back_by_its_tender_only(folio, clerk):
    deposit(folio, clerk, ("cash", "200.00"))

    def refund(kind, amount):
        services.refund_deposit(folio_id=folio.pk, tenders=tenders((kind, amount)), by=clerk, at=AT)

    with pytest.raises(services.RefundAbovePaid, match=r"Only 200\.00 was paid by Cash"):
        refund("cash", "200.01")
    with pytest.raises(services.RefundAbovePaid):
        refund("wechat", "1.00")
    refund("cash", "200.00")
    assert standing(folio) == (0, 0)


def test_an_applied_deposit_may_go_back_once_the_charge_is_undone(folio, clerk):
    entry = charge(folio, clerk, "80.00")
    deposit(folio, clerk, ("wechat", "80.00"))
    settle(folio, clerk)

    services.reverse(entry_ids=[entry.pk], reason="wrong room", by=clerk, at=AT)
    settle(folio, clerk, ("wechat", "-80.00"))

    assert standing(folio) == (0, 0)


def test_reversing_an_applied_deposit_puts_both_halves_back(folio, clerk):
    charge(folio, clerk, "80.00")
    deposit(folio, clerk, ("wechat", "80.00"))
    _out, into = settle(folio, clerk)

    services.reverse(entry_ids=[into.pk], reason="too early", by=clerk, at=AT)

    assert standing(folio) == (money("80.00"), money("80.00"))


@pytest.mark.parametrize("amount", ["0.00", "0.005", "10000000.00"])
def test_amounts_must_make_sense(folio, clerk, amount):
    for command in (settle, deposit):
        with pytest.raises(services.BadAmount):
            command(folio, clerk, ("cash", amount))


def test_a_company_account_moves_what_is_owed_to_the_company(folio, clerk):
    company = CompanyFactory(property=folio.property, credit_limit=100)
    charge(folio, clerk, "60.00")
    account = [Tender("company", money("60.00"), company_id=company.pk)]

    services.settle(folio_id=folio.pk, tenders=account, by=clerk, at=AT)

    owed = Folio.objects.get(company=company)
    paid, owes = FolioEntry.objects.exclude(transfer_id=None).order_by("pk")
    assert lines([paid, owes]) == [
        ("guest", "payment", "company", money("-60.00")),
        ("company", "transfer", "company", money("60.00")),
    ]
    assert paid.transfer_id == owes.transfer_id == paid.pk
    assert (standing(folio)[0], standing(owed)[0]) == (0, money("60.00"))
    with pytest.raises(services.CreditExceeded, match=r"owes 60\.00 of at most 100\.00; 60\.00 more"):
        services.settle(folio_id=folio.pk, tenders=account, by=clerk, at=AT)
    Company.objects.update(is_active=False)
    with pytest.raises(services.CompanyClosed):
        services.settle(folio_id=folio.pk, tenders=account, by=clerk, at=AT)


def test_two_tenders_on_one_company_account_share_its_limit(folio, clerk):
    company = CompanyFactory(property=folio.property, credit_limit=100)
    charge(folio, clerk, "120.00")
    account = [Tender("company", money("60.00"), company_id=company.pk)] * 2

    with pytest.raises(services.CreditExceeded):
        services.settle(folio_id=folio.pk, tenders=account, by=clerk, at=AT)
    assert standing(folio) == (money("120.00"), 0)


def test_reversing_a_payment_on_account_frees_the_company(folio, clerk):
    company = CompanyFactory(property=folio.property)
    charge(folio, clerk, "60.00")
    account = [Tender("company", money("60.00"), company_id=company.pk)]
    (paid,) = services.settle(folio_id=folio.pk, tenders=account, by=clerk, at=AT)

    services.reverse(entry_ids=[paid.pk], reason="pays cash", by=clerk, at=AT)

    assert (standing(folio)[0], standing(Folio.objects.get(company=company))[0]) == (money("60.00"), 0)


def test_stored_value_says_whose(folio, clerk):
    for kind in ("stored_value", "points", "company", "shells"):
        with pytest.raises(services.TenderIncomplete):
            settle(folio, clerk, (kind, "5.00"))
    for kind in ("points", "company"):
        with pytest.raises(services.NotRefundable):
            deposit(folio, clerk, (kind, "5.00"))


@pytest.mark.django_db(transaction=True)
def test_two_cashiers_settle_one_folio_and_one_wins():
    folio, first, second = FolioFactory(), StaffFactory(), StaffFactory()
    for clerk in (first, second):
        ShiftFactory(property=folio.property, staff=clerk)
    charge(folio, first, "30.00")

    def settle_and_close(clerk):
        settle(folio, clerk, ("cash", "30.00"))
        services.close_folios(folio_ids=[folio.pk], by=clerk, at=AT)

    refusal = overlap(lambda: settle_and_close(first), lambda: settle_and_close(second))

    assert isinstance(refusal, services.FolioClosed)
    assert standing(folio) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_companys_limit_holds_when_two_use_it_at_once():
    company = CompanyFactory(credit_limit=100)
    folios = [FolioFactory(property=company.property) for _ in range(2)]
    services.company_folios(company_ids=[company.pk], by=None, at=AT)
    account = [Tender("company", money("60.00"), company_id=company.pk)]
    first, second = (
        lambda folio=folio: services.settle(folio_id=folio.pk, tenders=account, by=None, at=AT) for folio in folios
    )

    assert isinstance(overlap(first, second), services.CreditExceeded)
    assert standing(Folio.objects.get(company=company))[0] == money("60.00")
