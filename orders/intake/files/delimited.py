"""CSV and its relatives, plain or gzipped, in whatever encoding they came."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

from orders.intake.files.refusals import BadOption, DamagedFile, EmptyFile, SuspiciousPacking, TooLarge, UnknownEncoding
from orders.intake.files.refusals import size_text as _mb
from orders.intake.files.table import LONGEST_CELL, BadCell, Cell, Reading, Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SAMPLE = 4 * 1024 * 1024
MOST_UNPACKED = 4 * 1024**3
MOST_RATIO = 200  # real tables pack 5 to 30 times
RATIO_FROM = 16 * 1024 * 1024
LONGEST_LINE = 1_000_000
MOST_LINES_OF_A_ROW = 100  # a quoted cell with more line ends is a quotation mark that was never closed
DELIMITERS = ",;\t|"
ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be", "big5", "cp1252")
BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
MARK = "\udcff"  # stands where bytes could not be decoded: no text can contain it

codecs.register_error("oms.mark", lambda error: (MARK, error.end))  # type: ignore[attr-defined]
csv.field_size_limit(2 * LONGEST_LINE)
_CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127])


class DelimitedText:
    """Rows of a CSV file, one at a time."""

    def __init__(self, path: Path, reading: Reading, *, packed: bool) -> None:
        """Find out encoding and delimiter from the first megabytes."""
        self._size = path.stat().st_size
        self._raw: BinaryIO = path.open("rb")
        try:
            self._bytes = io.BufferedReader(_Guarded(self._raw, self._size) if packed else self._raw, 256 * 1024)
            sample = self._read_sample()
            self.encoding, skip = _encoding(sample, reading.encoding)
            text = codecs.getincrementaldecoder(self.encoding)("oms.mark").decode(sample[skip:])
            self.delimiter = reading.delimiter or _delimiter(text)
            joined = io.BufferedReader(_Joined(sample[skip:], self._bytes), 256 * 1024)
            self._lines = io.TextIOWrapper(joined, encoding=self.encoding, errors="oms.mark", newline="")
        except BaseException:
            self._raw.close()
            raise
        self.facts: dict[str, Any] = {"format": "csv", "encoding": self.encoding, "delimiter": self.delimiter}

    def _read_sample(self) -> bytes:
        try:
            sample = self._bytes.read(SAMPLE)
        except (EOFError, OSError, zlib.error) as failure:
            raise DamagedFile(fact=str(failure)) from failure
        if not sample.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n,;"):
            raise EmptyFile
        return sample

    def progress(self) -> float:
        """Share of the bytes on disk."""
        return min(self._raw.tell() / self._size, 1.0)

    def close(self) -> None:
        """Close the file."""
        self._raw.close()

    def rows(self) -> Iterator[Row]:
        """One row per record; a record that can't be parsed is one bad row, and reading goes on with the next line."""
        feed = _Feed(self._lines)
        reader = csv.reader(feed, delimiter=self.delimiter, strict=True)
        no = 0
        while True:
            feed.taken.clear()
            no += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield Row(no, [_cleaned(feed.taken[0])], feed.problem or "open_quote")
                feed.give_back()
                reader = csv.reader(feed, delimiter=self.delimiter, strict=True)
            except (EOFError, OSError, zlib.error) as failure:
                raise DamagedFile(fact=f"{failure}, row {no}") from failure
            else:
                yield _row(no, cells, feed.taken)


def _row(no: int, cells: list[str], taken: list[str]) -> Row:
    if all(map(str.isprintable, cells)) and len(taken) == 1 and len(taken[0]) <= LONGEST_CELL:
        return Row(no, cells)  # type: ignore[arg-type]
    if any(MARK in line for line in taken):
        return Row(no, [_cleaned(cell) for cell in cells], "not_text")
    return Row(no, [_checked(cell) for cell in cells])


def _checked(cell: str) -> Cell:
    clean = cell.translate(_CONTROL)
    if len(clean) > LONGEST_CELL:
        return BadCell("cell_too_long", clean[:80])
    return clean if clean == cell else BadCell("control_character", clean)


