"""XLSX: sheets, styles and shared strings of the package, guarded against bombs. Sheets are streamed, see sheet.py.

python-calamine and openpyxl hold a whole sheet (a cell in the last corner of an otherwise empty sheet makes calamine
reserve 17 billion cells), so this room reads the few parts of the format that a table needs by itself.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from array import array
from pyexpat import ExpatError, ParserCreate
from typing import TYPE_CHECKING, Any

from orders.intake.files.refusals import (
    DamagedFile,
    NoSuchSheet,
    SuspiciousPacking,
    TooLarge,
    WrongType,
    size_text,
)
from orders.intake.files.sheet import SheetRows, merged_ranges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from orders.intake.files.table import Reading, Row

MOST_UNPACKED = 2 * 1024**3
MOST_STRINGS = 128 * 1024 * 1024  # held in memory
MOST_RATIO = 150  # sheets of numbers pack 10 to 40 times
RATIO_FROM = 32 * 1024 * 1024
MOST_PARTS = 2_000
BLOCK = 256 * 1024

# What broken packages make the libraries raise (NotImplementedError: an unknown compression, RuntimeError: a password).
_DAMAGE = (zipfile.BadZipFile, zlib.error, ExpatError, EOFError, OSError, LookupError, ValueError, RuntimeError)
_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_NOT_CODES = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')


def parse_xml(
    data: Iterator[bytes], start: Callable, end: Callable | None = None, text: Callable | None = None
) -> None:
    """Feed XML to handlers. A document type is refused: that is where XML bombs live."""
    parser = ParserCreate()
    parser.StartElementHandler = start
    if end:
        parser.EndElementHandler = end
    if text:
        parser.CharacterDataHandler = text
        parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_doctype
    for block in data:
        parser.Parse(block)
    parser.Parse(b"", True)


def _no_doctype(*_args: object) -> None:
    raise DamagedFile(fact="DOCTYPE")


def local(name: str) -> str:
    """Element name without its prefix."""
    return name.rpartition(":")[2]


class Workbook:
    """Rows of one sheet of a workbook, one at a time."""

    def __init__(self, path: Path, reading: Reading) -> None:
        """Open the package, look at its parts, choose the sheet."""
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError) as failure:
            raise DamagedFile(fact=str(failure)) from failure
        try:
            self._open(reading)
        except _DAMAGE as failure:
            self.close()
            raise DamagedFile(fact=str(failure)[:100]) from failure
        except BaseException:
            self.close()
            raise

    def _open(self, reading: Reading) -> None:
        self._guard()
        sheets = self._sheets()
        names = [name for name, _path in sheets]
        chosen = reading.sheet or names[0]
        if chosen not in names:
            raise NoSuchSheet(sheet=chosen, sheets=", ".join(names[:20]))
        self._part = self._zip.getinfo(dict(sheets)[chosen])
        self._fill = reading.fill_merged
        self._strings = SharedStrings(self._read("xl/sharedStrings.xml"))
        self._dates = _date_styles(self._read("xl/styles.xml"))
        self._rows: SheetRows | None = None
        self.facts: dict[str, Any] = {"format": "xlsx", "sheet": chosen, "sheets": names}

    def _guard(self) -> None:
        parts = self._zip.infolist()
        names = {part.filename for part in parts}
        if "xl/workbook.bin" in names:
            raise WrongType(what="a binary Excel workbook (.xlsb)")
        if "xl/workbook.xml" not in names:
            raise WrongType(what="a ZIP archive without an Excel workbook")
        unpacked = sum(part.file_size for part in parts)
        packed = sum(part.compress_size for part in parts) or 1
        if unpacked > MOST_UNPACKED or len(parts) > MOST_PARTS:
            raise TooLarge(size=size_text(unpacked), limit=size_text(MOST_UNPACKED))
        if unpacked > RATIO_FROM and unpacked > packed * MOST_RATIO:
            raise SuspiciousPacking(ratio=unpacked // packed)

    def _read(self, name: str) -> Iterator[bytes]:
        try:
            part = self._zip.getinfo(name)
        except KeyError:
            return
        with self._zip.open(part) as file:
            while block := file.read(BLOCK):
                yield block

    def _sheets(self) -> list[tuple[str, str]]:
        """Name and part of each visible worksheet, in the workbook's order."""
        targets: dict[str, str] = {}
        found: list[tuple[str, str]] = []
        self._mac_dates = False

        def relation(name: str, at: dict[str, str]) -> None:
            if local(name) == "Relationship" and at.get("Type", "").endswith("/worksheet"):
                targets[at["Id"]] = posixpath.normpath(posixpath.join("/xl", at["Target"])).lstrip("/")

        def sheet(name: str, at: dict[str, str]) -> None:
            if local(name) == "workbookPr":
                self._mac_dates = at.get("date1904") in {"1", "true"}
            elif local(name) == "sheet" and at.get("state", "visible") == "visible":
                key = next((value for attribute, value in at.items() if local(attribute) == "id"), "")
                if key in targets:
                    found.append((at["name"], targets[key]))

        parse_xml(self._read("xl/_rels/workbook.xml.rels"), relation)
        parse_xml(self._read("xl/workbook.xml"), sheet)
        if not found:
            raise DamagedFile(fact="no sheets")
        return found

    def progress(self) -> float:
        """Share of the sheet's unpacked bytes."""
        done = self._rows.bytes_read if self._rows else 0
        return min(done / max(self._part.file_size, 1), 1.0)

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def rows(self) -> Iterator[Row]:
        """Rows as numbered in the sheet; rows without cells are left out."""
        try:
            merged = merged_ranges(self._read(self._part.filename))
            self._rows = SheetRows(
                strings=self._strings, dates=self._dates, mac_dates=self._mac_dates, merged=merged, fill=self._fill
            )
            yield from self._rows.read(self._read(self._part.filename))
        except _DAMAGE as failure:
            raise DamagedFile(fact=str(failure)[:100]) from failure


