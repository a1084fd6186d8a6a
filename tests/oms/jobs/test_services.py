import datetime as dt

import pytest

from oms.jobs import kinds, services
from oms.jobs.kinds import Chunk, RowResult
from oms.jobs.models import BatchJob, JobResult, JobStatus
from oms.models import Branch
from tests.factories.staff import StaffFactory

AT = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)


class CountBranches:
    """Makes one branch a chunk; falls over at ``params['break_at']`` while that is set."""

    code, label, permission = "count", "Count", "oms.view_branch"
    broken = True

    def chunk(self, job, at):
        n = job.cursor.get("n", 0)
        Branch.objects.create(code=f"J{n}-{job.pk}", name="made")
        if self.broken and job.params.get("break_at") == n:
            message = "power cut"
            raise OSError(message)
        result = RowResult(reference=f"J{n}", outcome="succeeded")
        return Chunk(cursor={"n": n + 1}, finished=n + 1 == job.params["to"], results=[result], total=job.params["to"])


@pytest.fixture
def kind(monkeypatch):
    kind = CountBranches()
    monkeypatch.setattr(services, "kinds", lambda: {"count": kind})
    assert kinds.kinds is not services.kinds
    return kind


def start(**params):
    return services.start_job(kind="count", title="Count", params=params, by=StaffFactory(), at=AT)


def run(job):
    return services.run_job(job_id=job.pk, clock=lambda: AT)


@pytest.mark.django_db
def test_run_job_works_through_all_chunks(kind):
    job = run(start(to=3))

    assert (job.status, job.done, job.succeeded, job.total) == (JobStatus.DONE, 3, 3, 3)
    assert list(JobResult.objects.order_by("position").values_list("position", "reference")) == [
        (0, "J0"),
        (1, "J1"),
        (2, "J2"),
    ]


@pytest.mark.django_db
def test_run_job_that_broke_goes_on_where_it_was_and_doubles_nothing(kind):
    job = run(start(to=3, break_at=1))
    assert (job.status, job.done, job.error) == (JobStatus.RUNNING, 1, "power cut")
    assert Branch.objects.count() == 1

    kind.broken = False
    job = run(job)

    assert (job.status, job.done) == (JobStatus.DONE, 3)
    assert Branch.objects.count() == 3


@pytest.mark.django_db
def test_run_job_gives_up_after_five_failures_of_one_chunk(kind):
    job = start(to=3, break_at=0)

    for _ in range(services.MOST_ATTEMPTS):
        job = run(job)

    assert (job.status, job.attempts, job.error) == (JobStatus.FAILED, 5, "power cut")


@pytest.mark.django_db
def test_cancel_job_stops_it_and_refuses_the_second_time(kind):
    job = start(to=3)

    services.cancel_job(job_id=job.pk, by=job.created_by, at=AT)

    assert run(job).done == 0
    with pytest.raises(services.NotCancellable):
        services.cancel_job(job_id=job.pk, by=job.created_by, at=AT)


@pytest.mark.django_db
def test_stale_job_ids_are_those_nobody_woke_or_whose_worker_died(kind):
    lost = start(to=1)
    died = start(to=2, break_at=1)
    run(died)
    run(start(to=1))

    assert services.stale_job_ids(at=AT) == []
    assert services.stale_job_ids(at=AT + services.LEASE * 2) == [lost.pk, died.pk]


@pytest.mark.django_db
def test_counts_of_a_job_add_up_by_constraint(kind):
    from django.db import IntegrityError

    job = start(to=1)

    with pytest.raises(IntegrityError, match="batch_job_counts_add_up"):
        BatchJob.objects.filter(pk=job.pk).update(done=5)
