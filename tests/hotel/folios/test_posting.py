import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from hotel.folios import services
from hotel.folios.services import Posting
from hotel.models import ChargeCode, DeskTrace, FolioEntry, Property, RoomCharge, RoomNight, Shift
from tests.concurrency import overlap
from tests.factories.hotel import AT, TODAY, FolioFactory, StayFactory
from tests.factories.staff import StaffFactory

REASON = "wrong room"


@pytest.fixture
def folio(db):
    return FolioFactory()


@pytest.fixture
def clerk(folio):
    clerk = StaffFactory()
    Shift.objects.create(property=folio.property, staff=clerk, business_date=TODAY, opened_at=AT)
    return clerk


def charge(folio, clerk, *amounts):
    postings = [Posting(folio.pk, Decimal(amount), department="minibar", text="Cola") for amount in amounts]
    return services.post(postings=postings, by=clerk, at=AT)


def balance(folio):
    return folio.entries.aggregate(sum=Sum("amount"))["sum"]


def test_post_puts_a_charge_on_todays_date_and_the_persons_shift(folio, clerk):
    code = ChargeCode.objects.create(
        property=folio.property, code="COLA", name="可乐", department="minibar", tax_percent="6"
    )

    (entry,) = services.post(postings=[Posting(folio.pk, Decimal("12.00"), charge_code_id=code.pk)], by=clerk, at=AT)

    entry.refresh_from_db()
    assert (entry.business_date, entry.shift.staff, entry.department, entry.text) == (TODAY, clerk, "minibar", "可乐")
    assert (entry.amount, entry.tax_percent, entry.ledger) == (Decimal("12.00"), Decimal("6.00"), "guest")
    trace = DeskTrace.objects.get()
    assert (trace.action, trace.folio_id, trace.data) == ("folio.charged", folio.pk, {"amount": "12.00", "entries": 1})


@pytest.mark.parametrize("amount", ["0.00", "0.001", "10000000.00"])
def test_post_refuses_amounts_that_make_no_sense(folio, clerk, amount):
    with pytest.raises(services.BadAmount):
        charge(folio, clerk, "5.00", amount)
    assert FolioEntry.objects.count() == 0


def test_post_needs_an_open_shift_and_an_open_folio(folio, clerk):
    with pytest.raises(services.NoOpenShift):
        charge(folio, StaffFactory(), "5.00")
    folio.closed_at = AT
    folio.save()
    with pytest.raises(services.FolioClosed):
        charge(folio, clerk, "5.00")


def test_a_closed_business_date_takes_no_entry(folio, clerk):
    with pytest.raises(IntegrityError, match="business date 2026-11-22 is not open"), transaction.atomic():
        FolioEntry.objects.create(
            folio=folio,
            property=folio.property,
            business_date=TODAY - dt.timedelta(days=1),
            kind="charge",
            amount=1,
            at=AT,
        )


def test_an_entry_is_never_changed_or_deleted(folio, clerk):
    charge(folio, clerk, "5.00")

    with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
        FolioEntry.objects.update(amount=1)
    with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
        FolioEntry.objects.all().delete()


def test_reverse_adds_the_opposite_once(folio, clerk):
    entry, other = charge(folio, clerk, "30.00", "5.00")

    (undo,) = services.reverse(entry_ids=[entry.pk], reason=REASON, by=clerk, at=AT)

    assert (undo.amount, undo.reverses, undo.reason) == (Decimal("-30.00"), entry, REASON)
    assert balance(folio) == Decimal("5.00")
    for pk in (entry.pk, undo.pk):
        with pytest.raises(services.AlreadyReversed):
            services.reverse(entry_ids=[pk], reason=REASON, by=clerk, at=AT)
    with pytest.raises(services.ReasonNeeded):
        services.reverse(entry_ids=[other.pk], reason=" ", by=clerk, at=AT)


def test_a_night_is_charged_once_until_its_charge_is_reversed(folio, clerk):
    stay = StayFactory()
    night = RoomNight.objects.create(stay=stay, date=TODAY, room_type=stay.room_type, price="300.00")
    posting = Posting(folio.pk, Decimal("300.00"), department="room", night_id=night.pk, night_on=TODAY)

    (entry,) = services.post(postings=[posting], by=clerk, at=AT)
    with pytest.raises(IntegrityError, match="roomcharge"), transaction.atomic():
        services.post(postings=[posting], by=clerk, at=AT)
    services.reverse(entry_ids=[entry.pk], reason=REASON, by=clerk, at=AT)
    services.post(postings=[posting], by=clerk, at=AT)

    assert RoomCharge.objects.count() == 1
    assert balance(folio) == Decimal("300.00")


