from decimal import Decimal

import pytest

from hotel.folios import queries, services
from hotel.folios.services import Posting, Sale, Tender
from hotel.members import services as members
from hotel.models import FolioEntry, Member, PreAuthorisation
from tests.factories.folios import ChargeCodeFactory
from tests.factories.hotel import AT, GuestFactory


@pytest.fixture
def member(folio):
    from hotel.models import MemberLevel

    branch = folio.property.branch
    level = MemberLevel.objects.create(branch=branch, code="G", name="Gold", rank=1)
    return Member.objects.create(guest=GuestFactory(branch=branch), number="M1", level=level, joined_at=AT)


def charge(folio, clerk, amount):
    return services.post(postings=[Posting(folio.pk, Decimal(amount), text="Tea")], by=clerk, at=AT)[0]


def balance(folio):
    return queries.balances([folio.pk])[folio.pk]


def test_what_is_held_becomes_a_payment_or_is_let_go(folio, clerk):
    charge(folio, clerk, "80.00")
    with pytest.raises(services.ReasonNeeded):
        services.hold(folio_id=folio.pk, amount=Decimal(500), reference=" ", by=clerk, at=AT)
    taken, other = (
        services.hold(folio_id=folio.pk, amount=Decimal(500), reference=slip, by=clerk, at=AT) for slip in ("A1", "A2")
    )

    with pytest.raises(services.BadAmount):
        services.capture(hold_id=taken.pk, amount=Decimal("500.01"), by=clerk, at=AT)
    services.capture(hold_id=taken.pk, amount=Decimal("80.00"), by=clerk, at=AT)
    services.release(hold_id=other.pk, by=clerk, at=AT)

    assert balance(folio) == 0
    assert PreAuthorisation.objects.get(pk=taken.pk).captured.reference == "A1"
    for pk in (taken.pk, other.pk):
        with pytest.raises(services.HoldOver):
            services.release(hold_id=pk, by=clerk, at=AT)


def test_invoices_never_exceed_what_was_paid(folio, clerk):
    charge(folio, clerk, "80.00")
    ask = {"folio_id": folio.pk, "title": "Acme", "by": clerk, "at": AT}
    with pytest.raises(services.InvoiceAbovePaid):
        services.request_invoice(amount=Decimal("0.01"), **ask)
    services.settle(folio_id=folio.pk, tenders=[Tender("cash", Decimal("80.00"))], by=clerk, at=AT)
    services.close_folios(folio_ids=[folio.pk], by=clerk, at=AT)

    asked = services.request_invoice(amount=Decimal("50.00"), **ask)
    with pytest.raises(services.InvoiceAbovePaid, match=r"30\.00 was paid"):
        services.request_invoice(amount=Decimal("30.01"), **ask)
    issued = services.issue_invoice(request_id=asked.pk, invoice_no="0001", by=clerk, at=AT)

    assert (issued.invoice_no, issued.issued_at) == ("0001", AT)
    with pytest.raises(services.InvoiceIssued):
        services.issue_invoice(request_id=asked.pk, invoice_no="0002", by=clerk, at=AT)


def test_the_first_print_is_the_original(folio, clerk):
    entry = charge(folio, clerk, "80.00")

    prints = [services.record_print(folio_id=folio.pk, style="summary", by=clerk, at=AT) for _ in range(2)]

    assert [printed.number for printed in prints] == [1, 2]
    assert prints[1].last_entry_id == entry.pk


def test_a_passer_by_pays_at_once(folio, clerk):
    code = ChargeCodeFactory(property=folio.property, name="Umbrella")
    lines = [Sale(Decimal("30.00"), charge_code_id=code.pk, quantity=Decimal(2)), Sale(Decimal("5.00"), text="Map")]

    sold = services.sell(
        property_id=folio.property_id, lines=lines, tenders=[Tender("cash", Decimal("35.00"))], by=clerk, at=AT
    )

    assert (sold.kind, sold.closed_at, balance(sold)) == ("passer_by", AT, 0)
    assert [entry.text for entry in sold.entries.order_by("pk")] == ["Umbrella", "Map", ""]


def test_stored_value_pays_and_comes_back_when_the_payment_is_reversed(folio, clerk, member):
    house = folio.property_id
    top_up = services.sell_value(
        property_id=house, member_id=member.pk, tenders=[Tender("cash", Decimal("100.00"))], by=clerk, at=AT
    )
    charge(folio, clerk, "60.00")
    pay = [Tender("stored_value", Decimal("60.00"), member_id=member.pk)]

    (paid,) = services.settle(folio_id=folio.pk, tenders=pay, by=clerk, at=AT)

    member.refresh_from_db()
    assert (member.stored_value, balance(folio), top_up.closed_at) == (Decimal("40.00"), 0, AT)
    with pytest.raises(members.NotEnoughValue):
        services.settle(folio_id=folio.pk, tenders=pay, by=clerk, at=AT)
    assert FolioEntry.objects.filter(folio=folio, kind="payment").count() == 1

    services.reverse(entry_ids=[paid.pk], reason="pays cash", by=clerk, at=AT)
    member.refresh_from_db()
    assert (member.stored_value, balance(folio)) == (Decimal("100.00"), Decimal("60.00"))


def test_points_pay_at_their_rate(folio, clerk, member):
    members.adjust_points(member_id=member.pk, points=1000, reason="gift", by=clerk, at=AT)
    charge(folio, clerk, "10.00")

    services.settle(
        folio_id=folio.pk, tenders=[Tender("points", Decimal("10.00"), member_id=member.pk)], by=clerk, at=AT
    )

    member.refresh_from_db()
    assert (member.points, balance(folio)) == (0, 0)
