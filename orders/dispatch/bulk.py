"""Shipping from a table: two columns pasted or uploaded become shipments, with what is wrong said per row."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from django.utils.translation import gettext_lazy as _

from oms.lib.errors import DomainError
from orders.dispatch.models import Courier, Parcel, WarehouseDocument
from orders.dispatch.refusals import (
    DocumentNotFound,
    TrackingMalformed,
    TrackingMissing,
    TrackingUsed,
    UnknownCourier,
)
from orders.dispatch.shipping import Shipment, standing_refusal
from orders.dispatch.states import DocumentStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from oms.staff.models import Staff

MOST_ROWS = 5000
MOST_BYTES = 4 * 1024 * 1024
COLUMNS = 4
HEAVIEST_G = 10_000_000
HEADINGS = {"document", "order", "number", "单据号", "单据", "订单号", "订单"}


class TableTooLong(DomainError):
    """More rows than one run takes."""

    code = "ship_table_too_long"
    message = _("More than %(most)d rows. Divide the table.")


class TableUnreadable(DomainError):
    """No table can be read from the file."""

    code = "ship_table_unreadable"
    message = _("The file can't be read as CSV or XLSX.")


class WeightMalformed(DomainError):
    """A weight that is no number."""

    code = "ship_weight_malformed"
    message = _("%(weight)s is not a weight in grams.")


@dataclass(frozen=True)
class ShipRow:
    """One row as typed: a document's or order's number, a tracking number, perhaps a courier and a weight in grams."""

    row_no: int
    reference: str
    tracking_no: str = ""
    courier: str = ""
    weight: str = ""

    @property
    def text(self) -> str:
        """The row as it would be pasted again."""
        return f"{self.reference}\t{self.tracking_no}\t{self.courier}\t{self.weight}".rstrip("\t")


@dataclass(frozen=True)
class PlannedRow:
    """A row with the document and courier it means, or with its problem."""

    row: ShipRow
    document: WarehouseDocument | None = None
    courier: Courier | None = None
    problem: DomainError | None = None


def rows_of_text(text: str) -> list[ShipRow]:
    """Rows of pasted text: columns by tab, comma, semicolon or spaces; a heading and empty lines are left out.

    Raises TableTooLong.
    """
    return _rows(_cells(line) for line in text.splitlines())


def rows_of_file(file: BinaryIO, name: str) -> list[ShipRow]:
    """Rows of an uploaded CSV (UTF-8 or GB 18030) or XLSX. Raises TableTooLong, TableUnreadable."""
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise TableTooLong(most=MOST_ROWS)
    if name.lower().endswith(".xlsx"):
        return _rows(_sheet(content))
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return rows_of_text(content.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise TableUnreadable


def _sheet(content: bytes) -> Iterator[list[str]]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        for cells in book.worksheets[0].iter_rows(max_col=COLUMNS, values_only=True):
            yield ["" if cell is None else str(cell) for cell in cells]
    except TableTooLong:
        raise
    except Exception as failure:  # whatever a broken workbook makes the reader raise
        raise TableUnreadable from failure


def _cells(line: str) -> list[str]:
    for separator in ("\t", ",", ";", "，"):
        if separator in line:
            return next(csv.reader([line], delimiter=separator))
    return line.split()


def _rows(lines: Iterable[list[str]]) -> list[ShipRow]:
    rows: list[ShipRow] = []
    for row_no, cells in enumerate(lines, start=1):
        clean = ["".join(filter(str.isprintable, cell)).strip().strip("\ufeff") for cell in cells[:COLUMNS]]
        if not any(clean) or (row_no == 1 and clean[0].lower() in HEADINGS):
            continue
        if len(rows) >= MOST_ROWS:
            raise TableTooLong(most=MOST_ROWS)
        clean += [""] * (COLUMNS - len(clean))
        rows.append(
            ShipRow(row_no, clean[0][:64], clean[1].upper().replace(" ", "")[:60], clean[2][:40], clean[3][:12])
        )
    return rows


def plan_rows(rows: Sequence[ShipRow], *, staff: Staff, courier_id: int | None) -> list[PlannedRow]:
    """What each row means, and what would be refused. A fixed number of queries; nothing is locked or changed.

    A row without a courier takes ``courier_id``. Rows of one document are its parcels.
    """
    couriers = {name: courier for courier in Courier.objects.filter(is_active=True) for name in _names(courier)}
    documents = _documents([row.reference for row in rows], staff)
    used = set(
        Parcel.objects.filter(tracking_no__in=[row.tracking_no for row in rows]).values_list(
            "courier_id", "tracking_no"
        )
    )
    planned = []
    for row in rows:
        document = documents.get(row.reference) or documents.get(row.reference.upper())
        courier = couriers.get(row.courier.casefold() if row.courier else f"#{courier_id}")
        problem = _problem(row, document, courier, used)
        if problem is None and courier is not None:
            used.add((courier.pk, row.tracking_no))
        planned.append(PlannedRow(row, document, courier, problem))
    return planned


def _names(courier: Courier) -> tuple[str, ...]:
    return f"#{courier.pk}", courier.code.casefold(), courier.name.casefold()


def _documents(references: Sequence[str], staff: Staff) -> dict[str, WarehouseDocument]:
    """Live documents by their own number, their order's, and the channel's (only if it names one document)."""
    visible = WarehouseDocument.objects.visible_to(staff).exclude(status=DocumentStatus.VOIDED).select_related("order")
    upper = [reference.upper() for reference in references]
    found: dict[str, WarehouseDocument] = {}
    for document in visible.filter(order__external_no__in=references).order_by("pk"):
        found[document.order.external_no] = document
    for document in visible.filter(order__number__in=upper):
        found[document.order.number] = document
    for document in visible.filter(number__in=upper):
        found[document.number] = document
    return found


def _problem(
    row: ShipRow, document: WarehouseDocument | None, courier: Courier | None, used: set[tuple[int, str]]
) -> DomainError | None:
    if document is None:
        return DocumentNotFound(reference=row.reference)
    return standing_refusal(document) or _parcel_problem(row, document, courier, used)


def _parcel_problem(
    row: ShipRow, document: WarehouseDocument, courier: Courier | None, used: set[tuple[int, str]]
) -> DomainError | None:
    if courier is None:
        return UnknownCourier(courier=row.courier or "—")
    if not row.tracking_no:
        return TrackingMissing(number=document.number)
    if not courier.takes(row.tracking_no):
        return TrackingMalformed(tracking_no=row.tracking_no, courier=courier.name)
    if (courier.pk, row.tracking_no) in used:
        return TrackingUsed(tracking_no=row.tracking_no)
    if row.weight and not (row.weight.isascii() and row.weight.isdigit() and int(row.weight) <= HEAVIEST_G):
        return WeightMalformed(weight=row.weight)
    return None


def shipments_of(planned: Sequence[PlannedRow]) -> list[Shipment]:
    """The good rows as shipments, rows of one document joined as its parcels, in the order of first appearance."""
    joined: dict[int, dict[str, Any]] = {}
    for plan in planned:
        if plan.problem or plan.document is None or plan.courier is None:
            continue
        made = joined.setdefault(
            plan.document.pk,
            {"document_id": plan.document.pk, "courier_id": plan.courier.pk, "nos": [], "weight": None},
        )
        made["nos"].append(plan.row.tracking_no)
        if plan.row.weight:
            made["weight"] = (made["weight"] or 0) + int(plan.row.weight)
    return [
        Shipment(made["document_id"], made["courier_id"], tuple(made["nos"]), made["weight"])
        for made in joined.values()
    ]
