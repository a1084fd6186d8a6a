import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hotel.models import Availability, Rate, Restriction
from hotel.rates import services
from hotel.rates.services import Pricing, Span
from hotel.stays import inventory
from tests.concurrency import overlap
from tests.factories.hotel import AT, TODAY, PropertyFactory, RatePlanFactory, RoomFactory, RoomTypeFactory
from tests.factories.staff import StaffFactory

D = Decimal


@pytest.fixture
def house(db):
    return PropertyFactory()  # business date: Monday 2026-11-23


@pytest.fixture
def plan(house):
    return RatePlanFactory(property=house)


@pytest.fixture
def kind(house):
    kind = RoomTypeFactory(property=house, name="King")
    RoomFactory.create_batch(2, room_type=kind)
    return kind


@pytest.fixture
def boss(house):
    return StaffFactory(branches=[house.branch])


def span(kind, days=7, weekdays=()):
    return Span(TODAY, TODAY + dt.timedelta(days - 1), [kind.pk], frozenset(weekdays))


def price(house, plan, boss, where, **how):
    return services.change_prices(
        property_id=house.pk, plan_ids=[plan.pk], span=where, pricing=Pricing(**how), by=boss, at=AT
    )


def prices(kind):
    rows = Rate.objects.filter(room_type=kind).order_by("date").values_list("date", "price")
    return [(date.isoformat()[5:], str(price)) for date, price in rows]


def test_set_prices_on_chosen_weekdays_then_by_percent(house, plan, kind, boss):
    price(house, plan, boss, span(kind, weekdays=[4, 5]), price=D(500))
    assert prices(kind) == [("11-27", "500.00"), ("11-28", "500.00")]

    done = price(house, plan, boss, span(kind), percent=D("12.5"))  # days without a price stay without one
    price(house, plan, boss, Span(TODAY, TODAY + dt.timedelta(4), [kind.pk]), amount=D("0.30"), whole=True)

    assert (done.cells, prices(kind)) == (2, [("11-27", "563.00"), ("11-28", "562.50")])


def test_preview_says_the_same_and_changes_nothing(house, plan, kind, boss):
    price(house, plan, boss, span(kind, 1), price=D(500))

    cells = services.preview_prices(
        property_id=house.pk, plan_ids=[plan.pk], span=span(kind, 2), pricing=Pricing(price=D(600))
    )

    assert [(c.date, c.before, c.after) for c in cells] == [
        (TODAY, D("500.00"), D("600.00")),
        (TODAY + dt.timedelta(1), None, D("600.00")),
    ]
    assert prices(kind) == [("11-23", "500.00")]


def test_undo_puts_back_all_or_nothing_and_once(house, plan, kind, boss):
    price(house, plan, boss, span(kind, 1), price=D(500))
    done = price(house, plan, boss, span(kind, 3), price=D(600))
    again = price(house, plan, boss, span(kind, 1), price=D(700))

    with pytest.raises(services.ChangedSince, match="1 of these"):
        services.undo(property_id=house.pk, trace_id=done.trace_id, by=boss, at=AT)
    services.undo(property_id=house.pk, trace_id=again.trace_id, by=boss, at=AT)
    assert services.undo(property_id=house.pk, trace_id=done.trace_id, by=boss, at=AT) == 3

    assert prices(kind) == [("11-23", "500.00")]
    with pytest.raises(services.NothingToUndo):
        services.undo(property_id=house.pk, trace_id=done.trace_id, by=boss, at=AT)


