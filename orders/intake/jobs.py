"""Long work of this room: importing a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from inventory.catalog.models import Channel
from oms.jobs.kinds import Chunk, RowResult
from orders.intake.files import staging
from orders.intake.files.assembly import Assembler, RefusedOrder, blamed
from orders.intake.files.mapping import Mapping
from orders.intake.files.problems import Problem, explain
from orders.intake.files.queries import path_of, raw_text
from orders.intake.files.table import Reading, Table, open_table
from orders.intake.models import Outcome, Source
from orders.intake.services import Message, take_orders

if TYPE_CHECKING:
    import datetime as dt

    from oms.jobs.models import BatchJob
    from orders.intake.schema import NeutralOrder


@dataclass
class _Open:
    """The file between two chunks; a chunk that was rolled back shows as a different row, and it is opened anew."""

    job_id: int
    table: Table


class ImportOrders:
    """Read a file's rows into the staging table, then take them in by 500 orders.

    cursor: ``step`` read | take, ``row`` the last row done, ``rows`` and ``lost`` so far; summary: orders by outcome.
    """

    code: ClassVar[str] = "import_orders"
    label: ClassVar[Any] = _("Import of orders")
    permission: ClassVar[str] = "orders.import_orders"

    def __init__(self) -> None:
        """Nothing is open."""
        self._open: _Open | None = None

    def chunk(self, job: BatchJob, at: dt.datetime) -> Chunk:
        """The next 10,000 rows, or the next 500 orders. Raises UnreadableFile if the file is damaged further down."""
        cursor = {"step": "read", "row": 0, "rows": 0, "lost": 0, **job.cursor}
        return self._take(job, cursor, at) if cursor["step"] == "take" else self._read(job, cursor)

    def _read(self, job: BatchJob, cursor: dict[str, Any]) -> Chunk:
        table = self._table(job, cursor["row"])
        staged = staging.stage_rows(job_id=job.pk, table=table, assembler=_assembler(job, table.columns))
        rows, lost = cursor["rows"] + staged.rows, cursor["lost"] + staged.lost
        summary = {"step": "read", "read": round(table.source.progress() * 100), "rows": rows, "columns": table.columns}
        cursor = {"step": "read", "row": table.row_no, "rows": rows, "lost": lost}
        if not staged.finished:
            return Chunk(cursor=cursor, finished=False, summary=summary)
        self._close()
        total = staging.count_orders(job_id=job.pk) + lost
        summary = {"step": "take", "rows": rows, "columns": table.columns, **dict.fromkeys(Outcome.values, 0)}
        return Chunk(cursor={**cursor, "step": "take", "row": 0}, finished=False, total=total, summary=summary)

    def _take(self, job: BatchJob, cursor: dict[str, Any], at: dt.datetime) -> Chunk:
        columns = job.summary["columns"]
        window = cursor.get("window", staging.LEAST_WINDOW)
        orders, last, window = staging.next_orders(job_id=job.pk, after=cursor["row"], window=window)
        step = _Step(job, _assembler(job, columns), columns, at)
        if orders:
            step.run(orders)
        # Rows without an order number belong to no step: they are counted with the last one.
        lost = cursor["lost"] if last is None else 0
        outcomes = step.outcomes
        outcomes[Outcome.REFUSED] += lost
        summary = {**job.summary, **{name: job.summary[name] + count for name, count in outcomes.items()}}
        if last is None:
            self._finish(job)
            summary["step"] = "done"
        cursor = {**cursor, "row": last if last is not None else cursor["row"], "window": window}
        return Chunk(
            cursor=cursor,
            finished=last is None,
            results=[_refusal(key, problems) for key, problems in step.refused.items()],
            counts={
                "succeeded": outcomes[Outcome.STORED] + outcomes[Outcome.CHANGED],
                "skipped": outcomes[Outcome.REPEATED],
                "refused": lost,
            },
            summary=summary,
            file="" if last is None else None,
        )

    def _table(self, job: BatchJob, row: int) -> Table:
        opened = self._open
        if opened and opened.job_id == job.pk and opened.table.row_no == row:
            return opened.table
        self._close()
        options, columns = job.params["options"], job.params["columns"]
        table = open_table(path_of(job.file), Reading.from_options(options), wanted=columns.values())
        Mapping(columns, options).check(table)
        table.skip_to(row)
        self._open = _Open(job.pk, table)
        return table

    def _close(self) -> None:
        if self._open:
            self._open.table.close()
            self._open = None

    def _finish(self, job: BatchJob) -> None:
        staging.forget_good_rows(job_id=job.pk)
        path = path_of(job.file)
        transaction.on_commit(lambda: path.unlink(missing_ok=True), robust=True)


def _assembler(job: BatchJob, columns: list[str]) -> Assembler:
    channel = Channel.objects.select_related("branch").get(pk=job.params["channel"])
    mapping = Mapping(job.params["columns"], job.params["options"])
    # An order without a time was placed when its file came in, however long the import takes or how often it resumes.
    return Assembler(
        mapping=mapping, columns=columns, channel=channel.code, zone=channel.branch.time_zone, at=job.created_at
    )


def _refusal(key: str, problems: dict[int, str]) -> RowResult:
    row, problem = next(iter(problems.items()))
    return RowResult(reference=key, outcome="refused", details={"row": row, "message": f"{row}: {explain(problem)}"})


class _Step:
    """One chunk of orders: assemble, take, keep why what was refused."""

    def __init__(self, job: BatchJob, assembler: Assembler, columns: list[str], at: dt.datetime) -> None:
        self._job, self._assembler, self._columns, self._at = job, assembler, columns, at
        self.refused: dict[str, dict[int, str]] = {}
        self.outcomes: dict[str, int] = dict.fromkeys(Outcome.values, 0)

    def run(self, orders: list[staging.StagedOrder]) -> None:
        """Count by outcome, and keep the problems of refused orders: order number → row → why."""
        read = [(order, neutral) for order in orders if (neutral := self._assembled(order))]
        name = self._job.params["name"]
        messages = [Message(neutral, raw_text(name, self._columns, order.raw)) for order, neutral in read]
        results = take_orders(messages=messages, source=Source.FILE.value, by=self._job.created_by, at=self._at)
        for (order, _neutral), result in zip(read, results, strict=True):
            self.outcomes[result.outcome] += 1
            if result.outcome == Outcome.REFUSED:
                self.refused[order.key] = _packed(blamed(order.rows, result.errors))
        self.outcomes[Outcome.REFUSED] = len(self.refused)
        staging.mark_refused(job_id=self._job.pk, refused=self.refused)

    def _assembled(self, order: staging.StagedOrder) -> NeutralOrder | None:
        """The order; or nothing if any of its rows is bad, and then every bad row is known."""
        problems = dict(order.bad)
        neutral = None
        try:
            if order.rows:
                neutral = self._assembler.read(order.rows)
        except RefusedOrder as refusal:
            problems |= _packed(refusal.problems)
        if not problems:
            return neutral
        self.refused[order.key] = problems
        return None


def _packed(problems: dict[int, Problem]) -> dict[int, str]:
    return {row: problem.pack() for row, problem in problems.items()}
