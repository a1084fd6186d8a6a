"""Long work on many orders, in chunks: cancelling, remarks, exports. A killed job goes on exactly where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from oms.jobs.kinds import Chunk, RowResult
from oms.web.selection import Selection
from orders.order import services
from orders.order.exporting import append_csv, export_name, finish_xlsx
from orders.order.filters import OrderFilter
from orders.order.models import Order

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from django.db.models import QuerySet

    from oms.jobs.models import BatchJob
    from oms.lib.errors import DomainError
    from oms.staff.models import Staff

CHUNK, EXPORT_CHUNK = 200, 2_000


def chosen_orders(job: BatchJob) -> QuerySet[Order]:
    """The orders a job works on, by id: the choice it was started with, inside what its owner may see now.

    ``until`` is the newest id there was at the preview: what comes in later was not chosen.
    """
    owner = _owner(job)
    mine = Order.objects.visible_to(owner)
    chosen = Selection.from_params(job.params["chosen"], mine, OrderFilter, staff=owner).queryset
    return chosen.filter(pk__lte=job.params["until"]).order_by("pk")


def _owner(job: BatchJob) -> Staff:
    if job.created_by is None:
        raise PermissionDenied
    return job.created_by


def _next(job: BatchJob, size: int) -> list[tuple[int, str]]:
    if not _owner(job).has_perm(_permission(job)):
        raise PermissionDenied  # it was taken away since
    after = job.cursor.get("after", 0)
    return list(chosen_orders(job).filter(pk__gt=after).values_list("pk", "number")[:size])


def _permission(job: BatchJob) -> str:
    from oms.jobs.kinds import kinds

    return kinds()[job.kind].permission


def _answered(
    job: BatchJob, rows: list[tuple[int, str]], answers: Mapping[int, DomainError | None], size: int
) -> Chunk:
    results = [
        RowResult(number, "succeeded", pk)
        if answers.get(pk) is None
        else RowResult(number, "refused", pk, answers[pk].code, _plain(answers[pk].details))  # type: ignore[union-attr]
        for pk, number in rows
    ]
    cursor = {"after": rows[-1][0]} if rows else job.cursor
    return Chunk(cursor=cursor, finished=len(rows) < size, results=results)


def _plain(details: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, int | str) else str(value) for name, value in details.items()}


class CancelOrders:
    """Cancels chosen orders, 200 per transaction; a result per order."""

    code: ClassVar[str] = "orders.cancel"
    label: ClassVar = _("Cancel orders")
    permission: ClassVar[str] = "orders.cancel_order"

    def chunk(self, job: BatchJob, at: dt.datetime) -> Chunk:
        """The next 200."""
        rows = _next(job, CHUNK)
        ids = [pk for pk, _number in rows]
        reason = job.params["reason"]
        answers = services.cancel_orders(order_ids=ids, reason=reason, by=_owner(job), at=at) if ids else {}
        return _answered(job, rows, answers, CHUNK)


class RemarkOrders:
    """Writes a remark into the logs of chosen orders."""

    code: ClassVar[str] = "orders.remark"
    label: ClassVar = _("Add remark")
    permission: ClassVar[str] = "orders.change_order"

    def chunk(self, job: BatchJob, at: dt.datetime) -> Chunk:
        """The next 200."""
        rows = _next(job, CHUNK)
        if rows:
            ids = [pk for pk, _number in rows]
            services.add_remark(order_ids=ids, text=job.params["reason"], by=_owner(job), at=at)
        return _answered(job, rows, {}, CHUNK)


class ExportOrders:
    """Writes chosen orders, one row per line, into a CSV or XLSX file. Counts only: a result per order says nothing."""

    code: ClassVar[str] = "orders.export"
    label: ClassVar = _("Export orders")
    permission: ClassVar[str] = "orders.export_orders"

    def chunk(self, job: BatchJob, at: dt.datetime) -> Chunk:
        """The next 2,000. The file is cut back to what the last chunk committed, so a killed chunk leaves nothing."""
        rows = _next(job, EXPORT_CHUNK)
        ids = [pk for pk, _number in rows]
        size = append_csv(
            f"exports/{job.pk}.csv",
            order_ids=ids,
            offset=job.cursor.get("size", 0),
            unmasked=_owner(job).has_perm("orders.reveal_personal"),
        )
        cursor = {"after": ids[-1] if ids else job.cursor.get("after", 0), "size": size}
        if len(rows) == EXPORT_CHUNK:
            return Chunk(cursor=cursor, finished=False, counts={"succeeded": len(rows)})
        path = f"exports/{job.pk}.csv"
        if job.params.get("format") == "xlsx":
            path = finish_xlsx(path)
        summary = {"download": export_name(at, path)}
        return Chunk(cursor=cursor, finished=True, counts={"succeeded": len(rows)}, summary=summary, file=path)
