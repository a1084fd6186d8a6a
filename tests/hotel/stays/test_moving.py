"""Guests change rooms, prices are set by hand, check-outs come back."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group

from hotel.folios import services as folios
from hotel.models import Availability, DeskTrace, Folio, Occupancy, Property, Room, RoomNight, Stay
from hotel.stays import moments, services
from oms.approvals import services as approvals
from oms.approvals.limits import BeyondLimit
from oms.lib.books import breaches
from oms.outbox.models import OutboxMessage
from tests.factories.hotel import AT, TODAY, RoomFactory, RoomTypeFactory
from tests.factories.staff import StaffFactory
from tests.hotel.stays.conftest import NIGHT, hours


def sold(kind):
    rows = Availability.objects.filter(room_type=kind).order_by("date")
    return list(rows.values_list("sold", flat=True))


def move(desk, stay, room, **more):
    asked = {"keep_price": False, "reason": "noise", **desk.who, "at": hours(2), **more}
    return services.move(stay_id=stay.pk, room_id=room.pk, **asked)


@pytest.fixture
def suite(desk):
    kind = RoomTypeFactory(property=desk.house, name="Suite")
    desk.price(kind, "500.00")
    return RoomFactory(room_type=kind)


def test_a_guest_moves_and_leaves_a_dirty_room(desk):
    stay = desk.inside()
    old, new = desk.rooms[:2]

    move(desk, stay, new)

    old.refresh_from_db()
    assert old.housekeeping == "dirty"
    ranges = Occupancy.objects.order_by("pk").values_list("room_id", "during")
    assert [(room, during.lower, during.upper) for room, during in ranges] == [
        (old.pk, AT, hours(2)),
        (new.pk, hours(2), stay.due_out_at),
    ]
    assert DeskTrace.objects.get(action="stay.moved").reason == "noise"
    payload = OutboxMessage.objects.get(topic="hotel.stay_moved").payload
    assert payload["stays"] == [{"stay": stay.pk, "room": new.pk, "left": old.pk, "guest": stay.guest_id}]
    assert breaches() == []


@pytest.mark.parametrize(("keep", "prices"), [(True, [300, 300]), (False, [500, 500])])
def test_a_move_to_another_type_sells_that_type(desk, suite, keep, prices):
    stay = desk.inside(2)
    preview = services.preview_move(stay_id=stay.pk, room_id=suite.pk)

    move(desk, stay, suite, keep_price=keep)

    assert (preview.difference, preview.refusals) == (400, [])
    assert list(stay.nights.order_by("date").values_list("price", flat=True)) == prices
    assert (sold(desk.kind), sold(suite.room_type)) == ([0, 0], [1, 1])
    assert breaches() == []


def test_nights_slept_or_charged_stay_as_they_were(desk, suite):
    stay = desk.inside(3)
    desk.roll()
    desk.charge_nights(stay)
    today = stay.nights.get(date=TODAY + NIGHT)
    desk.charge_night(today)

    move(desk, stay, suite, at=hours(26))

    assert list(stay.nights.order_by("date").values_list("price", "room_type")) == [
        (300, desk.kind.pk),
        (300, suite.room_type_id),
        (500, suite.room_type_id),
    ]
    assert breaches() == []


def test_moves_that_cannot_be_are_refused_and_change_nothing(desk, suite):
    stay = desk.inside(2)
    taken = desk.inside(2, desk.rooms[1])
    Room.objects.filter(pk=desk.rooms[2].pk).update(housekeeping="dirty")
    desk.price(suite.room_type, "1.00", plan=None, start=60, end=61)
    cases = [
        (desk.rooms[0], {}, services.SameRoom),
        (taken.room, {}, services.RoomTaken),
        (desk.rooms[2], {}, services.RoomNotReady),
        (desk.rooms[3], {"reason": " "}, services.ReasonMissing),
        (desk.rooms[3], {"at": stay.due_out_at}, services.Overdue),
    ]
    for room, more, refusal in cases:
        with pytest.raises(refusal):
            move(desk, stay, room, **more)
    desk.book(desk.want(1, room_type_id=suite.room_type_id))
    with pytest.raises(services.NoAvailability):
        move(desk, stay, suite)
    preview = services.preview_move(stay_id=stay.pk, room_id=suite.pk)
    assert [type(found) for found in preview.refusals] == [services.NoAvailability]
    stay.refresh_from_db()
    assert stay.room == desk.rooms[0]
    assert breaches() == []


def test_a_reservation_moves_without_a_reason(desk, suite):
    stay = desk.stay(2, room_id=desk.rooms[0].pk)

    move(desk, stay, suite, reason="")

    assert Occupancy.objects.get().room == suite
    assert Room.objects.get(pk=desk.rooms[0].pk).housekeeping == "inspected"
    assert breaches() == []


@pytest.mark.parametrize("inside", [True, False])
def test_two_stays_swap_rooms(desk, inside):
    make = desk.inside if inside else lambda nights, room: desk.stay(nights, room_id=room.pk)
    one, two = make(2, desk.rooms[0]), make(3, desk.rooms[1])

    services.swap(stay_ids=(one.pk, two.pk), reason="lift", by=desk.clerk, at=hours(1))

    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.room, two.room) == (desk.rooms[1], desk.rooms[0])
    assert (one.status, two.status) == (("in_house",) * 2 if inside else ("confirmed",) * 2)
    assert breaches() == []


def test_a_swap_that_runs_into_a_third_is_refused(desk):
    one, two = desk.inside(3, desk.rooms[0]), desk.inside(1, desk.rooms[1])
    desk.stay(1, arrival=TODAY + NIGHT, room_id=desk.rooms[1].pk)

    with pytest.raises(services.RoomTaken):
        services.swap(stay_ids=(one.pk, two.pk), reason="lift", **desk.who)
    assert breaches() == []


def set_price(desk, stay, price, **more):
    asked = {"reason": "regular", **desk.who, **more}
    return services.set_prices(stay_id=stay.pk, prices={TODAY: Decimal(price)}, **asked)


def give_role(desk, role):
    group, _new = Group.objects.get_or_create(name=role)
    desk.clerk.groups.set([group])


def test_a_clerk_may_reduce_within_the_limit_of_the_role(desk):
    give_role(desk, "front_desk")
    stay = desk.stay(1)

    set_price(desk, stay, "270.00")

    assert RoomNight.objects.values_list("price", "source", "reason").get() == (270, "custom", "regular")
    with pytest.raises(BeyondLimit):
        set_price(desk, stay, "269.99")
    with pytest.raises(BeyondLimit):
        set_price(desk, stay, "0.00")
    assert RoomNight.objects.get().price == 270


def test_beyond_the_limit_it_takes_exactly_what_was_approved(desk):
    give_role(desk, "front_desk")
    stay = desk.stay(1)
    with pytest.raises(BeyondLimit) as refusal:
        set_price(desk, stay, "200.00")
    ask = {key: refusal.value.details[key] for key in ("action", "branch_id", "subject", "facts")}
    approval = approvals.ask(**ask, reason="regular", **desk.who)
    approvals.decide(approval_id=approval.pk, approve=True, by=StaffFactory(is_superuser=True), at=AT)

    with pytest.raises(approvals.ApprovalDiffers):
        set_price(desk, stay, "100.00", approval_id=approval.pk)
    set_price(desk, stay, "200.00", approval_id=approval.pk)

    assert RoomNight.objects.values_list("price", "approval_id").get() == (200, approval.pk)
    with pytest.raises(approvals.NotApproved):
        set_price(desk, stay, "200.00", approval_id=approval.pk)


@pytest.mark.parametrize(
    ("price", "more", "refusal"),
    [
        ("-1", {}, services.BadPrice),
        ("1.005", {}, services.BadPrice),
        ("250", {"reason": ""}, services.ReasonMissing),
    ],
)
def test_prices_that_make_no_sense_are_refused(desk, price, more, refusal):
    with pytest.raises(refusal):
        set_price(desk, desk.stay(1), price, by=None, **more)


def test_a_charged_night_and_an_unknown_one_have_no_new_price(desk):
    stay = desk.inside(1)
    with pytest.raises(services.NoSuchNight):
        services.set_prices(stay_id=stay.pk, prices={TODAY + NIGHT: Decimal(1)}, reason="x", by=None, at=AT)
    desk.roll()
    desk.charge_nights(stay)
    with pytest.raises(services.NightCharged):
        set_price(desk, stay, "250", by=None)


def leave(desk, stay, at):
    desk.charge_nights(stay)
    if desk.owed(stay):
        desk.pay(stay)
    assert services.check_out(stay_ids=[stay.pk], by=desk.clerk, at=at) == {stay.pk: None}
    stay.refresh_from_db()


def restore(desk, stay, at=None, **more):
    asked = {"reason": "forgot the bag", **desk.who, "at": at or hours(4), **more}
    return services.restore_check_out(stay_id=stay.pk, **asked)


@pytest.mark.parametrize("slept", [0, 1, 3])
def test_a_restored_check_out_is_as_if_nothing_had_happened(desk, slept):
    stay = desk.inside(3)
    desk.roll(slept)
    nights = list(stay.nights.order_by("date").values_list("date", "price", "source"))
    leave(desk, stay, hours(3 + 24 * slept))

    restore(desk, stay, hours(4 + 24 * slept))

    stay.refresh_from_db()
    assert (stay.status, stay.departure_on, stay.is_day_use) == ("in_house", TODAY + 3 * NIGHT, False)
    assert list(stay.nights.order_by("date").values_list("date", "price", "source")) == nights
    assert Folio.objects.get().closed_at is None
    assert sold(desk.kind) == [1, 1, 1]
    assert breaches() == []
    leave(desk, stay, hours(5 + 24 * slept))
    assert breaches() == []


def test_a_room_that_was_taken_since_is_not_given_back(desk):
    stay = desk.inside(3)
    leave(desk, stay, hours(1))
    desk.who["at"] = hours(2)
    other = desk.stay(2, room_id=desk.rooms[0].pk)
    services.check_in(stay_ids=[other.pk], anyway=True, by=desk.clerk, at=hours(2))

    blocking = [c.code for c in services.preview_restore(stay.pk) if c.is_blocking]
    with pytest.raises(services.RoomTaken):
        restore(desk, stay)

    assert blocking == ["room"]
    assert Stay.objects.get(pk=stay.pk).status == "checked_out"
    assert breaches() == []
    restore(desk, stay, room_id=desk.rooms[1].pk)
    assert breaches() == []


def test_the_table_says_what_comes_back(desk):
    stay = desk.inside(3)
    folios.take_deposit(folio_id=desk.folio(stay).pk, tenders=[folios.Tender("cash", Decimal(100))], **desk.who)
    folios.refund_deposit(folio_id=desk.folio(stay).pk, tenders=[folios.Tender("cash", Decimal(100))], **desk.who)
    leave(desk, stay, hours(1))

    found = services.preview_restore(stay.pk)

    assert [(c.code, c.comes_back) for c in found] == [
        ("room", True),
        ("nights", True),
        ("folio", True),
        ("deposit", False),
        ("cards", False),
        ("line", True),
        ("cleaning", False),
    ]


def test_later_than_its_date_a_restore_needs_somebody_who_may(desk):
    give_role(desk, "front_desk")
    stay = desk.inside(3)
    leave(desk, stay, hours(1))
    desk.roll()

    with pytest.raises(BeyondLimit):
        restore(desk, stay, hours(24))
    restore(desk, stay, hours(24), by=None)

    stay.refresh_from_db()
    assert (stay.status, stay.is_day_use, stay.departure_on) == ("in_house", False, TODAY + 3 * NIGHT)
    assert [night.charge.entry.amount for night in stay.nights.filter(date=TODAY)] == [300]
    assert breaches() == []


def due_out(stay, date):
    return moments.due_out(Property.objects.get(pk=stay.property_id), date)


def charged(stay):
    """Price, and what it was charged with, night by night."""
    nights = stay.nights.select_related("charge__entry").order_by("date")
    return [(n.date.day, n.price, n.charge.entry.amount if hasattr(n, "charge") else None) for n in nights]


def test_restored_on_its_date_the_departure_may_be_another(desk):
    stay = desk.inside(2)
    set_price(desk, stay, "250", by=None)
    leave(desk, stay, hours(1))
    desk.price_to(TODAY + 5 * NIGHT)

    restore(desk, stay, departure_on=TODAY + 3 * NIGHT)

    stay.refresh_from_db()
    assert charged(stay) == [(23, 250, None), (24, 300, None), (25, 300, None)]
    assert stay.due_out_at == due_out(stay, TODAY + 3 * NIGHT)
    assert (sold(desk.kind), breaches()) == ([1, 1, 1], [])
    leave(desk, stay, hours(2))
    restore(desk, stay, departure_on=TODAY + NIGHT)
    stay.refresh_from_db()
    assert (stay.departure_on, breaches()) == (TODAY + NIGHT, [])


def test_restored_later_the_nights_since_are_charged_and_tomorrow_is_the_departure(desk):
    stay = desk.inside(1)
    desk.roll()
    leave(desk, stay, hours(21))
    desk.roll()

    restore(desk, stay, hours(48), by=None)

    stay.refresh_from_db()
    assert (stay.departure_on, stay.is_day_use) == (TODAY + 3 * NIGHT, False)
    assert charged(stay) == [(23, 300, 300), (24, 300, 300), (25, 300, None)]
    assert desk.owed(stay) == 300
    assert stay.due_out_at == due_out(stay, TODAY + 3 * NIGHT)
    assert breaches() == []
    leave(desk, stay, hours(49))
    assert breaches() == []


def test_a_guest_who_was_away_pays_nothing_for_the_nights_since(desk):
    stay = desk.inside(3)
    desk.roll()
    leave(desk, stay, hours(21))
    desk.roll()

    restore(desk, stay, hours(48), by=None, was_away=True, departure_on=TODAY + 4 * NIGHT)

    stay.refresh_from_db()
    assert charged(stay) == [(23, 300, 300), (24, 0, None), (25, 300, None), (26, 300, None)]
    assert stay.nights.get(date=TODAY + NIGHT).room is None
    assert (desk.owed(stay), breaches()) == (0, [])


def test_restored_later_into_another_room_when_its_own_is_taken(desk):
    stay = desk.inside(2)
    leave(desk, stay, hours(1))
    desk.roll()
    desk.who["at"] = hours(24)
    other = desk.stay(2, arrival=TODAY + NIGHT, room_id=desk.rooms[0].pk)
    services.check_in(stay_ids=[other.pk], anyway=True, by=desk.clerk, at=hours(24))

    asked = {"departure_on": TODAY + 3 * NIGHT}
    blocking = [c.code for c in services.preview_restore(stay.pk, **asked) if c.is_blocking]
    assert blocking == ["room"]
    another = services.preview_restore(stay.pk, room_id=desk.rooms[1].pk, **asked)
    assert [(c.code, c.comes_back) for c in another][:5] == [
        ("date", False),
        ("room", True),
        ("passed", True),
        ("nights", True),
        ("added", True),
    ]
    with pytest.raises(services.RoomTaken):
        restore(desk, stay, hours(25), by=None, **asked)
    assert Stay.objects.get(pk=stay.pk).nights.count() == 0
    restore(desk, stay, hours(25), by=None, room_id=desk.rooms[1].pk, **asked)
    stay.refresh_from_db()
    assert (stay.room, stay.departure_on, breaches()) == (desk.rooms[1], TODAY + 3 * NIGHT, [])


def test_a_past_night_that_was_sold_out_since_stands_in_nobodys_way(desk):
    stay = desk.inside(1)
    desk.roll()
    leave(desk, stay, hours(21))
    for room in desk.rooms:
        desk.stay(1, arrival=TODAY + NIGHT, room_id=room.pk)
    desk.roll()

    assert [c.code for c in services.preview_restore(stay.pk, at=hours(48)) if c.is_blocking] == []
    restore(desk, stay, hours(48), by=None, was_away=True)

    assert (sold(desk.kind), breaches()) == ([1, 5, 1], [])


@pytest.mark.parametrize(("days", "later"), [(-1, 0), (0, 0), (1, 1), (500, 0), (500, 1)])
def test_a_departure_that_makes_no_stay_is_refused(desk, days, later):
    stay = desk.inside(2)
    leave(desk, stay, hours(1))
    desk.roll(later)
    asked = {"departure_on": TODAY + days * NIGHT}
    assert "departure" in [c.code for c in services.preview_restore(stay.pk, **asked) if c.is_blocking]
    with pytest.raises(services.BadDates):
        restore(desk, stay, hours(25), by=None, **asked)
    assert (Stay.objects.get(pk=stay.pk).status, breaches()) == ("checked_out", [])


def test_nobody_restores_without_a_reason_or_twice(desk):
    stay = desk.inside(1)
    with pytest.raises(services.WrongStatus):
        restore(desk, stay)
    leave(desk, stay, hours(1))
    with pytest.raises(services.ReasonMissing):
        restore(desk, stay, reason="")


def test_a_check_in_is_reversed_on_its_date_while_nothing_is_charged(desk):
    stay = desk.inside(2)

    services.reverse_check_in(stay_id=stay.pk, reason="wrong guest", **desk.who)

    stay.refresh_from_db()
    assert (stay.status, stay.checked_in_at, stay.room) == ("confirmed", None, desk.rooms[0])
    assert breaches() == []
    assert services.check_in(stay_ids=[stay.pk], **desk.who) == {stay.pk: None}
    desk.charge(stay, "5.00")
    with pytest.raises(services.Posted):
        services.reverse_check_in(stay_id=stay.pk, reason="x", **desk.who)
    desk.roll()
    with pytest.raises(services.TooLate):
        services.reverse_check_in(stay_id=stay.pk, reason="x", **desk.who)
