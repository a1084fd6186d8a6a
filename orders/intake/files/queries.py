"""What people see of imports, and which mapping fits a file."""

from __future__ import annotations

import csv
import io
import json
import re
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from inventory.catalog.models import Channel
from oms.jobs.models import BatchJob
from oms.lib.sheets import safe_cell
from orders.intake.files.mapping import Mapping, propose, refuse_ambiguous_dates
from orders.intake.files.problems import explain, is_sibling
from orders.intake.files.refusals import UnreadableFile
from orders.intake.files.table import Reading, open_table
from orders.intake.models import ImportMapping, ImportRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from oms.staff.models import Staff
    from orders.intake.files.table import Row, Table

SAMPLE = 200
_NUMBER = re.compile(r"-?[\d.,]+\Z")
DEFAULT = "default"


def imports_visible_to(staff: Staff) -> QuerySet[BatchJob]:
    """Imports into the channels the person sees, newest first."""
    jobs = BatchJob.objects.filter(kind="import_orders").select_related("created_by").order_by("-pk")
    if staff.branch_ids is None:
        return jobs
    channels = Channel.objects.visible_to(staff).values_list("pk", flat=True)
    return jobs.filter(params__channel__in=list(channels))


def path_of(file: str) -> Path:
    """Where a job's file lies."""
    return Path(settings.MEDIA_ROOT) / file


def sampled(path: str | Path, mapping: Mapping | None) -> tuple[Table, list[Row]]:
    """Open a file as ``mapping`` says and look at its first rows; the table is closed. Raises UnreadableFile."""
    reading = Reading.from_options(mapping.options if mapping else {})
    table = open_table(path, reading, wanted=mapping.columns.values() if mapping else ())
    try:
        return table, list(islice(table.rows(), SAMPLE))
    finally:
        table.close()


def mapping_for(path: str | Path, channel_id: int, name: str = "") -> Mapping:
    """The mapping to read a file with: the one named; else the remembered one if it fits; else what the headers say.

    Raises ImportMapping.DoesNotExist, or UnreadableFile if it can't be read with it.
    """
    if name:
        saved = ImportMapping.objects.get(channel_id=channel_id, name=name)
        return _checked(path, Mapping(saved.columns, saved.options))
    for saved in ImportMapping.objects.filter(channel_id=channel_id, name=DEFAULT):
        try:
            return _checked(path, Mapping(saved.columns, saved.options))
        except UnreadableFile:
            continue  # another kind of file than last time
    table, sample = sampled(path, None)
    mapping = propose(table, sample)
    return _checked(path, mapping)


def _checked(path: str | Path, mapping: Mapping) -> Mapping:
    table, sample = sampled(path, mapping)
    mapping.check(table)
    refuse_ambiguous_dates(mapping, table, sample)
    return mapping


class RefusedRow(NamedTuple):
    """A refused row as people see it. ``own``: it is bad itself; else it shares the fate of its order."""

    row_no: int
    reason: str
    cells: list[str]
    own: bool


def refused_rows(job: BatchJob, *, after: int = 0, own: bool = False) -> Iterator[RefusedRow]:
    """Refused rows behind row ``after``, in file order; ``own`` leaves out those that only share a fate."""
    rows = ImportRow.objects.filter(job=job, row_no__gt=after).exclude(error="").order_by("row_no")
    if own:
        rows = rows.exclude(error__startswith='["sibling"')
    for row in rows.iterator(chunk_size=500):
        cells = [cell if isinstance(cell, str) else cell[1] for cell in row.cells]
        yield RefusedRow(row.row_no, explain(row.error), cells, own=not is_sibling(row.error))


def refused_csv(job: BatchJob, columns: list[str], reason: str, row: str) -> Iterator[str]:
    """The refused rows as CSV with the file's own columns, to be corrected and sent again; then row number and reason.

    What a spreadsheet would run as a formula gets an apostrophe, which reading takes away again; numbers stay.
    """
    yield "\ufeff" + _line([*columns, row, reason])
    for refused in refused_rows(job):
        cells = refused.cells[: len(columns)] + [""] * (len(columns) - len(refused.cells))
        yield _line([*cells, str(refused.row_no), refused.reason])


def _line(cells: list[str]) -> str:
    line = io.StringIO()
    safe = [cell if _NUMBER.match(cell) else safe_cell(cell) for cell in cells]
    csv.writer(line, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerow(safe)
    return line.getvalue()


def raw_text(name: str, columns: list[str], rows: list[str]) -> str:
    """What is kept of an order of a file: its rows as they came."""
    head = json.dumps({"file": name, "columns": columns}, ensure_ascii=False)
    return f'{head[:-1]}, "rows": [{",".join(rows)}]}}'
