"""Rows of one order → a neutral order, or what is wrong with which row."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from orders.intake.files.fields import FIELDS
from orders.intake.files.mapping import PAYMENT_FIELDS, Mapping
from orders.intake.files.problems import Problem
from orders.intake.schema import MAX_LINES, FieldError, InvalidOrder, NeutralOrder, read_order

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from orders.intake.files.table import Cell

FileRow = tuple[int, "list[Cell]"]
_PRICE = Decimal("0.0001")


class RefusedOrder(Exception):
    """Nothing of this order is stored. ``problems``: row number → what is wrong with that row."""

    def __init__(self, problems: dict[int, Problem]) -> None:
        super().__init__()
        self.problems = problems


class Assembler:
    """Reads the rows of a file by one mapping."""

    def __init__(self, *, mapping: Mapping, columns: Sequence[str], channel: str, zone: str, at: dt.datetime) -> None:
        """``channel``: its code. ``zone``: of its branch. ``at``: when an order was placed if no column tells."""
        self._mapping, self._channel, self._at = mapping, channel, at
        self._values = mapping.values(zone)
        at_column = {key: columns.index(column) for key, column in mapping.columns.items()}
        self._order_at = {key: i for key, i in at_column.items() if not FIELDS[key].of_line and key != "external_no"}
        self._line_at = {key: i for key, i in at_column.items() if FIELDS[key].of_line}
        self._key_at = at_column["external_no"]
        self._shared = itemgetter(*self._order_at.values()) if self._order_at else lambda _cells: ()
        self._readers = self._readers_by_kind()
        self._line_readers = [
            (key, i, FIELDS[key], self._readers[FIELDS[key].kind]) for key, i in self._line_at.items()
        ]
        constants = mapping.option("constants").items()
        self._constants = {k: text for k, text in constants if text and k in FIELDS and k != "external_no"}
        self._whole_rows = mapping.option("rows") == "order"
        told = {*at_column, *self._constants}
        self._by_columns = mapping.option("paid") == "auto" and any(key in told for key in PAYMENT_FIELDS)

    def _readers_by_kind(self) -> dict[str, Callable[[str, str], Any]]:
        values = self._values
        return {
            "text": values.text,
            "code": values.code,
            "money": values.money,
            "price": values.money,
            "quantity": values.quantity,
            "date": values.moment,
            "yes": values.yes,
            "choice": values.choice,
        }

    def order_key(self, cells: Sequence[Cell]) -> str:
        """The order number of a row. Raises Problem."""
        key: str = self._read("external_no", cells[self._key_at])
        if not key:
            raise Problem("missing", "external_no")
        return key

    def read(self, rows: Sequence[FileRow]) -> NeutralOrder:
        """The order that ``rows`` make. Raises RefusedOrder, naming the rows to blame."""
        problems: dict[int, Problem] = {}
        if len(rows) > MAX_LINES:
            raise RefusedOrder({rows[0][0]: Problem("too_many_lines", value=MAX_LINES)})
        if self._whole_rows and len(rows) > 1:
            raise RefusedOrder({no: Problem("order_twice", row=rows[0][0]) for no, _cells in rows[1:]})
        lines = []
        for no, cells in rows:
            try:
                lines.append(self._line(cells))
            except Problem as problem:
                problems[no] = problem
        facts = self._facts(rows, problems)
        if problems:
            raise RefusedOrder(problems)
        try:
            return read_order(self._document(rows, facts, lines))
        except Problem as problem:
            raise RefusedOrder({rows[0][0]: problem}) from problem
        except InvalidOrder as refusal:
            raise RefusedOrder(blamed(rows, refusal.errors)) from refusal

    def _read(self, key: str, cell: Cell) -> Any:
        field = FIELDS[key]
        if type(cell) is not str:
            raise Problem(cell[0], key, cell[1])
        text = cell or self._constants.get(key, "")
        if not text or text.isspace():
            return "" if field.kind in {"text", "code"} else None
        value = self._readers[field.kind](text, key)
        if type(value) is str and len(value) > field.most:
            raise Problem("cell_too_long", key)
        return value

    def _line(self, cells: Sequence[Cell]) -> dict[str, Any]:
        line: dict[str, Any] = {}
        for key, i, field, read in self._line_readers:
            cell = cells[i]
            if type(cell) is not str:
                raise Problem(cell[0], key, cell[1])
            if cell:
                value = line[key] = read(cell, key)
                if type(value) is str and len(value) > field.most:
                    raise Problem("cell_too_long", key)
        for key, text in self._constants.items():
            if key not in line and FIELDS[key].of_line:
                line[key] = self._readers[FIELDS[key].kind](text, key)
        return self._complete(line)

    def _complete(self, line: dict[str, Any]) -> dict[str, Any]:
        if not line.get("line.merchant_code") and not line.get("line.name"):
            raise Problem("missing", "line.merchant_code")
        if "line.quantity" not in line:
            if "line.quantity" in self._line_at:
                raise Problem("missing", "line.quantity")
            line["line.quantity"] = 1
        if line["line.quantity"] < 0 and self._mapping.option("negative") == "refuse":
            raise Problem("negative", "line.quantity", line["line.quantity"])
        if "line.unit_price" not in line:
            if "line.amount" not in line:
                raise Problem("missing", "line.unit_price")
            price = line["line.amount"] / abs(line["line.quantity"])
            line["line.unit_price"] = price.quantize(_PRICE, rounding=ROUND_HALF_UP)
        return line

    def _facts(self, rows: Sequence[FileRow], problems: dict[int, Problem]) -> dict[str, Any]:
        """What the rows say of the order as a whole; they must agree, but for blanks, and times a minute apart."""
        facts = self._facts_of(rows[0], problems)
        first = self._shared(rows[0][1])
        for row in rows[1:]:
            if self._shared(row[1]) == first:
                continue
            for key, value in self._facts_of(row, problems).items():
                known = facts.get(key)
                if known is None or known == "":
                    facts[key] = value
                elif FIELDS[key].kind == "date" and value is not None:
                    facts[key] = min(known, value)
                elif value not in (None, "", known):
                    problems.setdefault(row[0], Problem("differs", key, value, row=rows[0][0]))
        return facts

    def _facts_of(self, row: FileRow, problems: dict[int, Problem]) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        for key, i in self._order_at.items():
            try:
                facts[key] = self._read(key, row[1][i])
            except Problem as problem:
                problems.setdefault(row[0], problem)
        return facts

    def _document(self, rows: Sequence[FileRow], facts: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
        for key in self._constants:
            if not FIELDS[key].of_line and facts.get(key) in (None, ""):
                facts[key] = self._read(key, "")
        signs = {line["line.quantity"] > 0 for line in lines}
        if len(signs) > 1:
            raise Problem("both_signs", "line.quantity")
        facts["placed_at"] = facts.get("placed_at") or facts.get("paid_at") or self._at
        document: dict[str, Any] = {
            "channel": self._channel,
            "external_no": self.order_key(rows[0][1]),
            "lines": [_line_document(line) for line in lines],
        }
        _spread(document, facts)
        if False in signs:
            document["type"] = "return"
        if freight := sum(line.get("line.freight", 0) for line in lines):
            document.setdefault("freight", freight)
        self._settle(document, facts)
        return document

    def _settle(self, document: dict[str, Any], facts: dict[str, Any]) -> None:
        """Whether it is paid: by the columns; else by the option."""
        payment = document.pop("payment", {})
        if document.get("type", "sale") != "sale" or document.get("cash_on_delivery"):
            document.pop("paid_at", None)
        elif payment.get("amount") is not None:
            document["payment"] = payment
        elif self._is_paid(facts):
            document.setdefault("paid_at", document["placed_at"])
        else:
            document.pop("paid_at", None)

    def _is_paid(self, facts: dict[str, Any]) -> bool:
        if not self._by_columns:
            return self._mapping.option("paid") != "no"
        told = facts.get("paid")
        return told if told is not None else facts.get("paid_at") is not None


def _spread(document: dict[str, Any], facts: dict[str, Any]) -> None:
    for key, value in facts.items():
        if value is None or value == "" or key == "paid":
            continue
        part, dot, name = key.partition(".")
        if dot:
            document.setdefault(part, {})[name] = value
        else:
            document[key] = value


def _line_document(line: dict[str, Any]) -> dict[str, Any]:
    document = {
        "merchant_code": line.get("line.merchant_code", ""),
        "name": line.get("line.name", ""),
        "quantity": abs(line["line.quantity"]),
        "unit_price": line["line.unit_price"],
    }
    for key in ("external_line_no", "discount", "is_gift"):
        if f"line.{key}" in line:
            document[key] = line[f"line.{key}"]
    return document


def blamed(rows: Sequence[FileRow], errors: Sequence[FieldError]) -> dict[int, Problem]:
    """Refusals of a neutral order (paths like ``lines.3.quantity``) laid on the rows of the file."""
    problems: dict[int, Problem] = {}
    for error in errors:
        part, _dot, rest = error.field.partition(".")
        index, _dot, name = rest.partition(".")
        of_line = part == "lines" and index.isdigit() and int(index) < len(rows)
        row_no = rows[int(index)][0] if of_line else rows[0][0]
        key = f"line.{name}" if of_line else error.field
        problems.setdefault(row_no, Problem("refused", key, error))
    return problems
