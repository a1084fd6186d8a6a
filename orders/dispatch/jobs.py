"""Long work of this room."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from oms.jobs.kinds import Chunk, RowResult
from oms.jobs.models import ResultOutcome
from oms.web.selection import Selection
from orders.dispatch.bulk import PlannedRow, ShipRow, plan_rows, shipments_of
from orders.dispatch.filters import DocumentFilter
from orders.dispatch.models import WarehouseDocument
from orders.dispatch.services import resend_documents, ship_documents

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


class ResendDocuments:
    """Queue chosen failed documents again. ``params``: chosen (a Selection's), until (the newest id there was)."""

    code: ClassVar[str] = "orders.resend_documents"
    label: ClassVar[str | Promise] = _("Send documents again")
    permission: ClassVar[str] = "orders.ship_document"

    def chunk(self, job: BatchJob, at: dt.datetime) -> Chunk:
        """The next 200 of those its owner may see now."""
        owner = job.created_by
        if owner is None or not owner.has_perm(self.permission):
            raise PermissionDenied
        mine = WarehouseDocument.objects.visible_to(owner)
        chosen = Selection.from_params(job.params["chosen"], mine, DocumentFilter, staff=owner).queryset
        left = chosen.filter(pk__gt=job.cursor.get("after", 0), pk__lte=job.params["until"]).order_by("pk")
        rows = list(left.values_list("pk", "number")[:AT_ONCE])
        answers = resend_documents(document_ids=[pk for pk, _number in rows], by=owner, at=at) if rows else {}
        results = [_answered(number, pk, answers.get(pk)) for pk, number in rows]
        cursor = {"after": rows[-1][0]} if rows else job.cursor
        return Chunk(cursor=cursor, finished=len(rows) < AT_ONCE, results=results)


def _answered(reference: str, document_id: int | None, refusal: DomainError | None) -> RowResult:
    if refusal is None:
        return RowResult(reference, ResultOutcome.SUCCEEDED, document_id)
    return RowResult(reference, ResultOutcome.REFUSED, document_id, refusal.code, refusal.details)


def _end(rows: list[ShipRow], begin: int) -> int:
    end = min(begin + AT_ONCE, len(rows))
    while end < len(rows) and rows[end].reference == rows[end - 1].reference:
        end += 1
    return end


def _result(plan: PlannedRow, answers: dict[int, DomainError | None]) -> RowResult:
    refusal = plan.problem or (answers[plan.document.pk] if plan.document else None)
    document_id = plan.document.pk if plan.document else None
    return _answered(f"{plan.row.row_no} · {plan.row.reference}", document_id, refusal)
