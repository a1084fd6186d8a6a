import datetime as dt
import json
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from hotel.folios import services as folios
from hotel.members import services
from hotel.members.services import Person
from hotel.models import (
    DeskNote,
    DeskTrace,
    Folio,
    FolioEntry,
    Guest,
    InvoiceRequest,
    OperationLock,
    PreAuthorisation,
    RoomNight,
    Sharer,
)
from hotel.rooms import traces
from hotel.rooms.traces import Trace
from oms.approvals import services as approvals
from tests.factories.folios import CompanyFactory
from tests.factories.hotel import AT, TODAY, BookingFactory, FolioFactory, RoomFactory, RoomTypeFactory, StayFactory
from tests.factories.staff import StaffFactory
from tests.hotel.members.personal import ERASED, NOBODYS
from tests.hotel.members.test_merging import breaches

ID = "11010519491231002X"


@pytest.fixture
def guest(branch, clerk):
    person = Person("张三丰", "resident_id", ID, "13812345678")
    return services.register_guest(branch_id=branch.pk, person=person, preferences="高楼层", by=clerk, at=AT)


@pytest.fixture
def stay(guest, house):
    booking = BookingFactory(property=house, contact_name="张三丰", contact_phone="13812345678", note="call 张三丰")
    room = RoomFactory(room_type=RoomTypeFactory(property=house))
    stay = StayFactory(
        room_type=room.room_type,
        room=room,
        booking=booking,
        guest=guest,
        guest_name="张三丰",
        note="allergic",
        status="checked_out",
        checked_in_at=AT,
        checked_out_at=AT,
    )
    FolioFactory(property=house, kind="stay", stay=stay, title="张三丰")
    traces.write(
        lines=[
            Trace(house.pk, "stay.renamed", stay_id=stay.pk, data={"after": "张三丰"}),
            Trace(house.pk, "stay.moved", stay_id=stay.pk, reason="noise"),
        ],
        by=None,
        at=AT,
    )
    return stay


def erase(guest, clerk):
    return services.erase_guest(guest_id=guest.pk, by=clerk, at=AT)