def test_transfer_moves_a_charge_by_two_entries_that_add_up_to_nothing(folio, clerk):
    entry, _stays = charge(folio, clerk, "30.00", "5.00")
    other = FolioFactory(property=folio.property)

    out, into = services.transfer(entry_ids=[entry.pk], to_folio_id=other.pk, reason=REASON, by=clerk, at=AT)

    assert (out.folio, out.amount, into.folio, into.amount) == (folio, Decimal("-30.00"), other, Decimal("30.00"))
    assert out.transfer_id == into.transfer_id == out.pk
    assert (balance(folio), balance(other)) == (Decimal("5.00"), Decimal("30.00"))
    with pytest.raises(services.NothingToTransfer):
        services.transfer(entry_ids=[entry.pk], to_folio_id=other.pk, reason=REASON, by=clerk, at=AT)


def test_reversing_one_half_of_a_transfer_brings_the_charge_home(folio, clerk):
    (entry,) = charge(folio, clerk, "30.00")
    other = FolioFactory(property=folio.property)
    _out, into = services.transfer(entry_ids=[entry.pk], to_folio_id=other.pk, reason=REASON, by=clerk, at=AT)

    services.reverse(entry_ids=[into.pk], reason=REASON, by=clerk, at=AT)

    assert (balance(folio), balance(other)) == (Decimal("30.00"), Decimal("0.00"))
    services.transfer(entry_ids=[entry.pk], to_folio_id=other.pk, reason=REASON, by=clerk, at=AT)
    assert balance(other) == Decimal("30.00")


def test_split_replaces_a_charge_by_parts_that_add_up(folio, clerk):
    (entry,) = charge(folio, clerk, "100.00")

    with pytest.raises(services.PartsDiffer, match=r"99\.99"):
        services.split(entry_id=entry.pk, parts=[Decimal("50.00"), Decimal("49.99")], reason=REASON, by=clerk, at=AT)
    parts = services.split(
        entry_id=entry.pk, parts=[Decimal("33.34"), Decimal("33.33"), Decimal("33.33")], reason=REASON, by=clerk, at=AT
    )

    assert [part.amount for part in parts] == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
    assert balance(folio) == Decimal("100.00")
    assert {part.text for part in parts} == {"Cola"}


@pytest.mark.django_db(transaction=True)
def test_two_clerks_reverse_one_entry_once():
    folio, first, second = FolioFactory(), StaffFactory(), StaffFactory()
    for clerk in (first, second):
        Shift.objects.create(property=folio.property, staff=clerk, business_date=TODAY, opened_at=AT)
    (entry,) = charge(folio, first, "30.00")

    refusal = overlap(
        lambda: services.reverse(entry_ids=[entry.pk], reason=REASON, by=first, at=AT),
        lambda: services.reverse(entry_ids=[entry.pk], reason=REASON, by=second, at=AT),
    )

    assert isinstance(refusal, services.AlreadyReversed)
    assert balance(folio) == Decimal("0.00")


@pytest.mark.django_db(transaction=True)
def test_the_date_cannot_close_while_somebody_posts_on_it():
    folio = FolioFactory()

    def roll():
        with transaction.atomic():
            house = Property.objects.select_for_update(no_key=True).get(pk=folio.property_id)
            house.business_date += dt.timedelta(days=1)
            house.save(update_fields=["business_date"])
            assert FolioEntry.objects.filter(business_date=TODAY).count() == 1  # it waited for the poster

    assert overlap(lambda: charge(folio, None, "30.00"), roll) is None


@pytest.mark.django_db(transaction=True)
def test_a_posting_that_waited_for_the_audit_is_told_that_the_date_moved_on():
    folio = FolioFactory()

    def roll():
        Property.objects.filter(pk=folio.property_id).update(business_date=TODAY + dt.timedelta(days=1))

    assert isinstance(overlap(roll, lambda: charge(folio, None, "30.00")), services.DateClosed)
    assert FolioEntry.objects.count() == 0
    charge(folio, None, "30.00")
    assert FolioEntry.objects.get().business_date == TODAY + dt.timedelta(days=1)
