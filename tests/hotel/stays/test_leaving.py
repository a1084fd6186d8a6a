"""Guests leave, do not come, or stay longer and shorter."""

import datetime as dt
from decimal import Decimal

import pytest

from hotel.folios import services as folios
from hotel.folios.services import NoOpenShift
from hotel.models import (
    Availability,
    CancellationRule,
    DeskTrace,
    Folio,
    FolioEntry,
    Occupancy,
    Room,
    RoomNight,
    Shift,
    Stay,
)
from hotel.stays import services
from oms.lib.books import breaches
from oms.outbox.models import OutboxMessage
from tests.factories.hotel import AT, TODAY, RoomFactory
from tests.hotel.stays.conftest import NIGHT, hours


def check_out(desk, *stays, **more):
    results = services.check_out(stay_ids=[stay.pk for stay in stays], **{**desk.who, **more})
    return [results[stay.pk] for stay in stays]


def sold():
    return list(Availability.objects.order_by("date").values_list("sold", flat=True))


def test_check_out_ends_the_room_and_the_bill(desk):
    stay = desk.inside(1)
    desk.roll()
    desk.charge_nights(stay)
    desk.pay(stay)

    assert check_out(desk, stay, at=hours(20)) == [None]

    stay.refresh_from_db()
    assert (stay.status, stay.checked_out_at) == ("checked_out", hours(20))
    assert Occupancy.objects.get().during.upper == hours(20)
    room = Room.objects.get(pk=stay.room_id)
    assert (room.housekeeping, room.nights_sold) == ("dirty", 1)
    assert Folio.objects.get().closed_at == hours(20)
    assert OutboxMessage.objects.get(topic="hotel.stay_checked_out").payload["stays"][0]["room"] == room.pk
    assert sold() == [1]
    assert breaches() == []


def test_check_out_is_refused_with_the_balance_and_changes_nothing(desk):
    stay = desk.inside(1)
    desk.charge(stay, "38.00")
    desk.roll()
    desk.charge_nights(stay)

    (refusal,) = check_out(desk, stay)

    assert isinstance(refusal, services.BalanceOpen)
    assert refusal.details["balance"] == "338.00"
    assert Stay.objects.get().status == "in_house"
    assert breaches() == []


def test_check_out_is_refused_while_a_night_is_not_charged(desk):
    stay = desk.inside(1)
    desk.roll()

    (refusal,) = check_out(desk, stay)

    assert isinstance(refusal, services.NightUnposted)
    assert refusal.details["dates"] == str(TODAY)


def test_check_out_is_refused_while_a_deposit_is_held(desk):
    stay = desk.inside(0, hours=4, start_at=AT)
    folios.take_deposit(folio_id=desk.folio(stay).pk, tenders=[folios.Tender("cash", Decimal(100))], **desk.who)

    (refusal,) = check_out(desk, stay)

    assert isinstance(refusal, services.DepositHeld)
    assert refusal.details["amount"] == "100.00"


def test_many_leave_at_once_and_those_who_owe_stay(desk, django_assert_max_num_queries):
    stays = [desk.inside(0, room, hours=4, start_at=AT) for room in desk.rooms]
    desk.charge(stays[3], "10.00")

    with django_assert_max_num_queries(30):
        results = check_out(desk, *stays)

    assert results[:3] == [None] * 3
    assert isinstance(results[3], services.BalanceOpen)
    assert breaches() == []


def test_who_leaves_early_gives_the_rest_back(desk):
    stay = desk.inside(3)
    desk.roll()
    desk.charge_nights(stay)
    desk.pay(stay)

    assert check_out(desk, stay) == [None]

    stay.refresh_from_db()
    assert stay.departure_on == TODAY + NIGHT
    assert sold() == [1, 0, 0]
    trace = DeskTrace.objects.get(action="stay.checked_out").data
    assert trace["before"]["departure_on"] == str(TODAY + 3 * NIGHT)
    assert len(trace["nights"]) == 2
    assert breaches() == []


def test_who_leaves_on_the_first_day_was_a_day_guest(desk):
    stay = desk.inside(2)

    assert check_out(desk, stay, at=hours(2.5)) == [None]

    stay.refresh_from_db()
    assert (stay.is_day_use, stay.hours, stay.departure_on) == (True, 3, TODAY)
    assert Occupancy.objects.get().kind == "day_use"
    assert sold() == [0, 0]
    assert breaches() == []


def test_a_night_that_was_paid_ahead_stays_the_guests(desk):
    stay = desk.inside(3)
    first = stay.nights.order_by("date")[0]
    desk.charge_night(first)
    desk.pay(stay)

    assert check_out(desk, stay) == [None]

    stay.refresh_from_db()
    assert stay.departure_on == TODAY + NIGHT
    assert sold() == [1, 0, 0]
    assert breaches() == []