def personal(guest):
    """Everything in the database's own words that still knows the guest."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t")
            found += [
                (table, text)
                for (text,) in cursor.fetchall()
                if any(
                    word in json.dumps(json.loads(text), ensure_ascii=False)
                    for word in ("张三丰", '"5678"', "12345678", "002X")
                )
            ]
    return found


def test_erase_leaves_nothing_personal_anywhere(guest, stay, clerk, house):
    StaffFactory(branches=[house.branch], is_superuser=True)
    approvals.ask(
        action="free_room", branch_id=house.branch_id, subject="1208 张三丰", facts={}, reason="张三丰", by=clerk, at=AT
    )
    assert {table for table, _text in personal(guest)} == {
        "hotel_guest",
        "hotel_booking",
        "hotel_stay",
        "hotel_folio",
        "hotel_desktrace",
        "oms_approval",
        "oms_notice",
    }
    entry = FolioEntry.objects.create(
        folio=Folio.objects.get(),
        property=house,
        business_date=TODAY,
        kind="charge",
        department="room",
        amount=0,
        at=AT,
    )

    erase(guest, clerk)

    assert personal(guest) == []
    stay.refresh_from_db()
    assert (stay.guest, stay.guest_name, stay.note) == (guest, "", "")
    assert FolioEntry.objects.get() == entry
    assert list(DeskTrace.objects.order_by("pk").values_list("action", "reason")) == [
        ("guest.registered", ""),
        ("stay.renamed", ""),
        ("stay.moved", "noise"),
        ("guest.erased", ""),
    ]
    assert breaches() == []


def test_every_text_column_is_erased_or_nobodys():
    """Event tables repeat the columns of what they follow."""
    known = {(label, name) for table in (ERASED, NOBODYS) for label, names in table.items() for name in names.split()}
    kinds = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
    found = {
        (model._meta.label, field.name)
        for model in apps.get_models()
        if model._meta.app_label in {"hotel", "oms"} and not hasattr(model, "pgh_tracked_model")
        for field in model._meta.concrete_fields
        if isinstance(field, kinds) and not field.choices
    }

    assert found - known == set()
    assert known - found == set()
    followed = {
        model.pgh_tracked_model._meta.label for model in apps.get_models() if hasattr(model, "pgh_tracked_model")
    }
    assert followed & ERASED.keys() == set()


def test_every_word_that_names_the_guest_goes_and_money_stays(guest, stay, clerk, house, level):
    member = services.enrol(guest_id=guest.pk, level_id=level.pk, by=clerk, at=AT)
    services.adjust_points(member_id=member.pk, points=5, reason="张三丰 asked", by=clerk, at=AT)
    StaffFactory(branches=[house.branch], is_superuser=True)
    folio = Folio.objects.get()
    company = CompanyFactory(property=house, credit_limit=1000)
    folios.post(postings=[folios.Posting(folio.pk, Decimal(80), text="cake for 张三丰")], by=None, at=AT)
    tenders = [
        folios.Tender("cash", Decimal(50), "张三丰 cash"),
        folios.Tender("company", Decimal(30), company_id=company.pk),
    ]
    folios.settle(folio_id=folio.pk, tenders=tenders, by=None, at=AT)
    invoice = folios.request_invoice(
        folio_id=folio.pk,
        title="张三丰",
        amount=Decimal(50),
        email="z@12345678.cn",
        tax_no="X12345678",
        by=clerk,
        at=AT,
    )
    folios.issue_invoice(request_id=invoice.pk, invoice_no="I1", by=clerk, at=AT)
    other = Guest.objects.create(branch=house.branch, name="李四", created_at=AT)
    shared = StayFactory(
        room_type=stay.room_type, room=RoomFactory(room_type=stay.room_type), guest=other, status="checked_out",
        checked_in_at=AT, checked_out_at=AT, note="with 张三丰",
    )  # fmt: skip
    Sharer.objects.create(stay=shared, guest=guest, added_at=AT, left_at=AT)
    FolioFactory(property=house, kind="stay", stay=shared, window=2, title="张三丰")
    traces.write(
        lines=[Trace(house.pk, "stay.sharer_added", stay_id=shared.pk, data={"after": "张三丰"})], by=None, at=AT
    )
    DeskNote.objects.create(stay=shared, kind="message", text="call 张三丰", made_at=AT)
    RoomNight.objects.create(
        stay=shared, date=TODAY, room_type=stay.room_type, price=0, source="free", reason="张三丰 pays"
    )
    OperationLock.objects.create(
        room=stay.room, holder=clerk, session_key="x", purpose="x", token=1, acquired_at=AT, renewed_at=AT,
        expires_at=AT + dt.timedelta(hours=1), draft={"name": "张三丰"},
    )  # fmt: skip
    approvals.ask(
        action="refund", branch_id=house.branch_id, subject="x", facts={"guest": "张三丰"}, reason="x", by=clerk, at=AT
    )
    sums = list(FolioEntry.objects.order_by("pk").values_list("folio", "ledger", "kind", "tender", "amount", "at"))
    assert any(entry.text == "张三丰" for entry in FolioEntry.objects.filter(ledger="company"))

    erase(guest, clerk)

    assert personal(guest) == []
    assert (
        list(FolioEntry.objects.order_by("pk").values_list("folio", "ledger", "kind", "tender", "amount", "at")) == sums
    )
    invoice.refresh_from_db()
    assert (invoice.title, invoice.tax_no, invoice.email, invoice.amount, invoice.invoice_no) == ("", "", "", 50, "I1")
    shared.refresh_from_db()
    assert shared.note == "with "
    assert RoomNight.objects.get(stay=shared).reason == "— pays"


def test_words_that_were_copied_on_go_wherever_they_are_now(guest, stay, clerk, house):
    """The folio's charge moved on twice and back, split and reversed; a charge of another that came here."""
    mine, *others = [Folio.objects.get(), *(FolioFactory(property=house, kind="passer_by") for _ in range(3))]

    def post(folio, text):
        (entry,) = folios.post(postings=[folios.Posting(folio.pk, Decimal(80), text=text)], by=None, at=AT)
        return entry

    def move(entry, folio, reason):
        return folios.transfer(entry_ids=[entry.pk], to_folio_id=folio.pk, reason=reason, by=None, at=AT)[1]

    cake = move(move(post(mine, "cake for 张三丰"), others[0], "x"), others[1], "for 张三丰")
    folios.undo(entry_ids=[move(cake, others[2], "y").pk], reason="张三丰 pays", by=None, at=AT)
    brought = post(others[0], "car, call 13812345678")
    folios.undo(entry_ids=[move(brought, mine, "z").pk], reason="z", by=None, at=AT)
    folios.split(entry_id=brought.pk, parts=[Decimal(30), Decimal(50)], reason="z", by=None, at=AT)
    parted = post(mine, "taxi 张三丰")
    part = folios.split(entry_id=parted.pk, parts=[Decimal(30), Decimal(50)], reason="z", by=None, at=AT)[0]
    merged_on = [post(mine, "tea 张三丰"), part]
    folios.merge(from_folio_id=mine.pk, to_folio_id=others[0].pk, reason="z", by=None, at=AT)
    folios.merge(from_folio_id=others[0].pk, to_folio_id=others[1].pk, reason="with 张三丰", by=None, at=AT)
    stranger = post(FolioFactory(property=house, kind="passer_by"), "another 张三丰")
    PreAuthorisation.objects.create(
        folio=others[1], amount=5, reference="张三丰 1234", taken_at=AT, taken_by=clerk, released_at=AT
    )
    Folio.objects.filter(pk=others[2].pk).update(title="张三丰")
    assert len(merged_on) < FolioEntry.objects.filter(text__contains="张三丰").count()

    erase(guest, clerk)

    assert [text for _table, text in personal(guest) if f'"id": {stranger.pk},' not in text] == []
    stranger.refresh_from_db()
    assert stranger.text == "another 张三丰"
    assert breaches() == []


