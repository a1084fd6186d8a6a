"""Questions about stock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Exists, OuterRef, Sum

from inventory.stock.models import Bin, Movement, MovementKind, Reservation
from inventory.stock.routing import Candidate, RouteLine, fitting_warehouses
from oms.staff.models import in_branches_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping, Sequence

    from django.db.models import QuerySet

    from oms.staff.models import Staff


__all__ = [
    "Candidate",
    "PlaceStock",
    "RouteLine",
    "SkuStock",
    "Totals",
    "bins_visible_to",
    "first_of_each_place",
    "fitting_warehouses",
    "missing_of",
    "movements_of",
    "references_of",
    "reservations_of",
    "stock_in_places",
    "stock_of",
    "totals_of",
]


@dataclass(frozen=True, slots=True)
class SkuStock:
    """A SKU's stock in one warehouse, pieces; ``fenced`` is the part of ``available`` kept for single channels."""

    sku_code: str
    sku_name: str
    warehouse_code: str
    warehouse_name: str
    on_hand: int
    reserved: int
    available: int
    fenced: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Pieces of a SKU over several bins."""

    on_hand: int = 0
    reserved: int = 0

    @property
    def available(self) -> int:
        """Pieces that may still be promised."""
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True)
class PlaceStock:
    """A SKU in a warehouse: its shared bin and its fences."""

    first: Bin
    bins: list[Bin]

    @property
    def totals(self) -> Totals:
        """All bins together."""
        return Totals(sum(part.on_hand for part in self.bins), sum(part.reserved for part in self.bins))

    @property
    def fences(self) -> list[Bin]:
        """Bins kept for one channel, those that hold something."""
        return [part for part in self.bins if part.channel_id is not None and part.on_hand]


def missing_of(quantities: Mapping[int, int]) -> dict[int, int]:
    """Of lines that want so many pieces, those that are promised fewer: {order line id: pieces missing}. One query."""
    held: dict[int, int] = {}
    for line_id, quantity in Reservation.objects.filter(order_line_id__in=list(quantities)).values_list(
        "order_line_id", "quantity"
    ):
        held[line_id] = held.get(line_id, 0) + quantity
    return {line: wanted - held.get(line, 0) for line, wanted in quantities.items() if wanted > held.get(line, 0)}


STOCK_OF = """
SELECT s.code, s.name, w.code, w.name, sum(b.on_hand)::int, sum(b.reserved)::int, sum(b.on_hand - b.reserved)::int,
       coalesce(sum(b.on_hand - b.reserved) FILTER (WHERE b.channel_id IS NOT NULL), 0)::int
  FROM inventory_sku s
  JOIN inventory_bin b ON b.sku_id = s.id
  JOIN inventory_warehouse w ON w.id = b.warehouse_id
 WHERE s.code = ANY (%(codes)s) AND (%(branches)s::bigint[] IS NULL OR w.branch_id = ANY (%(branches)s::bigint[]))
 GROUP BY s.code, s.name, w.code, w.name, w.priority, w.id
 ORDER BY s.code, w.priority, w.id
"""


def stock_of(sku_codes: Collection[str], staff: Staff) -> list[SkuStock]:
    """Stock of these SKUs in each warehouse the person sees, by SKU code and warehouse priority. One statement."""
    params = {"codes": list(sku_codes), "branches": staff.branch_ids}
    return [SkuStock(*row) for row in _rows(STOCK_OF, params)]


def reservations_of(*, sku_id: int, staff: Staff) -> QuerySet[Reservation]:
    """Who holds pieces of a SKU: its promises in the person's warehouses, newest first, with bin and places."""
    promises = Reservation.objects.filter(bin__sku_id=sku_id).select_related("bin__warehouse", "bin__channel")
    return in_branches_of(promises, staff, "bin__warehouse__branch_id").order_by("-pk")


def movements_of(*, sku_id: int, staff: Staff) -> QuerySet[Movement]:
    """The ledger of a SKU in the person's warehouses, newest first."""
    bins = in_branches_of(Bin.objects.filter(sku_id=sku_id), staff, "warehouse__branch_id")
    return Movement.objects.filter(bin__in=bins).select_related("bin__warehouse", "bin__channel", "by").order_by("-pk")


def totals_of(sku_ids: Collection[int], staff: Staff) -> dict[int, Totals]:
    """Stock of each SKU over the person's warehouses; SKUs that lie nowhere are absent. One statement."""
    bins = in_branches_of(Bin.objects.filter(sku_id__in=sku_ids), staff, "warehouse__branch_id")
    sums = bins.values("sku_id").annotate(on_hand_sum=Sum("on_hand"), reserved_sum=Sum("reserved")).order_by("sku_id")
    return {row["sku_id"]: Totals(row["on_hand_sum"], row["reserved_sum"]) for row in sums}


def bins_visible_to(staff: Staff) -> QuerySet[Bin]:
    """Bins of the person's warehouses."""
    return in_branches_of(Bin.objects.all(), staff, "warehouse__branch_id")


def first_of_each_place(bins: QuerySet[Bin]) -> QuerySet[Bin]:
    """One bin per SKU and warehouse, the first that was made: what a list of places pages through."""
    earlier = Bin.objects.filter(sku=OuterRef("sku"), warehouse=OuterRef("warehouse"), pk__lt=OuterRef("pk"))
    return bins.filter(~Exists(earlier)).select_related("sku", "warehouse").defer("sku__picture")


def stock_in_places(firsts: Sequence[Bin]) -> list[PlaceStock]:
    """What lies in the places of these bins (SKU and warehouse loaded), in their order. One statement."""
    parts: dict[tuple[int, int], list[Bin]] = {}
    bins = Bin.objects.filter(
        sku__in={first.sku_id for first in firsts}, warehouse__in={first.warehouse_id for first in firsts}
    )
    for part in bins.select_related("channel").order_by("channel__name", "pk"):
        parts.setdefault((part.sku_id, part.warehouse_id), []).append(part)
    return [PlaceStock(first, parts.get((first.sku_id, first.warehouse_id), [])) for first in firsts]


def references_of(promises: Sequence[Reservation]) -> dict[tuple[int, int], tuple[str, dt.datetime]]:
    """{(bin id, order line id): (reference, when)} of the latest reserving movement of each promise. One statement."""
    found = Movement.objects.filter(
        bin__in={promise.bin_id for promise in promises},
        order_line_id__in={promise.order_line_id for promise in promises},
        kind=MovementKind.RESERVE,
    )
    rows = found.order_by("pk").values_list("bin_id", "order_line_id", "reference", "at")
    return {(bin_id, line_id): (reference, at) for bin_id, line_id, reference, at in rows if line_id}


def _rows(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
