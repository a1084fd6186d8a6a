"""Pages of routing rules: of a stay, of a booking's stays, and where a booking is made."""

import datetime as dt
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hotel.folios import services
from hotel.models import Booking, ChargeRoute, Folio, Rate
from oms.staff.roles import sync_roles
from tests.factories.folios import ChargeCodeFactory, CompanyFactory, ShiftFactory
from tests.factories.hotel import (
    AT,
    TODAY,
    BookingFactory,
    PropertyFactory,
    RatePlanFactory,
    RoomFactory,
    RoomTypeFactory,
    StayFactory,
)
from tests.factories.staff import StaffFactory

DAY = dt.timedelta(days=1)


@pytest.fixture
def house(db):
    return PropertyFactory()


@pytest.fixture
def sign_in(client, house):
    def sign_in(role="front_desk", branch=None):
        sync_roles()
        staff = StaffFactory(branches=[branch or house.branch], language="en")
        staff.groups.set(Group.objects.filter(name=role))
        client.force_login(staff)
        return client

    return sign_in


@pytest.fixture
def group(house):
    booking = BookingFactory(property=house, kind="group", title="Tour")
    kind = RoomTypeFactory(property=house)
    return [StayFactory(booking=booking, room_type=kind, guest_name=f"Guest {n}") for n in range(3)]


def test_a_rule_for_the_whole_group_and_its_end(sign_in, group):
    desk, booking = sign_in(), group[0].booking
    page = reverse("folios:routes", args=[booking.number])
    desk.post(page, {"what_kinds": ["department-room", "package"], "to": "master"})

    master = Folio.objects.get(kind="master", booking=booking)
    assert set(ChargeRoute.objects.values_list("stay", "folio", "kind", "department")) == {
        (stay.pk, master.pk, *what) for stay in group for what in (("department", "room"), ("package", ""))
    }
    rules = desk.get(page).context["rules"]
    assert [len(row["ids"]) for row in rules] == [3, 3]
    assert "Tour" in desk.get(reverse("stays:booking", args=[booking.number])).content.decode()
    desk.post(reverse("folios:routes-end", args=[booking.number]), {"ids": rules[0]["ids"]})
    assert ChargeRoute.objects.filter(ended_at=None).count() == 3


def test_a_rule_for_chosen_stays_to_a_company_for_some_days(sign_in, house, group):
    desk, company = sign_in(), CompanyFactory(property=house)
    code = ChargeCodeFactory(property=house)
    rule = {"code": code.pk, "to": f"company-{company.pk}", "stays": [group[1].pk], "from_on": "2026-11-24"}
    desk.post(reverse("folios:routes", args=[group[0].booking.number]), rule | {"until_on": "2026-11-25"})

    made = ChargeRoute.objects.get()
    assert (made.stay, made.charge_code, made.folio.company) == (group[1], code, company)
    assert (made.from_on, made.until_on) == (TODAY + DAY, TODAY + 2 * DAY)


def test_one_room_pays_for_another(sign_in, group):
    payer = services.open_folios(stay_ids=[group[0].pk], by=None, at=AT)[group[0].pk]
    desk = sign_in()
    page = reverse("folios:routes", args=[group[1].number])
    desk.post(page, {"what_kinds": ["all"], "to": f"folio-{payer.pk}"})
    own = services.open_folios(stay_ids=[group[1].pk], by=None, at=AT)[group[1].pk]
    services.post(postings=[services.Posting(own.pk, Decimal(7), department="food")], by=None, at=AT)

    shown = desk.get(reverse("folios:folio", args=[payer.number])).content.decode()
    assert group[1].number in shown  # the entry says whose it is
    bill = desk.get(reverse("folios:bill", args=[payer.number]), {"style": "detail"}).content.decode()
    assert group[1].number in bill
    assert group[1].number in desk.get(page).content.decode()


