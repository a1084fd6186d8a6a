"""Long work of this room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _

from oms.jobs.kinds import Chunk, RowResult
from oms.jobs.models import ResultOutcome
from orders.dispatch.bulk import PlannedRow, ShipRow, plan_rows, shipments_of
from orders.dispatch.services import ship_documents

if TYPE_CHECKING:
    import datetime as dt

    from django.utils.functional import Promise

    from oms.jobs.models import BatchJob
    from oms.lib.errors import DomainError

AT_ONCE = 200


class ShipDocuments:
    """Ship the rows of a table. ``params``: rows [[row number, reference, tracking, courier, weight]], courier."""

    code: ClassVar[str] = "orders.ship_documents"
    label: ClassVar[str | Promise] = _("Ship documents")
    permission: ClassVar[str] = "orders.ship_document"

    def chunk(self, job: BatchJob, at: dt.datetime) -> Chunk:
        """Plan and ship the next rows; rows of one document that stand together stay together."""
        rows = [ShipRow(*cells) for cells in job.params["rows"]]
        begin = job.cursor.get("row", 0)
        end = _end(rows, begin)
        if job.created_by is None:
            message = "a shipment is somebody's"
            raise ValueError(message)
        planned = plan_rows(rows[begin:end], staff=job.created_by, courier_id=job.params["courier"])
        answers = ship_documents(shipments=shipments_of(planned), by=job.created_by, at=at)
        results = [_result(plan, answers) for plan in planned]
        return Chunk(cursor={"row": end}, finished=end >= len(rows), results=results, total=len(rows))


def _end(rows: list[ShipRow], begin: int) -> int:
    end = min(begin + AT_ONCE, len(rows))
    while end < len(rows) and rows[end].reference == rows[end - 1].reference:
        end += 1
    return end


def _result(plan: PlannedRow, answers: dict[int, DomainError | None]) -> RowResult:
    refusal = plan.problem or (answers[plan.document.pk] if plan.document else None)
    what: dict[str, Any] = {
        "reference": f"{plan.row.row_no} · {plan.row.reference}",
        "object_id": plan.document.pk if plan.document else None,
    }
    if refusal is None:
        return RowResult(outcome=ResultOutcome.SUCCEEDED, **what)
    return RowResult(outcome=ResultOutcome.REFUSED, code=refusal.code, details=refusal.details, **what)
