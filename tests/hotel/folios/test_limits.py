from decimal import Decimal

import pytest
from django.contrib.auth.models import Group

from hotel.folios import queries, services
from hotel.folios.services import Posting, Tender
from hotel.folios.services.limits import facts_of
from hotel.models import FolioEntry
from oms.approvals import services as approvals
from oms.approvals.limits import BeyondLimit
from tests.factories.folios import ShiftFactory
from tests.factories.hotel import AT
from tests.factories.staff import StaffFactory


@pytest.fixture
def cashier(folio):
    """Alone: 1000.00 of reversals, 500.00 of refunds, 20.00 written off."""
    cashier = StaffFactory(branches=[folio.property.branch])
    cashier.groups.add(Group.objects.get_or_create(name="cashier")[0])
    ShiftFactory(property=folio.property, staff=cashier)
    return cashier


def charge(folio, clerk, amount):
    return services.post(postings=[Posting(folio.pk, Decimal(amount), text="Tea")], by=clerk, at=AT)[0]


def approved(folio, key, amount, clerk):
    boss = StaffFactory(is_superuser=True)
    asked = approvals.ask(
        action=key,
        branch_id=folio.property.branch_id,
        subject=folio.number,
        facts=facts_of(folio, Decimal(amount)),
        reason="goodwill",
        by=clerk,
        at=AT,
    )
    return approvals.decide(approval_id=asked.pk, approve=True, by=boss, at=AT).pk


def balance(folio):
    return queries.balances([folio.pk])[folio.pk]


def test_a_write_off_beyond_the_limit_needs_approval_of_exactly_that(folio, cashier):
    charge(folio, cashier, "60.00")

    def write_off(amount, approval_id=None):
        return services.write_off(
            folio_id=folio.pk, amount=Decimal(amount), reason="goodwill", approval_id=approval_id, by=cashier, at=AT
        )

    write_off("20.00")
    with pytest.raises(BeyondLimit):
        write_off("20.01")
    approval = approved(folio, "write_off", "30.00", cashier)
    with pytest.raises(approvals.ApprovalDiffers):
        write_off("31.00", approval)
    write_off("30.00", approval)
    with pytest.raises(services.BadAmount):
        write_off("10.01")
    with pytest.raises(services.ReasonNeeded):
        services.write_off(folio_id=folio.pk, amount=Decimal(1), reason="", by=cashier, at=AT)

    assert balance(folio) == Decimal("10.00")


def test_a_reversal_beyond_the_limit_needs_approval(folio, cashier):
    small, large = charge(folio, cashier, "1000.00"), charge(folio, cashier, "1000.01")

    services.undo(entry_ids=[small.pk], reason="twice", by=cashier, at=AT)
    with pytest.raises(BeyondLimit):
        services.undo(entry_ids=[large.pk], reason="twice", by=cashier, at=AT)
    assert balance(folio) == Decimal("1000.01")
    approval = approved(folio, "reversal", "1000.01", cashier)
    services.undo(entry_ids=[large.pk], reason="twice", approval_id=approval, by=cashier, at=AT)

    assert balance(folio) == 0


def test_payments_go_back_within_the_limit_and_deposits_freely(folio, cashier):
    pay = [Tender("cash", Decimal("900.00"))]
    services.take_deposit(folio_id=folio.pk, tenders=pay, by=cashier, at=AT)
    services.settle(folio_id=folio.pk, tenders=[Tender("card", Decimal("600.00"))], by=cashier, at=AT)

    services.settle(folio_id=folio.pk, tenders=[Tender("cash", Decimal("-900.00"))], by=cashier, at=AT)
    with pytest.raises(BeyondLimit):
        services.settle(folio_id=folio.pk, tenders=[Tender("card", Decimal("-600.00"))], by=cashier, at=AT)

    approval = approved(folio, "refund", "600.00", cashier)
    services.settle(
        folio_id=folio.pk, tenders=[Tender("card", Decimal("-600.00"))], approval_id=approval, by=cashier, at=AT
    )
    assert balance(folio) == 0


def test_cash_paid_out_is_owed_by_the_guest_and_gone_from_the_till(folio, cashier):
    entry = services.pay_out(folio_id=folio.pk, amount=Decimal("35.00"), text="Taxi", by=cashier, at=AT)

    assert (entry.kind, entry.tender, entry.amount) == ("paid_out", "cash", Decimal("35.00"))
    assert balance(folio) == Decimal("35.00")
    assert FolioEntry.objects.get().shift.staff == cashier


def test_an_allowance_beyond_the_limit_needs_approval_of_exactly_that(folio, cashier):
    def allowance(amount, approval_id=None):
        postings = [Posting(folio.pk, Decimal(amount), text="Broken kettle")]
        return services.charge(postings=postings, approval_id=approval_id, by=cashier, at=AT)

    allowance("-200.00")
    with pytest.raises(BeyondLimit):
        allowance("-200.01")
    allowance("-300.00", approved(folio, "allowance", "300.00", cashier))
    allowance("5000.00")

    assert balance(folio) == Decimal("4500.00")


def test_a_sale_is_made_cheaper_by_an_allowance_only_within_the_limit(folio, cashier):
    lines = [services.Sale(Decimal(500), text="Gift"), services.Sale(Decimal("-200.01"), text="Scratched")]
    with pytest.raises(BeyondLimit):
        services.sell(property_id=folio.property_id, lines=lines, tenders=[], by=cashier, at=AT)