def test_posting_by_hand_says_where_it_went(sign_in, house, group):
    desk = sign_in()
    ShiftFactory(property=house, staff_id=desk.session["_auth_user_id"])
    desk.post(reverse("folios:routes", args=[group[0].number]), {"what_kinds": ["all"], "to": "master"})
    own = services.open_folios(stay_ids=[group[0].pk], by=None, at=AT)[group[0].pk]
    form = {"text": "Tea", "department": "food", "amount": "12", "quantity": "1"}
    answer = desk.post(reverse("folios:command", args=[own.number, "post"]), form, follow=True)

    assert "A routing rule sent it to Tour." in answer.content.decode()
    assert Folio.objects.get(kind="master").entries.get().stay == group[0]


def test_what_is_wrong_is_said_and_nothing_is_set(sign_in, house, group):
    desk, page = sign_in(), reverse("folios:routes", args=[group[0].number])
    for wrong in (
        {"to": "master"},
        {"what_kinds": ["all"], "to": "company-999999"},
        {"what_kinds": ["all"], "to": "folio-x"},
        {"what_kinds": ["nonsense"], "to": "master"},
        {"what_kinds": ["all"], "to": "master", "from_on": "2026-11-25", "until_on": "2026-11-24"},
        {"code": ChargeCodeFactory().pk, "to": "master"},
    ):
        assert desk.post(page, wrong).status_code == 422, wrong
    assert ChargeRoute.objects.count() == 0


def test_rights_and_row_scope(sign_in, house, group):
    page = reverse("folios:routes", args=[group[0].number])
    rule = {"what_kinds": ["all"], "to": "master"}
    assert sign_in("night_auditor").get(page).status_code == 200
    assert sign_in("night_auditor").post(page, rule).status_code == 403
    assert sign_in("housekeeping").get(page).status_code == 403
    foreign = PropertyFactory().branch
    assert sign_in(branch=foreign).get(page).status_code == 404
    assert sign_in(branch=foreign).get(reverse("folios:routes", args=[group[0].booking.number])).status_code == 404
    desk = sign_in()
    desk.post(page, rule)
    ids = list(ChargeRoute.objects.values_list("pk", flat=True))
    sign_in(branch=foreign).post(reverse("folios:routes-end", args=[group[1].number]), {"ids": ids})
    assert ChargeRoute.objects.filter(ended_at=None).count() == 1


@pytest.mark.parametrize("company_pays", [True, False])
def test_who_pays_is_said_when_a_group_is_booked(sign_in, house, company_pays):
    kind = RoomTypeFactory(property=house)
    RoomFactory.create_batch(2, room_type=kind)
    plan = RatePlanFactory(property=house)
    Rate.objects.create(rate_plan=plan, room_type=kind, date=TODAY, price=300)
    company = CompanyFactory(property=house)
    form = {
        "form": "group",
        "arrival_on": TODAY,
        "departure_on": TODAY + DAY,
        "rate_plan": plan.pk,
        "title": "Tour",
        "adults": 1,
        "source": "phone",
        "pays": "department-room package",
        f"rooms_{kind.pk}": 2,
    }
    sign_in().post(reverse("stays:reserve"), form | ({"company": company.pk} if company_pays else {}))

    booking = Booking.objects.get()
    paid_by = Folio.objects.get(company=company) if company_pays else Folio.objects.get(booking=booking)
    assert ChargeRoute.objects.filter(stay__booking=booking, folio=paid_by).count() == 4


def test_the_page_asks_as_little_for_many_stays_as_for_one(sign_in, group):
    desk, booking = sign_in(), group[0].booking
    page = reverse("folios:routes", args=[booking.number])
    desk.post(page, {"what_kinds": ["all"], "to": "master"})
    desk.get(page)
    with CaptureQueriesContext(connection) as few:
        desk.get(page)
    StayFactory.create_batch(20, booking=booking, room_type=group[0].room_type)
    desk.post(page, {"what_kinds": ["all"], "to": "master"})
    with CaptureQueriesContext(connection) as many:
        desk.get(page)
    assert len(many) <= len(few)
