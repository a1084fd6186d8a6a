import datetime as dt

import pytest

from hotel.models import DeskTrace, OperationLock
from hotel.rooms import locks
from oms.models import Notice
from tests.concurrency import overlap
from tests.factories.hotel import AT, RoomFactory
from tests.factories.staff import StaffFactory

LATER = AT + locks.LEASE + dt.timedelta(seconds=1)


@pytest.fixture
def room(db):
    return RoomFactory(number="1208")


@pytest.fixture
def lin(db):
    return StaffFactory(display_name="Lin")


@pytest.fixture
def zhou(db):
    return StaffFactory(display_name="Zhou")


def take(room, who, at=AT, session=None):
    return locks.acquire(room_id=room.pk, session_key=session or who.username, purpose="check-in", by=who, at=at)


def test_acquire_is_refused_while_somebody_else_holds_it(room, lin, zhou):
    take(room, lin)

    with pytest.raises(locks.LockHeld) as refusal:
        take(room, zhou, at=AT + dt.timedelta(seconds=30))

    assert refusal.value.details == {
        "holder": "Lin",
        "room": "1208",
        "since": "06:00",
        "purpose": "check-in",
        "seconds": 60,
    }


def test_the_same_person_in_another_window_is_somebody_else(room, lin):
    take(room, lin, session="one")

    with pytest.raises(locks.LockHeld):
        take(room, lin, session="two")


def test_an_expired_lock_is_free_and_the_late_save_is_refused(room, lin, zhou):
    first = take(room, lin)

    second = take(room, zhou, at=LATER)

    assert second.token == first.token + 1
    with pytest.raises(locks.LockLost, match="Zhou has worked on room 1208"):
        locks.fence(room_id=room.pk, token=first.token)
    assert locks.fence(room_id=room.pk, token=second.token).holder == zhou


def test_renew_keeps_it_and_remembers_what_was_typed(room, lin, zhou):
    lock = take(room, lin)

    locks.renew(room_id=room.pk, token=lock.token, at=AT + dt.timedelta(seconds=80), draft={"name": "王芳"})

    with pytest.raises(locks.LockHeld):
        take(room, zhou, at=LATER)
    assert OperationLock.objects.get().draft == {"name": "王芳"}


def test_a_released_lock_is_free_at_once_and_its_token_is_never_given_again(room, lin, zhou):
    first = take(room, lin)

    assert locks.release(room_id=room.pk, token=first.token) is True
    second = take(room, zhou, at=AT + dt.timedelta(seconds=1))

    assert second.token > first.token
    assert locks.release(room_id=room.pk, token=first.token) is False


def test_force_takes_it_tells_the_loser_and_leaves_a_trace(room, lin, zhou):
    first = take(room, lin)
    locks.renew(room_id=room.pk, token=first.token, at=AT, draft={"name": "王芳"})

    forced = locks.force(room_id=room.pk, reason="guest is waiting", session_key="z", by=zhou, at=AT)

    assert forced.draft == {"name": "王芳"}
    with pytest.raises(locks.LockLost):
        locks.renew(room_id=room.pk, token=first.token, at=AT)
    assert list(Notice.objects.values_list("staff__display_name", "params__reason")) == [("Lin", "guest is waiting")]
    trace = DeskTrace.objects.get()
    assert (trace.action, trace.room_id, trace.reason, trace.data["loser"]) == (
        "room.lock_forced",
        room.pk,
        "guest is waiting",
        lin.pk,
    )


def test_force_needs_a_reason(room, lin, zhou):
    take(room, lin)

    with pytest.raises(locks.ReasonMissing):
        locks.force(room_id=room.pk, reason="  ", session_key="z", by=zhou, at=AT)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_gets_the_room():
    room, lin, zhou = RoomFactory(), StaffFactory(), StaffFactory()

    refusal = overlap(lambda: take(room, lin), lambda: take(room, zhou))

    assert isinstance(refusal, locks.LockHeld)
    assert OperationLock.objects.get().holder == lin
