from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from hotel.members import services
from hotel.members.services import Person
from hotel.models import BonusRule, Member, MemberEntry
from tests.concurrency import overlap
from tests.factories.hotel import AT, TODAY

D = Decimal


@pytest.fixture
def member(branch, clerk, level):
    guest = services.register_guest(branch_id=branch.pk, person=Person("张三"), by=clerk, at=AT)
    return services.enrol(guest_id=guest.pk, level_id=level.pk, by=clerk, at=AT)


def top_up(member, clerk, amount, **more):
    return services.top_up(member_id=member.pk, amount=D(amount), by=clerk, at=AT, **more)


def spend(member, clerk, amount):
    return services.spend(member_id=member.pk, amount=D(amount), folio_entry_id=7, by=clerk, at=AT)


def balances(member):
    member.refresh_from_db()
    sums = member.entries.aggregate(Sum("points"), Sum("value"), Sum("bonus"))
    assert (member.points, member.stored_value, member.bonus_value) == tuple(v or 0 for v in sums.values())
    return member.points, str(member.stored_value), str(member.bonus_value)


def test_top_up_gives_the_bonus_of_the_largest_rule_reached(member, clerk, branch):
    BonusRule.objects.create(branch=branch, from_amount=500, bonus=30)
    BonusRule.objects.create(branch=branch, from_amount=1000, bonus=100)

    entry = top_up(member, clerk, "1200.00")

    assert (entry.value, entry.bonus, entry.business_date, entry.kind) == (D("1200.00"), D("100.00"), TODAY, "top_up")
    assert balances(member) == (0, "1200.00", "100.00")
    assert top_up(member, clerk, "499.99").bonus == 0
    assert top_up(member, clerk, "500.00", bonus=D("1.00")).bonus == D("1.00")


def test_spend_takes_paid_in_money_first_then_bonus(member, clerk):
    top_up(member, clerk, "100.00", bonus=D("20.00"))

    entry = spend(member, clerk, "110.00")

    assert (entry.value, entry.bonus, entry.folio_entry_id) == (D("-100.00"), D("-10.00"), 7)
    assert balances(member) == (0, "0.00", "10.00")
    with pytest.raises(services.NotEnoughValue, match=r"10\.00"):
        spend(member, clerk, "10.01")
    assert balances(member) == (0, "0.00", "10.00")


def test_points_are_earned_by_level_and_redeemed(member, clerk):
    earned = services.earn(member_id=member.pk, amount=D("199.99"), by=clerk, at=AT)
    assert earned.points == 299  # 1.5 a yuan, whole points
    assert services.earn(member_id=member.pk, amount=D("0.50"), by=clerk, at=AT) is None

    services.redeem(member_id=member.pk, points=200, folio_entry_id=None, by=clerk, at=AT)

    assert balances(member) == (99, "0.00", "0.00")
    with pytest.raises(services.NotEnoughPoints):
        services.redeem(member_id=member.pk, points=100, folio_entry_id=None, by=clerk, at=AT)


def test_points_and_money():
    assert [services.points_for(D(a)) for a in ("1.00", "0.01", "12.34")] == [100, 1, 1234]
    assert services.worth_of(1234) == D("12.34")


def test_refund_gives_money_back_and_lapses_bonus_in_proportion(member, clerk):
    top_up(member, clerk, "300.00", bonus=D("10.00"))

    entry = services.refund_value(member_id=member.pk, amount=D("100.00"), reason="moves away", by=clerk, at=AT)

    assert (entry.value, entry.bonus) == (D("-100.00"), D("-3.33"))
    with pytest.raises(services.NotEnoughValue):
        services.refund_value(member_id=member.pk, amount=D("200.01"), reason="x", by=clerk, at=AT)
    with pytest.raises(services.SayWhy):
        services.refund_value(member_id=member.pk, amount=D("1.00"), reason=" ", by=clerk, at=AT)
    assert balances(member) == (0, "200.00", "6.67")


def test_reverse_once_and_not_what_is_spent(member, clerk):
    topped = top_up(member, clerk, "100.00")
    spent = spend(member, clerk, "60.00")

    with pytest.raises(services.NotEnoughValue):
        services.reverse_entries(entry_ids=[topped.pk], reason="wrong card", by=clerk, at=AT)
    (undo,) = services.reverse_of_folio(folio_entry_ids=[7], reason="wrong guest", by=clerk, at=AT)
    assert (undo.reverses, undo.value) == (spent, D("60.00"))
    with pytest.raises(services.EntryReversed):
        services.reverse_entries(entry_ids=[spent.pk], reason="again", by=clerk, at=AT)
    assert services.reverse_of_folio(folio_entry_ids=[7], reason="again", by=clerk, at=AT) == []
    services.reverse_entries(entry_ids=[topped.pk], reason="wrong card", by=clerk, at=AT)
    assert balances(member) == (0, "0.00", "0.00")


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "1000000"])
def test_amounts_that_make_no_sense(member, clerk, amount):
    with pytest.raises(services.BadValue):
        top_up(member, clerk, amount)
    assert MemberEntry.objects.count() == 0


def test_a_closed_membership_moves_nothing(member, clerk):
    Member.objects.update(is_active=False)

    with pytest.raises(services.MemberInactive):
        top_up(member, clerk, "1.00")


@pytest.mark.django_db(transaction=True)
def test_two_spends_of_the_last_stored_value_one_wins(member, clerk):
    top_up(member, clerk, "100.00")

    refused = overlap(lambda: spend(member, clerk, "60.00"), lambda: spend(member, clerk, "60.00"))

    assert isinstance(refused, services.NotEnoughValue)
    assert balances(member) == (0, "40.00", "0.00")


def test_the_database_stands_behind(member, clerk):
    with pytest.raises(IntegrityError, match="member_never_overdrawn"), transaction.atomic():
        Member.objects.update(stored_value=-1)
    entry = top_up(member, clerk, "1.00")
    with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
        MemberEntry.objects.filter(pk=entry.pk).update(value=2)
