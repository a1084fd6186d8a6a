"""Tables as files: CSV that Excel opens as UTF-8, XLSX; streamed, with cells that can't become formulas."""

from __future__ import annotations

import datetime as dt
import tempfile
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from openpyxl import Workbook

from oms.lib.sheets import csv_row, safe_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_575  # of one sheet, below the header


def csv_lines(header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A CSV file line by line, beginning with the mark that tells Excel it is UTF-8."""
    yield "\ufeff" + csv_row([_text(cell) for cell in header])
    for row in rows:
        yield csv_row([_text(cell) for cell in row])


def write_xlsx(file: IO[bytes], header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> int:
    """Write one sheet to ``file`` in bounded memory; a further sheet begins where one is full. Returns the rows."""
    book = Workbook(write_only=True)
    sheet, number = None, 0
    for row in rows:
        if sheet is None or number % MOST_ROWS == 0:
            sheet = _sheet(book, header)
        sheet.append([_cell(cell) for cell in row])
        number += 1
    if sheet is None:
        _sheet(book, header)
    book.save(file)
    return number


def _sheet(book: Workbook, header: Sequence[Any]) -> Any:
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    sheet.append([str(cell) for cell in header])
    return sheet


def csv_response(name: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A CSV download that is sent while the rows are read."""
    response = StreamingHttpResponse(csv_lines(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def xlsx_response(name: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> FileResponse:
    """An XLSX download, by way of a temporary file."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    write_xlsx(file, header, rows)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


def _local(value: dt.datetime) -> dt.datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value


def _text(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return _local(value).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, Decimal | int | float):
        return value
    return str(value)


def _cell(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return _local(value).replace(tzinfo=None)
    if isinstance(value, Promise):
        value = str(value)
    if value is None or isinstance(value, int | float | Decimal | dt.date):
        return value
    # openpyxl refuses control characters; a spreadsheet has no use for them.
    return safe_cell("".join(char for char in str(value) if char.isprintable() or char in "\n\t"))
