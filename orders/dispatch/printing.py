"""What the warehouse's paper says: the pick list of a batch, and a packing slip per document."""

from __future__ import annotations

import base64
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from inventory.catalog.models import Sku
from orders.dispatch.barcode import barcode_svg

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.utils.safestring import SafeString

    from inventory.stock.models import Warehouse
    from orders.dispatch.models import WarehouseDocument


@dataclass(frozen=True)
class Article:
    """A SKU as it is shown: ``picture`` is a data address, empty if there is none."""

    sku_id: int
    code: str
    name: str
    barcode: str
    picture: str
    weight_g: int


@dataclass
class PickRow:
    """One SKU to fetch: how many altogether, and for which documents."""

    article: Article
    quantity: int = 0
    documents: list[tuple[str, int]] = field(default_factory=list)


@dataclass
class PickList:
    """What to fetch in one warehouse, in the order of the SKU codes."""

    warehouse: Warehouse
    rows: list[PickRow]
    documents: int
    pieces: int


@dataclass(frozen=True)
class Slip:
    """A document with its articles and its number as a barcode."""

    document: WarehouseDocument
    lines: list[tuple[Article, int]]
    barcode: SafeString
    weight_g: int


def picture_address(svg: str) -> str:
    """A drawing as a data address: shown as a picture, it can run nothing."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode() if svg else ""


def articles(documents: Iterable[WarehouseDocument]) -> dict[int, Article]:
    """The SKUs that the documents name, by id. One query."""
    wanted = {line["sku"] for document in documents for line in document.lines}
    return {
        sku.pk: Article(sku.pk, sku.code, sku.name, sku.barcode, picture_address(sku.picture), sku.weight_g)
        for sku in Sku.objects.filter(pk__in=wanted)
    }


def pick_lists(documents: Sequence[WarehouseDocument]) -> list[PickList]:
    """One list per warehouse, by its name; rows in the order of the SKU codes, documents of a row as they were made."""
    known = articles(documents)
    by_warehouse: dict[int, list[WarehouseDocument]] = defaultdict(list)
    for document in documents:
        by_warehouse[document.warehouse_id].append(document)
    lists = []
    for group in by_warehouse.values():
        rows: dict[int, PickRow] = {}
        for document in sorted(group, key=lambda d: d.pk):
            for line in document.lines:
                row = rows.setdefault(line["sku"], PickRow(known[line["sku"]]))
                row.quantity += line["quantity"]
                row.documents.append((document.number, line["quantity"]))
        ordered = sorted(rows.values(), key=lambda row: row.article.code)
        lists.append(PickList(group[0].warehouse, ordered, len(group), sum(row.quantity for row in ordered)))
    return sorted(lists, key=lambda pick_list: pick_list.warehouse.name)


def slips(documents: Sequence[WarehouseDocument]) -> list[Slip]:
    """A packing slip per document, in the order given."""
    known = articles(documents)
    made = []
    for document in documents:
        lines = [(known[line["sku"]], line["quantity"]) for line in document.lines]
        weight = sum(article.weight_g * quantity for article, quantity in lines)
        made.append(Slip(document, lines, barcode_svg(document.number), weight))
    return made
