"""The rows of one worksheet, streamed from its XML."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_right
from decimal import Decimal
from operator import itemgetter
from pyexpat import ParserCreate
from typing import TYPE_CHECKING, Any, NamedTuple

from orders.intake.files.refusals import DamagedFile, TooLarge
from orders.intake.files.table import LONGEST_CELL, MOST_COLUMNS, BadCell, Cell, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_VALUE = 131_072  # characters of one cell; a spreadsheet program allows 32,767
MOST_MERGED = 100_000
EXACT_DIGITS = 15  # a spreadsheet number keeps no more
_RANGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]*?ref="\$?([A-Z]+)\$?(\d+):\$?([A-Z]+)\$?(\d+)"')
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DAY = 86_400  # seconds


class Merged(NamedTuple):
    """A merged range; rows as numbered in the sheet, columns from 0."""

    top: int
    bottom: int
    left: int
    right: int


def column_at(letters: str) -> int:
    """0 for A, 27 for AB."""
    at = 0
    for letter in letters:
        at = at * 26 + ord(letter) - 64
    return at - 1


def merged_ranges(data: Iterator[bytes]) -> list[Merged]:
    """Merged ranges by their first row. They stand behind the rows in the file, so it is looked through once before."""
    found: list[Merged] = []
    tail = b""
    for block in data:
        text = tail + block
        end = 0
        for hit in _RANGE.finditer(text):
            left, top, right, bottom = hit.groups()
            found.append(Merged(int(top), int(bottom), column_at(left.decode()), column_at(right.decode())))
            end = hit.end()
        tail = text[max(end, len(text) - 200) :]
        if len(found) > MOST_MERGED:
            raise TooLarge(size=f"{len(found):,} merged cells", limit=f"{MOST_MERGED:,}")
    return sorted(found)


class SheetRows:
    """Turns worksheet XML into rows of text cells."""

    def __init__(self, *, strings: Any, dates: list[bool], mac_dates: bool, merged: list[Merged], fill: bool) -> None:
        """``fill``: give every cell of a merged range the value of its first one."""
        self._strings, self._dates, self._fill = strings, dates, fill
        self._epoch = dt.datetime(1904, 1, 1) if mac_dates else dt.datetime(1899, 12, 30)  # noqa: DTZ001 -- local time
        self._merged, self._active, self._values = merged, list[Merged](), dict[Merged, Cell]()
        self._columns: dict[str, int] = {}
        self._ready: list[Row] = []
        self._cells: list[Cell] = []
        self._no = 0
        self._text: list[str] = []
        self._collect = self._has_formula = False
        self._type, self._style, self._at = "n", 0, 0
        self.bytes_read = 0

    def read(self, data: Iterator[bytes]) -> Iterator[Row]:
        """Rows, as the blocks of the file come in."""
        parser = ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._chars
        parser.StartDoctypeDeclHandler = self._doctype
        for block in data:
            parser.Parse(block)
            self.bytes_read += len(block)
            if self._ready:
                yield from self._ready
                self._ready = []
        parser.Parse(b"", True)
        yield from self._ready

    def _doctype(self, *_args: object) -> None:
        raise DamagedFile(fact="DOCTYPE")

    def _start(self, name: str, at: dict[str, str]) -> None:
        tag = name.rpartition(":")[2] if ":" in name else name
        if tag in {"v", "t"}:
            self._collect = True
        elif tag == "c":
            self._start_cell(at)
        elif tag == "row":
            self._no = int(at["r"]) if "r" in at else self._no + 1
            self._cells = []
            self._at = -1
        elif tag == "f":
            self._has_formula = True

    def _start_cell(self, at: dict[str, str]) -> None:
        ref = at.get("r")
        if ref is None:
            self._at += 1
        else:
            letters = ref.rstrip("0123456789")
            column = self._columns.get(letters)
            if column is None:
                column = self._columns[letters] = column_at(letters)
            self._at = column
        self._type = at.get("t", "n")
        self._style = int(at.get("s", 0))
        self._text = []
        self._has_formula = False

    def _chars(self, text: str) -> None:
        if self._collect:
            self._text.append(text)

    def _end(self, name: str) -> None:
        tag = name.rpartition(":")[2] if ":" in name else name
        if tag in {"v", "t"}:
            self._collect = False
        elif tag == "c":
            if self._at < MOST_COLUMNS and (self._text or self._has_formula):
                self._put(self._at, self._cell())
        elif tag == "row":
            self._end_row()

    def _put(self, at: int, cell: Cell) -> None:
        missing = at + 1 - len(self._cells)
        if missing > 0:
            self._cells.extend([""] * missing)
        self._cells[at] = cell

    def _end_row(self) -> None:
        if self._merged or self._active:
            self._spread_merged()
        if self._cells:
            self._ready.append(Row(self._no, self._cells))

    def _spread_merged(self) -> None:
        due = bisect_right(self._merged, self._no, key=itemgetter(0))
        self._active = [merged for merged in [*self._active, *self._merged[:due]] if merged.bottom >= self._no]
        del self._merged[:due]
        for merged in self._active:
            for at in range(merged.left, min(merged.right + 1, MOST_COLUMNS)):
                if (self._no, at) == (merged.top, merged.left):
                    self._values[merged] = self._cells[at] if at < len(self._cells) else ""
                elif self._fill:
                    self._put(at, self._values.get(merged, ""))
                else:
                    self._put(at, BadCell("merged", ""))

    def _cell(self) -> Cell:
        text = "".join(self._text)
        kind = self._type
        if len(text) > LONGEST_VALUE:
            return BadCell("cell_too_long", text[:80])
        if not text:
            return "" if kind in {"str", "s", "inlineStr"} else BadCell("formula_without_value", "")
        if kind == "n":
            return self._number(text)
        if kind == "e":
            return BadCell("formula_error", text)
        return _checked(self._said(text, kind))

    def _said(self, text: str, kind: str) -> str:
        if kind == "s":
            return self._strings[int(text)]
        if kind == "b":
            return "TRUE" if text == "1" else "FALSE"
        return text.replace("T", " ") if kind == "d" else text

    def _number(self, text: str) -> Cell:
        if self._style < len(self._dates) and self._dates[self._style]:
            return self._date(float(text))
        if text.isdigit():
            return text  # as written, even where a spreadsheet program would have dropped digits
        value = float(text)
        if abs(value) >= 10**EXACT_DIGITS:
            return BadCell("digits_lost", text)
        if value == int(value):
            return str(int(value))
        shown = repr(value)
        return format(Decimal(shown), "f") if "e" in shown else shown

    def _date(self, serial: float) -> Cell:
        seconds = round(serial * _DAY)
        try:
            when = self._epoch + dt.timedelta(seconds=seconds)
        except OverflowError:
            return BadCell("not_a_date", str(serial))
        if seconds < _DAY:  # a time of day without a date
            return f"{when:%H:%M:%S}"
        return f"{when:%Y-%m-%d %H:%M:%S}" if seconds % _DAY else f"{when:%Y-%m-%d}"


def _checked(text: str) -> Cell:
    if "_x" in text:
        text = _ESCAPE.sub(lambda hit: chr(int(hit[1], 16)), text)
    if text.isprintable() and len(text) <= LONGEST_CELL:
        return text
    if len(text) > LONGEST_CELL:
        return BadCell("cell_too_long", text[:80])
    clean = "".join(letter for letter in text if letter >= " " or letter in "\t\r\n")
    if clean != text or "\x7f" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        return BadCell("control_character", clean.encode("utf-8", "replace").decode())
    return text
