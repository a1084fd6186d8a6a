import json
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from hotel.members import services
from hotel.members.services import Person
from hotel.models import DeskTrace, Folio, FolioEntry, Guest, Sharer
from hotel.rooms import traces
from hotel.rooms.traces import Trace
from oms.approvals import services as approvals
from tests.factories.hotel import AT, TODAY, BookingFactory, FolioFactory, RoomFactory, RoomTypeFactory, StayFactory
from tests.factories.staff import StaffFactory
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
                if any(word in json.dumps(json.loads(text), ensure_ascii=False) for word in ("张三丰", "5678", "002X"))
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


def test_erase_takes_merged_rows_along(guest, stay, clerk, branch):
    winner = services.register_guest(branch_id=branch.pk, person=Person("张三"), by=clerk, at=AT)
    services.merge_guests(winner_id=winner.pk, loser_id=guest.pk, by=clerk, at=AT)

    erase(winner, clerk)

    assert (personal(guest), breaches()) == ([], [])
    with pytest.raises(services.GuestGone):
        erase(winner, clerk)


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
