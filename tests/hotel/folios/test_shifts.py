from decimal import Decimal

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission

from hotel.folios import services, shifts
from hotel.folios.services import Posting, Tender
from hotel.models import Shift
from tests.concurrency import overlap
from tests.factories.folios import ShiftFactory
from tests.factories.hotel import AT, FolioFactory
from tests.factories.staff import StaffFactory


@pytest.fixture
def shift(folio, clerk):
    return Shift.objects.get(staff=clerk)


def cashier(house, **fields):
    person = StaffFactory(branches=[house.branch], **fields)
    person.user_permissions.add(Permission.objects.get(codename="add_shift"))
    return person


def count(shift, clerk, **amounts):
    counted = {kind: Decimal(amount) for kind, amount in amounts.items()}
    return shifts.count_shift(shift_id=shift.pk, counted=counted, by=clerk, at=AT)


def test_one_person_has_one_till(folio):
    clerk = StaffFactory()
    house = folio.property_id
    shift = shifts.open_shift(property_id=house, opening_cash=Decimal("500.00"), by=clerk, at=AT)

    assert (shift.business_date, shift.opening_cash) == (folio.property.business_date, Decimal("500.00"))
    with pytest.raises(services.ShiftOpenAlready, match="2026-11-23 14:00"):
        shifts.open_shift(property_id=house, opening_cash=Decimal(0), by=clerk, at=AT)
    with pytest.raises(services.BadAmount):
        shifts.open_shift(property_id=house, opening_cash=Decimal(-1), by=StaffFactory(), at=AT)


def test_what_is_expected_is_the_float_and_what_came_in_less_what_went_out(folio, clerk, shift):
    Shift.objects.update(opening_cash="500.00")
    shift.refresh_from_db()
    services.post(postings=[Posting(folio.pk, Decimal("80.00"), text="Tea")], by=clerk, at=AT)
    pay = [Tender("cash", Decimal("100.00")), Tender("wechat", Decimal("30.00"))]
    services.take_deposit(folio_id=folio.pk, tenders=pay, by=clerk, at=AT)
    services.settle(folio_id=folio.pk, tenders=[Tender("cash", Decimal("-40.00"))], by=clerk, at=AT)

    assert shifts.expected_by_tender(shift) == {"cash": Decimal("560.00"), "wechat": Decimal("30.00")}


def test_a_counted_till_takes_nothing_more_and_keeps_what_was_expected(folio, clerk, shift):
    services.take_deposit(folio_id=folio.pk, tenders=[Tender("cash", Decimal("10.00"))], by=clerk, at=AT)

    counted = count(shift, clerk, cash="9.00")

    assert (counted.counted, counted.expected) == ({"cash": "9.00"}, {"cash": "10.00"})
    with pytest.raises(services.ShiftOver):
        count(shift, clerk, cash="10.00")
    with pytest.raises(services.NoOpenShift):
        services.post(postings=[Posting(folio.pk, Decimal("1.00"), text="Tea")], by=clerk, at=AT)


def test_a_till_is_handed_over_counted_and_to_somebody_else(folio, clerk, shift):
    successor = cashier(folio.property)
    with pytest.raises(services.ShiftNotCounted):
        shifts.hand_over(shift_id=shift.pk, to=successor, by=clerk, at=AT)
    count(shift, clerk, cash="0.00")
    with pytest.raises(services.NotTheSecond):
        shifts.hand_over(shift_id=shift.pk, to=clerk, by=clerk, at=AT)

    done = shifts.hand_over(shift_id=shift.pk, to=successor, opening_cash=Decimal("5.00"), by=clerk, at=AT)

    assert (done.closed_at, done.handed_to) == (AT, successor)
    assert Shift.objects.get(staff=successor).opening_cash == Decimal("5.00")
    with pytest.raises(services.ShiftOver):
        shifts.hand_over(shift_id=shift.pk, to=successor, by=clerk, at=AT)


def test_who_has_a_till_already_is_given_no_second_one(folio, clerk, shift):
    other = cashier(folio.property)
    ShiftFactory(property=folio.property, staff=other)
    count(shift, clerk, cash="10.00")

    with pytest.raises(services.SecondHasTill, match=str(other)):
        shifts.hand_over(shift_id=shift.pk, to=other, opening_cash=Decimal("10.00"), by=clerk, at=AT)
    shifts.hand_over(shift_id=shift.pk, to=other, by=clerk, at=AT)

    assert Shift.objects.filter(staff=other).count() == 1


def test_the_second_person_signs_by_password_or_pin(folio, shift):
    person = cashier(folio.property, username="mei", approval_pin=make_password("4711"))
    person.set_password("long and good")
    person.save()
    stranger = StaffFactory(username="bo", approval_pin=make_password("4711"))

    for secret in ("4711", "long and good"):
        assert shifts.second_person(shift=shift, username="mei", secret=secret) == person
    for name, secret in (("mei", "4712"), ("mei", ""), ("nobody", "4711"), (stranger.username, "4711")):
        with pytest.raises(services.NotTheSecond):
            shifts.second_person(shift=shift, username=name, secret=secret)


def test_five_wrong_signatures_lock_a_name(folio, shift):
    cashier(folio.property, username="mei", approval_pin=make_password("4711"))
    for _ in range(5):
        with pytest.raises(services.NotTheSecond):
            shifts.second_person(shift=shift, username="mei", secret="0000")

    with pytest.raises(services.NotTheSecond):
        shifts.second_person(shift=shift, username="mei", secret="4711")


@pytest.mark.django_db(transaction=True)
def test_nobody_posts_into_a_till_that_is_being_counted():
    folio, clerk = FolioFactory(), StaffFactory()
    shift = ShiftFactory(property=folio.property, staff=clerk)

    def take():
        services.take_deposit(folio_id=folio.pk, tenders=[Tender("cash", Decimal("10.00"))], by=clerk, at=AT)

    assert isinstance(overlap(lambda: count(shift, clerk, cash="0.00"), take), services.NoOpenShift)
