"""check_books finds each breach of the rules of stays."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection

from hotel.models import Availability, Folio, Occupancy, RoomNight, Stay
from hotel.stays import moments, services
from hotel.stays.invariants import INVARIANTS
from hotel.stays.services import WalkIn
from oms.approvals.limits import BeyondLimit
from tests.factories.hotel import TODAY, PropertyFactory, RoomFactory, RoomTypeFactory
from tests.hotel.stays.conftest import NIGHT, hours


def broken():
    found = set()
    with connection.cursor() as cursor:
        for rule in INVARIANTS:
            cursor.execute(f"SELECT reference::text, fact::text FROM ({rule.sql}) x")
            if cursor.fetchall():
                found.add(rule.name)
    return found


def other_type(desk, stay):
    return RoomFactory(room_type=RoomTypeFactory(property=desk.house))


BREAKS = {
    "sold by type and date is the nights that hold": lambda _d, _s: Availability.objects.update(sold=0),
    "a stay has a night for every date from arrival to departure": lambda _d, s: Stay.objects.filter(pk=s.pk).update(
        departure_on=TODAY + 9 * NIGHT
    ),
    "a stay with a room takes it until it is to leave": lambda _d, _s: Occupancy.objects.update(
        during=(hours(0), hours(1))
    ),
    "a stay without a room takes none": lambda _d, s: Stay.objects.filter(pk=s.pk).update(
        status="cancelled", checked_in_at=None
    ),
    "a guest who has left takes no room afterwards": lambda _d, s: Stay.objects.filter(pk=s.pk).update(
        status="checked_out", checked_out_at=hours(1)
    ),
    "a guest in the house has an open bill": lambda _d, _s: Folio.objects.update(closed_at=hours(1)),
    "a guest who has left owes nothing and is owed nothing": lambda d, s: (
        d.charge(s, "5.00"),
        Stay.objects.filter(pk=s.pk).update(status="checked_out", checked_out_at=hours(90)),
        Folio.objects.update(closed_at=hours(90)),
    ),
    "a room and its nights are of the type that was sold": lambda d, s: Stay.objects.filter(pk=s.pk).update(
        room=other_type(d, s)
    ),
}


@pytest.mark.parametrize("name", [rule.name for rule in INVARIANTS])
def test_each_breach_is_found(desk, name):
    stay = desk.inside(2)
    assert broken() == set()

    BREAKS[name](desk, stay)

    assert name in broken()


def test_a_walk_in_at_a_price_by_hand_keeps_to_the_limit(desk):
    request = {"room_id": desk.rooms[0].pk, "guest_id": desk.guest().pk, "rate_plan_id": desk.plan.pk}
    request |= {"prices": {TODAY: Decimal("150.00")}, "price_reason": "regular"}

    with pytest.raises(BeyondLimit):
        services.walk_in(request=WalkIn(**request), **desk.who)
    assert not Stay.objects.exists()
    desk.clerk.is_superuser = True
    services.walk_in(request=WalkIn(**request), **desk.who)

    assert RoomNight.objects.values_list("price", "source", "reason").get() == (150, "custom", "regular")


@pytest.mark.parametrize(
    ("date", "due_in", "due_out"),
    [
        (dt.date(2027, 3, 27), 13, 10),  # clocks go forward in the night: 14:00 is still winter, noon is summer
        (dt.date(2027, 10, 30), 12, 11),  # and back
        (dt.date(2028, 2, 28), 13, 11),  # leap day follows
    ],
)
def test_moments_follow_the_clock_of_the_house(db, date, due_in, due_out):
    house = PropertyFactory(time_zone="Europe/Berlin")
    house.refresh_from_db()

    assert moments.due_in(house, date) == dt.datetime.combine(date, dt.time(due_in), tzinfo=dt.UTC)
    assert moments.due_out(house, date + NIGHT) == dt.datetime.combine(date + NIGHT, dt.time(due_out), tzinfo=dt.UTC)