def _cleaned(text: str) -> str:
    return text.translate(_CONTROL).replace(MARK, "\ufffd")[:LONGEST_CELL].rstrip("\r\n")


class _Feed:
    """Lines for csv.reader that remembers what the current record took, so that a bad record costs one line only."""

    def __init__(self, lines: io.TextIOWrapper) -> None:
        self._read = partial(lines.readline, LONGEST_LINE)
        self._back: list[str] = []
        self.taken: list[str] = []
        self.problem = ""

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = self._back.pop() if self._back else self._read()
        if not line:
            raise StopIteration
        self.problem = ""
        self.taken.append(line)
        if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
            self._refuse_long(line)
        if len(self.taken) > MOST_LINES_OF_A_ROW:
            raise csv.Error
        return line

    def _refuse_long(self, line: str) -> None:
        while line and line[-1] not in "\r\n":
            line = self._read()
        self.problem = "line_too_long"
        raise csv.Error

    def give_back(self) -> None:
        """Everything behind the first line of the record will be read again."""
        self._back.extend(reversed(self.taken[1:-1] if self.problem else self.taken[1:]))


class _Joined(io.RawIOBase):
    """What was read to look at it, and then the rest."""

    def __init__(self, head: bytes, rest: io.BufferedReader[Any]) -> None:
        self._head, self._rest = memoryview(head), rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._head:
            return self._rest.readinto1(buffer)
        count = min(len(buffer), len(self._head))
        buffer[:count] = self._head[:count]
        self._head = self._head[count:]
        return count


class _Guarded(io.RawIOBase):
    """Unpacks gzip, and stops when that becomes absurd."""

    def __init__(self, raw: BinaryIO, size: int) -> None:
        self._gzip, self._size, self._count = gzip.GzipFile(fileobj=raw), size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._gzip.read1(len(buffer))
        buffer[: len(data)] = data
        self._count += len(data)
        if self._count > MOST_UNPACKED:
            raise TooLarge(size=_mb(self._count), limit=_mb(MOST_UNPACKED))
        if self._count > RATIO_FROM and self._count > self._size * MOST_RATIO:
            raise SuspiciousPacking(ratio=self._count // self._size)
        return len(data)


def _encoding(sample: bytes, asked: str) -> tuple[str, int]:
    """Encoding and length of the byte order mark."""
    for bom, encoding in BOMS.items():
        if sample.startswith(bom):
            return encoding, len(bom)
    if asked:
        if asked not in ENCODINGS:
            raise BadOption(option="encoding", value=asked)
        return asked, 0
    head = sample[:4096]
    if head.count(0) > len(head) // 5:
        return ("utf-16-le" if head[1::2].count(0) > head[0::2].count(0) else "utf-16-be"), 0
    return _without_bom(sample), 0


def _without_bom(sample: bytes) -> str:
    utf8, bad, foreign = _tried(sample, "utf-8")
    if not bad or foreign > 20 * bad:  # a few broken bytes among much valid UTF-8 are broken rows, not another encoding
        return utf8
    gb, bad_gb, _ = _tried(sample, "gb18030")
    if not bad_gb:
        return gb
    if min(bad, bad_gb) > max(sample.count(b"\n") // 50, 30):
        raise UnknownEncoding
    return utf8 if bad <= bad_gb else gb


def _tried(sample: bytes, encoding: str) -> tuple[str, int, int]:
    """Encoding, how many places of the sample it can't decode, how many characters beyond ASCII it can."""
    text = codecs.getincrementaldecoder(encoding)("oms.mark").decode(sample)
    bad = text.count(MARK)
    return encoding, bad, len(text) - len(text.encode("ascii", "ignore")) - bad


def _delimiter(text: str) -> str:
    """The one that cuts the first lines into the most, and most even, pieces."""
    lines = text.splitlines(keepends=True)[:30]

    def evenness(delimiter: str) -> tuple[int, int]:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            return 0, 0
        usual = max(set(widths), key=lambda width: (widths.count(width), width), default=0)
        return (widths.count(usual) if usual > 1 else 0), usual

    return max(DELIMITERS, key=evenness)
