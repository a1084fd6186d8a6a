"""Which warehouse can ship an order: what it has of each line, and how gladly it ships to the province."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from django.db import connection

from inventory.stock.models import Warehouse, WarehouseRegion
from inventory.stock.services.statements import int_array

if TYPE_CHECKING:
    from collections.abc import Sequence


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


# What each warehouse has for each need (an order's pieces of a SKU): free in the own fence and the shared bin, and held
# by the order's own lines. Only equality joins on a SKU or a line: they stay hash joins whatever the planner guesses.
SUPPLY = """
WITH line AS MATERIALIZED (
    SELECT * FROM unnest(%(orders)s::bigint[], %(lines)s::bigint[], %(channels)s::bigint[], %(skus)s::bigint[])
               AS t(order_id, line_id, channel_id, sku_id)),
need AS MATERIALIZED (SELECT DISTINCT order_id, channel_id, sku_id FROM line),
bin AS MATERIALIZED (
    SELECT b.sku_id, b.warehouse_id, b.channel_id, b.on_hand - b.reserved AS free
      FROM inventory_bin b WHERE b.sku_id = ANY (%(sku_set)s::bigint[]) AND b.on_hand > b.reserved),
held AS MATERIALIZED (
    SELECT r.order_line_id AS line_id, r.quantity, b.warehouse_id
      FROM inventory_reservation r JOIN inventory_bin b ON b.id = r.bin_id
     WHERE r.order_line_id = ANY (%(lines)s::bigint[]))
SELECT order_id, channel_id, sku_id, warehouse_id, sum(free)::int, sum(held)::int
  FROM (SELECT n.order_id, n.channel_id, n.sku_id, b.warehouse_id, b.free, 0 AS held
          FROM need n JOIN bin b ON b.sku_id = n.sku_id
         WHERE b.channel_id IS NULL OR b.channel_id = n.channel_id
        UNION ALL
        SELECT l.order_id, l.channel_id, l.sku_id, h.warehouse_id, 0, h.quantity
          FROM line l JOIN held h ON h.line_id = l.line_id) part
 GROUP BY order_id, channel_id, sku_id, warehouse_id
"""
Need = tuple[int, int | None, int]  # order, channel, SKU
_Standing = tuple[int, int, tuple[tuple[int, int], ...], int | None]  # warehouse, held there, missing, region


def fitting_warehouses(lines: Sequence[RouteLine]) -> dict[int, list[Candidate]]:
    """Active warehouses for each order, best first: those that have every line whole before those that don't; then by
    their priority for the receiver's province, by their own priority, by id.

    A warehouse has what the order's lines hold there already, what is free in the channel's own fence, and what is free
    in the shared bin. Three statements for any number of orders. Nothing is locked: two orders may be shown the same
    pieces, and ``move_reservations`` decides.
    """
    if not lines:
        return {}
    needs: dict[int, dict[Need, int]] = defaultdict(dict)
    for line in lines:
        need = (line.order_id, line.channel_id, line.sku_id)
        needs[line.order_id][need] = needs[line.order_id].get(need, 0) + line.quantity
    supply = _supply(lines)
    ranking = _Ranking()
    provinces = {line.order_id: line.province for line in lines}
    return {
        order_id: _candidates(wanted, supply, ranking.of(provinces[order_id])) for order_id, wanted in needs.items()
    }


def _candidates(
    wanted: dict[Need, int], supply: dict[Need, dict[int, tuple[int, int]]], ranking: list[tuple[int, int | None]]
) -> list[Candidate]:
    able: list[_Standing] = []
    unable: list[_Standing] = []
    stocks = [(need[2], quantity, supply.get(need, {})) for need, quantity in sorted(wanted.items(), key=_by_sku)]
    for warehouse_id, region in ranking:
        missing: list[tuple[int, int]] = []
        here = 0
        for sku_id, quantity, stock in stocks:
            free, held = stock.get(warehouse_id, (0, 0))
            here += held
            if quantity > free + held:
                missing.append((sku_id, quantity - free - held))
        (unable if missing else able).append((warehouse_id, here, tuple(missing), region))
    return [
        Candidate(warehouse_id, rank, not short, held, short, region)
        for rank, (warehouse_id, held, short, region) in enumerate([*able, *unable])
    ]


def _by_sku(item: tuple[Need, int]) -> int:
    return item[0][2]


def _supply(lines: Sequence[RouteLine]) -> dict[Need, dict[int, tuple[int, int]]]:
    params = {
        "orders": int_array(line.order_id for line in lines),
        "lines": int_array(line.order_line_id for line in lines),
        "channels": int_array(line.channel_id for line in lines),
        "skus": int_array(line.sku_id for line in lines),
        "sku_set": int_array(sorted({line.sku_id for line in lines})),
    }
    supply: dict[Need, dict[int, tuple[int, int]]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(SUPPLY, params)
        for order_id, channel_id, sku_id, warehouse_id, free, held in cursor.fetchall():
            supply[order_id, channel_id, sku_id][warehouse_id] = (free, held)
    return supply


class _Ranking:
    """Active warehouses in the order in which they ship to a province, worked out once per province."""

    def __init__(self) -> None:
        active = Warehouse.objects.filter(is_active=True).order_by("priority", "pk")
        self.by_priority = list(active.values_list("pk", flat=True))
        self.regions: dict[str, dict[int, int]] = defaultdict(dict)
        regions = WarehouseRegion.objects.order_by("-priority").values_list("province", "warehouse_id", "priority")
        for province, warehouse_id, priority in regions:
            self.regions[plain_province(province)][warehouse_id] = priority
        self.known: dict[str, list[tuple[int, int | None]]] = {}

    def of(self, province: str) -> list[tuple[int, int | None]]:
        """(warehouse id, priority for the province or None), best first."""
        plain = plain_province(province)
        if plain not in self.known:
            regions = self.regions.get(plain, {})
            named = sorted((pk for pk in self.by_priority if pk in regions), key=lambda pk: regions[pk])
            others = (pk for pk in self.by_priority if pk not in regions)
            self.known[plain] = [(pk, regions[pk]) for pk in named] + [(pk, None) for pk in others]
        return self.known[plain]


SUFFIX = re.compile(
    r"((维吾尔|壮族|回族)?自治区|特别行政区|省|市|\s+province|\s+municipality|\s+autonomous region)$", re.IGNORECASE
)


@lru_cache(maxsize=4096)
def plain_province(name: str) -> str:
    """A province without its suffix: 广东省 is 广东, 广西壮族自治区 is 广西, Guangdong Province is guangdong."""
    return SUFFIX.sub("", name.strip()).strip().lower()
