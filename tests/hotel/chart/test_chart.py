import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hotel.chart import queries
from hotel.chart.queries import Window
from hotel.models import Property, RoomNight, Stay
from hotel.rooms import services
from hotel.stays import inventory, moments
from hotel.stays.inventory import Wish
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


@pytest.fixture
def house():
    return PropertyFactory(check_in_time=dt.time(14), check_out_time=dt.time(12))


@pytest.fixture
def kind(house):
    return RoomTypeFactory(property=house, name="King")


@pytest.fixture
def room(kind):
    return RoomFactory(room_type=kind, number="1208")


@pytest.fixture
def clerk(house):
    return StaffFactory(is_superuser=True, branches=[house.branch])


@pytest.fixture
def window(house):
    return Window(house, TODAY - DAY, 14)


def stay_in(room, start, nights, kind=None, **more):
    house = (room or kind).property
    stay = StayFactory(
        room_type=kind or room.room_type,
        room=room,
        arrival_on=start,
        departure_on=start + nights * DAY,
        due_in_at=moments.due_in(house, start),
        due_out_at=moments.due_out(house, start + nights * DAY),
        **more,
    )
    RoomNight.objects.bulk_create(
        RoomNight(stay=stay, date=start + n * DAY, room_type=stay.room_type, room=room, price=300)
        for n in range(nights)
    )
    inventory.take((stay.room_type_id, start + n * DAY) for n in range(nights))
    if room:
        inventory.occupy([Wish(room.pk, stay.due_in_at, stay.due_out_at, "stay", stay_id=stay.pk)])
    return stay


def places(window):
    return [(bar.column, bar.width, bar.cut_left, bar.cut_right) for row in queries.rows(window) for bar in row.bars]


@pytest.mark.parametrize(
    ("start", "nights", "place"),
    [
        (TODAY, 1, (4, 2, False, False)),  # from two in the afternoon to noon: a night is two half days
        (TODAY + DAY, 3, (6, 6, False, False)),
        (TODAY - 3 * DAY, 4, (1, 5, True, False)),
        (TODAY + 12 * DAY, 5, (28, 1, False, True)),
    ],
)
def test_a_bar_lies_on_its_nights(room, window, start, nights, place):
    stay_in(room, start, nights)

    assert places(window) == [place]


def test_bars_of_back_to_back_stays_meet_and_do_not_overlap(room, window):
    stay_in(room, TODAY, 2)
    stay_in(room, TODAY + 2 * DAY, 1)

    assert [(c, w) for c, w, _left, _right in places(window)] == [(4, 4), (8, 2)]


def test_day_use_fits_one_half_day(room, window, house):
    start = moments.moment(house, TODAY, dt.time(13))
    stay = StayFactory(
        room_type=room.room_type,
        room=room,
        is_day_use=True,
        hours=4,
        departure_on=TODAY,
        due_in_at=start,
        due_out_at=start + dt.timedelta(hours=4),
    )
    inventory.occupy([Wish(room.pk, stay.due_in_at, stay.due_out_at, "day_use", stay_id=stay.pk)])

    assert places(window) == [(4, 1, False, False)]


def test_a_clock_change_moves_no_bar():
    house = PropertyFactory(time_zone="America/New_York", check_in_time=dt.time(14), check_out_time=dt.time(12))
    kind = RoomTypeFactory(property=house)
    stay_in(RoomFactory(room_type=kind), dt.date(2027, 3, 13), 2)  # the clocks go forward on the 14th

    assert places(Window(house, dt.date(2027, 3, 12), 14)) == [(4, 4, False, False)]


def test_free_and_sold_are_counted_by_date_whether_sold_or_not(room, kind, window):
    RoomFactory(room_type=kind, number="1209")
    stay_in(room, TODAY, 1)
    services.block_rooms(
        room_ids=[kind.rooms.get(number="1209").pk],
        kind="ooo",
        from_on=TODAY + DAY,
        until_on=TODAY + 2 * DAY,
        reason="pipe",
        by=None,
        at=AT,
    )

    (found,) = queries.types(window)

    assert [(day.rooms, day.sold, day.free) for day in found.days[:4]] == [(2, 0, 2), (2, 1, 1), (1, 0, 1), (2, 0, 2)]
    assert [day.free for day in queries.totals([found])[:2]] == [2, 1]


def test_stays_without_a_room_lie_in_lanes_and_the_rest_is_counted(kind, room, window):
    for n in range(5):
        RoomFactory(room_type=kind, number=f"13{n:02}")
    for _each in range(5):
        stay_in(None, TODAY, 1, kind=kind)
    stay_in(None, TODAY + DAY, 1, kind=kind)

    (few,), (more,) = queries.types(window), queries.types(window, lanes=3)

    assert ([len(lane) for lane in few.lanes], few.unassigned, few.hidden) == ([2], 6, 4)
    assert ([len(lane) for lane in more.lanes], more.unassigned, more.hidden) == ([2, 1, 1], 6, 2)


def test_out_of_service_is_drawn_though_it_takes_no_room(room, window):
    services.block_rooms(
        room_ids=[room.pk], kind="oos", from_on=TODAY, until_on=TODAY + DAY, reason="carpet", by=None, at=AT
    )

    assert [(bar.kind, bar.reason) for row in queries.rows(window) for bar in row.bars] == [("oos", "carpet")]


