import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hotel.models import Availability, DeskTrace, Occupancy, Room, RoomBlock
from hotel.rooms import services
from hotel.stays import inventory
from hotel.stays.inventory import RoomTaken, Wish
from hotel.stays.states import OccupancyKind
from tests.factories.hotel import AT, TODAY, GuestFactory, PropertyFactory, RoomFactory, RoomTypeFactory, StayFactory

DAY = dt.timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind():
    return RoomTypeFactory(property=PropertyFactory(), name="King")


@pytest.fixture
def rooms(kind):
    return [RoomFactory(room_type=kind, number=str(n)) for n in (101, 102, 103)]


def block(rooms, kind="ooo", nights=2, start=TODAY, **more):
    return services.block_rooms(
        room_ids=[room.pk for room in rooms],
        kind=kind,
        from_on=start,
        until_on=start + nights * DAY,
        reason="pipe",
        by=None,
        at=AT,
        **more,
    )


def codes(results):
    return [refusal and refusal.code for refusal in results.values()]


def in_order(kind, date=TODAY):
    return Availability.objects.get(room_type=kind, date=date).out_of_order


def test_set_housekeeping_answers_for_each_room_and_traces_the_ones_that_changed(rooms):
    Room.objects.filter(pk=rooms[2].pk).update(housekeeping="dirty")

    results = services.set_housekeeping(room_ids=[room.pk for room in rooms], to="dirty", by=None, at=AT)

    assert codes(results) == [None, None, "room_no_such_move"]
    assert set(Room.objects.values_list("housekeeping", flat=True)) == {"dirty"}
    assert list(DeskTrace.objects.order_by("pk").values_list("reference", "data")) == [
        ("101", {"before": "inspected", "after": "dirty"}),
        ("102", {"before": "inspected", "after": "dirty"}),
    ]


def test_set_housekeeping_needs_the_same_statements_for_three_as_for_one(rooms):
    with CaptureQueriesContext(
        connection,
    ) as one:
        services.set_housekeeping(room_ids=[rooms[0].pk], to="dirty", by=None, at=AT)
    with CaptureQueriesContext(connection) as three:
        services.set_housekeeping(room_ids=[room.pk for room in rooms], to="cleaning", by=None, at=AT)
    assert len(three) == len(one)


def test_a_block_takes_the_room_and_its_nights(kind, rooms):
    inventory.take([(kind.pk, TODAY)])

    results = block(rooms[:1])

    assert codes(results) == [None]
    assert in_order(kind) == 1
    assert Occupancy.objects.get().kind == "block"


def test_out_of_service_leaves_the_inventory_alone(kind, rooms):
    inventory.take([(kind.pk, TODAY)])

    assert codes(block(rooms[:1], kind="oos")) == [None]

    assert in_order(kind) == 0
    assert not Occupancy.objects.exists()


def test_blocks_that_would_oversell_are_refused_one_by_one(kind, rooms):
    inventory.take([(kind.pk, TODAY)] * 2)

    results = block(rooms)

    assert codes(results) == [None, "room_would_oversell", "room_would_oversell"]
    assert RoomBlock.objects.count() == Occupancy.objects.count() == in_order(kind) == 1
    assert results[rooms[1].pk].details == {"type": "King", "date": str(TODAY), "sold": 2, "free": 0}


def test_a_room_that_a_stay_has_is_not_blocked(kind, rooms):
    stay = StayFactory(room_type=kind, guest_name="Lin", room=rooms[0])
    inventory.occupy([Wish(rooms[0].pk, stay.due_in_at, stay.due_out_at, OccupancyKind.STAY, stay_id=stay.pk)])

    results = block(rooms[:2])

    assert [type(refusal) for refusal in results.values()] == [RoomTaken, type(None)]
    assert list(RoomBlock.objects.values_list("room_id", flat=True)) == [rooms[1].pk]


def test_a_room_with_an_overdue_guest_is_not_blocked_from_today(kind, rooms):
    StayFactory(
        room_type=kind,
        room=rooms[0],
        guest=GuestFactory(),
        status="in_house",
        checked_in_at=AT,
        arrival_on=TODAY - DAY,
        departure_on=TODAY,
    )

    assert codes(block(rooms[:1])) == ["room_occupied"]


def test_a_second_block_of_the_same_night_is_refused(rooms):
    block(rooms[:1], kind="oos")

    assert codes(block(rooms[:1], start=TODAY + DAY)) == ["room_already_blocked"]
    assert codes(block(rooms[:1], start=TODAY + 2 * DAY)) == [None]


@pytest.mark.parametrize(("start", "nights"), [(TODAY - DAY, 2), (TODAY, 0), (TODAY, 800)])
def test_bad_dates_are_refused(rooms, start, nights):
    with pytest.raises(services.BadBlockDates):
        block(rooms, start=start, nights=nights)


def test_ending_a_block_gives_the_room_back_with_its_return_status(kind, rooms):
    inventory.take([(kind.pk, TODAY)])
    block(rooms[:1], return_status="dirty")
    found = RoomBlock.objects.get()

    results = services.end_blocks(block_ids=[found.pk], by=None, at=AT)
    again = services.end_blocks(block_ids=[found.pk], by=None, at=AT)

    assert codes(results) == [None]
    assert codes(again) == ["room_block_over"]
    assert in_order(kind) == 0
    assert not Occupancy.objects.exists()
    assert Room.objects.get(pk=rooms[0].pk).housekeeping == "dirty"


def test_a_block_that_has_not_begun_leaves_the_room_as_clean_as_it_is(rooms):
    block(rooms[:1], start=TODAY + 3 * DAY)

    services.end_blocks(block_ids=[RoomBlock.objects.get().pk], by=None, at=AT)

    assert Room.objects.get(pk=rooms[0].pk).housekeeping == "inspected"


def test_a_block_whose_nights_are_over_returns_its_room(rooms):
    block(rooms[:1], nights=1)
    house = rooms[0].property
    house.business_date = TODAY + DAY
    house.save()

    first = services.return_rooms(property_id=house.pk, by=None, at=AT)
    second = services.return_rooms(property_id=house.pk, by=None, at=AT)

    assert (first, second) == ([rooms[0].pk], [])
    assert Room.objects.get(pk=rooms[0].pk).housekeeping == "dirty"
    assert not Occupancy.objects.exists()
