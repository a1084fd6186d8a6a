"""What the desk must not miss: leaving guests, late ones, wake-ups; each told once, to those at that desk."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from hotel.models import DeskNote, DeskWatch, Shift, Stay
from hotel.stays import services
from hotel.stays.services import people, reminding
from oms.notices.models import Notice
from oms.notices.services import text_of
from oms.staff.roles import sync_roles
from tests.factories.hotel import AT, TODAY
from tests.factories.staff import StaffFactory
from tests.hotel.stays.conftest import Desk

MINUTE = dt.timedelta(minutes=1)


def told(staff):
    return [text_of(notice) for notice in Notice.objects.filter(staff=staff).order_by("pk")]


@pytest.fixture
def colleague(desk):
    staff = StaffFactory(branches=[desk.house.branch], language="en")
    Shift.objects.create(property=desk.house, staff=staff, business_date=TODAY, opened_at=AT)
    return staff


def wake(desk, stay, due_at, kind="wake_up"):
    return people.note_down(stay_id=stay.pk, kind=kind, due_at=due_at, text="tea", **desk.who)


def test_a_mark_is_told_to_the_others_at_the_desk_once(desk, colleague):
    stays = [desk.inside(2, room=room) for room in desk.rooms[:2]]
    for _n in range(2):
        services.mark_departure(stay_ids=[stay.pk for stay in stays], is_leaving=True, **desk.who)
    rooms = ", ".join(room.number for room in desk.rooms[:2])
    assert told(colleague) == [f"About to leave: {rooms}"]
    assert told(desk.clerk) == []

    services.mark_departure(stay_ids=[stays[0].pk], is_leaving=False, **desk.who)
    services.mark_departure(stay_ids=[stays[0].pk], is_leaving=True, **desk.who)
    assert told(colleague)[1:] == [f"About to leave: {desk.rooms[0].number}"]
    assert Notice.objects.last().url == reverse("stays:detail", args=[stays[0].number])


def test_where_nobody_has_a_shift_open_everybody_of_the_desk_is_told(desk):
    sync_roles()
    clerk, cleaner = (StaffFactory(branches=[desk.house.branch], language="en") for _n in range(2))
    elsewhere = StaffFactory(language="en")
    clerk.groups.set(Group.objects.filter(name="front_desk"))
    elsewhere.groups.set(Group.objects.filter(name="front_desk"))
    cleaner.groups.set(Group.objects.filter(name="housekeeping"))
    stay = desk.inside(2)
    Shift.objects.update(closed_at=AT, counted_at=AT)
    services.mark_departure(stay_ids=[stay.pk], is_leaving=True, **desk.who)
    assert [len(told(staff)) for staff in (clerk, cleaner, elsewhere)] == [1, 0, 0]


def test_a_late_departure_and_a_wake_up_are_told_at_their_minute_and_once(desk, colleague):
    stay = desk.inside(1)
    out = stay.due_out_at
    wake(desk, stay, out - 60 * MINUTE)
    assert reminding.remind(at=out - 90 * MINUTE) == 0
    assert reminding.remind(at=out - 61 * MINUTE) == 0
    assert reminding.remind(at=out - 60 * MINUTE) == 1
    assert reminding.remind(at=out - 60 * MINUTE) == 0
    assert reminding.remind(at=out) == 1
    assert reminding.remind(at=out + 60 * MINUTE) == 0
    room = desk.rooms[0].number
    assert told(colleague) == told(desk.clerk) == [f"Wake-up call now: {room}", f"Should have left by now: {room}"]


def test_what_fell_due_while_nobody_looked_is_told_late(desk, colleague):
    stay = desk.inside(1)
    reminding.remind(at=AT)
    assert reminding.remind(at=stay.due_out_at + 300 * MINUTE) == 1


def test_a_guest_who_extends_is_told_of_anew(desk, colleague):
    stay = desk.inside(1)
    reminding.remind(at=AT)
    reminding.remind(at=stay.due_out_at)
    services.extend(stay_id=stay.pk, departure_on=TODAY + dt.timedelta(days=2), by=None, at=stay.due_out_at)
    assert reminding.remind(at=stay.due_out_at + 60 * MINUTE) == 0
    assert reminding.remind(at=stay.due_out_at + 24 * 60 * MINUTE) == 1


def test_done_notes_and_guests_not_in_the_house_ring_nowhere(desk, colleague):
    reminding.remind(at=AT)
    stay, coming = desk.inside(3), desk.stay(3)
    done = wake(desk, stay, AT + MINUTE)
    wake(desk, coming, AT + MINUTE)
    people.settle_note(stay_id=stay.pk, note_id=done.pk, **desk.who)
    assert reminding.remind(at=AT + 2 * MINUTE) == 0


def test_as_many_statements_for_many_as_for_few(desk, colleague):
    reminding.remind(at=AT)
    for room in desk.rooms[:3]:
        wake(desk, desk.inside(3, room=room), AT + MINUTE)
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert reminding.remind(at=AT + MINUTE) == 3
    for stay in list(DeskNote.objects.values_list("stay", flat=True)) * 4:
        DeskNote.objects.create(stay_id=stay, kind="wake_up", due_at=AT + 2 * MINUTE, made_at=AT)
    with CaptureQueriesContext(connection) as many:
        assert reminding.remind(at=AT + 2 * MINUTE) == 12
    assert len(many) == len(few)


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_tell_once():
    desk = Desk()
    stay = desk.inside(1)
    reminding.remind(at=AT)

    def alone():
        try:
            return reminding.remind(at=stay.due_out_at)
        finally:
            connection.close()

    from concurrent.futures import ThreadPoolExecutor

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        assert reminding.remind(at=stay.due_out_at) == 1
        assert pool.submit(alone).result(timeout=10) == 0
    assert Notice.objects.count() == 1
    assert DeskWatch.objects.get().told_until == stay.due_out_at


def test_it_rings_on_every_page_of_the_desk_until_seen_to(client, desk):
    sync_roles()
    clerk, other = (StaffFactory(branches=[desk.house.branch], language="en") for _n in range(2))
    for staff in (clerk, other):
        staff.groups.set(Group.objects.filter(name="front_desk"))
    Shift.objects.create(property=desk.house, staff=clerk, business_date=TODAY, opened_at=AT)
    stay = desk.inside(3)
    Stay.objects.update(guest_name="Zhang Sanfeng")
    note = wake(desk, stay, timezone.now() - MINUTE)
    client.force_login(other)  # at no desk: others have a shift open
    assert "Seen to" not in client.get(reverse("stays:list"), {"when": "in_house"}).content.decode()
    client.force_login(clerk)
    page = client.get(reverse("stays:list"), {"when": "in_house"}).content.decode()
    assert "Seen to" in page
    assert "Sanfeng" not in page.split('id="ringing"')[1].split("</aside>")[0]

    answer = client.post(reverse("stays:ringing"), {"note": note.pk}, headers={"HX-Request": "true"})

    assert "Seen to" not in answer.content.decode()
    note.refresh_from_db()
    assert note.done_by == clerk
    assert client.post(reverse("stays:ringing"), {"note": note.pk}).status_code == 404
    assert "Seen to" not in client.get(reverse("stays:list"), {"when": "in_house"}).content.decode()


def test_another_hotels_note_is_not_there(client, desk):
    sync_roles()
    stranger = StaffFactory(branches=[Desk().house.branch])
    stranger.groups.set(Group.objects.filter(name="front_desk"))
    note = wake(desk, desk.inside(3), timezone.now() - MINUTE)
    client.force_login(stranger)
    assert client.post(reverse("stays:ringing"), {"note": note.pk}).status_code == 404
    note.refresh_from_db()
    assert note.done_at is None
