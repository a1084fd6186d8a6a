import datetime as dt
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hotel.models import Availability, CancellationRule, HourlyPrice, PackageItem, Rate, RatePlan, Restriction
from oms.staff.roles import sync_roles
from tests.factories.folios import ChargeCodeFactory
from tests.factories.hotel import TODAY, PropertyFactory, RatePlanFactory, RoomFactory, RoomTypeFactory
from tests.factories.staff import StaffFactory

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def house(db):
    return PropertyFactory()


@pytest.fixture
def kind(house):
    kind = RoomTypeFactory(property=house, name="King")
    RoomFactory.create_batch(3, room_type=kind)
    return kind


@pytest.fixture
def plan(house):
    return RatePlanFactory(property=house)


@pytest.fixture
def sign_in(client, house):
    def sign_in(*roles):
        sync_roles()
        staff = StaffFactory(branches=[house.branch], language="en")
        staff.groups.set(Group.objects.filter(name__in=roles))
        client.force_login(staff)
        return staff

    return sign_in


def form_of(kind, plan, **changes):
    return {
        "what": "price",
        "from_on": TODAY.isoformat(),
        "until_on": (TODAY + dt.timedelta(6)).isoformat(),
        "types": [kind.pk],
        "plans": [plan.pk],
        "how": "set",
        "number": "500",
        "step": "preview",
    } | changes


def change(client, form):
    return client.post(reverse("rates:change"), form, **HTMX)


def test_preview_changes_nothing_apply_does_and_undo_puts_back(client, sign_in, kind, plan):
    sign_in("manager")
    preview = change(client, form_of(kind, plan, weekdays=["4", "5"]))
    assert (preview.context["count"], Rate.objects.count()) == (2, 0)

    applied = change(client, form_of(kind, plan, weekdays=["4", "5"], step="apply"))
    assert (applied.status_code, applied["HX-Redirect"]) == (200, reverse("rates:calendar"))
    page = client.get(reverse("rates:calendar"))
    assert page.content.decode().count(">500<") == 2

    client.post(reverse("rates:undo", args=[page.context["changes"][0]["trace"].pk]))
    assert Rate.objects.count() == 0


def test_restrictions_for_every_plan_and_lifting_them(client, sign_in, kind, plan):
    sign_in("manager")
    form = form_of(kind, plan, what="restriction", plans=[], is_closed="yes", min_nights="2", step="apply")

    change(client, form)
    assert set(Restriction.objects.values_list("rate_plan", "is_closed", "min_nights")) == {(None, True, 2)}
    change(client, form | {"is_closed": "no", "min_nights": "0"})
    assert Restriction.objects.count() == 0


def test_overbooking_and_its_refusal(client, sign_in, house, kind, plan):
    sign_in("manager")
    change(client, form_of(kind, plan, what="overbooking", rooms="2", step="apply"))
    assert set(Availability.objects.values_list("rooms", "overbooking")) == {(3, 2)}
    Availability.objects.filter(date=TODAY).update(sold=5)

    refused = change(client, form_of(kind, plan, what="overbooking", rooms="1", step="apply"))

    assert refused.status_code == 422
    assert "5 are sold of 3 rooms" in refused.content.decode()
    assert set(Availability.objects.values_list("overbooking", flat=True)) == {2}


def test_what_is_missing_is_said(client, sign_in, kind, plan):
    sign_in("manager")

    assert change(client, form_of(kind, plan, number="")).context["form"].errors == {"number": ["How much?"]}
    assert change(client, form_of(kind, plan, from_on="2020-01-01")).status_code == 422


def test_those_who_may_only_look_cannot_change(client, sign_in, kind, plan):
    sign_in("front_desk")
    page = client.get(reverse("rates:calendar"))

    assert (page.status_code, "rates-change" in page.content.decode()) == (200, False)
    assert change(client, form_of(kind, plan, step="apply")).status_code == 403
    assert change(client, form_of(kind, plan, what="nonsense")).status_code == 403
    sign_in("housekeeping")
    assert client.get(reverse("rates:calendar")).status_code == 403