def test_an_invoice_that_waits_is_issued_first(guest, stay, clerk):
    InvoiceRequest.objects.create(
        folio=Folio.objects.get(), title="张三丰", amount=5, requested_at=AT, requested_by=clerk
    )

    with pytest.raises(services.CannotErase, match="invoice"):
        erase(guest, clerk)


def test_erase_takes_merged_rows_along(guest, stay, clerk, branch):
    winner = services.register_guest(branch_id=branch.pk, person=Person("张三"), by=clerk, at=AT)
    services.merge_guests(winner_id=winner.pk, loser_id=guest.pk, by=clerk, at=AT)

    erase(winner, clerk)

    assert (personal(guest), breaches()) == ([], [])
    with pytest.raises(services.GuestGone):
        erase(winner, clerk)


def test_names_of_guests_merged_twice_go_all(guest, stay, clerk, branch):
    """Whose name is taken each time changes what the rows are called."""
    second = services.register_guest(branch_id=branch.pk, person=Person("张三丰儿"), by=clerk, at=AT)
    third = services.register_guest(branch_id=branch.pk, person=Person("章三峰"), by=clerk, at=AT)
    folio = Folio.objects.get()
    for name in ("张三丰", "张三丰儿", "章三峰", "张山"):
        postings = [folios.Posting(folio.pk, Decimal(sign), text=f"cake {name}") for sign in (1, -1)]
        folios.post(postings=postings, by=None, at=AT)
    type(stay).objects.update(guest_name="张山")
    services.merge_guests(winner_id=second.pk, loser_id=guest.pk, take={"name": True}, by=clerk, at=AT)
    services.merge_guests(winner_id=third.pk, loser_id=second.pk, take={"name": True}, by=clerk, at=AT)
    assert Guest.objects.get(pk=third.pk).name == "张三丰"

    erase(third, clerk)

    assert set(FolioEntry.objects.values_list("text", flat=True)) == {"cake "}
    assert (personal(guest), breaches()) == ([], [])


def test_erase_is_refused_while_in_house_expected_unsettled_or_holding_value(guest, stay, clerk, house, level):
    member = services.enrol(guest_id=guest.pk, level_id=level.pk, by=clerk, at=AT)
    services.top_up(member_id=member.pk, amount=Decimal("10.00"), by=clerk, at=AT)
    FolioEntry.objects.create(
        folio=Folio.objects.get(),
        property=house,
        business_date=TODAY,
        kind="charge",
        department="room",
        amount=5,
        at=AT,
    )
    StayFactory(room_type=stay.room_type, booking=stay.booking, guest=guest)

    with pytest.raises(services.CannotErase) as refusal:
        erase(guest, clerk)

    assert str(refusal.value) == (
        "The guest is expected: cancel the booking first. A folio is not settled. "
        "Stored value of 10.00 has to be paid back first."
    )
    guest.refresh_from_db()
    assert (guest.name, guest.erased_at) == ("张三丰", None)


def test_erase_is_refused_for_who_shares_a_room_now(guest, house, clerk):
    room = RoomFactory(room_type__property=house)
    other = Guest.objects.create(branch=house.branch, name="李四", created_at=AT)
    stay = StayFactory(room_type=room.room_type, room=room, guest=other, status="in_house", checked_in_at=AT)
    Sharer.objects.create(stay=stay, guest=guest, added_at=AT)

    with pytest.raises(services.CannotErase, match="in the house"):
        erase(guest, clerk)


def test_points_and_bonus_lapse(guest, clerk, level):
    member = services.enrol(guest_id=guest.pk, level_id=level.pk, by=clerk, at=AT)
    services.earn(member_id=member.pk, amount=Decimal(100), by=clerk, at=AT)

    erase(guest, clerk)

    member.refresh_from_db()
    assert (member.points, member.is_active, breaches()) == (0, False, [])


def test_traces_stay_append_only_for_everything_else(guest, clerk):
    trace = DeskTrace.objects.filter(guest_id=guest.pk)
    with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
        trace.update(data=None)
    with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
        trace.delete()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('oms.erasing', 'on', true)")
        with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
            trace.update(action="nothing.happened")
        with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
            trace.delete()
