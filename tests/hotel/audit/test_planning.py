"""The audit by the clock: never before its hour, once per date, told once, on the house's own clock."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.urls import reverse

from hotel.audit import services
from hotel.audit.models import AuditPlan, AuditRun
from hotel.audit.services import planning
from hotel.models import Property
from oms.jobs.models import BatchJob
from oms.jobs.services import cancel_job, run_job
from oms.notices.models import Notice
from oms.notices.services import text_of
from oms.staff.roles import sync_roles
from tests.factories.folios import ShiftFactory
from tests.factories.staff import StaffFactory

MONDAY = dt.date(2026, 11, 23)
DAY = dt.timedelta(days=1)


def china(day, hour, minute=0):
    """A moment of the house's clock in November 2026."""
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=dt.timezone(dt.timedelta(hours=8)))


@pytest.fixture
def plan(house):
    return AuditPlan.objects.create(
        property=house.property, is_on=True, start_time=dt.time(2), notice_times=[dt.time(18), dt.time(23)]
    )


@pytest.fixture
def people(house):
    sync_roles()

    def make(role):
        staff = StaffFactory(branches=[house.property.branch], language="en")
        staff.groups.set(Group.objects.filter(name=role))
        return staff

    return {role: make(role) for role in ("night_auditor", "duty_manager", "front_desk", "housekeeping")}


def told(staff):
    return [text_of(notice) for notice in Notice.objects.filter(staff=staff).order_by("pk")]


def finish(house):
    for job in BatchJob.objects.filter(status__in=["queued", "running"]):
        run_job(job_id=job.pk, clock=house.night)


def test_the_date_is_closed_at_its_hour_and_once(house, plan):
    house.check_in(house.rooms[0], 3, 100)
    assert services.keep_plans(at=china(24, 1, 59)) == 1  # the notices, which find nothing
    assert not AuditRun.objects.exists()

    assert services.keep_plans(at=china(24, 2)) == 1
    assert services.keep_plans(at=china(24, 2)) == 0
    finish(house)
    assert services.keep_plans(at=china(24, 2, 1)) == 0

    assert (house.today, AuditRun.objects.get().started_by) == (MONDAY + DAY, None)
    assert not Notice.objects.exists()
    services.keep_plans(at=china(25, 2))
    finish(house)
    assert (house.today, AuditRun.objects.count()) == (MONDAY + 2 * DAY, 2)


def test_a_plan_that_is_off_starts_nothing(house, plan):
    AuditPlan.objects.update(is_on=False)
    services.keep_plans(at=china(24, 5))
    assert not AuditRun.objects.exists()


def test_a_worklist_that_blocks_is_told_once_to_those_who_can_mend_it(house, plan, people):
    stay = house.check_in(house.rooms[0], 1, 0)
    services.run_audit(property_id=house.property.pk, by=None, clock=house.night)
    for minute in range(3):
        services.keep_plans(at=china(25, 2, minute))

    assert told(people["night_auditor"]) == ["The audit of 2026-11-24 waits: 1 due out and not left (101)"]
    assert told(people["duty_manager"]) == told(people["night_auditor"])
    assert told(people["front_desk"]) == told(people["housekeeping"]) == []
    assert AuditRun.objects.count() == 1

    house.check_out(stay)
    assert services.keep_plans(at=china(25, 2, 4)) == 1
    finish(house)
    assert house.today == MONDAY + 2 * DAY


def test_something_new_that_blocks_is_told_and_something_settled_is_not(house, plan, people):
    stays = [house.check_in(room, 1, 0) for room in house.rooms[:3]]
    services.run_audit(property_id=house.property.pk, by=None, clock=house.night)
    house.check_out(stays[0])
    services.keep_plans(at=china(25, 2))
    house.check_out(stays[1])
    services.keep_plans(at=china(25, 2, 1))
    assert len(told(people["night_auditor"])) == 1
    ShiftFactory(property=house.property, business_date=MONDAY)
    services.keep_plans(at=china(25, 2, 2))
    assert told(people["night_auditor"])[1].startswith("The audit of 2026-11-24 waits: 1 due out and not left (201); 1")


def test_the_rehearsal_is_told_at_its_times_and_not_again_when_nothing_changed(house, plan, people):
    stay = house.check_in(house.rooms[0], 1, 0)
    services.run_audit(property_id=house.property.pk, by=None, clock=house.night)
    owner, clerk = people["front_desk"], StaffFactory(display_name="Li")
    ShiftFactory(property=house.property, business_date=MONDAY, staff=owner, opened_at=china(23, 8))
    ShiftFactory(property=house.property, business_date=MONDAY + DAY, staff=clerk)

    assert services.keep_plans(at=china(24, 17, 59)) == 0
    services.keep_plans(at=china(24, 18))
    services.keep_plans(at=china(24, 18))
    services.keep_plans(at=china(24, 23, 30))

    whole = f"Tonight's audit (11-25 02:00) would stop: 1 due out and not left (101); 1 shifts still open ({owner}); "
    assert told(people["night_auditor"]) == [whole + "on duty: Li"]
    assert told(clerk) == [whole + "on duty: Li"]
    assert told(owner) == ["Your shift of 11-23 is still open: count it and hand it over before 11-25 02:00"]
    house.check_out(stay)
    AuditPlan.objects.update(is_on=False)
    services.keep_plans(at=china(25, 18))  # the night after: the date is still open
    assert len(told(people["night_auditor"])) == 2