def test_plans_rules_and_hourly_prices_are_made_and_changed(client, sign_in, house, kind):
    sign_in("manager")
    rule = {"name": "24 h", "free_hours": 24, "fee_kind": "nights", "fee": 1}
    client.post(reverse("rates:rules"), rule | {"no_show_fee_kind": "percent", "no_show_fee": 100})
    made = CancellationRule.objects.get()
    plan = {"code": "BAR", "name": "Best rate", "deposit_nights": 1, "position": 0, "is_active": "on"}
    client.post(reverse("rates:plans"), plan | {"cancellation_rule": made.pk})
    twice = client.post(reverse("rates:plans"), plan)
    client.post(reverse("rates:plan-edit", args=[RatePlan.objects.get().pk]), plan | {"name": "Bar"})
    hourly = {"room_type": kind.pk, "hours": 4, "price": 168, "extra_hour": 40, "grace_minutes": 15, "most": 260}
    client.post(reverse("rates:hourly"), hourly)
    page = client.get(reverse("rates:hourly"))

    assert (made.property, RatePlan.objects.get().name, twice.status_code) == (house, "Bar", 422)
    assert [(hours, str(amount)) for hours, amount, _most in page.context["rows"][0]["steps"]] == [
        (4, "168.00"),
        (5, "208.00"),
        (6, "248.00"),
        (7, "260.00"),
    ]
    client.post(reverse("rates:hourly-end", args=[HourlyPrice.objects.get().pk]))
    assert HourlyPrice.objects.count() == 0


def test_packages_of_a_plan_are_made_changed_and_ended(client, sign_in, house, plan):
    code = ChargeCodeFactory(property=house, name="Breakfast", department="food")
    page = reverse("rates:packages", args=[plan.pk])
    item = {"charge_code": code.pk, "price": "68", "per": "person", "nights": "every", "is_included": "on"}
    sign_in("front_desk")
    assert (client.get(page).status_code, client.post(page, item).status_code) == (200, 403)
    sign_in("manager")
    client.post(page, item)
    below = client.post(page, item | {"price": "-1"})
    foreign = client.post(page, item | {"charge_code": ChargeCodeFactory().pk})
    made = PackageItem.objects.get()
    client.post(reverse("rates:package-edit", args=[plan.pk, made.pk]), item | {"is_next_morning": "on"})
    listed = client.get(reverse("rates:plans")).content.decode()

    assert (below.status_code, foreign.status_code) == (422, 422)
    made.refresh_from_db()
    assert (made.price, made.is_included, made.is_next_morning) == (68, True, True)
    assert "Breakfast" in listed
    assert made.events.count() == 2  # who changed it, and what it was
    other = RatePlanFactory()
    assert client.get(reverse("rates:packages", args=[other.pk])).status_code == 404
    client.post(reverse("rates:package-end", args=[made.pk]))
    assert PackageItem.objects.count() == 0


def test_the_calendar_asks_as_little_for_ten_types_as_for_one(client, sign_in, house, kind, plan):
    sign_in("manager")
    url = reverse("rates:calendar")
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    for other in RoomTypeFactory.create_batch(9, property=house):
        Rate.objects.create(rate_plan=plan, room_type=other, date=TODAY, price=Decimal(1))
    with CaptureQueriesContext(connection) as ten:
        client.get(url, {"days": "31"})

    assert len(ten) == len(one) <= 22


@pytest.mark.parametrize(
    ("page", "typed", "said"),
    [
        ("plans", {"code": "BAR", "name": "Again", "deposit_nights": "0", "position": "0"}, "This code is taken."),
        ("rules", {"fee_kind": "percent", "fee": "150"}, "At most 100 %."),
        ("rules", {"fee_kind": "none", "no_show_fee_kind": "percent", "no_show_fee": "100.01"}, "At most 100 %."),
        ("rules", {"fee_kind": "nights", "fee": "-1"}, "Fees are 0.00 or more."),
        ("hourly", {"price": "100", "most": "50"}, "the most is at least the price."),
    ],
)
def test_what_the_database_forbids_is_said_in_words(client, house, kind, sign_in, page, typed, said):
    RatePlanFactory(property=house, code="BAR")
    sign_in("manager")
    usual = {"name": "Strict", "free_hours": "24", "no_show_fee_kind": "none", "no_show_fee": "0"}
    usual |= {"room_type": kind.pk, "hours": "4", "extra_hour": "20", "grace_minutes": "10"}

    text = client.post(reverse(f"rates:{page}"), usual | typed).content.decode()

    assert said in text
    assert "Constraint" not in text


@pytest.mark.parametrize("fee", ["fee", "no_show_fee"])
def test_no_rule_takes_more_than_the_whole(house, fee):
    with pytest.raises(IntegrityError, match="percent_at_most_whole"):
        CancellationRule.objects.create(property=house, name="x", **{f"{fee}_kind": "percent", fee: "100.01"})
