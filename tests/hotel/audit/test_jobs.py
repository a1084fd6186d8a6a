"""The night audit as a job: a step is a chunk, failing anywhere and going on, joined, left to whoever works on it."""

import datetime as dt

import pytest
from django.db import transaction

from hotel.audit import services
from hotel.audit.models import AuditRun
from hotel.audit.services import steps
from hotel.audit.states import Step
from hotel.audit.working import work_of
from hotel.models import FolioEntry
from oms.jobs.models import BatchJob
from oms.jobs.services import cancel_job, run_job
from oms.lib.books import breaches
from tests.concurrency import overlap
from tests.factories.staff import StaffFactory

MONDAY = dt.date(2026, 11, 23)


@pytest.fixture
def begun(house):
    house.check_in(house.rooms[0], 2, 100)
    house.check_in(house.rooms[2], 2, 200)
    house.reserve(house.rooms[3], 2, 150)
    return services.start_audit(property_id=house.property.pk, by=None, at=house.night())


def work(run, house):
    job = run_job(job_id=run.job_id, clock=house.night)
    run.refresh_from_db()
    return job


def test_a_worker_closes_the_date_step_by_step(house, begun):
    job = work(begun, house)

    assert (job.status, job.done, job.total, job.succeeded) == ("done", 5, 5, 5)
    assert (begun.status, house.today) == ("done", MONDAY + dt.timedelta(days=1))
    assert begun.results.filter(outcome="posted").count() == 2
    assert breaches() == []


@pytest.mark.parametrize("step", [step for step in Step if step not in {Step.CHECKS, Step.DONE}])
def test_a_job_that_fails_in_a_step_goes_on_there(house, begun, monkeypatch, step):
    done = steps.STEPS[step]

    def broken(*args):
        done(*args)
        raise RuntimeError("the power went")

    monkeypatch.setitem(steps.STEPS, step, broken)
    job = work(begun, house)
    assert (job.is_open, begun.step, job.done) == (True, step, step - 1)
    assert work_of(AuditRun.objects.get(), house.night()).state == "retry"

    monkeypatch.setitem(steps.STEPS, step, done)
    job = work(begun, house)

    assert (job.status, job.done, begun.status) == ("done", 5, "done")
    assert FolioEntry.objects.filter(department="room").count() == 2
    assert breaches() == []


def test_a_second_start_joins_and_one_after_the_end_finds_the_run(house, begun):
    again = services.start_audit(property_id=house.property.pk, by=None, at=house.night())
    assert (again, again.job_id) == (begun, begun.job_id)
    night = house.night()
    work(begun, house)
    late = services.start_audit(property_id=house.property.pk, by=None, at=night, business_date=MONDAY)
    assert (late.pk, BatchJob.objects.count()) == (begun.pk, 1)


def test_a_job_somebody_stopped_is_followed_by_another(house, begun):
    cancel_job(job_id=begun.job_id, by=StaffFactory(), at=house.night())
    assert work_of(AuditRun.objects.select_related("job").get(), house.night()).state == "stopped"
    again = services.hand_over(run_id=begun.pk, by=None, at=house.night())
    assert again.job_id != begun.job_id
    work(again, house)
    assert (again.status, breaches()) == ("done", [])


def test_a_step_that_never_settles_ends_the_job_and_not_the_run(house, begun, monkeypatch):
    def unsettled(*_args):
        raise services.Unsettled(date="2026-11-23")

    monkeypatch.setitem(steps.STEPS, Step.CLOSE, unsettled)
    job = work(begun, house)
    assert (job.status, begun.status, begun.step) == ("failed", "running", Step.CLOSE)
    assert work_of(AuditRun.objects.select_related("job").get(), house.night()).state == "failed"


@pytest.mark.django_db(transaction=True)
def test_two_starts_at_once_make_one_run_and_one_job(make_house):
    house = make_house(MONDAY)
    house.check_in(house.rooms[0], 2, 100)
    at = house.night()

    def start():
        services.start_audit(property_id=house.property.pk, by=None, at=at)

    assert overlap(start, start) is None
    assert (AuditRun.objects.count(), BatchJob.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_run_somebody_is_in_a_step_of_is_left_to_them(make_house):
    house = make_house(MONDAY)
    run = services.begin_audit(property_id=house.property.pk, by=None, at=house.night())
    with transaction.atomic():
        AuditRun.objects.select_for_update().get(pk=run.pk)
        found = _elsewhere(lambda: services.hand_over(run_id=run.pk, by=None, at=house.night()))
    assert (found.pk, BatchJob.objects.count()) == (run.pk, 0)


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
