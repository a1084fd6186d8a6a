"""Whether somebody works on a run, as its pages show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hotel.audit.models import AuditStatus
from oms.jobs.models import JobStatus
from oms.jobs.queries import is_unattended

if TYPE_CHECKING:
    import datetime as dt

    from hotel.audit.models import AuditRun
    from oms.jobs.models import BatchJob


@dataclass(frozen=True, slots=True)
class Work:
    """``state``: empty (nothing to do), working, retry (a step failed and is tried again), alone (no worker takes it
    up), failed (it gave up), stopped (nobody was asked to).
    """

    state: str = ""
    job: BatchJob | None = None

    @property
    def goes_on(self) -> bool:
        """Whether it moves without anybody doing something."""
        return self.state in {"working", "retry"}


def work_of(run: AuditRun | None, at: dt.datetime) -> Work:
    """At most two statements."""
    if run is None or run.status != AuditStatus.RUNNING:
        return Work()
    job = run.job
    if job is None or job.status == JobStatus.CANCELLED:
        return Work("stopped", job)
    if job.status == JobStatus.FAILED:
        return Work("failed", job)
    if is_unattended(job, at):
        return Work("alone", job)
    return Work("retry" if job.error else "working", job)


def at_work(steps: list[dict[str, Any]], work: Work) -> list[dict[str, Any]]:
    """The steps as dots, with the one that is being done turning instead of standing still."""
    if work.goes_on:
        for step in steps:
            step["state"] = "turn" if step["state"] == "stop" else step["state"]
    return steps
