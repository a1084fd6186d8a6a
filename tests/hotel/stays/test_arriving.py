"""Rooms are given and guests come in."""

import datetime as dt

import pytest

from hotel.models import DeskTrace, Folio, Occupancy, Room, RoomBlock, Stay
from hotel.rooms import locks
from hotel.stays import services
from oms.lib.books import breaches
from oms.outbox.models import OutboxMessage
from tests.factories.hotel import AT, TODAY, RoomFactory, RoomTypeFactory, StayFactory
from tests.hotel.stays.conftest import NIGHT, hours


def check_in(desk, *stays, **more):
    results = services.check_in(stay_ids=[stay.pk for stay in stays], **{**desk.who, **more})
    return [results[stay.pk] for stay in stays]


def test_assign_gives_rooms_for_the_whole_stay(desk):
    one, two = desk.book(desk.want(), desk.want())

    results = services.assign(choices=[(one.pk, desk.rooms[0].pk), (two.pk, desk.rooms[0].pk)], **desk.who)

    assert results[one.pk] is None
    assert isinstance(results[two.pk], services.RoomTaken)
    one.refresh_from_db()
    assert one.room == desk.rooms[0]
    assert set(one.nights.values_list("room_id", flat=True)) == {one.room_id}
    assert Occupancy.objects.get().during.upper == one.due_out_at
    assert breaches() == []


def test_a_stay_that_gets_another_room_gives_the_first_up(desk):
    stay = desk.stay(room_id=desk.rooms[0].pk)

    services.assign(choices=[(stay.pk, desk.rooms[1].pk)], pin=True, **desk.who)

    assert Occupancy.objects.get().room == desk.rooms[1]
    assert Stay.objects.get().is_pinned
    assert DeskTrace.objects.order_by("-pk")[0].data == {
        "before": desk.rooms[0].number,
        "after": desk.rooms[1].number,
    }
    assert breaches() == []


def test_assign_refuses_another_type_and_a_guest_who_is_in(desk):
    other = RoomFactory(room_type=RoomTypeFactory(property=desk.house))
    stay, inside = desk.stay(), desk.inside()

    results = services.assign(choices=[(stay.pk, other.pk), (inside.pk, desk.rooms[1].pk)], **desk.who)

    assert isinstance(results[stay.pk], services.WrongRoomType)
    assert isinstance(results[inside.pk], services.WrongStatus)


def test_unassign_takes_rooms_back_but_not_promised_ones(desk):
    free, promised = desk.book(desk.want(room_id=desk.rooms[0].pk), desk.want(room_id=desk.rooms[1].pk))
    services.pin_room(stay_id=promised.pk, is_pinned=True, **desk.who)

    results = services.unassign(stay_ids=[free.pk, promised.pk], **desk.who)

    assert results[free.pk] is None
    assert isinstance(results[promised.pk], services.Pinned)
    assert Occupancy.objects.get().stay == promised
    assert breaches() == []


def test_proposals_are_clean_first_then_liked_then_little_used(desk):
    dirty, worn, liked, taken = desk.rooms
    Room.objects.filter(pk=dirty.pk).update(housekeeping="dirty", nights_sold=0)
    Room.objects.filter(pk=worn.pk).update(nights_sold=50)
    Room.objects.filter(pk=liked.pk).update(nights_sold=90, features="quiet, bath")
    desk.stay(room_id=taken.pk)
    stay = desk.stay(guest_id=desk.guest(preferences="Quiet，high floor").pk)

    (found,) = services.propose_rooms([stay.pk]).values()

    assert [proposal.room_id for proposal in found] == [liked.pk, worn.pk, dirty.pk]
    assert (found[0].matches, found[2].is_clean) == (("quiet",), False)


def test_each_stay_is_proposed_another_best_room(desk):
    one, two = desk.book(desk.want(), desk.want())

    found = services.propose_rooms([one.pk, two.pk])

    assert found[one.pk][0].room_id != found[two.pk][0].room_id


def test_check_in_opens_the_room_and_the_bill(desk):
    stay = desk.stay(room_id=desk.rooms[0].pk)

    assert check_in(desk, stay, at=hours(1)) == [None]

    stay.refresh_from_db()
    assert (stay.status, stay.checked_in_at) == ("in_house", hours(1))
    assert Occupancy.objects.get().during.lower == hours(1)
    assert Folio.objects.get().stay == stay
    assert DeskTrace.objects.filter(action="stay.checked_in").get().room_id == stay.room_id
    message = OutboxMessage.objects.get(topic="hotel.stay_checked_in")
    assert message.payload["stays"] == [
        {"stay": stay.pk, "room": stay.room_id, "guest": stay.guest_id, "until": stay.due_out_at.isoformat()}
    ]
    assert breaches() == []


def test_check_in_of_a_group_answers_for_each(desk):
    ready, homeless, nobody = desk.book(
        desk.want(room_id=desk.rooms[0].pk), desk.want(), desk.want(room_id=desk.rooms[1].pk, guest_id=None)
    )

    results = check_in(desk, ready, homeless, nobody)

    assert [type(result) for result in results] == [type(None), services.NoRoom, services.NoGuest]
    assert Stay.objects.filter(status="in_house").get() == ready
    assert breaches() == []