def test_no_notice_names_a_guest(house, plan, people):
    stay = house.check_in(house.rooms[0], 1, 0)
    services.run_audit(property_id=house.property.pk, by=None, clock=house.night)
    services.keep_plans(at=china(24, 18))
    assert stay.guest_name not in str(Notice.objects.get(staff=people["duty_manager"]).params)


def test_a_run_that_gave_up_is_told_and_tried_again_later_but_not_one_that_was_stopped(house, plan, people):
    services.keep_plans(at=china(24, 2))
    run = AuditRun.objects.get()
    BatchJob.objects.update(status="failed", error="no space left", finished_at=china(24, 2, 1))

    for minute in (2, 3, 11, 12):
        services.keep_plans(at=china(24, 2, minute))

    assert told(people["night_auditor"]) == ["The audit of 2026-11-23 stopped midway and is tried again: no space left"]
    assert BatchJob.objects.count() == 2
    run.refresh_from_db()
    cancel_job(job_id=run.job_id, by=people["duty_manager"], at=china(24, 3))
    services.keep_plans(at=china(24, 5))
    assert BatchJob.objects.count() == 2


@pytest.mark.parametrize(
    ("zone", "date", "start", "utc"),
    [
        ("Asia/Shanghai", "2026-11-23", "02:00", "2026-11-23 18:00"),
        ("Asia/Shanghai", "2026-11-23", "23:30", "2026-11-23 15:30"),
        ("Europe/Berlin", "2026-03-28", "02:30", "2026-03-29 01:30"),  # an hour that is skipped
        ("Europe/Berlin", "2026-10-24", "02:30", "2026-10-25 00:30"),  # an hour that comes twice: the first
        ("America/New_York", "2028-02-28", "02:00", "2028-02-29 07:00"),
        ("Pacific/Auckland", "2026-11-23", "02:00", "2026-11-23 13:00"),
    ],
)
def test_the_hour_is_the_houses_own(zone, date, start, utc):
    house = Property(time_zone=zone, business_date=dt.date.fromisoformat(date))
    found = services.starts_at(AuditPlan(property=house, start_time=dt.time.fromisoformat(start)), house.business_date)
    assert found == dt.datetime.fromisoformat(f"{utc}+00:00")


def test_notices_are_of_the_night_that_comes(house, plan):
    plan.notice_times = [dt.time(1), dt.time(18)]
    assert services.notices_of(plan, MONDAY) == [china(23, 18), china(24, 1)]
    nights = [services.coming_night(plan, at) for at in (china(23, 12), china(24, 1), china(24, 2), china(26, 20))]
    assert nights == [MONDAY, MONDAY, MONDAY + DAY, MONDAY + 3 * DAY]


def test_one_hotel_that_fails_stops_no_other(house, make_house, plan, monkeypatch, caplog):
    other = make_house(MONDAY)
    AuditPlan.objects.create(property=other.property, is_on=True)
    start = planning.start_audit

    def failing(*, property_id, **more):
        if property_id == house.property.pk:
            raise RuntimeError("broken")
        return start(property_id=property_id, **more)

    monkeypatch.setattr(planning, "start_audit", failing)
    assert services.keep_plans(at=china(24, 2)) == 1
    assert AuditRun.objects.get().property == other.property


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_make_one_run(make_house):
    house = make_house(MONDAY)
    AuditPlan.objects.create(property=house.property, is_on=True, start_time=dt.time(2))
    with transaction.atomic():
        services.keep_plans(at=china(24, 2))
        assert _elsewhere(lambda: services.keep_plans(at=china(24, 2))) == 0
    assert (AuditRun.objects.count(), BatchJob.objects.count()) == (1, 1)


def _elsewhere(work):
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    def alone():
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(alone).result(timeout=10)


def test_a_start_at_midday_is_refused_by_form_and_database(client, house, people):
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditPlan.objects.create(property=house.property, start_time=dt.time(13))
    client.force_login(people["duty_manager"])
    typed = {"is_on": "on", "start_time": "13:00", "notice_times": "18:00, 23:00"}
    answer = client.post(reverse("audit:plan"), typed)
    assert (answer.status_code, AuditPlan.objects.count()) == (422, 0)
    assert (
        client.post(reverse("audit:plan"), {**typed, "start_time": "02:00", "notice_times": "25:00"}).status_code == 422
    )


def test_times_are_set_by_who_may_and_seen_by_the_auditor(client, house, people):
    typed = {"is_on": "on", "start_time": "01:30", "notice_times": "23:00, 18:00"}
    client.force_login(people["night_auditor"])
    assert client.get(reverse("audit:plan")).status_code == 200
    assert client.post(reverse("audit:plan"), typed).status_code == 403
    client.force_login(people["duty_manager"])
    page = client.post(reverse("audit:plan"), typed, follow=True).content.decode()
    plan = AuditPlan.objects.get()
    assert (plan.is_on, plan.start_time, plan.notice_times) == (True, dt.time(1, 30), [dt.time(18), dt.time(23)])
    assert "01:30" in page
    client.force_login(people["housekeeping"])
    assert client.get(reverse("audit:plan")).status_code == 403
