import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from hotel.models import Folio, FolioEntry, OperationLock, Room
from hotel.rooms import locks, queries, services
from hotel.rooms.states import room_code
from oms.models import Branch
from oms.notices.channels import allowed_channels
from tests.factories.hotel import (
    AT,
    TODAY,
    GuestFactory,
    PropertyFactory,
    RoomFactory,
    RoomTypeFactory,
    StayFactory,
    a_house,
)
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def kind():
    return RoomTypeFactory(property=PropertyFactory(), name="King")


@pytest.fixture
def room(kind):
    return RoomFactory(room_type=kind, number="1208")


@pytest.fixture
def clerk(kind):
    return StaffFactory(is_superuser=True, branches=[kind.property.branch])


def in_house(room, **more):
    fields = {"guest": GuestFactory(), "status": "in_house", "checked_in_at": AT, "room": room} | more
    return StayFactory(room_type=room.room_type, guest_name="Lin Wan", **fields)


def tile_of(room, at=AT):
    return next(tile for tile in queries.board(room.property_id, at) if tile.room_id == room.pk)


@pytest.mark.parametrize("housekeeping", ["dirty", "cleaning", "clean", "inspected"])
@pytest.mark.parametrize("occupied", [False, True])
def test_the_code_is_what_the_table_says(room, housekeeping, occupied):
    Room.objects.update(housekeeping=housekeeping)
    if occupied:
        in_house(room)

    assert tile_of(room).code == room_code(occupied=occupied, housekeeping=housekeeping, block=None)


def test_a_tile_says_who_is_in_and_when_they_leave(room):
    stay = in_house(room, arrival_on=TODAY - DAY, departure_on=TODAY, due_in_at=AT - DAY, due_out_at=AT - 2 * HOUR)

    tile = tile_of(room)

    assert (tile.stay_id, tile.guest_name, tile.is_due_out, tile.is_overdue) == (stay.pk, "Lin Wan", True, True)
    assert tile.marks == ["out", "late"]


def test_a_tile_says_who_comes(room):
    stay = StayFactory(room_type=room.room_type, room=room, guest_name="Zhou")
    StayFactory(room_type=room.room_type, room=room, arrival_on=TODAY + DAY, departure_on=TODAY + 2 * DAY)

    tile = tile_of(room)

    assert (tile.arrival_id, tile.arrival_name, tile.marks) == (stay.pk, "Zhou", ["in"])


def test_a_tile_warns_of_a_balance_above_the_deposit(room):
    stay = in_house(room)
    folio = Folio.objects.create(property=room.property, number="FO1", kind="stay", stay=stay)
    entry = {"folio": folio, "property": room.property, "business_date": TODAY, "at": AT}
    FolioEntry.objects.create(kind="deposit", ledger="deposit", tender="cash", amount=-100, **entry)
    FolioEntry.objects.create(kind="charge", amount=100, **entry)
    assert tile_of(room).owed == 0

    FolioEntry.objects.create(kind="charge", amount=30, **entry)

    assert (tile_of(room).owed, tile_of(room).marks) == (30, ["owes"])


def test_a_tile_names_the_lock_until_it_expires(room, clerk):
    locks.acquire(room_id=room.pk, session_key="s", purpose="check-in", by=clerk, at=AT)

    assert tile_of(room).lock_holder == clerk.display_name
    assert tile_of(room, AT + locks.LEASE).lock_holder == ""


def test_a_blocked_room_shows_the_block(room):
    services.block_rooms(
        room_ids=[room.pk], kind="oos", from_on=TODAY, until_on=TODAY + DAY, reason="carpet", by=None, at=AT
    )

    tile = tile_of(room)

    assert (tile.code, tile.block_reason, tile.block_until) == ("OOS", "carpet", TODAY + DAY)


def test_rooms_out_of_service_dates_are_not_shown(room):
    Room.objects.update(in_service_until=TODAY)

    assert queries.board(room.property_id, AT) == []


def test_the_board_needs_the_same_few_queries_for_any_number_of_rooms():
    small, large = a_house(rooms=12, days=3), a_house(rooms=240, days=3)

    with CaptureQueriesContext(connection) as few:
        assert len(queries.board(small.pk, AT)) == 12
    with CaptureQueriesContext(connection) as many:
        assert len(queries.board(large.pk, AT)) == 240

    assert len(many) == len(few) == 4


def test_the_board_is_ordered_by_floor_then_number_as_people_count():
    kind = RoomTypeFactory()
    for floor, number in [("9", "909"), ("10", "1001"), ("9", "902"), ("10", "1010")]:
        RoomFactory(room_type=kind, floor=floor, number=number)

    found = queries.board(kind.property_id, AT)

    assert [tile.number for tile in found] == ["1001", "1010", "902", "909"]
    assert [floor for floor, _tiles in queries.floors(found)] == ["10", "9"]