def test_the_chart_needs_the_same_few_queries_for_any_number_of_rooms_and_days():
    small, large = a_house(rooms=10, days=10), a_house(rooms=200, days=60)

    def ask(house, days):
        with CaptureQueriesContext(connection) as asked:
            window = Window(house, TODAY - DAY, days)
            queries.types(window)
            found = queries.rows(window, limit=1000)
        return len(asked), len(found)

    assert ask(small, 14) == (5, 10)
    assert ask(large, 60) == (5, 200)


def test_the_page_sends_fifty_rooms_and_the_others_on_demand(client):
    house = a_house(rooms=120, days=14)
    clerk = StaffFactory(is_superuser=True, branches=[house.branch])
    client.force_login(clerk)

    first = client.get(reverse("chart:chart")).content.decode()
    more = client.get(reverse("chart:rows"), {"offset": 100}).content.decode()

    assert first.count('id="row-') == 50
    assert more.count('id="row-') == 20


def test_rows_that_changed_come_with_what_is_above_them(client, clerk, room, kind):
    other = RoomFactory(room_type=kind, number="1209")
    stay_in(room, TODAY, 1, guest_name="Lin")
    client.force_login(clerk)

    html = client.get(reverse("chart:rows"), {"rows": "", "rooms": str(room.pk)}).content.decode()

    assert f'id="row-{room.pk}"' in html
    assert f'id="row-{other.pk}"' not in html
    assert 'id="fc-top"' in html


# ---- changes


def test_assigning_is_previewed_then_done(client, clerk, room, kind):
    stay = stay_in(None, TODAY, 1, kind=kind)
    client.force_login(clerk)
    change = {"stay": stay.pk, "room": room.pk}

    preview = client.get(reverse("chart:preview"), change)
    done = client.post(reverse("chart:apply"), change)

    assert (preview.context["change"].verb, preview.context["refusals"]) == ("assign", [])
    assert (done.status_code, Stay.objects.get().room) == (204, room)


def test_a_taken_room_is_refused_with_the_fact_and_other_rooms(client, clerk, room, kind):
    free = RoomFactory(room_type=kind, number="1209")
    stay_in(room, TODAY, 2, guest_name="Zhou")
    stay = stay_in(None, TODAY, 1, kind=kind)
    client.force_login(clerk)

    answer = client.post(reverse("chart:apply"), {"stay": stay.pk, "room": room.pk})

    assert answer.status_code == 200
    assert "Zhou" in answer.context["refusals"][0]
    assert [offer.room_id for offer in answer.context["offers"]] == [free.pk]
    assert Stay.objects.get(pk=stay.pk).room is None


@pytest.mark.parametrize(("days", "verb"), [(2, "extend"), (-1, "shorten")])
def test_a_departure_is_moved(client, clerk, room, days, verb):
    stay = stay_in(room, TODAY, 2)
    until = stay.departure_on + days * DAY
    client.force_login(clerk)

    preview = client.get(reverse("chart:preview"), {"stay": stay.pk, "until": str(until)})

    assert preview.context["change"].verb == verb


def test_shortening_is_done(client, clerk, room):
    stay = stay_in(room, TODAY, 3)
    client.force_login(clerk)

    answer = client.post(reverse("chart:apply"), {"stay": stay.pk, "until": str(TODAY + DAY)})

    assert (answer.status_code, Stay.objects.get().departure_on) == (204, TODAY + DAY)


def test_an_arrival_is_previewed_with_its_price_then_changed(client, clerk, room):
    stay = stay_in(room, TODAY + 2 * DAY, 3)
    client.force_login(clerk)
    asked = {"stay": stay.pk, "arrival": str(TODAY + 3 * DAY)}

    found = client.get(reverse("chart:preview"), asked).context["found"]
    answer = client.post(reverse("chart:apply"), asked)

    assert (found.before, found.after, [n.date for n in found.removed]) == (900, 600, [TODAY + 2 * DAY])
    assert (answer.status_code, Stay.objects.get().arrival_on) == (204, TODAY + 3 * DAY)


def test_an_arrival_before_today_onto_a_taken_night_or_of_who_is_here_is_refused(client, clerk, room):
    other = RoomFactory(room_type=room.room_type)
    inside = {"status": "in_house", "guest": GuestFactory(branch=room.property.branch), "checked_in_at": AT}
    stay_in(room, TODAY, 2, guest_name="Zhou")
    stay = stay_in(room, TODAY + 2 * DAY, 2)
    here = stay_in(other, TODAY - DAY, 3, **inside)
    client.force_login(clerk)

    def refusals(stay, arrival):
        return client.get(reverse("chart:preview"), {"stay": stay.pk, "arrival": str(arrival)}).context["refusals"]

    assert "before today" in refusals(stay, TODAY - DAY)[0]
    assert any("Zhou" in text for text in refusals(stay, TODAY + DAY))
    assert len(refusals(here, TODAY)) == 1
    assert client.get(reverse("chart:preview"), {"stay": stay.pk}).status_code == 422


def test_another_branchs_stay_is_not_found(client, room, kind):
    stay = stay_in(room, TODAY, 1)
    stranger = StaffFactory(branches=[PropertyFactory().branch])
    stranger.user_permissions.add(*Permission.objects.filter(content_type__app_label="hotel"))
    client.force_login(stranger)

    assert client.get(reverse("chart:preview"), {"stay": stay.pk, "room": room.pk}).status_code == 404
    assert Property.objects.count() == 2
