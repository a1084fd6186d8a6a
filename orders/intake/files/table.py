"""A file as a header and rows of text cells, whatever its format. Nothing here holds more than one row."""

from __future__ import annotations

import gzip
import unicodedata
import zlib
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from django.utils.translation import gettext_lazy as _

from orders.intake.files.fields import field_of
from orders.intake.files.refusals import DamagedFile, EmptyFile, TooManyColumns, WrongType

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

MOST_COLUMNS = 500
LONGEST_CELL = 4_000  # characters; the longest field of an order has 500
HEADER_WITHIN = 20  # titles and notes may stand above the header


class BadCell(NamedTuple):
    """A cell that can't be used: matters only if its column is mapped."""

    code: str
    shown: str


Cell = str | BadCell


class Row(NamedTuple):
    """One row as a spreadsheet program numbers it. ``problem`` is a code of problems.TEXTS."""

    no: int
    cells: list[Cell]
    problem: str = ""


@dataclass(frozen=True)
class Reading:
    """How to read the file; empty means find out."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    fill_merged: bool = False

    @classmethod
    def from_options(cls, options: dict[str, Any]) -> Reading:
        """The part of a mapping's options that concerns reading."""
        known = {key: options[key] for key in ("encoding", "delimiter", "sheet") if options.get(key)}
        return cls(**known, fill_merged=bool(options.get("fill_merged")))


class Source(Protocol):
    """A format: rows from the first one on, and how far it has read (0…1)."""

    facts: dict[str, Any]

    def rows(self) -> Iterator[Row]:
        """All rows; blank ones may be left out."""

    def progress(self) -> float:
        """Share of the file read so far."""

    def close(self) -> None:
        """Let go of the file."""


@dataclass
class Table:
    """Header and rows of a file. ``facts``: what was found out about it (encoding, delimiter, sheets)."""

    columns: list[str]
    header_row: int
    facts: dict[str, Any]
    source: Source
    _rows: Iterator[Row]
    repeated: set[str] = field(default_factory=set)
    row_no: int = 0  # the last row given

    def rows(self) -> Iterator[Row]:
        """Rows below the header, as wide as the header; blank ones left out. Can be walked once, in parts."""
        width = len(self.columns)
        for no, cells, problem in self._rows:
            if not problem and not any(cells):
                continue
            if len(cells) > width and not problem and any(cells[width:]):
                problem = "too_many_cells"  # noqa: PLW2901
            self.row_no = no
            yield Row(no, cells[:width] + [""] * (width - len(cells)), problem)

    def skip_to(self, row_no: int) -> None:
        """Go on behind the row ``row_no``."""
        if row_no:
            head = next((row for row in self._rows if row.no > row_no), None)
            self._rows = chain([head] if head else [], self._rows)
            self.row_no = row_no

    def close(self) -> None:
        """Let go of the file."""
        self.source.close()


MAGIC = {
    b"\xd0\xcf\x11\xe0": _("an old Excel file (.xls) or a workbook with a password"),
    b"%PDF": _("a PDF"),
    b"\x89PNG": _("a picture"),
    b"\xff\xd8\xff": _("a picture"),
    b"GIF8": _("a picture"),
    b"Rar!": _("a RAR archive"),
    b"7z\xbc\xaf": _("a 7z archive"),
    b"PAR1": _("a Parquet file"),
    b"{\\rtf": _("an RTF document"),
}


def open_table(path: str | Path, reading: Reading, wanted: Collection[str] = ()) -> Table:
    """Open a file and find its header; ``wanted`` are column names known from a mapping.

    Raises UnreadableFile. The caller closes the table.
    """
    source = _source(Path(path), reading)
    try:
        return _with_header(source, set(wanted))
    except BaseException:
        source.close()
        raise


def _source(path: Path, reading: Reading) -> Source:
    from orders.intake.files.delimited import DelimitedText
    from orders.intake.files.workbook import Workbook

    with path.open("rb") as file:
        start = file.read(512)
    if not start:
        raise EmptyFile
    for magic, what in MAGIC.items():
        if start.startswith(magic):
            raise WrongType(what=str(what))
    if start.startswith(b"PK"):
        return Workbook(path, reading)
    packed = start.startswith(b"\x1f\x8b")
    if packed:
        with gzip.open(path) as unpacked:
            try:
                start = unpacked.read(512)
            except (OSError, EOFError, zlib.error) as failure:
                raise DamagedFile(fact=str(failure)) from failure
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype", b"<html", b"<?xml", b"<table")):
        raise WrongType(what=str(_("a web page or XML document")))
    return DelimitedText(path, reading, packed=packed)


def _with_header(source: Source, wanted: set[str]) -> Table:
    rows = source.rows()
    head = list(islice(rows, HEADER_WITHIN))
    if not any(any(row.cells) for row in head):
        raise EmptyFile
    at = max(range(len(head)), key=lambda i: (_header_score(head[i], wanted), -i))
    names = [_name(cell) for cell in head[at].cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > MOST_COLUMNS:
        raise TooManyColumns(limit=MOST_COLUMNS)
    columns, repeated = _told_apart(names)
    below = chain(head[at + 1 :], rows)
    first = next((row for row in below if row.problem or any(row.cells)), None)
    if first is None:
        raise EmptyFile
    return Table(columns, head[at].no, source.facts, source, chain([first], below), repeated)


def _header_score(row: Row, wanted: set[str]) -> tuple[int, int]:
    names = [_name(cell) for cell in row.cells if cell]
    known = sum(name in wanted if wanted else field_of(name) is not None for name in names)
    return known, min(len(names), 2)  # nothing known: the first row that has at least two cells


def _name(cell: Cell) -> str:
    text = cell if isinstance(cell, str) else ""
    return " ".join(unicodedata.normalize("NFKC", text).split())[:120]


def _told_apart(names: list[str]) -> tuple[list[str], set[str]]:
    """Names without repeats: the second “Name” becomes “Name (2)”; and which names were repeated."""
    columns: list[str] = []
    repeated = set()
    for at, name in enumerate(names, start=1):
        label, nth = name or f"#{at}", 1
        while label in columns:
            nth += 1
            label = f"{name} ({nth})"
            repeated.add(name)
        columns.append(label)
    return columns, repeated
