"""Starting, running, cancelling long work."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from oms.jobs.kinds import Chunk, kinds
from oms.jobs.models import BatchJob, JobResult, JobStatus, ResultOutcome
from oms.lib.errors import DomainError
from oms.notices.live import publish

if TYPE_CHECKING:
    from collections.abc import Callable

    from oms.staff.models import Staff

LEASE = dt.timedelta(minutes=2)
MOST_ATTEMPTS = 5  # a chunk that fails so often is broken, not unlucky
log = logging.getLogger(__name__)


class NotCancellable(DomainError):
    """The job has ended already."""

    code = "job_not_cancellable"
    message = _("The job has ended already.")


@transaction.atomic
def start_job(
    *,
    kind: str,
    title: str,
    params: dict[str, Any],
    by: Staff | None,
    at: dt.datetime,
    file: str = "",
    total: int | None = None,
    wake: bool = True,
) -> BatchJob:
    """Queue long work and wake a worker once this commits. ``file`` is a path below MEDIA_ROOT.

    ``wake`` False: the caller runs the job itself, as a management command does.

    Raises KeyError for an unknown kind. The scheduled sweep finds the job if the wake-up is lost.
    """
    code = kinds()[kind].code
    job = BatchJob.objects.create(
        kind=code, title=title[:200], params=params, created_by=by, created_at=at, file=file, total=total
    )
    if wake:
        transaction.on_commit(lambda: _wake(job.pk), robust=True)
    return job


def _wake(job_id: int) -> None:
    from oms.jobs.tasks import run

    run.delay(job_id=job_id)


def run_job(*, job_id: int, clock: Callable[[], dt.datetime]) -> BatchJob:
    """Work through a job chunk by chunk until it is finished, cancelled, or somebody else holds it.

    A chunk's changes, its results and the cursor commit together: killed at any point, the job goes on exactly there.
    A chunk that raises is rolled back and tried again later; after five attempts the job fails with the error's text.
    """
    while True:
        try:
            going_on = _run_chunk(job_id=job_id, at=clock())
        except Exception as failure:
            log.exception("job %s", job_id)
            _note_failure(job_id=job_id, failure=failure, at=clock())
            break
        _publish(job_id)
        if not going_on:
            break
    _publish(job_id)
    return BatchJob.objects.get(pk=job_id)


@transaction.atomic
def _run_chunk(*, job_id: int, at: dt.datetime) -> bool:
    # The row lock is held over the whole chunk: a second worker that is woken for the same job steps aside.
    job = BatchJob.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=job_id).first()
    if job is None or not job.is_open:
        return False
    chunk = kinds()[job.kind].chunk(job, at)
    _record(job, chunk, at)
    return not chunk.finished


def _record(job: BatchJob, chunk: Chunk, at: dt.datetime) -> None:
    JobResult.objects.bulk_create(
        JobResult(
            job=job,
            position=job.done + i,
            reference=row.reference[:80],
            object_id=row.object_id,
            outcome=row.outcome,
            code=row.code,
            details=row.details,
        )
        for i, row in enumerate(chunk.results)
    )
    for outcome in ResultOutcome.values:
        count = sum(row.outcome == outcome for row in chunk.results) + chunk.counts.get(outcome, 0)
        setattr(job, outcome, getattr(job, outcome) + count)
    job.done = job.succeeded + job.skipped + job.refused
    job.cursor, job.attempts, job.error = chunk.cursor, 0, ""
    job.total = chunk.total if chunk.total is not None else job.total
    job.summary = chunk.summary if chunk.summary is not None else job.summary
    job.file = chunk.file if chunk.file is not None else job.file
    job.started_at = job.started_at or at
    job.leased_until = at + LEASE
    job.status = JobStatus.RUNNING
    if chunk.finished:
        job.status, job.finished_at, job.leased_until = JobStatus.DONE, at, None
    job.save()


@transaction.atomic
def _note_failure(*, job_id: int, failure: Exception, at: dt.datetime) -> None:
    job = BatchJob.objects.select_for_update(no_key=True).get(pk=job_id)
    if not job.is_open:
        return
    job.attempts += 1
    job.error = str(failure)[:2000] or type(failure).__name__
    job.leased_until = at + LEASE * job.attempts
    fields = ["attempts", "error", "leased_until"]
    if job.attempts >= MOST_ATTEMPTS or isinstance(failure, DomainError):
        job.status, job.finished_at = JobStatus.FAILED, at
        fields += ["status", "finished_at"]
    job.save(update_fields=fields)


@transaction.atomic
def cancel_job(*, job_id: int, by: Staff, at: dt.datetime) -> BatchJob:
    """Stop a job after the chunk it is in; what is done stays done. Locks the job. Raises NotCancellable."""
    job = BatchJob.objects.select_for_update(no_key=True).get(pk=job_id)
    if not job.is_open:
        raise NotCancellable
    job.status, job.finished_at, job.leased_until = JobStatus.CANCELLED, at, None
    job.save(update_fields=["status", "finished_at", "leased_until"])
    return job


def stale_job_ids(*, at: dt.datetime) -> list[int]:
    """Open jobs nobody is working on: the wake-up was lost, or the worker died."""
    open_jobs = BatchJob.objects.filter(status__in=[JobStatus.QUEUED, JobStatus.RUNNING])
    return list(
        open_jobs.filter(Q(leased_until=None, created_at__lt=at - dt.timedelta(seconds=20)) | Q(leased_until__lt=at))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def _publish(job_id: int) -> None:
    found = BatchJob.objects.filter(pk=job_id).values("status", "done", "total", "created_by_id", key=F("pk")).first()
    if found is None:
        return
    facts: dict[str, Any] = {**found}
    owner = facts.pop("created_by_id")
    publish(channel=f"job:{job_id}", event="job", data=facts)
    if owner:
        publish(channel=f"staff:{owner}", event="job", data=facts)
