"""Handing an audit to a worker: begun at once, so that a refusal is seen; its steps are done in the background."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from hotel.audit.models import AuditRun, AuditStatus
from hotel.audit.services.running import begin_audit, finish_audit
from hotel.audit.states import Step
from oms.jobs.services import NotCancellable, cancel_job, start_job

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from oms.staff.models import Staff

KIND = "hotel.close_date"  # of the job: hotel.audit.jobs.CloseDate


@transaction.atomic
def start_audit(
    *, property_id: int, by: Staff | None, at: dt.datetime, business_date: dt.date | None = None
) -> AuditRun:
    """Begin the audit of the business date, or join the one that is under way, and have a worker do its steps.

    Raises and locks as ``begin_audit`` and ``hand_over`` do.
    """
    run = begin_audit(property_id=property_id, by=by, at=at, business_date=business_date)
    return hand_over(run_id=run.pk, by=by, at=at)


@transaction.atomic
def hand_over(*, run_id: int, by: Staff | None, at: dt.datetime) -> AuditRun:
    """Have a worker go on with a run, unless one does already. Locks the run; one that somebody is in a step of is
    left to them. Returns the run.
    """
    free = AuditRun.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).select_related("job")
    run: AuditRun | None = free.filter(pk=run_id, status=AuditStatus.RUNNING).first()
    if run is None or (run.job and run.job.is_open):
        return AuditRun.objects.get(pk=run_id)
    run.job = start_job(
        kind=KIND,
        title=_("Night audit %(date)s") % {"date": run.business_date},
        params={"run": run.pk, "step": run.step},
        total=Step.DONE - run.step,
        by=by,
        at=at,
    )
    run.save(update_fields=["job"])
    return run


def take_over(*, run_id: int, by: Staff, clock: Callable[[], dt.datetime]) -> AuditRun:
    """Do the steps that are left here and now, where no worker does: its job is called off. Returns the run, done."""
    run = AuditRun.objects.select_related("job").get(pk=run_id)
    if run.job and run.job.is_open:
        with contextlib.suppress(NotCancellable):  # it ended in this moment
            cancel_job(job_id=run.job.pk, by=by, at=clock())
    return finish_audit(run_id=run_id, clock=clock)
