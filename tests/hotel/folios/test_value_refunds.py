"""Stored value paid back at the till: member, folio and shift tell the same."""

from decimal import Decimal

import pytest

from hotel.folios import services
from hotel.folios.models import Folio, FolioEntry, Shift
from hotel.folios.services import Tender
from hotel.folios.shifts import expected_by_tender
from hotel.members import services as members
from hotel.models import Member, MemberLevel
from oms.approvals.limits import BeyondLimit
from oms.lib.books import breaches
from tests.factories.hotel import AT, GuestFactory
from tests.factories.staff import StaffFactory


def money(text):
    return Decimal(text)


@pytest.fixture
def member(folio, clerk):
    branch = folio.property.branch
    level = MemberLevel.objects.create(branch=branch, code="GOLD", name="金卡", rank=2)
    guest = GuestFactory(branch=branch)
    member = members.enrol(guest_id=guest.pk, level_id=level.pk, by=clerk, at=AT)
    members.top_up(member_id=member.pk, amount=money("200.00"), bonus=money("50.00"), by=clerk, at=AT)
    return member


def pay_back(folio, member, clerk, *tenders, **more):
    return services.refund_value(
        property_id=folio.property_id,
        member_id=member.pk,
        tenders=[Tender(kind, money(amount)) for kind, amount in tenders],
        **{"reason": "moves away", "by": clerk, "at": AT, **more},
    )


def holds(member):
    return Member.objects.values_list("stored_value", "bonus_value").get(pk=member.pk)


def test_the_member_the_folio_and_the_shift_agree(folio, clerk, member):
    paid = pay_back(folio, member, clerk, ("cash", "60.00"), ("wechat", "40.00"))

    rows = paid.entries.order_by("pk").values_list("kind", "tender", "amount")
    assert list(rows) == [
        ("charge", "", money("-100.00")),
        ("refund", "cash", money("60.00")),
        ("refund", "wechat", money("40.00")),
    ]
    assert (holds(member), paid.closed_at) == ((money("100.00"), money("25.00")), AT)
    expected = expected_by_tender(Shift.objects.get())
    assert (expected["cash"] - Shift.objects.get().opening_cash, expected["wechat"]) == (-60, -40)
    assert breaches() == []


def test_reversing_it_brings_the_value_back(folio, clerk, member):
    paid = pay_back(folio, member, clerk, ("cash", "100.00"))
    services.reopen_folios(folio_ids=[paid.pk], reason="wrong", by=clerk, at=AT)

    entries = list(paid.entries.values_list("pk", flat=True))
    services.reverse(entry_ids=entries, reason="wrong", by=clerk, at=AT)

    assert holds(member) == (money("200.00"), money("50.00"))
    assert services.close_folios(folio_ids=[paid.pk], by=clerk, at=AT) == {paid.pk: None}
    assert breaches() == []


@pytest.mark.parametrize(
    ("tenders", "refusal"),
    [
        ([("cash", "200.01")], members.NotEnoughValue),
        ([("points", "5.00")], services.NotRefundable),
        ([("stored_value", "5.00")], services.NotRefundable),
        ([("cash", "0.00")], services.BadAmount),
        ([("cash", "-5.00")], services.BadAmount),
        ([], services.BadAmount),
    ],
)
def test_refused_and_nothing_is_left_behind(folio, clerk, member, tenders, refusal):
    with pytest.raises(refusal):
        pay_back(folio, member, clerk, *tenders)

    assert holds(member) == (money("200.00"), money("50.00"))
    assert (Folio.objects.count(), FolioEntry.objects.count()) == (1, 0)


def test_beyond_the_limit_needs_approval_and_no_shift_no_money(folio, clerk, member):
    clerk.groups.clear()
    with pytest.raises(BeyondLimit) as refusal:
        pay_back(folio, member, clerk, ("cash", "1.00"))
    assert refusal.value.details["facts"] == {"member": member.number, "amount": "1.00"}
    manager = StaffFactory(branches=[folio.property.branch], is_superuser=True)
    with pytest.raises(services.NoOpenShift):
        pay_back(folio, member, manager, ("cash", "1.00"))
    with pytest.raises(members.SayWhy):
        pay_back(folio, member, None, ("cash", "1.00"), reason=" ")


def test_the_books_tell_when_till_and_member_differ(folio, clerk, member):
    paid = pay_back(folio, member, clerk, ("cash", "100.00"))
    FolioEntry.objects.create(
        folio=paid, property=paid.property, business_date=paid.property.business_date, kind="refund", tender="cash",
        amount=1, at=AT,
    )  # fmt: skip

    assert "stored value paid back left the member and the till alike" in str(breaches())