def test_one_check_in_takes_few_statements_and_thirty_no_more(desk, django_assert_max_num_queries):
    """At most 25 is the promise; it takes 12, savepoint included."""
    RoomFactory.create_batch(30, room_type=desk.kind)
    rooms = list(Room.objects.filter(room_type=desk.kind))
    one = desk.stay(room_id=rooms[0].pk)
    many = desk.book(*[desk.want(room_id=room.pk) for room in rooms[1:31]])

    with django_assert_max_num_queries(14):
        check_in(desk, one)
    with django_assert_max_num_queries(14):
        assert set(check_in(desk, *many)) == {None}


@pytest.mark.parametrize(
    ("arrival", "nights", "refusal"),
    [(TODAY + NIGHT, 1, services.NotToday), (TODAY, 1, None), (TODAY, 365, None)],
)
def test_only_those_who_arrive_today_come_in(desk, arrival, nights, refusal):
    desk.price_to(arrival + NIGHT * nights)
    stay = desk.stay(nights, arrival=arrival, room_id=desk.rooms[0].pk)

    (result,) = check_in(desk, stay)

    assert isinstance(result, refusal) if refusal else result is None


def test_a_late_guest_comes_after_midnight_before_the_audit(desk):
    stay = desk.stay(1, room_id=desk.rooms[0].pk)

    assert check_in(desk, stay, at=hours(12)) == [None]  # 2:00 in Shanghai, still the same business date
    assert breaches() == []


def test_who_comes_when_the_stay_is_over_is_told_to_extend(desk):
    stay = desk.stay(1, room_id=desk.rooms[0].pk)

    (refusal,) = check_in(desk, stay, at=stay.due_out_at)

    assert isinstance(refusal, services.Overdue)
    assert refusal.details["until"] == "11-24 12:00"


def test_an_early_guest_waits_for_the_one_before(desk):
    room = desk.rooms[0]
    before = desk.inside(1, room)
    desk.roll()
    stay = desk.stay(1, arrival=TODAY + NIGHT, room_id=room.pk)

    (early,) = check_in(desk, stay, at=before.due_out_at - dt.timedelta(hours=1), anyway=True)
    (late,) = check_in(desk, stay, at=stay.due_in_at)

    assert isinstance(early, services.RoomTaken)
    assert isinstance(late, services.RoomTaken)  # the other has not left, whatever was planned
    assert early.details["by"].startswith(before.number)
    assert breaches() == []


def test_a_dirty_room_is_refused_unless_the_clerk_insists(desk):
    stay = desk.stay(room_id=desk.rooms[0].pk)
    Room.objects.update(housekeeping="dirty")

    (refusal,) = check_in(desk, stay)

    assert isinstance(refusal, services.RoomNotReady)
    assert not Folio.objects.exists()
    assert check_in(desk, stay, anyway=True) == [None]


def test_a_room_out_of_order_is_refused(desk):
    stay = desk.stay()
    block = RoomBlock.objects.create(
        room=desk.rooms[0], kind="ooo", from_on=TODAY, until_on=TODAY + NIGHT, reason="leak", created_at=AT
    )
    Occupancy.objects.create(room=desk.rooms[0], during=(AT, AT + NIGHT), kind="block", block=block)

    results = services.assign(choices=[(stay.pk, desk.rooms[0].pk)], **desk.who)

    assert isinstance(results[stay.pk], services.RoomTaken)


def test_a_blacklisted_guest_stays_out_unless_somebody_may_and_says_why(desk):
    guest = desk.guest(is_blacklisted=True, blacklist_reason="broke the minibar")
    stay = desk.stay(room_id=desk.rooms[0].pk, guest_id=guest.pk)

    (refusal,) = check_in(desk, stay)

    assert isinstance(refusal, services.Blacklisted)
    with pytest.raises(services.NotPermitted):
        check_in(desk, stay, override_reason="he paid")
    desk.clerk.is_superuser = True
    with pytest.raises(services.ReasonMissing):
        check_in(desk, stay, override_reason=" ")
    assert check_in(desk, stay, override_reason="he paid") == [None]
    assert DeskTrace.objects.get(action="stay.checked_in").reason == "he paid"


def test_a_late_save_is_fenced_off(desk):
    stay = desk.stay(room_id=desk.rooms[0].pk)
    lock = locks.acquire(room_id=stay.room_id, session_key="a", purpose="check-in", **desk.who)
    locks.force(room_id=stay.room_id, session_key="b", reason="gone for lunch", **desk.who)

    with pytest.raises(locks.LockLost):
        check_in(desk, stay, token=lock.token)
    assert not Folio.objects.exists()


def test_day_use_counts_its_hours_from_when_the_guest_comes(desk):
    stay = desk.stay(0, hours=4, start_at=AT, room_id=desk.rooms[0].pk)

    check_in(desk, stay, at=hours(1))

    stay.refresh_from_db()
    assert (stay.due_in_at, stay.due_out_at) == (hours(1), hours(5))
    assert breaches() == []


def test_nobody_checks_in_twice(desk):
    (refusal,) = check_in(desk, desk.inside())

    assert isinstance(refusal, services.WrongStatus)


def test_an_unknown_stay_is_an_error(desk):
    with pytest.raises(Stay.DoesNotExist):
        check_in(desk, StayFactory.build(pk=999999))
