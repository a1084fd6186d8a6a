"""Many want the last room, one stay, one room at the same moment. Each race is also run without its guard."""

import threading

import pytest
from django.db import IntegrityError, connection

from hotel.models import Availability, Folio, Occupancy, Stay
from hotel.stays import inventory, services
from hotel.stays.inventory import Wish
from oms.lib.books import breaches
from oms.lib.errors import DomainError
from tests.concurrency import overlap
from tests.factories.hotel import TODAY, RoomFactory, RoomTypeFactory
from tests.hotel.stays.conftest import NIGHT, Desk, hours

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(transactional_db):
    return Desk()


def together(count, command):
    """Run ``command(number)`` on so many connections at once; what each returned or raised."""
    answers, ready = [], threading.Barrier(count)

    def run(number):
        try:
            ready.wait(timeout=30)
            answers.append(command(number))
        except (DomainError, IntegrityError) as refusal:
            answers.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


def connections_to_spare():
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT current_setting('max_connections')::int - (SELECT count(*) FROM pg_stat_activity) - 10"""
        )
        return cursor.fetchone()[0]


def test_a_hundred_at_the_last_room_of_a_type_and_one_has_it(desk):
    desk.book(*[desk.want(1)] * 3)  # one of four is left
    request, count = desk.want(1), min(100, connections_to_spare())

    answers = together(count, lambda _n: desk.book(request))

    winners = [answer for answer in answers if isinstance(answer, list)]
    refusals = [answer for answer in answers if isinstance(answer, services.NoAvailability)]
    assert (len(winners), len(refusals)) == (1, count - 1)
    assert Availability.objects.get().sold == 4
    assert breaches() == []


def test_a_hundred_at_one_room_and_one_has_it(desk):
    request, count = desk.want(1, room_id=desk.rooms[0].pk), min(100, connections_to_spare())

    answers = together(count, lambda _n: desk.book(request))

    assert sum(isinstance(answer, list) for answer in answers) == 1
    assert sum(isinstance(answer, services.RoomTaken | services.NoAvailability) for answer in answers) == count - 1
    assert Occupancy.objects.count() == 1
    assert breaches() == []


def blind(monkeypatch):
    """Nobody looks whether a room is free, and nobody waits for the one before."""
    monkeypatch.setattr(inventory, "_conflicts", lambda _wishes, _rooms, **_more: {})
    monkeypatch.setattr(inventory, "_lock_rooms", lambda _wishes: {})


def take(stay, room):
    return inventory.occupy([Wish(room.pk, hours(0), hours(20), "stay", stay_id=stay.pk)])


def test_without_the_look_the_exclusion_constraint_still_stops_the_second(desk, monkeypatch):
    one, two = desk.book(desk.want(1), desk.want(1))
    blind(monkeypatch)

    error = overlap(lambda: take(one, desk.rooms[0]), lambda: take(two, desk.rooms[0]))

    assert isinstance(error, IntegrityError)
    assert "occupancy_never_twice" in str(error)


def test_without_the_constraint_as_well_the_room_is_given_twice(desk, monkeypatch):
    """What the constraint is for: nothing else would notice."""
    stays = desk.book(*[desk.want(1)] * 4)
    blind(monkeypatch)
    constraint = next(c for c in Occupancy._meta.constraints if c.name == "occupancy_never_twice")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Occupancy, constraint)
    try:
        together(4, lambda n: take(stays[n], desk.rooms[0]))

        assert Occupancy.objects.count() == 4
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE hotel_occupancy")
        with connection.schema_editor() as editor:
            editor.add_constraint(Occupancy, constraint)


def test_without_the_lock_of_the_date_the_check_stops_the_oversale(desk, monkeypatch):
    desk.book(*[desk.want(1)] * 3)
    request = desk.want(1)
    monkeypatch.setattr(inventory, "_LOCK", inventory._LOCK.replace("FOR NO KEY UPDATE OF a", ""))

    error = overlap(lambda: desk.book(request), lambda: desk.book(request))

    assert isinstance(error, IntegrityError)
    assert "availability_never_oversold" in str(error)


def test_two_clerks_check_in_the_same_stay(desk):
    stay = desk.stay(room_id=desk.rooms[0].pk)
    answers = []

    def check_in():
        answers.append(services.check_in(stay_ids=[stay.pk], **desk.who)[stay.pk])

    assert overlap(check_in, check_in) is None
    assert answers[0] is None
    assert isinstance(answers[1], services.WrongStatus)
    assert Folio.objects.count() == 1
    assert breaches() == []


def test_who_waits_for_a_stay_sees_the_room_it_has_by_then(desk):
    stay = desk.stay(room_id=desk.rooms[0].pk)
    answers = []

    error = overlap(
        lambda: services.assign(choices=[(stay.pk, desk.rooms[1].pk)], **desk.who),
        lambda: answers.append(services.check_in(stay_ids=[stay.pk], **desk.who)),
    )

    assert (error, answers) == (None, [{stay.pk: None}])
    assert Stay.objects.get().room == desk.rooms[1]
    assert breaches() == []


def test_who_waits_for_a_stay_sees_the_type_it_has_by_then(desk):
    suite = RoomFactory(room_type=RoomTypeFactory(property=desk.house))
    stay, asked = desk.stay(), {"keep_price": True, "reason": ""}

    error = overlap(
        lambda: services.move(stay_id=stay.pk, room_id=suite.pk, **asked, **desk.who),
        lambda: services.move(stay_id=stay.pk, room_id=desk.rooms[1].pk, **asked, **desk.who),
    )

    assert error is None
    assert Stay.objects.get().room == desk.rooms[1]
    assert breaches() == []


def test_two_guests_move_into_one_room(desk):
    one, two = desk.inside(2, desk.rooms[0]), desk.inside(2, desk.rooms[1])
    room = desk.rooms[2]

    def move(stay):
        services.move(stay_id=stay.pk, room_id=room.pk, keep_price=True, reason="noise", by=None, at=hours(1))

    error = overlap(lambda: move(one), lambda: move(two))

    assert isinstance(error, services.RoomTaken)
    assert one.number in error.details["by"]
    assert Stay.objects.get(room=room) == one
    assert breaches() == []


def test_one_extends_while_another_is_given_the_room(desk):
    stay = desk.inside(1)
    other = desk.stay(1, arrival=TODAY + NIGHT)

    error = overlap(
        lambda: services.assign(choices=[(other.pk, desk.rooms[0].pk)], **desk.who),
        lambda: services.extend(stay_id=stay.pk, departure_on=TODAY + 2 * NIGHT, **desk.who),
    )

    assert isinstance(error, services.RoomTaken)
    assert breaches() == []


def test_a_charge_while_checking_out_keeps_the_guest_in(desk):
    stay = desk.inside(0, hours=4, start_at=hours(0))
    results = []

    error = overlap(
        lambda: desk.charge(stay, "38.00"),
        lambda: results.append(services.check_out(stay_ids=[stay.pk], **desk.who)),
    )

    assert "38.00" in str(error) if error else isinstance(results[0][stay.pk], services.BalanceOpen)
    assert Stay.objects.get().status == "in_house"
    assert breaches() == []


def test_opposite_moves_between_types_do_not_deadlock(desk):
    suite = RoomTypeFactory(property=desk.house, name="Suite")
    rooms = RoomFactory.create_batch(4, room_type=suite)
    desk.price(suite, "500.00")
    up = desk.inside(9, desk.rooms[0])
    down = desk.inside(9, rooms[0], room_type_id=suite.pk)
    asked = {"keep_price": True, "reason": "noise", "by": None, "at": hours(1)}

    for _again in range(3):
        answers = together(
            2,
            lambda n: services.move(stay_id=(up, down)[n].pk, room_id=(rooms[1], desk.rooms[1])[n].pk, **asked),
        )
        assert [type(answer) for answer in answers if isinstance(answer, Exception)] in (
            [],
            [services.SameRoom, services.SameRoom],
        )
    assert breaches() == []
