"""What people see of jobs."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction

from oms.jobs.models import BatchJob, JobResult, JobStatus, ResultOutcome

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from oms.staff.models import Staff

PATIENCE = dt.timedelta(seconds=10)  # within which a worker that is there takes up a job


def jobs_visible_to(staff: Staff) -> QuerySet[BatchJob]:
    """A person's own jobs; everybody's for those who may view jobs. Newest first."""
    jobs = BatchJob.objects.select_related("created_by").order_by("-pk")
    return jobs if staff.has_perm("oms.view_batchjob") else jobs.filter(created_by=staff)


def running_jobs_of(staff: Staff) -> QuerySet[BatchJob]:
    """A person's jobs that still have work to do, newest first."""
    return BatchJob.objects.filter(created_by=staff, status__in=[JobStatus.QUEUED, JobStatus.RUNNING]).order_by("-pk")


def results_of(job: BatchJob, outcome: str = "") -> QuerySet[JobResult]:
    """Row results in the order of the rows, those with ``outcome`` only if one is named."""
    results = job.results.order_by("position")
    return results.filter(outcome=outcome) if outcome in ResultOutcome.values else results


@transaction.atomic
def is_unattended(job: BatchJob, at: dt.datetime) -> bool:
    """Whether nobody works on an open job though somebody should: no worker took it up, or the one that did is gone.

    Who works on a job holds its row: that is looked at, not waited for.
    """
    if not job.is_open or at < (job.leased_until or job.created_at + PATIENCE):
        return False
    free = BatchJob.objects.select_for_update(skip_locked=True, no_key=True)
    return bool(list(free.filter(pk=job.pk, leased_until=job.leased_until).values_list("pk", flat=True)))
