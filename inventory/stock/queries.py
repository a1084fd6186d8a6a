"""Questions about stock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Exists, OuterRef, Sum

from inventory.stock.models import Bin, Movement, MovementKind, Reservation
from oms.staff.models import in_branches_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping, Sequence

    from django.db.models import QuerySet

    from oms.staff.models import Staff


@dataclass(frozen=True, slots=True)
class RouteLine:
    """One line of an order that looks for a warehouse. ``province`` of the receiver, as the channel wrote it."""

    order_id: int
    order_line_id: int
    channel_id: int | None
    sku_id: int
    quantity: int
    province: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """How a warehouse stands for an order. ``rank`` 0 is best; ``covers``: it has every line whole; ``reserved_here``:
    pieces the order holds there already; ``missing``: ((SKU id, pieces short), ...); ``region_priority`` None: the
    warehouse names no priority for the province.
    """

    warehouse_id: int
    rank: int
    covers: bool
    reserved_here: int
    missing: tuple[tuple[int, int], ...] = ()
    region_priority: int | None = None


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


# Chinese provinces come with and without their suffix (广东 / 广东省, 广西 / 广西壮族自治区), English ones too.
SUFFIX = r"((维吾尔|壮族|回族)?自治区|特别行政区|省|市| province| municipality| autonomous region)\s*$"
PLAIN_PROVINCE = f"lower(btrim(regexp_replace({{0}}, '{SUFFIX}', '', 'i')))"
FITTING = f"""
WITH line AS (
    SELECT * FROM unnest(%(orders)s::bigint[], %(lines)s::bigint[], %(channels)s::bigint[], %(skus)s::bigint[],
                         %(quantities)s::int[]) AS t(order_id, line_id, channel_id, sku_id, qty)),
target AS (SELECT order_id, {PLAIN_PROVINCE.format("province")} AS province
             FROM unnest(%(target_orders)s::bigint[], %(provinces)s::text[]) AS t(order_id, province)),
need AS (SELECT order_id, channel_id, sku_id, sum(qty)::int AS qty FROM line GROUP BY order_id, channel_id, sku_id),
bin AS MATERIALIZED (
    SELECT b.id, b.sku_id, b.warehouse_id, b.channel_id, b.on_hand - b.reserved AS free
      FROM inventory_bin b WHERE b.sku_id = ANY (%(sku_set)s::bigint[])),
own AS (SELECT l.order_id, l.channel_id, l.sku_id, b.warehouse_id, sum(r.quantity)::int AS qty
          FROM inventory_reservation r
          JOIN line l ON l.line_id = r.order_line_id
          JOIN inventory_bin b ON b.id = r.bin_id AND b.sku_id = l.sku_id
         WHERE r.order_line_id = ANY (%(lines)s::bigint[])
         GROUP BY l.order_id, l.channel_id, l.sku_id, b.warehouse_id),
stands AS (
    SELECT n.order_id, w.id AS warehouse_id, w.priority, n.sku_id, n.qty, coalesce(o.qty, 0) AS here,
           greatest(0, n.qty - coalesce(o.qty, 0) - coalesce(f.free, 0) - coalesce(s.free, 0)) AS short
      FROM need n CROSS JOIN inventory_warehouse w
      LEFT JOIN own o ON o.order_id = n.order_id AND o.sku_id = n.sku_id AND o.warehouse_id = w.id
                     AND o.channel_id IS NOT DISTINCT FROM n.channel_id
      LEFT JOIN bin f ON f.sku_id = n.sku_id AND f.warehouse_id = w.id AND f.channel_id = n.channel_id
      LEFT JOIN bin s ON s.sku_id = n.sku_id AND s.warehouse_id = w.id AND s.channel_id IS NULL
     WHERE w.is_active),
region AS (SELECT warehouse_id, {PLAIN_PROVINCE.format("province")} AS province, min(priority) AS priority
             FROM inventory_warehouseregion GROUP BY 1, 2)
SELECT c.order_id, c.warehouse_id, c.here, c.missing, r.priority
  FROM (SELECT order_id, warehouse_id, priority, sum(here)::int AS here,
               json_agg(json_build_array(sku_id, short) ORDER BY sku_id) FILTER (WHERE short > 0) AS missing
          FROM stands GROUP BY order_id, warehouse_id, priority) c
  JOIN target t USING (order_id)
  LEFT JOIN region r ON r.warehouse_id = c.warehouse_id AND r.province = t.province
 ORDER BY c.order_id, c.missing IS NOT NULL, r.priority NULLS LAST, c.priority, c.warehouse_id
"""


def fitting_warehouses(lines: Sequence[RouteLine]) -> dict[int, list[Candidate]]:
    """Active warehouses for each order, best first: those that have every line whole before those that don't; then by
    their priority for the receiver's province, by their own priority, by id.

    A warehouse has what the order's lines hold there already, what is free in the channel's own fence, and what is free
    in the shared bin. One statement for all orders. Nothing is locked: two orders may be shown the same pieces, and
    ``move_reservations`` decides.
    """
    if not lines:
        return {}
    provinces = {line.order_id: line.province for line in lines}
    params = {
        "orders": [line.order_id for line in lines],
        "lines": [line.order_line_id for line in lines],
        "channels": [line.channel_id for line in lines],
        "skus": [line.sku_id for line in lines],
        "quantities": [line.quantity for line in lines],
        "sku_set": sorted({line.sku_id for line in lines}),
        "target_orders": list(provinces),
        "provinces": list(provinces.values()),
    }
    found: dict[int, list[Candidate]] = {order_id: [] for order_id in provinces}
    for order_id, warehouse_id, here, missing, region in _rows(FITTING, params):
        ranked = found[order_id]
        short = tuple((sku, pieces) for sku, pieces in missing or ())
        ranked.append(Candidate(warehouse_id, len(ranked), not short, here, short, region))
    return found


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
