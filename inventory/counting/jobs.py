"""Long work of this room: receiving a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from inventory.counting.files import typed_rows
from inventory.counting.queries import ReadRow, read_rows
from inventory.counting.services import lines_of, receive_goods
from oms.jobs.kinds import Chunk, RowResult
from oms.jobs.models import ResultOutcome

if TYPE_CHECKING:
    import datetime as dt

    from oms.jobs.models import BatchJob


class ReceiveFile:
    """One receipt out of a file: the good rows are posted, the others reported with row number and reason.

    params: ``warehouse_id``, ``reference``, ``note``. One chunk: the receipt and the progress commit together, so a job
    that was killed posts nothing, and one that is finished posts nothing again.
    """

    code: ClassVar[str] = "receive_file"
    label: ClassVar[Any] = _("Receiving of a file")
    permission: ClassVar[str] = "inventory.receive_stock"

    def chunk(self, job: BatchJob, at: dt.datetime) -> Chunk:
        """The whole file. Raises UnreadableReceipt, MissingColumn, TooManyRows, WarehouseClosed."""
        if job.created_by is None:  # whose branches' channels could be meant?
            message = "a file is received by a person"
            raise ValueError(message)
        rows = read_rows(typed_rows(settings.MEDIA_ROOT / job.file), job.created_by)
        good = [row for row in rows if row.refusal is None]
        summary: dict[str, Any] = {"rows": len(rows), "pieces": sum(row.quantity for row in good)}
        receipt = None
        if good:
            receipt = receive_goods(
                warehouse_id=job.params["warehouse_id"],
                lines=lines_of(good),
                reference=job.params.get("reference", ""),
                note=job.params.get("note", ""),
                by=job.created_by,
                at=at,
            )
            summary |= {"receipt_id": receipt.pk, "receipt": receipt.number}
        results = [_result(row, receipt.pk if receipt else None) for row in rows]
        return Chunk(cursor={}, finished=True, results=results, total=len(rows), summary=summary)


def _result(row: ReadRow, receipt_id: int | None) -> RowResult:
    reference = f"{row.row.no}: {row.row.sku}"[:80]
    if row.refusal is None:
        return RowResult(reference, ResultOutcome.SUCCEEDED, receipt_id)
    return RowResult(reference, ResultOutcome.REFUSED, None, row.refusal.code, row.refusal.details)
