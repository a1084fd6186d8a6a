"""Which column is which field, and how the file is meant."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from orders.intake.files.fields import FIELDS, proposal
from orders.intake.files.refusals import AmbiguousDates, BadOption, DuplicateColumns, MissingColumns
from orders.intake.files.values import DATE_ORDERS, Values, date_order_of, has_decimal_comma

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orders.intake.files.table import Row, Table

OPTIONS: dict[str, Any] = {
    "encoding": "",
    "delimiter": "",
    "sheet": "",
    "fill_merged": False,
    "date_order": "",
    "time_zone": "",  # empty: of the channel's branch
    "decimal_comma": False,
    "rows": "line",  # line: a row is a line, rows with one order number are an order; order: a row is a whole order
    "negative": "return",  # a quantity below zero: return (the order is a return) or refuse
    "paid": "auto",  # auto: by the columns, and paid where no column tells; yes; no
    "constants": {},
}
CHOICES = {
    "rows": {"line": _("A row is a line"), "order": _("A row is an order")},
    "negative": {"return": _("Make it a return order"), "refuse": _("Refuse the order")},
    "paid": {"auto": _("As the columns say, else paid"), "yes": _("All paid"), "no": _("None paid")},
    "date_order": {"": _("Year first"), "dmy": _("Day first"), "mdy": _("Month first")},
}
PAYMENT_FIELDS = ("paid", "paid_at", "payment.amount")
PRICE_FIELDS = ("line.unit_price", "line.amount")
GOODS_FIELDS = ("line.merchant_code", "line.name")


@dataclass(frozen=True)
class Mapping:
    """Columns by field, and options where they differ from OPTIONS."""

    columns: dict[str, str]
    options: dict[str, Any] = field(default_factory=dict)

    def option(self, name: str) -> Any:
        """The option's value."""
        return self.options.get(name) or OPTIONS[name]

    def constant(self, key: str) -> str:
        """Text to use where the column is missing or the cell empty."""
        return str(self.option("constants").get(key, ""))

    def values(self, zone: str) -> Values:
        """How cells are read; ``zone`` is the branch's. Raises BadOption."""
        name = self.option("time_zone") or zone
        try:
            info = zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError) as failure:
            raise BadOption(option="time_zone", value=name) from failure
        return Values(zone=info, date_order=self.option("date_order"), decimal_comma=bool(self.option("decimal_comma")))

    def check(self, table: Table) -> None:
        """Raise UnreadableFile if the file can't be read with this mapping."""
        for name, choices in CHOICES.items():
            if self.option(name) not in choices and not (name == "date_order" and self.option(name) in DATE_ORDERS):
                raise BadOption(option=name, value=self.option(name))
        missing = [column for column in self.columns.values() if column not in table.columns]
        missing += [str(FIELDS[key].label) for key in self._lacking()]
        if missing:
            raise MissingColumns(missing=", ".join(missing), columns=", ".join(table.columns[:40]))
        repeated = [column for column in self.columns.values() if column in table.repeated]
        if repeated:
            raise DuplicateColumns(column=repeated[0])

    def _lacking(self) -> list[str]:
        """Fields without which there is no order."""
        given = {*self.columns, *self.option("constants")}
        lacking = [] if "external_no" in self.columns else ["external_no"]
        lacking += [] if given & {*GOODS_FIELDS} else [GOODS_FIELDS[0]]
        return lacking + ([] if given & {*PRICE_FIELDS} else [PRICE_FIELDS[0]])


def propose(table: Table, sample: Sequence[Row]) -> Mapping:
    """The mapping that the headers and the first rows suggest."""
    mapping = Mapping(proposal(table.columns))
    if "freight" in mapping.columns and "line.freight" in mapping.columns:
        mapping.columns.pop("line.freight")
    dates = _cells(table, sample, mapping, "date")
    prices = _cells(table, sample, mapping, "price", "money")
    options: dict[str, Any] = {}
    if date_order := date_order_of(dates):
        options["date_order"] = date_order
    if has_decimal_comma(prices):
        options["decimal_comma"] = True
    return replace(mapping, options=options)


def refuse_ambiguous_dates(mapping: Mapping, table: Table, sample: Sequence[Row]) -> None:
    """Raise AmbiguousDates if dates can be read two ways and nobody said which."""
    dates = _cells(table, sample, mapping, "date")
    if not mapping.option("date_order") and date_order_of(dates) is None:
        raise AmbiguousDates(example=dates[0])


def _cells(table: Table, sample: Sequence[Row], mapping: Mapping, *kinds: str) -> list[str]:
    at = [
        table.columns.index(c) for key, c in mapping.columns.items() if FIELDS[key].kind in kinds and c in table.columns
    ]
    return [row.cells[i] for row in sample for i in at if isinstance(row.cells[i], str) and row.cells[i]]  # type: ignore[misc]
