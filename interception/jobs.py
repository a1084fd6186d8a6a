"""Long work of this floor: the re-check of many locks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from interception import queries, services
from interception.models import Interception
from interception.registry import checks
from oms.jobs.kinds import Chunk, RowResult

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

    from oms.jobs.models import BatchJob

SIZE = 200


class Recheck:
    """Marks open system locks as handled: ``params`` are ``ids``, or ``check`` and ``cause``, or nothing for all.

    Works inside what its starter may see. A row succeeds when the lock is open now, and is skipped when it is not.
    """

    code = "recheck"
    label = _("Re-check")
    permission = "interception.unlock_interception"

    def chunk(self, job: BatchJob, at: dt.datetime) -> Chunk:
        """The next 200 locks, by id."""
        after = job.cursor.get("after", 0)
        rows = self.wanted(job)
        total = job.total if job.total is not None else rows.order_by().count()
        part = list(rows.filter(pk__gt=after).order_by("pk")[:SIZE])
        handled = services.mark_handled(interception_ids=[row.pk for row in part], by=job.created_by, at=at)
        released, changed = set(handled.released), set(handled.changed)
        fresh = Interception.objects.in_bulk(handled.still)
        results = [
            self._result(fresh.get(row.pk, row), row.order.number, row.pk in released, row.pk in changed)
            for row in part
        ]
        summary = {key: job.summary.get(key, 0) for key in ("released", "same", "changed")} if job.summary else {}
        summary = {
            "released": summary.get("released", 0) + len(released),
            "same": summary.get("same", 0) + len(handled.still) - len(changed),
            "changed": summary.get("changed", 0) + len(changed),
        }
        cursor = {"after": part[-1].pk if part else after}
        return Chunk(cursor, len(part) < SIZE, results, total=max(total, job.done + len(part)), summary=summary)

    def wanted(self, job: BatchJob) -> QuerySet[Interception]:
        """The locks the job is about, in its starter's scope."""
        params: dict[str, Any] = job.params
        rows = queries.locks(job.created_by, params.get("check", ""), params.get("cause", ""))  # type: ignore[arg-type]
        return rows.filter(pk__in=params["ids"]) if "ids" in params else rows

    def _result(self, row: Interception, number: str, released: bool, changed: bool) -> RowResult:
        if released:
            return RowResult(number, "succeeded", row.order_id)
        check = checks().get(row.check_code)
        why = check.explain(row.evidence) if check else row.cause
        return RowResult(number, "skipped", row.order_id, services.StillWrong.code, {"why": why, "changed": changed})
