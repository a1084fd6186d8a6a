"""Day use by the hour, groups and their rooming lists, other dates."""

import datetime as dt
from decimal import Decimal

import pytest

from hotel.members.services import BadPerson, Person
from hotel.models import Availability, Folio, FolioEntry, Guest, HourlyPrice, Sharer, Stay
from hotel.stays import services
from hotel.stays.services import BookingRequest, RoomingRow
from oms.lib.books import breaches
from tests.factories.hotel import AT, TODAY, RoomFactory, RoomTypeFactory
from tests.hotel.stays.conftest import NIGHT, hours


@pytest.fixture
def hourly(desk):
    return HourlyPrice.objects.create(
        room_type=desk.kind, hours=4, price=100, extra_hour=30, grace_minutes=15, most=200
    )


@pytest.mark.usefixtures("hourly")
@pytest.mark.parametrize(
    ("minutes", "overtime", "total", "is_full"),
    [
        (60, 0, 100, False),
        (240, 0, 100, False),
        (255, 0, 100, False),  # the grace
        (256, 1, 130, False),
        (316, 2, 160, False),
        (436, 4, 200, True),  # 220, but a full day costs 200
        (1400, 20, 200, True),
    ],
)
def test_overtime_costs_each_hour_begun_up_to_a_full_day(desk, minutes, overtime, total, is_full):
    stay = desk.inside(0, hours=4, start_at=AT)

    charge = services.day_use_charges([stay], AT + dt.timedelta(minutes=minutes))[stay.pk]

    assert (charge.overtime_hours, charge.total, charge.is_full_day) == (overtime, total, is_full)
    assert charge.full_day_after == 8


@pytest.mark.usefixtures("hourly")
def test_a_day_use_is_posted_once_and_its_overtime_on_top(desk):
    stay = desk.inside(0, hours=4, start_at=AT)

    assert services.post_day_use(stay_ids=[stay.pk], **desk.who) == {stay.pk: 100}
    (refusal,) = services.check_out(stay_ids=[stay.pk], by=desk.clerk, at=hours(5)).values()
    assert isinstance(refusal, services.DayUseUnposted)
    late = {"by": desk.clerk, "at": hours(5)}
    assert services.post_day_use(stay_ids=[stay.pk], **late) == {stay.pk: 30}
    assert services.post_day_use(stay_ids=[stay.pk], **late) == {stay.pk: 0}
    desk.pay(stay)

    assert services.check_out(stay_ids=[stay.pk], **late) == {stay.pk: None}
    assert breaches() == []


def test_day_use_without_hourly_prices_costs_what_the_desk_posts(desk):
    stay = desk.inside(0, hours=4, start_at=AT)

    assert services.post_day_use(stay_ids=[stay.pk], **desk.who) == {stay.pk: 0}
    assert services.check_out(stay_ids=[stay.pk], **desk.who) == {stay.pk: None}


def test_more_hours_take_the_room_longer(desk):
    stay = desk.inside(0, hours=4, start_at=AT)
    desk.stay(0, hours=4, start_at=hours(6), room_id=desk.rooms[0].pk)

    services.extend_hours(stay_id=stay.pk, hours=6, **desk.who)
    with pytest.raises(services.RoomTaken):
        services.extend_hours(stay_id=stay.pk, hours=7, **desk.who)
    for n in (0, 24):
        with pytest.raises(services.BadDates):
            services.extend_hours(stay_id=stay.pk, hours=n, **desk.who)
    assert breaches() == []


@pytest.fixture
def group(desk):
    return services.book_group(
        property_id=desk.house.pk,
        stays=[desk.want(guest_id=None)] * 3,
        booking=BookingRequest(kind="group", title="Tea Fair"),
        **desk.who,
    )


def test_a_group_has_a_master_bill(group):
    assert Folio.objects.values_list("kind", "booking", "title").get() == ("master", group.pk, "Tea Fair")


def test_a_rooming_list_names_the_stays_and_answers_for_each_line(desk, group):
    rows = [
        RoomingRow(Person("王芳", "passport", "E1000001"), room_type=desk.kind.code),
        RoomingRow(Person("李明", "passport", "E1000002"), shares=True),
        RoomingRow(Person("")),
        RoomingRow(Person("赵云", "passport", "E1000003")),
        RoomingRow(Person("孙丽", "passport", "E1000004"), room="9999"),
    ]

    results = services.take_rooming_list(booking_id=group.pk, rows=rows, **desk.who)

    first, second, third = group.stays.order_by("pk")
    assert [result.stay_id for result in results] == [first.pk, first.pk, None, second.pk, None]
    assert [type(result.refusal) for result in results if result.refusal] == [BadPerson, services.UnknownRoom]
    assert (first.guest_name, second.guest_name, third.guest) == ("王芳", "赵云", None)
    assert Sharer.objects.get().guest == Guest.objects.get(name="李明")
    again = services.take_rooming_list(booking_id=group.pk, rows=rows, **desk.who)
    assert [result.stay_id for result in again] == [result.stay_id for result in results]
    assert not Guest.objects.filter(name="孙丽").exists()
    assert breaches() == []


def sold(kind):
    return {row.date: row.sold for row in Availability.objects.filter(room_type=kind) if row.sold}


def test_other_dates_keep_the_nights_that_stay(desk):
    stay = desk.stay(2, room_id=desk.rooms[0].pk)
    desk.plan.rates.update(price=350)

    services.reschedule(stay_id=stay.pk, arrival_on=TODAY + NIGHT, departure_on=TODAY + 4 * NIGHT, **desk.who)

    stay.refresh_from_db()
    assert list(stay.nights.order_by("date").values_list("price", "room")) == [
        (300, stay.room_id),
        (350, stay.room_id),
        (350, stay.room_id),
    ]
    assert sold(desk.kind) == {TODAY + NIGHT * n: 1 for n in (1, 2, 3)}
    assert stay.due_in_at == AT + NIGHT
    assert breaches() == []


def test_another_type_takes_the_room_away_and_its_own_price(desk):
    suite = RoomTypeFactory(property=desk.house, name="Suite")
    RoomFactory(room_type=suite)
    desk.price(suite, "500.00")
    stay = desk.stay(2, room_id=desk.rooms[0].pk)

    services.reschedule(
        stay_id=stay.pk, arrival_on=TODAY, departure_on=TODAY + 2 * NIGHT, room_type_id=suite.pk, **desk.who
    )

    stay.refresh_from_db()
    assert (stay.room, stay.room_type) == (None, suite)
    assert set(stay.nights.values_list("price", "room_type")) == {(Decimal(500), suite.pk)}
    assert breaches() == []


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 2), (3, 2), (0, 366)])
def test_dates_that_make_no_sense_are_refused(desk, start, end):
    stay = desk.stay(2)

    with pytest.raises(services.BadDates):
        services.reschedule(
            stay_id=stay.pk, arrival_on=TODAY + NIGHT * start, departure_on=TODAY + NIGHT * end, **desk.who
        )


def test_other_dates_in_a_room_that_is_taken_are_refused_whole(desk):
    stay = desk.stay(1, room_id=desk.rooms[0].pk)
    desk.stay(1, arrival=TODAY + NIGHT, room_id=desk.rooms[0].pk)

    with pytest.raises(services.RoomTaken):
        services.reschedule(stay_id=stay.pk, arrival_on=TODAY, departure_on=TODAY + 2 * NIGHT, **desk.who)
    assert Stay.objects.get(pk=stay.pk).departure_on == TODAY + NIGHT
    assert not FolioEntry.objects.exists()
    assert breaches() == []
