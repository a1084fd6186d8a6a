"""Night audits that a worker runs: one step of the audit is one chunk of the job."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _

from hotel.audit import services
from hotel.audit.models import AuditStatus
from hotel.audit.states import Step
from oms.jobs.kinds import Chunk

if TYPE_CHECKING:
    import datetime as dt

    from django.utils.functional import Promise

    from oms.jobs.models import BatchJob


class CloseDate:
    """``params``: run, and the step it stood at. What each room got is in the run's own results."""

    code: ClassVar[str] = services.KIND
    label: ClassVar[str | Promise] = _("Night audit")
    permission: ClassVar[str] = "hotel.run_audit"

    def chunk(self, job: BatchJob, at: dt.datetime) -> Chunk:
        """Do the next step of the run, whoever did the one before. Raises Unsettled: the job fails, the run waits."""
        before = job.cursor.get("step", job.params["step"])
        run = services.advance_patiently(run_id=job.params["run"], clock=lambda: at)
        return Chunk(
            cursor={"step": run.step},
            finished=run.status != AuditStatus.RUNNING,
            counts={"succeeded": max(0, run.step - before)},
            total=Step.DONE - job.params["step"],
        )