def test_who_leaves_late_takes_the_room_until_then_or_until_the_next(desk):
    room = desk.rooms[0]
    stay = desk.inside(1, room)
    desk.roll()
    desk.charge_nights(stay)
    desk.pay(stay)
    following = desk.stay(1, arrival=TODAY + NIGHT, room_id=room.pk)

    assert check_out(desk, stay, at=following.due_in_at + NIGHT / 24) == [None]

    assert Occupancy.objects.get(stay=stay).during.upper == following.due_in_at
    assert breaches() == []


def test_departures_are_marked_and_unmarked(desk):
    stay = desk.inside()

    services.mark_departure(stay_ids=[stay.pk], is_leaving=True, **desk.who)
    assert Stay.objects.get().departure_marked_at == AT
    services.mark_departure(stay_ids=[stay.pk], is_leaving=False, **desk.who)
    assert Stay.objects.get().departure_marked_at is None


@pytest.fixture
def rule(desk):
    desk.plan.cancellation_rule = CancellationRule.objects.create(
        property=desk.house, name="24 h", free_hours=24, fee_kind="percent", fee=50, no_show_fee=1
    )
    desk.plan.save()


@pytest.mark.usefixtures("rule")
@pytest.mark.parametrize(("hour", "fee"), [(-24, None), (-23, Decimal("300.00"))])
def test_cancelling_late_costs_what_the_rule_says(desk, hour, fee):
    stay = desk.stay(2, room_id=desk.rooms[0].pk)
    quoted = services.quote_cancellation(stay_ids=[stay.pk], at=hours(hour))

    results = services.cancel(stay_ids=[stay.pk], reason="ill", by=desk.clerk, at=hours(hour))

    assert results == {stay.pk: None}
    stay.refresh_from_db()
    assert (stay.status, stay.room) == ("cancelled", None)
    assert quoted == {stay.pk: fee or 0}
    assert FolioEntry.objects.values_list("amount", flat=True).first() == fee
    assert (sold(), Occupancy.objects.count(), RoomNight.objects.count()) == ([0, 0], 0, 2)
    assert breaches() == []


@pytest.mark.usefixtures("rule")
def test_a_fee_needs_a_shift_and_can_be_waived(desk):
    stay = desk.stay()
    Shift.objects.all().delete()

    with pytest.raises(NoOpenShift):
        services.cancel(stay_ids=[stay.pk], reason="ill", **desk.who)
    assert Stay.objects.get().status == "confirmed"
    assert services.cancel(stay_ids=[stay.pk], reason="ill", waive_fee=True, **desk.who) == {stay.pk: None}


def test_a_guest_in_the_house_is_not_cancelled(desk):
    stay = desk.inside()

    results = services.cancel(stay_ids=[stay.pk], reason="", **desk.who)

    assert isinstance(results[stay.pk], services.WrongStatus)


@pytest.mark.usefixtures("rule")
def test_no_shows_pay_the_first_night_and_free_the_rest(desk, django_assert_max_num_queries):
    RoomFactory.create_batch(20, room_type=desk.kind)
    stays = desk.book(*[desk.want(2, room_id=room.pk) for room in desk.rooms], *[desk.want(2)] * 10)
    future = desk.stay(arrival=TODAY + NIGHT)

    with django_assert_max_num_queries(30):
        results = services.mark_no_shows(stay_ids=[*(s.pk for s in stays), future.pk], by=None, at=AT)

    assert isinstance(results.pop(future.pk), services.NotToday)
    assert set(results.values()) == {None}
    assert set(FolioEntry.objects.values_list("amount", flat=True)) == {Decimal("300.00")}
    assert sold() == [0, 1, 1]
    assert breaches() == []


def test_a_cancelled_stay_comes_back_at_its_old_price(desk):
    stay = desk.stay(3)
    services.cancel(stay_ids=[stay.pk], reason="", **desk.who)
    desk.plan.rates.update(price=999)
    desk.roll()

    services.reactivate(stay_id=stay.pk, reason="comes after all", **desk.who)

    stay.refresh_from_db()
    assert (stay.status, stay.arrival_on) == ("confirmed", TODAY + NIGHT)
    assert list(stay.nights.values_list("price", flat=True)) == [300, 300]
    assert sold() == [0, 1, 1]
    assert breaches() == []


