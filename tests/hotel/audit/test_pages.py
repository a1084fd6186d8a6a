"""Pages of the night audit: who may see and do what, one click, start, stop, reverse, figures, traces."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hotel.audit import services
from hotel.audit.models import AuditRun
from hotel.models import Folio, Stay
from oms.jobs.models import BatchJob
from oms.jobs.services import run_job
from oms.notices.models import Notice
from oms.staff.roles import sync_roles
from tests.factories.folios import ShiftFactory
from tests.factories.staff import StaffFactory

MONDAY = dt.date(2026, 11, 23)
LOOK = ["rehearsal", "checks", "history", "figures", "traces"]


@pytest.fixture
def person(house):
    def make(*roles):
        sync_roles()
        staff = StaffFactory(branches=[house.property.branch], language="en")
        staff.groups.set(Group.objects.filter(name__in=roles))
        return staff

    return make


@pytest.fixture
def auditor(client, person):
    staff = person("night_auditor")
    client.force_login(staff)
    return staff


def audit(house):
    at = house.night()
    return services.run_audit(property_id=house.property.pk, by=None, clock=lambda: at)


@pytest.mark.parametrize("name", LOOK)
def test_pages_answer_with_and_without_anything(client, house, auditor, name):
    assert client.get(reverse(f"audit:{name}")).status_code == 200
    house.check_in(house.rooms[0], 3, 100)
    audit(house)
    assert client.get(reverse(f"audit:{name}")).status_code == 200


@pytest.mark.parametrize("name", LOOK)
def test_housekeeping_sees_none_of_it(client, person, name):
    client.force_login(person("housekeeping"))
    assert client.get(reverse(f"audit:{name}")).status_code == 403


def test_other_hotels_runs_are_not_there(client, house, auditor):
    run = audit(house)
    client.force_login(StaffFactory(is_superuser=False))
    stranger = StaffFactory(language="en")
    stranger.groups.set(Group.objects.filter(name="night_auditor"))
    client.force_login(stranger)
    assert client.get(reverse("audit:run", args=[run.pk])).status_code == 404


def test_the_worklist_names_room_and_way_on(client, house, auditor):
    stay = house.check_in(house.rooms[0], 1, 0)
    audit(house)
    page = client.get(reverse("audit:rehearsal")).content.decode()
    assert "Due out and not left" in page
    assert stay.number in page
    answer = client.post(reverse("audit:fix"), {"code": "extend", "object": stay.pk}, follow=True)
    assert house.fresh(stay).departure_on == MONDAY + dt.timedelta(days=2)
    assert "Nothing stops tonight" in answer.content.decode()


def test_one_click_checks_out_who_owes_nothing(client, house, auditor):
    stay = house.check_in(house.rooms[0], 1, 0)
    audit(house)
    client.post(reverse("audit:fix"), {"code": "check_out", "object": stay.pk})
    assert house.fresh(stay).status == "checked_out"


@pytest.mark.parametrize(("code", "status", "arrival"), [("no_show", "no_show", 23), ("move_arrival", "confirmed", 24)])
def test_one_click_for_who_has_not_come(client, house, auditor, code, status, arrival):
    stay = house.reserve(house.rooms[0], 2, 100)
    client.post(reverse("audit:fix"), {"code": code, "object": stay.pk})
    assert (house.fresh(stay).status, house.fresh(stay).arrival_on.day) == (status, arrival)


def test_one_click_asks_the_shifts_owner(client, house, auditor):
    shift = ShiftFactory(property=house.property, business_date=MONDAY - dt.timedelta(days=1))
    client.post(reverse("audit:fix"), {"code": "ask", "object": shift.pk})
    assert Notice.objects.get().staff == shift.staff


def test_a_fix_of_another_hotels_stay_changes_nothing(client, house, make_house, auditor):
    other = make_house(MONDAY)
    stay = other.reserve(other.rooms[0], 1, 100)
    client.post(reverse("audit:fix"), {"code": "no_show", "object": stay.pk})
    assert Stay.objects.get(pk=stay.pk).status == "confirmed"


def test_closing_and_reversing_from_the_page(client, house, auditor, person, monkeypatch):
    house.check_in(house.rooms[0], 2, 100)
    at = house.night()
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)
    answer = client.post(reverse("audit:start"), {"date": "2026-11-23"}, follow=True)
    assert "The audit of 11-23 is running." in answer.content.decode()
    client.post(reverse("audit:start"), {"date": "2026-11-23"})  # pressed twice
    run_job(job_id=BatchJob.objects.get().pk, clock=lambda: at)
    client.post(reverse("audit:start"), {"date": "2026-11-23"})  # and once more
    run = AuditRun.objects.get()
    assert (house.today, run.started_by) == (dt.date(2026, 11, 24), auditor)
    assert client.post(reverse("audit:reverse", args=[run.pk]), {"reason": "x"}).status_code == 403
    client.force_login(person("manager"))
    client.post(reverse("audit:reverse", args=[run.pk]), {"reason": "wrong prices"})
    assert house.today == MONDAY


def test_a_stopped_run_is_gone_on_with(client, house, auditor):
    run = services.begin_audit(property_id=house.property.pk, by=auditor, at=house.night())
    page = client.get(reverse("audit:run", args=[run.pk])).content.decode()
    assert "Go on" in page
    assert client.get(reverse("audit:progress", args=[run.pk])).status_code == 200
    assert client.get(reverse("audit:rehearsal")).status_code == 200
    client.post(reverse("audit:go-on", args=[run.pk]))
    client.post(reverse("audit:go-on", args=[run.pk]))  # pressed twice
    run_job(job_id=BatchJob.objects.get().pk, clock=house.night)
    assert AuditRun.objects.get().status == "done"
    answer = client.get(reverse("audit:progress", args=[run.pk]))
    assert answer["HX-Refresh"] == "true"
    assert client.get(reverse("audit:checks"), {"date": "2026-11-23"})["HX-Refresh"] == "true"


def test_without_a_worker_the_page_says_so_and_does_it_itself(client, house, auditor, monkeypatch):
    house.check_in(house.rooms[0], 2, 100)
    at = house.night()
    run = services.start_audit(property_id=house.property.pk, by=auditor, at=at)
    for seconds, text in ((3, "is running"), (11, "No worker takes the audit up")):
        monkeypatch.setattr("django.utils.timezone.now", lambda s=seconds: at + dt.timedelta(seconds=s))
        assert text in client.get(reverse("audit:run", args=[run.pk])).content.decode()
        assert text in client.get(reverse("audit:rehearsal")).content.decode()
    answer = client.post(reverse("audit:go-on", args=[run.pk]), {"here": "1"}, follow=True)
    assert "2026-11-23 is closed." in answer.content.decode()
    assert (BatchJob.objects.get().status, house.today.day) == ("cancelled", 24)


def test_a_dry_run_shows_totals_and_writes_nothing(client, house, auditor):
    house.check_in(house.rooms[0], 2, 123)
    page = client.post(reverse("audit:dry-run")).content.decode()
    assert "123.00" in page
    assert not AuditRun.objects.exists()


def test_a_bad_date_or_fix_is_refused_in_words(client, house, auditor):
    for date in ("", "2026-13-45", "nonsense"):
        assert client.post(reverse("audit:start"), {"date": date}).status_code == 302
    assert client.post(reverse("audit:fix"), {"code": "burn", "object": "1"}).status_code == 302
    assert client.post(reverse("audit:fix"), {"code": "extend", "object": "99999"}).status_code == 302
    assert not AuditRun.objects.exists()


def test_figures_of_an_impossible_period(client, house, auditor):
    answer = client.get(reverse("audit:figures"), {"since": "2026-11-23", "until": "2026-11-01"})
    assert (answer.status_code, "ends before it begins" in answer.content.decode()) == (422, True)


def test_traces_by_room_and_guest_and_only_ones_own(client, house, auditor, person):
    stay = house.check_in(house.rooms[0], 2, 100)
    house.check_in(house.rooms[1], 2, 100)
    page = client.get(reverse("audit:traces"), {"room": "101"}).content.decode()
    assert stay.number in page
    assert page.count("Checked in") >= 1
    assert client.get(reverse("audit:traces"), {"guest": stay.guest.name}).status_code == 200
    clerk = person("front_desk")
    client.force_login(clerk)
    page = client.get(reverse("audit:traces")).content.decode()
    assert "No trace fits" in page


@pytest.mark.parametrize("name", ["rehearsal", "history", "traces"])
def test_a_list_asks_as_much_for_many_rows(client, house, auditor, name):
    def questions():
        client.get(reverse(f"audit:{name}"))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(reverse(f"audit:{name}")).status_code == 200
        return len(asked)

    house.check_in(house.rooms[0], 9, 100)
    audit(house)
    few = questions()
    for room in house.rooms[1:]:
        house.check_in(room, 8, 100)
    for _n in range(3):
        audit(house)
    assert questions() <= few
    assert Folio.objects.count() == 4
