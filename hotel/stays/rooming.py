"""A group's rooming list as it comes from an agency: XLSX as Excel and WPS write it, CSV, or what was pasted."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO
from zipfile import ZipFile

from django.utils.translation import gettext_lazy as _

from hotel.members.models import IdType
from hotel.members.services import Person
from hotel.stays.services import RoomingRow
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_ROWS = 500
MOST_BYTES = 2_000_000
MOST_XML = 20_000_000  # of an XLSX unpacked: a list of 500 guests has less than one
MOST_COLUMNS = 30
ABOVE = 12  # lines a title and remarks may take before the headings
COLUMNS: dict[str, tuple[str, ...]] = {  # field → headings it may have
    "name": ("name", "guest", "guestname", "fullname", "姓名", "客人", "客人姓名", "住客", "住客姓名", "旅客姓名"),
    "room": ("room", "roomno", "roomnumber", "房号", "房间", "房间号", "房间号码"),
    "type": ("type", "roomtype", "房型", "房间类型"),
    "id_number": (
        *("id", "idno", "idnumber", "document", "passport", "证件", "证件号", "证件号码"),
        *("身份证", "身份证号", "身份证号码", "护照号", "护照号码"),
    ),
    "id_type": ("idtype", "documenttype", "证件类型", "证件种类"),
    "phone": ("phone", "mobile", "tel", "电话", "手机", "手机号", "手机号码", "联系电话", "电话号码"),
    "arrival": ("arrival", "checkin", "入住", "入住日期", "到店", "到店日期", "抵店日期"),
    "departure": ("departure", "checkout", "离店", "离店日期", "退房", "退房日期"),
}
LABELS = [_("Full name"), _("Room"), _("Room type"), _("Document number"), _("Phone"), _("Arrival"), _("Departure")]
NO_HEADINGS = ("name", "type", "id_number", "phone", "room")  # the order when there are none
ID_TYPES = {
    "passport": IdType.PASSPORT,
    "护照": IdType.PASSPORT,
    "身份证": IdType.RESIDENT_ID,
    "居民身份证": IdType.RESIDENT_ID,
    "港澳通行证": IdType.HM_PERMIT,
    "台胞证": IdType.TW_PERMIT,
}
RESIDENT_LENGTH = 18
EXACT = 15  # digits a spreadsheet keeps of a number; those after are noughts
FOOTER = re.compile(r"合计|总计|小计|备注|说明|注[:：]|(total|remarks?)\s*([:：]|$)", re.IGNORECASE)
SERIALS = range(36_526, 73_051)  # days of 2000 to 2099 as spreadsheets count them
DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d")


class Unreadable(DomainError):
    """The file is no list."""

    code = "rooming_unreadable"
    message = _("This is no list that can be read: CSV, XLSX or text with one guest per line.")


class TooLong(DomainError):
    """More lines than are taken at once."""

    code = "rooming_too_long"
    message = _("The list has more than %(most)s guests. Send it in parts.")


class DigitsLost(DomainError):
    """A long number that a spreadsheet took for an amount."""

    code = "rooming_digits_lost"
    message = _("The spreadsheet rounded %(value)s and lost its last digits. Format the column as text, type it again.")


class BadDate(DomainError):
    """A date that is none."""

    code = "rooming_bad_date"
    message = _("%(value)s is no date.")


class NameMissing(DomainError):
    """A line without a name."""

    code = "rooming_name_missing"
    message = _("The name is missing.")


@dataclass(slots=True)
class Row:
    """One line of the list and what became of it."""

    line: int
    values: dict[str, str] = field(default_factory=dict)
    refusal: str = ""

    def as_asked(self) -> RoomingRow:
        """What the service takes. Raises NameMissing, BadDate, DigitsLost."""
        values = self.values
        if not values.get("name"):
            raise NameMissing
        number = values.get("id_number", "")
        for value in (number, values.get("phone", "")):
            if _is_rounded(value):
                raise DigitsLost(value=value)
        kind = ID_TYPES.get(values.get("id_type", "").lower())
        if kind is None and number:
            kind = IdType.RESIDENT_ID if len(number.replace(" ", "")) == RESIDENT_LENGTH else IdType.PASSPORT
        return RoomingRow(
            person=Person(values["name"], kind or IdType.NONE, number, values.get("phone", "")),
            room=values.get("room", ""),
            room_type=values.get("type", ""),
            arrival_on=_date(values.get("arrival", "")),
            departure_on=_date(values.get("departure", "")),
        )


def rows_of(name: str, file: Any, pasted: str) -> list[Row]:
    """Rows of a file (by its ending) or of pasted text; titles, blank lines and totals left out.

    Raises Unreadable, TooLong.
    """
    if file is not None and (getattr(file, "size", 0) or 0) > MOST_BYTES:
        raise Unreadable
    if file is not None:
        table = _xlsx(file) if name.lower().endswith((".xlsx", ".xlsm")) else _text(_decoded(file.read(MOST_BYTES + 1)))
    else:
        table = _text(pasted[:MOST_BYTES])
    lines = [(n, [_told(cell) for cell in row[:MOST_COLUMNS]]) for n, row in enumerate(table, start=1)]
    lines = [(n, cells) for n, cells in lines if any(cells)]
    above, fields = _headings(lines)
    rows = [Row(n, _values(fields, cells)) for n, cells in lines[above:] if not _is_footer(cells)]
    rows = [row for row in rows if row.values]
    if len(rows) > MOST_ROWS:
        raise TooLong(most=MOST_ROWS)
    return rows


def _values(fields: dict[int, str], cells: Sequence[str]) -> dict[str, str]:
    found = {fields[i]: cell for i, cell in enumerate(cells) if i in fields and cell}
    if "room" in found:
        found["room"] = found["room"].removesuffix("房").removesuffix("号").strip()
    return found


def _is_footer(cells: Sequence[str]) -> bool:
    return FOOTER.match(next(cell for cell in cells if cell)) is not None


def _headings(lines: Sequence[tuple[int, list[str]]]) -> tuple[int, dict[int, str]]:
    """How many lines stand above the guests, and which column is what: the first line that names its columns."""
    known = {heading: name for name, headings in COLUMNS.items() for heading in headings}
    for above, (_line, cells) in enumerate(lines[:ABOVE], start=1):
        keys = [re.sub(r"[（(].*?[)）]|[\s*:：_.]", "", cell).lower() for cell in cells]
        found: dict[int, str] = {}
        for i, key in enumerate(keys):
            if key in known and known[key] not in found.values():
                found[i] = known[key]
        if "name" in found.values() and (len(found) > 1 or len([cell for cell in cells if cell]) == 1):
            return above, found
    return 0, dict(enumerate(NO_HEADINGS))


def _told(cell: Any) -> str:
    """A cell as a person reads it: whole numbers without a point, dates as YYYY-MM-DD."""
    if isinstance(cell, dt.datetime):
        cell = cell.date()
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell) if cell < 10**EXACT else f"{cell:.14E}"
    return re.sub(r"\s+", " ", str("" if cell is None else cell)).strip().lstrip("'")


def _is_rounded(value: str) -> bool:
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", value):
        return True
    return value.isdigit() and len(value) > EXACT and value.endswith("0" * (len(value) - EXACT))


def _date(text: str) -> dt.date | None:
    if not text:
        return None
    if text.isdigit() and int(text) in SERIALS:
        return dt.date(1899, 12, 30) + dt.timedelta(days=int(text))
    for pattern in DATES:
        try:
            return dt.datetime.strptime(text.split(" ", maxsplit=1)[0], pattern).date()  # noqa: DTZ007 -- a date has no zone
        except ValueError:
            continue
    raise BadDate(value=text)


def _decoded(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise Unreadable
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable


def _text(text: str) -> list[list[str]]:
    if "\x00" in text:
        raise Unreadable
    sample = text.lstrip().split("\n")[:ABOVE]
    mark = next((mark for mark in ("\t", ",", ";", "，") if any(mark in line for line in sample)), ",")
    try:
        return list(csv.reader(io.StringIO(text), delimiter=mark))
    except csv.Error as wrong:
        raise Unreadable from wrong


def _xlsx(file: BinaryIO) -> list[list[Any]]:
    """The first sheet that is shown. What is merged downwards (a room of two guests) stands in each of its lines."""
    from openpyxl import load_workbook

    try:
        with ZipFile(file) as packed:
            size = sum(part.file_size for part in packed.infolist() if part.filename.endswith(".xml"))
        file.seek(0)
        book = load_workbook(file, data_only=True) if size <= MOST_XML else None
    except Exception as wrong:
        raise Unreadable from wrong
    if book is None or not book.worksheets:
        raise Unreadable
    sheet = next((each for each in book.worksheets if each.sheet_state == "visible"), book.worksheets[0])
    table = [list(row) for row in sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)]
    _fill_down(table, sheet.merged_cells.ranges)
    return table


def _fill_down(table: list[list[Any]], merged: Iterable[Any]) -> None:
    for area in merged:
        if area.min_col == area.max_col and area.max_col <= MOST_COLUMNS:
            for line in range(area.min_row, min(area.max_row, len(table))):
                table[line][area.min_col - 1] = table[area.min_row - 1][area.min_col - 1]