# ---- pages


def test_the_page_shows_every_room_and_counts_them(client, clerk, room):
    in_house(room)
    client.force_login(clerk)

    answer = client.get(reverse("rooms:board"))

    assert f'id="room-{room.pk}"' in answer.content.decode()
    assert (answer.context["figures"].codes, answer.context["figures"].in_house) == ({"OC": 1}, 1)


def test_only_the_rooms_asked_for_are_drawn_anew(client, clerk, room, kind):
    other = RoomFactory(room_type=kind, number="1209")
    client.force_login(clerk)

    html = client.get(reverse("rooms:tiles"), {"rooms": str(room.pk)}).content.decode()

    assert f'id="room-{room.pk}"' in html
    assert f'id="room-{other.pk}"' not in html


def test_names_are_masked_for_those_who_may_not_see_stays(client, room):
    keeper = StaffFactory(branches=[room.property.branch])
    keeper.user_permissions.add(Permission.objects.get(codename="view_room"))
    in_house(room)
    client.force_login(keeper)

    html = client.get(reverse("rooms:board")).content.decode()

    assert "Lin Wan" not in html
    assert "L* W*" in html


def test_a_room_of_another_branch_is_not_found(client, room):
    stranger = StaffFactory(branches=[PropertyFactory().branch])
    stranger.user_permissions.add(*Permission.objects.filter(content_type__app_label="hotel"))
    client.force_login(stranger)

    assert client.get(reverse("rooms:panel", args=[room.pk])).status_code == 404
    assert client.post(reverse("rooms:lock", args=[room.pk])).status_code == 404
    client.post(reverse("rooms:housekeeping"), {"rooms": room.pk, "to": "dirty"})
    assert Room.objects.get(pk=room.pk).housekeeping == "inspected"


def test_ticked_rooms_change_with_a_result_each(client, clerk, room, kind):
    other = RoomFactory(room_type=kind, number="1209", housekeeping="dirty")
    client.force_login(clerk)

    answer = client.post(
        reverse("rooms:housekeeping"),
        {"rooms": f"{room.pk},{other.pk}", "to": "dirty"},
        headers={"HX-Request": "true"},
    )

    assert (answer.context["done"], answer.context["refused"]) == (1, 1)
    assert "1209" in answer.content.decode()


def test_the_drawer_blocks_and_returns_a_room(client, clerk, room):
    client.force_login(clerk)
    fields = {
        "rooms": room.pk,
        "kind": "oos",
        "from_on": TODAY,
        "until_on": TODAY + DAY,
        "reason": "carpet",
        "return_status": "dirty",
        "panel": "1",
    }

    blocked = client.post(reverse("rooms:block"), fields).content.decode()
    back = client.post(reverse("rooms:end-block", args=[room.blocks.get().pk]), {"panel": "1"}).content.decode()

    assert "carpet" in blocked
    assert "OOS" in blocked
    assert "VD" in back


def test_the_drawer_of_an_occupied_room_leads_to_its_folio_and_on_the_last_day_to_check_out(client, clerk, room):
    stay = in_house(room, departure_on=TODAY + DAY, due_out_at=timezone.now() + DAY)
    folio = Folio.objects.create(property=room.property, number="FO1", kind="stay", stay=stay)
    client.force_login(clerk)
    url, leave = reverse("rooms:panel", args=[room.pk]), f'href="{reverse("stays:leave")}?stay={stay.number}"'

    staying = client.get(url).content.decode()
    type(stay).objects.update(departure_on=TODAY, arrival_on=TODAY - DAY)
    leaving = client.get(url).content.decode()

    primary = 'class="btn btn-primary btn-lg btn-block" '
    assert f'{primary}href="{reverse("folios:folio", args=[folio.number])}"' in staying
    assert f"{primary}{leave}" in leaving


def test_without_a_room_the_drawer_says_who_comes_and_goes_today(client, clerk, room, kind):
    in_house(room, arrival_on=TODAY - DAY, departure_on=TODAY)
    StayFactory(room_type=kind, guest_name="Zhou", arrival_on=TODAY)
    StayFactory(room_type=kind, guest_name="Next week", arrival_on=TODAY + 7 * DAY, departure_on=TODAY + 8 * DAY)
    client.force_login(clerk)

    board = client.get(reverse("rooms:board"))
    drawer = client.get(reverse("rooms:panel", args=[0]))

    assert [each["name"] for each in board.context["arriving"]] == ["Zhou"]
    assert [each["name"] for each in drawer.context["leaving"]] == ["Lin Wan"]
    assert (board.context["today"].arrivals, board.context["today"].unassigned) == (1, 1)