@pytest.mark.parametrize(
    ("where", "how"),
    [
        ({"from_on": TODAY - dt.timedelta(1), "until_on": TODAY}, {"price": D(1)}),
        ({"from_on": TODAY, "until_on": TODAY - dt.timedelta(1)}, {"price": D(1)}),
        ({"from_on": TODAY, "until_on": TODAY + dt.timedelta(800)}, {"price": D(1)}),
        ({"from_on": TODAY, "until_on": TODAY, "weekdays": frozenset({6})}, {"price": D(1)}),
        ({"from_on": TODAY, "until_on": TODAY, "type_ids": []}, {"price": D(1)}),
        ({"from_on": TODAY, "until_on": TODAY}, {"price": D(-1)}),
        ({"from_on": TODAY, "until_on": TODAY}, {"price": D(1000000)}),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(house, plan, kind, boss, where, how):
    with pytest.raises((services.BadRange, services.BadPrice)):
        price(house, plan, boss, Span(**({"type_ids": [kind.pk]} | where)), **how)
    assert Rate.objects.count() == 0


def test_another_hotels_types_and_plans_are_refused(house, plan, kind, boss):
    with pytest.raises(services.BadRange):
        price(house, plan, boss, span(RoomTypeFactory()), price=D(1))
    with pytest.raises(services.BadRange):
        price(house, RatePlanFactory(), boss, span(kind), price=D(1))


def restrict(house, kind, boss, plans, days=1, **changes):
    return services.change_restrictions(
        property_id=house.pk, plan_ids=plans, span=span(kind, days), changes=changes, by=boss, at=AT
    )


def test_restrictions_add_up_and_go_when_they_restrict_nothing(house, plan, kind, boss):
    restrict(house, kind, boss, [None], days=2, min_nights=2)
    done = restrict(house, kind, boss, [None], closed_to_arrival=True)
    restrict(house, kind, boss, [plan.pk], is_closed=True)

    rows = Restriction.objects.order_by("date", "rate_plan").values_list(
        "rate_plan", "min_nights", "closed_to_arrival", "is_closed"
    )
    assert list(rows) == [(plan.pk, None, False, True), (None, 2, True, False), (None, 2, False, False)]
    with pytest.raises(services.NightsOutOfOrder):
        restrict(house, kind, boss, [None], max_nights=1)
    services.undo(property_id=house.pk, trace_id=done.trace_id, by=boss, at=AT)
    restrict(house, kind, boss, [None], days=2, min_nights=None)
    restrict(house, kind, boss, [plan.pk], is_closed=False)
    assert Restriction.objects.count() == 0


def overbook(house, kind, boss, number, days=1):
    return services.change_overbooking(property_id=house.pk, span=span(kind, days), number=number, by=boss, at=AT)


def test_overbooking_lets_more_be_sold_and_never_less_than_is(house, kind, boss):
    done = overbook(house, kind, boss, 1, days=2)
    inventory.take([(kind.pk, TODAY)] * 3)

    with pytest.raises(inventory.NoAvailability):
        inventory.take([(kind.pk, TODAY)])
    with pytest.raises(services.BelowSold, match=r"3 are sold of 2 rooms, so overbooking can't go below 1"):
        overbook(house, kind, boss, 0, days=2)
    with pytest.raises(services.BelowSold):
        services.undo(property_id=house.pk, trace_id=done.trace_id, by=boss, at=AT)
    assert list(Availability.objects.order_by("date").values_list("rooms", "overbooking", "sold")) == [
        (2, 1, 3),
        (2, 1, 0),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_sale_and_the_end_of_overbooking_follow_each_other(house, kind, boss):
    overbook(house, kind, boss, 1)
    inventory_night = [(kind.pk, TODAY)]
    inventory.take(inventory_night * 2)

    refused = overlap(lambda: inventory.take(inventory_night), lambda: overbook(house, kind, boss, 0))

    assert isinstance(refused, services.BelowSold)


def test_a_year_costs_no_more_statements_than_a_week(house, plan, kind, boss):
    with CaptureQueriesContext(connection) as week:
        price(house, plan, boss, span(kind, 7), price=D(500))
    with CaptureQueriesContext(connection) as year:
        price(house, plan, boss, span(kind, 365), price=D(600))

    assert len(year) == len(week) <= 14
