"""Text of a cell → number, date, code, yes or no."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from oms.lib.sheets import FORMULA_STARTS
from orders.intake.files.problems import Problem
from orders.intake.files.refusals import BadOption

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DATE_ORDERS = ("ymd", "dmy", "mdy")
MOST_DIGITS = 24
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?\Z")
_GROUPED = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z")
_CURRENCY = re.compile(r"[\s¥$€£元]|CNY|RMB|USD|EUR|GBP", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+\d+\Z")
_WHOLE_FLOAT = re.compile(r"(\d+)\.0+\Z")
_AS_FORMULA = re.compile(r'="(.*)"\Z', re.DOTALL)
_DATE = re.compile(
    r"(\d{1,4})[-/.年](\d{1,2})[-/.月](\d{1,4})日?"
    r"(?:[T ]+(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:[.,]\d+)?秒?|分)?\s*([AaPp][Mm])?)?\s*(Z|[+-]\d\d:?\d\d)?\Z"
)
_COMPACT = re.compile(r"(20\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?\Z")
_YES = {"是", "yes", "y", "true", "t", "1", "√", "已付款", "已支付", "paid", "货到付款", "cod", "赠品"}
_NO = {"否", "no", "n", "false", "f", "0", "×", "未付款", "未支付", "unpaid", "pending", "在线支付", "正品"}
CHOICES = {
    "type": {
        **dict.fromkeys(("sale", "销售", "销售订单", "销售单", "普通订单"), "sale"),
        **dict.fromkeys(("return", "退货", "退货订单", "退货单", "退款订单"), "return"),
        **dict.fromkeys(("reissue", "补发", "补发订单", "补发单"), "reissue"),
    },
    "origin": {**dict.fromkeys(("online", "线上"), "online"), **dict.fromkeys(("offline", "线下"), "offline")},
}


class Values:
    """Reads cells the way one file writes them. Every method raises Problem, naming ``field``."""

    def __init__(self, *, zone: ZoneInfo, date_order: str = "", decimal_comma: bool = False) -> None:
        """``zone``: of times without one. ``date_order``: how 01/02/2011 is meant."""
        if date_order and date_order not in DATE_ORDERS:
            raise BadOption(option="date_order", value=date_order)
        self._zone, self._order, self._comma = zone, date_order, decimal_comma
        self._moment = lru_cache(maxsize=4096)(self._read_moment)

    def text(self, cell: str, field: str) -> str:
        """Text on one line."""
        text = " ".join(cell.split())
        return text[1:] if text[:1] == "'" and text[1:2] in FORMULA_STARTS and text[1:2] else text

    def code(self, cell: str, field: str) -> str:
        """A number or code that must not lose a character."""
        text = cell.strip()
        if not text:
            return ""
        if text[0] in "='`":
            formula = _AS_FORMULA.match(text)
            text = formula[1].strip() if formula else text.lstrip("'`")
        if _SCIENTIFIC.match(text):
            raise Problem("digits_lost", field, text)
        if text.endswith("0") and field != "line.merchant_code" and (whole := _WHOLE_FLOAT.match(text)):
            text = whole[1]
        return text

    def money(self, cell: str, field: str) -> Decimal:
        """An amount; zero and more."""
        amount = self.number(cell, field)
        if amount < 0:
            raise Problem("negative", field, cell)
        return amount

    def number(self, cell: str, field: str) -> Decimal:
        """A number, with or without thousands separators and currency sign."""
        text = cell
        if not _PLAIN.match(text) or self._comma:
            text = self._unadorned(cell)
            if not _PLAIN.match(text):
                raise Problem("not_a_number", field, cell)
        if len(text) > MOST_DIGITS:
            raise Problem("too_big", field, cell)
        number = Decimal(text)
        if number.as_tuple().exponent < -8:  # type: ignore[operator]  # noqa: PLR2004 -- a spreadsheet's binary fraction
            number = Decimal(format(round(number, 6).normalize(), "f"))
        return number

    def _unadorned(self, cell: str) -> str:
        text = _CURRENCY.sub("", unicodedata.normalize("NFKC", cell)).replace("−", "-")
        if self._comma:
            return text.replace(".", "").replace(",", ".")
        return text.replace(",", "") if _GROUPED.match(text) else text

    def quantity(self, cell: str, field: str) -> int:
        """A whole number other than zero; may be negative."""
        try:
            quantity = int(cell) if len(cell) < 8 and "_" not in cell else None  # noqa: PLR2004 -- the usual case
        except ValueError:
            quantity = None
        if quantity is None:
            number = self.number(cell, field)
            if number != int(number):
                raise Problem("not_whole", field, cell)
            quantity = int(number)
        if quantity == 0:
            raise Problem("zero", field)
        return quantity

    def yes(self, cell: str, field: str) -> bool:
        """Yes or no."""
        word = unicodedata.normalize("NFKC", cell).strip().lower()
        if word in _YES:
            return True
        if word in _NO:
            return False
        raise Problem("not_yes_or_no", field, cell)

    def choice(self, cell: str, field: str) -> str:
        """One of the words known for the field."""
        found = CHOICES[field].get(cell.strip().lower())
        if found is None:
            raise Problem("not_a_choice", field, cell)
        return found

    def moment(self, cell: str, field: str) -> dt.datetime:
        """A time; without zone it is the file's."""
        try:
            return self._moment(cell)
        except ValueError as failure:
            raise Problem("not_a_date", field, cell) from failure

    def _read_moment(self, cell: str) -> dt.datetime:
        text = unicodedata.normalize("NFKC", cell).strip()
        hit = _DATE.match(text)
        if hit is None:
            return self._compact(text)
        year, month, day = self._ymd(hit[1], hit[2], hit[3])
        hour = int(hit[4] or 0)
        if hit[7]:
            hour = hour % 12 + (12 if hit[7].lower() == "pm" else 0)
        when = dt.datetime(year, month, day, hour, int(hit[5] or 0), int(hit[6] or 0), tzinfo=self._zone)
        if hit[8]:
            zone = hit[8].replace("Z", "+00:00")
            when = when.replace(tzinfo=dt.datetime.fromisoformat(f"2000-01-01T00:00{zone[:3]}:{zone[-2:]}").tzinfo)
        return when

    def _compact(self, text: str) -> dt.datetime:
        hit = _COMPACT.match(text)
        if hit is None:
            raise ValueError(text)
        return dt.datetime(*(int(part or 0) for part in hit.groups()), tzinfo=self._zone)  # type: ignore[arg-type, misc]

    def _ymd(self, first: str, second: str, third: str) -> tuple[int, int, int]:
        if len(first) == 4 or self._order == "ymd":  # noqa: PLR2004 -- the year stands first
            return _year(first), int(second), int(third)
        if self._order == "dmy":
            return _year(third), int(second), int(first)
        if self._order == "mdy":
            return _year(third), int(first), int(second)
        raise ValueError(first)


def _year(text: str) -> int:
    return int(text) + 2000 if len(text) <= 2 else int(text)  # noqa: PLR2004 -- a short year


def date_order_of(cells: list[str]) -> str | None:
    """How dates of these cells are meant: "" if the year stands first, None if they can be read two ways."""
    pairs = [(hit[1], hit[2]) for cell in cells if (hit := _DATE.match(cell.strip())) and len(hit[1]) <= 2]  # noqa: PLR2004
    if not pairs:
        return ""
    if any(int(first) > 12 for first, _second in pairs):  # noqa: PLR2004 -- no month
        return "dmy"
    if any(int(second) > 12 for _first, second in pairs):  # noqa: PLR2004
        return "mdy"
    return None


def has_decimal_comma(cells: list[str]) -> bool:
    """Whether numbers are written 1.234,50."""
    commas = sum(bool(re.match(r"-?[\d.]+,\d{1,2}\Z", _CURRENCY.sub("", cell))) for cell in cells)
    return commas > 0 and not any(re.search(r"\.\d{1,2}\Z", cell) for cell in cells)
