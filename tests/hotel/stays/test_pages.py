"""Pages of the front desk: who may, what a refusal leaves, what comes of a check-in, how many questions a list asks."""

import datetime as dt
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hotel.folios.queries import deposits
from hotel.members import services as members
from hotel.models import Booking, DeskTrace, Folio, HourlyPrice, OperationLock, Shift, Stay
from hotel.rooms import locks
from hotel.stays import services
from oms.staff.roles import sync_roles
from tests.factories.hotel import AT, TODAY, PropertyFactory, RoomFactory
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db
NIGHT = dt.timedelta(days=1)
AFTERNOON = AT + dt.timedelta(hours=2)
WANG = {"name": "王芳", "id_type": "passport", "id_number": "E12345678", "phone": "13800136021"}


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    """The afternoon of the house's business date, whenever the tests run."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AFTERNOON)


def person(desk, *roles):
    sync_roles()
    staff = StaffFactory(branches=[desk.house.branch], language="en")
    staff.groups.set(Group.objects.filter(name__in=roles))
    Shift.objects.create(property=desk.house, staff=staff, business_date=TODAY, opened_at=AT)
    return staff


@pytest.fixture
def clerk(client, desk):
    staff = person(desk, "front_desk")
    client.force_login(staff)
    return staff


def ask(client, stay, action, **data):
    return client.get(reverse("stays:ask", args=[stay.number, action]), data)


def do(client, stay, action, **data):
    return client.post(reverse("stays:do", args=[stay.number, action]), data)


def pages(desk, stay):
    questions = "assign move swap dates price reverse restore no-show cancel reactivate guest sharer note"
    return [
        reverse("stays:list") + "?sort=-arrival",
        reverse("stays:booking-list"),
        reverse("stays:reserve"),
        reverse("stays:reserve-free"),
        reverse("stays:check-in"),
        reverse("stays:check-in") + f"?room={desk.rooms[2].pk}",
        reverse("stays:check-in") + f"?room={desk.rooms[2].pk}&day_use=1",
        reverse("stays:timing"),
        reverse("stays:leave") + f"?stay={stay.number}",
        reverse("stays:detail", args=[stay.number]),
        reverse("stays:booking", args=[stay.booking.number]),
        *(reverse("stays:ask", args=[stay.number, action]) for action in questions.split()),
    ]


def test_every_page_answers_the_manager_and_refuses_a_housekeeper(client, desk):
    stay = desk.inside()
    client.force_login(person(desk, "manager"))
    assert {path: client.get(path).status_code for path in pages(desk, stay)} == dict.fromkeys(pages(desk, stay), 200)

    client.force_login(person(desk, "housekeeping"))
    assert {path: client.get(path).status_code for path in pages(desk, stay)} == dict.fromkeys(pages(desk, stay), 403)


def test_another_branch_sees_nothing(client, desk):
    stay = desk.inside()
    sync_roles()
    stranger = StaffFactory(branches=[PropertyFactory().branch])
    stranger.groups.set(Group.objects.filter(name="manager"))
    client.force_login(stranger)

    assert client.get(reverse("stays:detail", args=[stay.number])).status_code == 404
    assert client.get(reverse("stays:booking", args=[stay.booking.number])).status_code == 404
    assert do(client, stay, "mark").status_code == 404
    assert stay.number not in client.get(reverse("stays:list") + "?sort=-arrival").content.decode()


# ---- check-in


def walk_in(client, desk, **fields):
    room = desk.rooms[0]
    data = {
        "room": room.pk,
        "departure_on": TODAY + NIGHT,
        "rate_plan": desk.plan.pk,
        "adults": 1,
        "cards": 1,
        "elapsed_ms": 41_000,
        "steps": 6,
        **fields,
    }
    return client.post(reverse("stays:check-in"), data)


def test_a_returning_guest_is_in_with_deposit_and_time(client, desk, clerk):
    guest = desk.guest()

    answer = walk_in(
        client, desk, guest=guest.pk, tender_kind=["wechat"], tender_amount=["600.00"], tender_reference=["W1"]
    )

    stay = Stay.objects.get()
    assert answer.url == reverse("stays:detail", args=[stay.number])
    assert (stay.status, stay.guest_id, stay.room) == ("in_house", guest.pk, desk.rooms[0])
    folio = Folio.objects.get(stay=stay)
    assert deposits([folio.pk]) == {folio.pk: Decimal("600.00")}
    timed = DeskTrace.objects.get(action="stay.timed")
    assert timed.data == {"ms": 41_000, "steps": 6, "kind": "returning", "cards": 1}
    assert not OperationLock.objects.filter(
        room=desk.rooms[0], expires_at__gt=AFTERNOON + dt.timedelta(seconds=1)
    ).exists()


def test_a_new_guest_is_registered(client, desk, clerk):
    walk_in(client, desk, new="1", **WANG)

    stay = Stay.objects.select_related("guest").get()
    assert (stay.guest.name, stay.guest.id_tail, stay.guest.phone_tail) == ("王芳", "5678", "6021")


def test_a_refused_check_in_leaves_nothing_but_what_was_typed(client, desk, clerk):
    desk.inside(room=desk.rooms[0])

    answer = walk_in(client, desk, new="1", **WANG, tender_kind=["cash"], tender_amount=["600"], tender_reference=["x"])

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "is taken" in page
    for typed in ('value="王芳"', 'value="E12345678"', 'value="600"', 'value="41000"'):
        assert typed in page
    assert Stay.objects.count() == 1
    assert not desk.house.branch.guests.filter(name="王芳").exists()


def test_fields_that_are_wrong_are_named(client, desk, clerk):
    answer = walk_in(client, desk, new="1", name="", id_number="", phone="1")

    assert answer.status_code == 422
    assert "id_name-bad" in answer.content.decode()
    assert Stay.objects.count() == 0


def test_a_late_save_is_refused_and_kept_on_screen(client, desk, clerk):
    room, guest = desk.rooms[0], desk.guest()
    lock = locks.acquire(room_id=room.pk, session_key="x", purpose="Check-in", by=clerk, at=AFTERNOON)
    locks.force(room_id=room.pk, reason="urgent", session_key="y", by=desk.clerk, at=AFTERNOON)

    answer = walk_in(client, desk, guest=guest.pk, note="sea view", lock_token=lock.token)

    assert "has worked on room" in answer.content.decode()
    assert 'value="sea view"' in answer.content.decode()
    assert Stay.objects.count() == 0


def test_a_price_below_the_limit_asks_a_supervisor(client, desk, clerk):
    guest = desk.guest()

    inside_limit = walk_in(client, desk, guest=guest.pk, price="280", reason="regular guest")
    Stay.objects.get()
    too_low = walk_in(
        client, desk, guest=desk.guest().pk, room=desk.rooms[1].pk, price="100", reason="friend"
    ).content.decode()

    assert inside_limit.status_code == 302
    assert Stay.objects.get().nights.get().price == Decimal("280.00")
    assert 'id="approval"' in too_low
    assert 'value="100"' in too_low


def test_guests_are_found_and_masked_numbers_only(client, desk, clerk):
    members.register_guest(
        branch_id=desk.house.branch_id,
        person=members.Person("王芳", "passport", "E12345678", "13800136021"),
        by=clerk,
        at=AT,
    )

    page = client.post(reverse("stays:check-in-find"), {"q": "6021"}).content.decode()

    assert "王芳" in page
    assert "13800136021" not in page
    assert "E12345678" not in page


def test_as_last_time_prices_again_and_shows_the_difference(client, desk, clerk):
    guest = desk.guest()
    stay = desk.inside(guest_id=guest.pk, nights=2)
    Stay.objects.filter(pk=stay.pk).update(
        status="checked_out",
        checked_out_at=AT,
        arrival_on=TODAY - 2 * NIGHT,
        departure_on=TODAY,
    )
    stay.nights.update(price="260.00")

    page = client.post(
        reverse("stays:check-in-plan"), {"room": desk.rooms[1].pk, "guest": guest.pk, "last": "1"}
    ).content.decode()

    assert "+40.00" in page
    assert f'value="{TODAY + 2 * NIGHT}"' in page
    assert 'data-due="900.00"' in page  # two nights of 300 and the deposit


def test_a_booked_guest_comes_with_their_room(client, desk, clerk):
    stay = desk.stay(room_id=desk.rooms[1].pk)

    answer = walk_in(client, desk, stay=stay.number, room=desk.rooms[2].pk, departure_on="")

    stay.refresh_from_db()
    assert answer.status_code == 302
    assert (stay.status, stay.room) == ("in_house", desk.rooms[2])


# ---- lists


@pytest.mark.parametrize("name", ["stays:list", "stays:booking-list"])
def test_a_list_asks_as_often_for_one_row_as_for_thirty(client, desk, clerk, name):
    RoomFactory.create_batch(40, room_type=desk.kind)
    desk.stay(nights=1)
    path = reverse(name) + "?size=50"
    client.get(path)
    with CaptureQueriesContext(connection) as one:
        client.get(path)
    for _n in range(29):
        desk.stay(nights=1)
    with CaptureQueriesContext(connection) as thirty:
        assert client.get(path).content.decode().count("<tr tabindex") == 30
    assert len(thirty) == len(one)
    assert len(one) <= 20


def test_the_desk_s_tabs_hold_who_they_say(client, desk, clerk):
    coming = desk.stay()
    inside = desk.inside(nights=1)
    later = desk.stay(arrival=TODAY + 3 * NIGHT)

    def shown(query):
        page = client.get(f"{reverse('stays:list')}?{query}").content.decode()
        return {stay.number for stay in (coming, inside, later) if stay.number in page}

    assert shown("when=arrivals") == {coming.number}
    assert shown("when=in_house") == {inside.number}
    assert shown("when=due_outs") == set()
    desk.roll()
    assert shown("when=due_outs") == {inside.number}
    assert shown("when=late_arrivals") == {coming.number}
    assert shown("sort=-arrival") == {coming.number, inside.number, later.number}


def test_a_batch_answers_for_each_stay(client, desk, clerk):
    ready, roomless = desk.stay(room_id=desk.rooms[0].pk), desk.stay()

    page = client.post(reverse("stays:batch", args=["check-in"]), {"ids": [ready.pk, roomless.pk]}).content.decode()

    assert "1 done, 1 refused" in page
    assert "has no room yet" in page
    assert Stay.objects.get(pk=ready.pk).status == "in_house"


def test_a_batch_assigns_rooms_by_itself(client, desk, clerk):
    stays = [desk.stay(), desk.stay()]

    client.post(reverse("stays:batch", args=["assign"]), {"ids": [stay.pk for stay in stays]})

    rooms = set(Stay.objects.values_list("room_id", flat=True))
    assert len(rooms) == 2
    assert None not in rooms


# ---- the stay


def test_moving_asks_first_and_keeps_what_was_typed_when_refused(client, desk, clerk):
    stay = desk.inside()
    other = desk.inside(room=desk.rooms[1])

    refused = do(client, stay, "move", room=other.room_id, keep_price="1", reason="noise").content.decode()
    moved = do(client, stay, "move", room=desk.rooms[2].pk, keep_price="1", reason="noise")

    assert 'value="noise"' in refused
    assert moved.status_code == 302
    assert Stay.objects.get(pk=stay.pk).room == desk.rooms[2]


def test_a_later_departure_is_shown_with_its_price_before(client, desk, clerk):
    stay = desk.inside(nights=1)

    page = ask(client, stay, "dates", departure_on=TODAY + 3 * NIGHT).content.decode()
    do(client, stay, "dates", departure_on=TODAY + 3 * NIGHT)

    assert "¥900.00" in page
    assert Stay.objects.get(pk=stay.pk).departure_on == TODAY + 3 * NIGHT


def test_a_check_out_is_restored_after_its_table(client, desk, clerk):
    stay = desk.inside()
    services.check_out(stay_ids=[stay.pk], by=clerk, at=AFTERNOON)
    client.force_login(person(desk, "front_desk", "duty_manager"))

    assert "What comes back, and what does not" in ask(client, stay, "restore").content.decode()
    assert "Say why" in do(client, stay, "restore", reason="").content.decode()
    assert do(client, stay, "restore", reason="wrong room").status_code == 302
    assert Stay.objects.get(pk=stay.pk).status == "in_house"


def test_restored_on_a_later_date_it_asks_for_the_departure_and_the_nights_since(client, desk, clerk):
    stay = desk.inside()
    services.check_out(stay_ids=[stay.pk], by=clerk, at=AFTERNOON)
    desk.roll(2)
    client.force_login(person(desk, "manager"))
    until = TODAY + 4 * NIGHT

    page = ask(client, stay, "restore").content.decode()
    assert f'value="{TODAY + 3 * NIGHT}"' in page
    assert "2 nights until 2026-11-25 have passed since: they are charged now, 600.00." in page
    page = ask(client, stay, "restore", departure_on=until, between="away").content.decode()
    assert "free, the guest was away" in page
    assert "2 nights until 2026-11-27 are added at 600.00." in page
    past = do(client, stay, "restore", reason="x", departure_on=TODAY)
    assert "is not after the arrival" in past.content.decode()
    assert do(client, stay, "restore", reason="x", departure_on=until, between="away").status_code == 302
    restored = Stay.objects.get(pk=stay.pk)
    assert (restored.status, restored.departure_on) == ("in_house", until)
    assert list(restored.nights.order_by("date").values_list("price", flat=True)) == [0, 0, 300, 300]


def test_prices_by_hand_need_a_reason_and_show_it(client, desk, clerk):
    stay = desk.stay(nights=1)
    field = f"price_{TODAY:%Y%m%d}"

    assert "Say why" in do(client, stay, "price", **{field: "280.00"}).content.decode()
    do(client, stay, "price", **{field: "280.00"}, reason="long-standing guest")

    assert stay.nights.get().price == Decimal("280.00")
    assert "long-standing guest" in client.get(reverse("stays:detail", args=[stay.number])).content.decode()


def test_another_guest_shares_the_room_with_a_window_of_their_own(client, desk, clerk):
    stay = desk.inside()

    do(client, stay, "sharer", guest=desk.guest().pk, own_folio="on")

    assert stay.sharers.count() == 1
    assert list(stay.folios.order_by("window").values_list("window", flat=True)) == [1, 2]


def test_cancelling_shows_the_fee_and_needs_a_reason(client, desk, clerk):
    stay = desk.stay()

    assert "Cancellation fee" in ask(client, stay, "cancel").content.decode()
    do(client, stay, "cancel", reason="flight")
    assert Stay.objects.get(pk=stay.pk).status == "cancelled"
    do(client, stay, "reactivate", reason="flies after all")
    assert Stay.objects.get(pk=stay.pk).status == "confirmed"


# ---- bookings


def reserve(client, desk, **fields):
    data = {
        "form": "single",
        "arrival_on": TODAY + NIGHT,
        "departure_on": TODAY + 3 * NIGHT,
        "rate_plan": desk.plan.pk,
        "source": "phone",
        "adults": 1,
        "guest_name": "Li Lei",
        f"rooms_{desk.kind.pk}": 1,
        **fields,
    }
    return client.post(reverse("stays:reserve"), data)


def test_a_group_has_its_rooms_and_a_master_folio(client, desk, clerk):
    reserve(client, desk, form="group", title="Tea Society", guest_name="", **{f"rooms_{desk.kind.pk}": 3})

    booking = Booking.objects.get()
    assert (booking.kind, booking.stays.count()) == ("group", 3)
    assert Folio.objects.get(booking=booking).kind == "master"


def test_day_use_and_the_waitlist_are_bookings_too(client, desk, clerk):
    HourlyPrice.objects.create(room_type=desk.kind, hours=4, price="150", extra_hour="40", most="300")

    reserve(client, desk, form="day_use", hours=4, start_at="10:00")
    reserve(client, desk, form="waitlist")

    assert list(Stay.objects.order_by("pk").values_list("is_day_use", "status")) == [
        (True, "confirmed"),
        (False, "waitlisted"),
    ]
    waiting = Stay.objects.get(status="waitlisted")
    do(client, waiting, "confirm")
    assert Stay.objects.get(pk=waiting.pk).status == "confirmed"


def test_more_rooms_than_there_are_is_a_fact_and_loses_nothing(client, desk, clerk):
    answer = reserve(client, desk, **{f"rooms_{desk.kind.pk}": 9}, note="quiet")

    page = answer.content.decode()
    assert "is sold out" in page
    assert 'value="9"' in page
    assert "quiet" in page
    assert Booking.objects.count() == 0


def test_a_rooming_list_names_guests_gives_rooms_and_shows_what_it_refused(client, desk, clerk):
    reserve(client, desk, form="group", title="Tea", guest_name="", **{f"rooms_{desk.kind.pk}": 2})
    booking = Booking.objects.get()
    number = desk.rooms[0].number
    rows = [
        f"王芳,E12345678,13800136021,{number}",
        f"李雷,E87654321,13800136022,{number}",
        ",E1,,",
        "赵四,E55566677,,9999",
    ]
    text = "\n".join(["姓名,证件号,手机,房号", *rows])

    page = client.post(reverse("stays:rooming", args=[booking.number]), {"text": text}).content.decode()

    named = booking.stays.get(guest__isnull=False)
    assert (named.guest_name, named.room.number) == ("王芳", number)
    assert [sharer.guest.name for sharer in named.sharers.all()] == ["李雷"]
    assert "There is no room 9999." in page
    assert "The name is missing." in page
    assert "赵四" in page


def test_availability_shows_price_rule_and_sold_out(client, desk, clerk):
    for room in desk.rooms:
        desk.stay(room_id=room.pk, nights=1)

    page = client.get(
        reverse("stays:reserve-free"), {"arrival_on": TODAY, "departure_on": TODAY + NIGHT, "form": "single"}
    ).content.decode()
    wrong = client.get(reverse("stays:reserve-free"), {"arrival_on": TODAY, "departure_on": TODAY}).content.decode()

    assert "sold out" in page
    assert "300" in page
    assert "The departure has to be after the arrival" in wrong
