import datetime as dt
from decimal import Decimal

import pytest

from hotel.models import MemberLevel, Rate, Restriction
from hotel.stays.pricing import QuoteRequest, nights_of, quote
from tests.factories.hotel import TODAY, RatePlanFactory, RoomTypeFactory

NIGHT = dt.timedelta(days=1)


@pytest.fixture
def plan(db):
    return RatePlanFactory()


@pytest.fixture
def kind(plan):
    kind = RoomTypeFactory(property=plan.property)
    prices = ["300.00", "320.00", "388.88"]
    Rate.objects.bulk_create(
        Rate(rate_plan=plan, room_type=kind, date=TODAY + NIGHT * n, price=price) for n, price in enumerate(prices)
    )
    return kind


def ask(kind, plan, nights=2, level=None):
    request = QuoteRequest(kind.pk, plan.pk, TODAY, TODAY + NIGHT * nights, level and level.pk)
    (answer,) = quote(requests=[request])
    return answer


def test_quote_takes_each_nights_rate(kind, plan):
    answer = ask(kind, plan, nights=3)

    assert [(n.date, n.price, n.source) for n in answer.nights] == [
        (TODAY, Decimal("300.00"), "rate"),
        (TODAY + NIGHT, Decimal("320.00"), "rate"),
        (TODAY + NIGHT * 2, Decimal("388.88"), "rate"),
    ]
    assert (answer.total, answer.refusals) == (Decimal("1008.88"), [])


def test_a_member_pays_the_levels_percent_rounded_half_up(kind, plan):
    level = MemberLevel.objects.create(branch=plan.property.branch, code="G", name="Gold", rank=1, room_percent="88.50")

    assert [(n.price, n.source) for n in ask(kind, plan, level=level).nights] == [
        (Decimal("265.50"), "member"),
        (Decimal("283.20"), "member"),
    ]

    plan.is_member_priced = False
    plan.save()
    assert [n.source for n in ask(kind, plan, level=level).nights] == ["rate", "rate"]


def test_a_night_without_a_price_is_not_for_sale(kind, plan):
    answer = ask(kind, plan, nights=4)

    assert [(r.code, r.details) for r in answer.refusals] == [("stay_no_price", {"date": "2026-11-26"})]


@pytest.mark.parametrize(
    ("day", "rule", "text"),
    [
        (0, {"closed_to_arrival": True}, "Closed to arrival on 2026-11-23."),
        (1, {"closed_to_arrival": True}, None),
        (0, {"min_nights": 3}, "At least 3 nights on 2026-11-23."),
        (0, {"max_nights": 1}, "At most 1 nights on 2026-11-23."),
        (1, {"is_closed": True}, "Closed on 2026-11-24."),
        (2, {"is_closed": True}, None),
        (2, {"closed_to_departure": True}, "Closed to departure on 2026-11-25."),
        (1, {"closed_to_departure": True}, None),
    ],
)
@pytest.mark.parametrize("for_plan", [True, False])
def test_restrictions_bind_on_their_date(kind, plan, settings, day, rule, text, for_plan):
    settings.LANGUAGE_CODE = "en"
    Restriction.objects.create(room_type=kind, rate_plan=plan if for_plan else None, date=TODAY + NIGHT * day, **rule)

    assert [str(r) for r in ask(kind, plan).refusals] == ([text] if text else [])


def test_another_plans_restriction_does_not_bind(kind, plan):
    other = RatePlanFactory(property=plan.property)
    Restriction.objects.create(room_type=kind, rate_plan=other, date=TODAY, is_closed=True)

    assert ask(kind, plan).refusals == []


def test_quote_asks_four_times_for_any_number_of_requests(kind, plan, django_assert_num_queries):
    request = QuoteRequest(kind.pk, plan.pk, TODAY, TODAY + NIGHT * 2)

    with django_assert_num_queries(3):  # no member level is asked for
        assert len(quote(requests=[request] * 30)) == 30


def test_nights_of_crosses_the_leap_day():
    assert nights_of(dt.date(2028, 2, 28), dt.date(2028, 3, 1)) == [dt.date(2028, 2, 28), dt.date(2028, 2, 29)]