def test_the_phone_puts_first_where_a_guest_waits(client, clerk, room, kind):
    RoomFactory(room_type=kind, number="1001", housekeeping="dirty")
    Room.objects.filter(pk=room.pk).update(housekeeping="dirty")
    StayFactory(room_type=kind, room=room)
    client.force_login(clerk)

    cards = client.get(reverse("rooms:phone")).context["cards"]

    assert [(card.tile.number, card.step) for card in cards] == [("1208", "cleaning"), ("1001", "cleaning")]


def test_the_phone_takes_the_next_step(client, clerk, room):
    Room.objects.update(housekeeping="dirty")
    client.force_login(clerk)

    client.post(reverse("rooms:phone"), {"rooms": room.pk, "to": "cleaning"})

    assert Room.objects.get().housekeeping == "cleaning"


# ---- the lock's endpoints


def test_the_lock_is_taken_kept_and_given_back(client, clerk, room):
    client.force_login(clerk)

    taken = client.post(reverse("rooms:lock", args=[room.pk]), {"purpose": "check-in"}).json()
    kept = client.post(reverse("rooms:lock-keep", args=[room.pk]), {"token": taken["token"], "draft": '{"a": "1"}'})

    assert (taken["state"], kept.json()["state"]) == ("mine", "mine")
    assert OperationLock.objects.get().draft == {"a": "1"}
    assert client.post(reverse("rooms:lock-release", args=[room.pk]), {"token": taken["token"]}).json()["released"]
    assert client.get(reverse("rooms:lock-state", args=[room.pk])).json() == {"state": "free"}


def test_a_held_lock_is_refused_with_who_holds_it_and_can_be_forced(client, clerk, room):
    other = StaffFactory(display_name="Zhou")
    lock = locks.acquire(room_id=room.pk, session_key="z", purpose="check-in", by=other, at=timezone.now())
    client.force_login(clerk)

    refused = client.post(reverse("rooms:lock", args=[room.pk]))
    unreasoned = client.post(reverse("rooms:lock-force", args=[room.pk]), {"reason": " "})
    forced = client.post(reverse("rooms:lock-force", args=[room.pk]), {"reason": "guest waits"})

    assert (refused.status_code, refused.json()["holder"], refused.json()["code"]) == (409, "Zhou", "room_lock_held")
    assert unreasoned.status_code == 422
    assert forced.json()["state"] == "mine"
    with pytest.raises(locks.LockLost):
        locks.renew(room_id=room.pk, token=lock.token, at=timezone.now())


def test_signing_out_frees_the_locks_of_the_session(client, clerk, room):
    client.force_login(clerk)
    client.post(reverse("rooms:lock", args=[room.pk]))

    client.logout()

    assert tile_of(room, OperationLock.objects.get().renewed_at + dt.timedelta(seconds=1)).lock_holder == ""


def test_the_room_form_saves_under_its_lock(client, clerk, room):
    client.force_login(clerk)
    token = client.post(reverse("rooms:lock", args=[room.pk])).json()["token"]
    fields = {"housekeeping": "dirty", "service_flag": "dnd", "return_status": "dirty", "lock_token": token}

    answer = client.post(reverse("rooms:form", args=[room.pk]), fields)

    assert answer.status_code == 302
    room.refresh_from_db()
    assert (room.housekeeping, room.service_flag) == ("dirty", "dnd")


def test_a_late_save_is_refused_and_changes_nothing(client, clerk, room):
    client.force_login(clerk)
    token = client.post(reverse("rooms:lock", args=[room.pk])).json()["token"]
    locks.force(room_id=room.pk, reason="guest waits", session_key="z", by=StaffFactory(), at=timezone.now())
    fields = {"housekeeping": "dirty", "service_flag": "none", "return_status": "dirty", "lock_token": token}

    answer = client.post(reverse("rooms:form", args=[room.pk]), fields)

    assert answer.context["lock_refusal"].code == "room_lock_lost"
    assert answer.context["form"].data["housekeeping"] == "dirty"
    assert Room.objects.get().housekeeping == "inspected"


# ---- who hears what


def test_the_channel_of_a_house_is_heard_by_its_own_people_only(room):
    view = Permission.objects.get(codename="view_room")
    own, stranger = (
        StaffFactory(branches=[room.property.branch]),
        StaffFactory(branches=[Branch.objects.create(code="x")]),
    )
    blind = StaffFactory(branches=[room.property.branch])
    own.user_permissions.add(view)
    stranger.user_permissions.add(view)
    channel = f"queue:rooms-{room.property_id}"

    assert allowed_channels(own, [channel]) == [channel]
    assert allowed_channels(stranger, [channel]) == []
    assert allowed_channels(blind, [channel]) == []
    assert allowed_channels(own, ["queue:rooms-", "queue:rooms-x", "queue:rooms-99999"]) == []
