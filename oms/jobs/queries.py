"""What people see of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oms.jobs.models import BatchJob, JobResult, JobStatus, ResultOutcome

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from oms.staff.models import Staff


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