def test_a_stay_that_would_be_over_does_not_come_back(desk):
    stay = desk.stay(1)
    services.cancel(stay_ids=[stay.pk], reason="", **desk.who)
    desk.roll()

    with pytest.raises(services.BadDates):
        services.reactivate(stay_id=stay.pk, reason="", **desk.who)


def test_extend_sells_and_prices_the_new_nights(desk):
    stay = desk.inside(1)
    services.mark_departure(stay_ids=[stay.pk], is_leaving=True, **desk.who)
    desk.plan.rates.update(price=350)
    preview = services.preview_departure(stay_id=stay.pk, departure_on=TODAY + 3 * NIGHT)

    services.extend(stay_id=stay.pk, departure_on=TODAY + 3 * NIGHT, **desk.who)

    stay.refresh_from_db()
    assert (preview.difference, preview.refusals) == (700, [])
    assert list(stay.nights.order_by("date").values_list("price", flat=True)) == [300, 350, 350]
    assert (stay.departure_marked_at, stay.due_out_at) == (None, AT + dt.timedelta(hours=70))
    assert sold() == [1, 1, 1]
    assert breaches() == []


def test_extend_keeps_the_price_when_told(desk):
    stay = desk.inside(1)
    desk.plan.rates.update(price=350)

    services.extend(stay_id=stay.pk, departure_on=TODAY + 2 * NIGHT, keep_price=True, **desk.who)

    assert set(stay.nights.values_list("price", flat=True)) == {300}


def test_extend_into_somebody_elses_room_is_refused(desk):
    stay = desk.inside(1)
    following = desk.stay(1, arrival=TODAY + NIGHT, room_id=desk.rooms[0].pk)

    preview = services.preview_departure(stay_id=stay.pk, departure_on=TODAY + 2 * NIGHT)
    with pytest.raises(services.RoomTaken) as refusal:
        services.extend(stay_id=stay.pk, departure_on=TODAY + 2 * NIGHT, **desk.who)

    assert following.number in refusal.value.details["by"]
    assert [type(found) for found in preview.refusals] == [services.RoomTaken]
    assert sold() == [1, 1]
    assert breaches() == []


def test_extend_is_refused_when_the_type_is_sold_out(desk):
    stay = desk.inside(1)
    desk.book(*[desk.want(1, arrival=TODAY + NIGHT)] * 4)

    preview = services.preview_departure(stay_id=stay.pk, departure_on=TODAY + 2 * NIGHT)
    with pytest.raises(services.NoAvailability):
        services.extend(stay_id=stay.pk, departure_on=TODAY + 2 * NIGHT, **desk.who)
    assert [type(found) for found in preview.refusals] == [services.NoAvailability]


@pytest.mark.parametrize("nights", [0, 1, 2, 366])
def test_extend_refuses_dates_that_make_no_sense(desk, nights):
    stay = desk.inside(2)

    with pytest.raises(services.BadDates):
        services.extend(stay_id=stay.pk, departure_on=TODAY + NIGHT * nights, **desk.who)


def test_shorten_gives_nights_back(desk):
    stay = desk.inside(3)

    services.shorten(stay_id=stay.pk, departure_on=TODAY + NIGHT, **desk.who)

    stay.refresh_from_db()
    assert stay.due_out_at == AT + dt.timedelta(hours=22)
    assert sold() == [1, 0, 0]
    assert breaches() == []


def test_shorten_refuses_no_nights_the_past_and_charged_nights(desk):
    stay = desk.inside(3)
    for nights in (0, 3, 4):
        with pytest.raises(services.BadDates):
            services.shorten(stay_id=stay.pk, departure_on=TODAY + NIGHT * nights, **desk.who)
    desk.roll(2)
    with pytest.raises(services.BadDates):
        services.shorten(stay_id=stay.pk, departure_on=TODAY + NIGHT, **desk.who)
    last = stay.nights.order_by("-date")[0]
    desk.charge_night(last)
    with pytest.raises(services.NightCharged):
        services.shorten(stay_id=stay.pk, departure_on=TODAY + 2 * NIGHT, **desk.who)
    assert breaches() == []


def test_a_stay_may_end_on_leap_day(desk):
    desk.house.business_date = dt.date(2028, 2, 28)
    desk.house.save()
    leap = dt.date(2028, 2, 29)
    desk.price(desk.kind, "300.00", start=(leap - TODAY).days - 1, end=(leap - TODAY).days + 2)
    stay = desk.stay(1, arrival=leap - NIGHT, room_id=desk.rooms[0].pk)

    services.extend(stay_id=stay.pk, departure_on=leap + NIGHT, **desk.who)

    assert list(stay.nights.order_by("date").values_list("date", flat=True)) == [leap - NIGHT, leap]
    assert breaches() == []
