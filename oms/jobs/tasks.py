"""Wake-ups for jobs."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from oms.jobs import services


@shared_task(name="jobs.run", acks_late=True)
def run(*, job_id: int, **_future: object) -> None:
    """Work through one job. Safe to run twice: the row lock lets one worker in."""
    services.run_job(job_id=job_id, clock=timezone.now)


@shared_task(name="jobs.resume")
def resume(**_future: object) -> None:
    """Wake up every job that lies still."""
    for job_id in services.stale_job_ids(at=timezone.now()):
        run.delay(job_id=job_id)