class SharedStrings:
    """The workbook's strings in one block of bytes: a million of them cost their text and eight bytes each."""

    def __init__(self, data: Iterator[bytes]) -> None:
        """Read them all."""
        self._text, self._ends = bytearray(), array("Q", [0])
        self._collect, self._phonetic = False, False
        first = next(data, None)
        if first is not None:
            parse_xml(_again(first, data), self._start, self._end, self._chars)

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        tag = local(name)
        self._phonetic = self._phonetic or tag == "rPh"
        self._collect = tag == "t" and not self._phonetic

    def _end(self, name: str) -> None:
        tag = local(name)
        self._collect = False
        if tag == "rPh":
            self._phonetic = False
        elif tag == "si":
            self._ends.append(len(self._text))
            if len(self._text) > MOST_STRINGS:
                raise TooLarge(size=size_text(len(self._text)), limit=size_text(MOST_STRINGS))

    def _chars(self, text: str) -> None:
        if self._collect:
            self._text += text.encode()

    def __getitem__(self, at: int) -> str:
        """The string with the number ``at``."""
        if not 0 <= at < len(self._ends) - 1:
            raise IndexError(at)
        return self._text[self._ends[at] : self._ends[at + 1]].decode()


def _again(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _date_styles(data: Iterator[bytes]) -> list[bool]:
    """Per cell style, whether it shows a date or time."""
    first = next(data, None)
    if first is None:
        return []
    custom: dict[str, bool] = {}
    dates: list[bool] = []
    inside: list[str] = []

    def start(name: str, at: dict[str, str]) -> None:
        tag = local(name)
        inside.append(tag)
        if tag == "numFmt":
            codes = _NOT_CODES.sub("", at.get("formatCode", "")).lower()
            custom[at.get("numFmtId", "")] = any(letter in codes for letter in "ymdhs") and "general" not in codes
        elif tag == "xf" and inside[-2:-1] == ["cellXfs"]:
            key = at.get("numFmtId", "0")
            dates.append(custom.get(key, key.isdigit() and int(key) in _DATE_FORMATS))

    parse_xml(_again(first, data), start, lambda _name: inside.pop())
    return dates
