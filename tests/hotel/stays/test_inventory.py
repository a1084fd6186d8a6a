import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from hotel.models import Availability, Occupancy, RoomBlock
from hotel.stays import inventory
from hotel.stays.inventory import NoAvailability, RoomTaken, Wish
from tests.concurrency import overlap
from tests.factories.hotel import AT, TODAY, RoomFactory, RoomTypeFactory, StayFactory

NIGHT = dt.timedelta(days=1)


def hours(start, end):
    return AT + dt.timedelta(hours=start), AT + dt.timedelta(hours=end)


@pytest.fixture
def kind(db):
    kind = RoomTypeFactory(name="Twin")
    RoomFactory.create_batch(2, room_type=kind)
    return kind


def sold():
    return list(Availability.objects.order_by("date").values_list("date", "rooms", "out_of_order", "sold"))


def test_take_makes_the_date_rows_and_sells(kind):
    with transaction.atomic():
        inventory.take([(kind.pk, TODAY), (kind.pk, TODAY), (kind.pk, TODAY + NIGHT)])

    assert sold() == [(TODAY, 2, 0, 2), (TODAY + NIGHT, 2, 0, 1)]


def test_take_refuses_all_when_one_night_is_sold_out(kind):
    with transaction.atomic():
        inventory.take([(kind.pk, TODAY + NIGHT)] * 2)

    with pytest.raises(NoAvailability) as refusal, transaction.atomic():
        inventory.take([(kind.pk, TODAY), (kind.pk, TODAY + NIGHT)])

    assert refusal.value.details == {"type": "Twin", "date": "2026-11-24", "free": 0, "wanted": 1}
    assert sold() == [(TODAY + NIGHT, 2, 0, 2)]


def test_overbooking_allows_as_many_more(kind):
    with transaction.atomic():
        inventory.take([(kind.pk, TODAY)] * 2)
    Availability.objects.update(overbooking=1)

    with transaction.atomic():
        inventory.take([(kind.pk, TODAY)])
    with pytest.raises(NoAvailability), transaction.atomic():
        inventory.take([(kind.pk, TODAY)])


def test_rooms_out_of_order_are_not_for_sale(kind):
    room = kind.rooms.first()
    RoomBlock.objects.create(room=room, kind="ooo", from_on=TODAY, until_on=TODAY + NIGHT, reason="leak", created_at=AT)

    with pytest.raises(NoAvailability), transaction.atomic():
        inventory.take([(kind.pk, TODAY)] * 2)
    with transaction.atomic():
        inventory.take([(kind.pk, TODAY)])


def test_give_back_makes_nights_free_again(kind):
    with transaction.atomic():
        inventory.take([(kind.pk, TODAY)] * 2)
        inventory.give_back([(kind.pk, TODAY)])

    assert sold() == [(TODAY, 2, 0, 1)]


def test_rebuild_counts_rooms_again(kind):
    with transaction.atomic():
        inventory.take([(kind.pk, TODAY)])
    Availability.objects.update(sold=0)
    RoomFactory(room_type=kind)

    with transaction.atomic():
        changed = inventory.rebuild(property_id=kind.property_id, start=TODAY, end=TODAY + NIGHT)

    assert changed == 1
    assert sold() == [(TODAY, 3, 0, 0)]


def test_the_database_never_lets_more_be_sold_than_there_is(kind):
    with transaction.atomic():
        inventory.take([(kind.pk, TODAY)])

    with pytest.raises(IntegrityError, match="availability_never_oversold"):
        Availability.objects.update(sold=3)


def test_occupy_gives_touching_times_and_refuses_overlaps(kind):
    room, other = kind.rooms.order_by("pk")
    first, second, third = StayFactory.create_batch(3, room_type=kind)
    with transaction.atomic():
        inventory.occupy([Wish(room.pk, *hours(0, 20), "stay", stay_id=first.pk)])

        refused = inventory.occupy(
            [
                Wish(room.pk, *hours(20, 30), "stay", stay_id=second.pk),
                Wish(room.pk, *hours(19, 21), "day_use", stay_id=third.pk),
                Wish(other.pk, *hours(19, 21), "day_use", stay_id=third.pk),
            ]
        )

    assert list(refused) == [1]
    assert refused[1].details["room"] == room.number
    assert Occupancy.objects.count() == 3


def test_two_wishes_of_one_call_for_one_room_the_first_has_it(kind):
    room = kind.rooms.first()
    first, second = StayFactory.create_batch(2, room_type=kind)

    with transaction.atomic():
        refused = inventory.occupy(
            [
                Wish(room.pk, *hours(0, 20), "stay", stay_id=first.pk),
                Wish(room.pk, *hours(10, 30), "stay", stay_id=second.pk),
            ]
        )

    assert isinstance(refused[1], RoomTaken)
    assert Occupancy.objects.get().stay == first


def test_vacate_frees_the_room(kind):
    room = kind.rooms.first()
    stay = StayFactory(room_type=kind)
    with transaction.atomic():
        inventory.occupy([Wish(room.pk, *hours(0, 20), "stay", stay_id=stay.pk)])

        assert inventory.vacate(stay_ids=[stay.pk]) == 1

    assert Occupancy.objects.count() == 0


def test_the_database_never_gives_a_room_twice(kind):
    room = kind.rooms.first()
    for start, end in ((0, 20), (19, 30)):
        held = Occupancy(room=room, during=DateTimeTZRange(*hours(start, end)), kind="hold")
        if start:
            with pytest.raises(IntegrityError, match="occupancy_never_twice"):
                held.save()
        else:
            held.save()


@pytest.mark.django_db(transaction=True)
def test_two_clerks_at_the_last_room_one_sells_it():
    kind = RoomTypeFactory()
    RoomFactory(room_type=kind)

    def sell():
        with transaction.atomic():
            inventory.take([(kind.pk, TODAY)])

    refusal = overlap(sell, sell)

    assert isinstance(refusal, NoAvailability)
    assert Availability.objects.get(date=TODAY).sold == 1
