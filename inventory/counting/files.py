"""Reading a file of goods: CSV in UTF-8 or GBK, or XLSX; a row at a time."""

from __future__ import annotations

import csv
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from python_calamine import CalamineError, CalamineWorkbook

from inventory.counting.queries import TypedRow
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_ROWS = 20_000
NAMES = {
    "sku": {"sku", "sku code", "code", "barcode", "item", "规格编码", "商品编码", "规格", "编码", "条码", "货号"},
    "quantity": {"quantity", "qty", "pieces", "数量", "件数", "入库数量", "实收数量"},
    "channel": {"channel", "fenced for", "渠道", "店铺", "渠道/店铺", "专供渠道"},
}


class UnreadableReceipt(DomainError):
    """The file is neither text nor a workbook."""

    code = "receipt_file_unreadable"
    message = _("This file can't be read. Send CSV (UTF-8 or GBK) or XLSX.")


class MissingColumn(DomainError):
    """The first row names no column for the SKU, or none for the quantity."""

    code = "receipt_file_missing_column"
    message = _("The first row must name the columns “sku” and “quantity” (found: %(found)s).")


class TooManyRows(DomainError):
    """More rows than one receipt may have."""

    code = "receipt_file_too_long"
    message = _("A receipt has at most %(most)s rows. Split the file.")


def typed_rows(path: str | Path) -> list[TypedRow]:
    """Rows below the header, numbered as a spreadsheet does; blank ones left out.

    Raises UnreadableReceipt, MissingColumn, TooManyRows.
    """
    path = Path(path)
    with path.open("rb") as file:
        is_workbook = file.read(2) == b"PK"
    rows = _workbook(path) if is_workbook else _text(path)
    at: dict[str, int] | None = None
    found: list[TypedRow] = []
    for no, cells in rows:
        if at is None:
            at = _columns(cells)
        elif any(cells):
            if len(found) >= MOST_ROWS:
                raise TooManyRows(most=f"{MOST_ROWS:,}")
            values = {name: cells[i] if i < len(cells) else "" for name, i in at.items()}
            found.append(TypedRow(no, **values))
    if at is None:
        raise MissingColumn(found="—")
    return found


def _columns(cells: list[str]) -> dict[str, int]:
    names = [unicodedata.normalize("NFKC", cell).strip().lower() for cell in cells]
    at = {field: i for i, name in reversed(list(enumerate(names))) for field, known in NAMES.items() if name in known}
    if "sku" not in at or "quantity" not in at:
        raise MissingColumn(found=", ".join(filter(None, names))[:200] or "—")
    return at


def _workbook(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        first = (sheet.start or (0, 0))[0] + 1
        yield from _cleaned(sheet.iter_rows(), first)
    except (CalamineError, OSError, ValueError) as failure:
        raise UnreadableReceipt from failure


def _text(path: Path) -> Iterator[tuple[int, list[str]]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = path.read_bytes().decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise UnreadableReceipt
    if "\x00" in text:
        raise UnreadableReceipt
    head = text.partition("\n")[0]
    delimiter = max(",\t;", key=head.count)
    try:
        yield from _cleaned(csv.reader(text.splitlines(keepends=True), delimiter=delimiter), 1)
    except csv.Error as failure:
        raise UnreadableReceipt from failure


def _cleaned(rows: Iterable[Iterable[Any]], first: int) -> Iterator[tuple[int, list[str]]]:
    for no, cells in enumerate(rows, first):
        yield no, [_cell(cell) for cell in cells]


def _cell(value: Any) -> str:
    """A workbook keeps codes and numbers alike as floats: 6901234.0 is 6901234."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "".join(char for char in str(value) if char.isprintable()).strip()[:200]
