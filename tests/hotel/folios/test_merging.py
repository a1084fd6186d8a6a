from decimal import Decimal

import pytest

from hotel.folios import queries, services
from hotel.folios.services import Posting, Tender
from tests.factories.hotel import AT, FolioFactory

REASON = "pays for both"


def money(*values):
    return [Decimal(value) for value in values]


def charge(folio, clerk, amount):
    return services.post(postings=[Posting(folio.pk, Decimal(amount), text="Tea")], by=clerk, at=AT)[0]


def standing(folio):
    return queries.balances([folio.pk])[folio.pk], queries.deposits([folio.pk])[folio.pk]


def test_merging_moves_charges_payments_and_deposits(folio, clerk):
    other = FolioFactory(property=folio.property)
    gone, *_rest = [charge(folio, clerk, amount) for amount in ("10.00", "20.00", "30.00")]
    services.transfer(entry_ids=[gone.pk], to_folio_id=other.pk, reason=REASON, by=clerk, at=AT)
    services.settle(folio_id=folio.pk, tenders=[Tender("wechat", Decimal("5.00"))], by=clerk, at=AT)
    services.take_deposit(folio_id=folio.pk, tenders=[Tender("cash", Decimal("100.00"))], by=clerk, at=AT)
    services.pay_out(folio_id=folio.pk, amount=Decimal("7.00"), text="Taxi", by=clerk, at=AT)

    services.merge(from_folio_id=folio.pk, to_folio_id=other.pk, reason=REASON, by=clerk, at=AT)

    assert standing(folio) == (0, 0)
    assert standing(other) == (Decimal("62.00"), Decimal("100.00"))
    assert queries.paid_by_tender([other.pk])[other.pk] == {"wechat": Decimal("5.00")}
    assert queries.deposits_by_tender([other.pk])[other.pk] == {"cash": Decimal("100.00")}
    with pytest.raises(services.NothingToTransfer):
        services.merge(from_folio_id=other.pk, to_folio_id=other.pk, reason=REASON, by=clerk, at=AT)


def test_a_charge_that_was_moved_is_not_reversed_at_home(folio, clerk):
    other = FolioFactory(property=folio.property)
    entry = charge(folio, clerk, "10.00")
    services.transfer(entry_ids=[entry.pk], to_folio_id=other.pk, reason=REASON, by=clerk, at=AT)

    with pytest.raises(services.MovedAway):
        services.reverse(entry_ids=[entry.pk], reason=REASON, by=clerk, at=AT)
    assert (standing(folio)[0], standing(other)[0]) == (0, Decimal("10.00"))


def test_money_stays_in_its_hotel(folio, clerk):
    elsewhere = FolioFactory()
    entry = charge(folio, clerk, "10.00")

    with pytest.raises(services.OtherHouse):
        services.transfer(entry_ids=[entry.pk], to_folio_id=elsewhere.pk, reason=REASON, by=clerk, at=AT)


@pytest.mark.parametrize(
    ("amount", "how", "parts"),
    [
        ("100.00", {"parts": 3}, ["33.34", "33.33", "33.33"]),
        ("0.05", {"parts": 2}, ["0.03", "0.02"]),
        ("100.00", {"percents": money(50, 30)}, ["50.00", "30.00", "20.00"]),
        ("10.01", {"percents": money(50, 50)}, ["5.01", "5.00"]),
        ("-9.99", {"percents": money("33.33")}, ["-3.33", "-6.66"]),
        ("100.00", {"amounts": money(60)}, ["60", "40.00"]),
        ("100.00", {"amounts": money(60, 40)}, ["60", "40"]),
    ],
)
def test_shares_add_up(amount, how, parts):
    found = services.shares(Decimal(amount), **how)

    assert found == money(*parts)
    assert sum(found) == Decimal(amount)


@pytest.mark.parametrize(
    "how",
    [
        {"parts": 1},
        {"parts": 61},
        {"percents": money(70, 40)},
        {"percents": money(100)},
        {"amounts": money(120)},
        {"amounts": money(-5)},
        {"amounts": money(100)},
        {},
    ],
)
def test_shares_that_make_no_sense_are_refused(how):
    with pytest.raises(services.PartsDiffer):
        services.shares(Decimal("100.00"), **how)
