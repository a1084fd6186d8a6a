"""After routing: no single warehouse has all lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interception.checks.base import CONFIRM, Check, Evidence, digest, select
from inventory.stock.queries import RouteLine, fitting_warehouses

if TYPE_CHECKING:
    from collections.abc import Collection

CAUSE = "no_single_warehouse"
# The orders first, then their lines by index: after a big import the statistics still say that no order is routed, and
# the planner would read every line there is, for each chunk.
UNROUTED = """
WITH unrouted AS MATERIALIZED (
    SELECT id, channel_id, province, placed_at FROM orders_order WHERE id = ANY(%(orders)s) AND warehouse_id IS NULL)
SELECT o.id, l.id, o.channel_id, l.sku_id, l.quantity, o.province
  FROM unrouted o
 CROSS JOIN LATERAL (SELECT id, sku_id, quantity FROM orders_orderline
                      WHERE order_id = o.id AND sku_id IS NOT NULL OFFSET 0) l
 ORDER BY o.placed_at, o.id, l.id
"""


class NoWarehouse(Check):
    """The goods are promised, but lie in more than one place. Looks at warehouses only when an order is unrouted."""

    code = "no_warehouse"
    label = gettext_lazy("No warehouse has everything")
    kind = "system"
    stage = CONFIRM
    icon = "building-warehouse"

    def find(self, order_ids: Collection[int]) -> dict[int, Evidence]:
        """Unrouted orders that no active warehouse could serve whole now."""
        lines = [RouteLine(*row) for row in select(UNROUTED, order_ids)]
        found = {}
        for pk, candidates in fitting_warehouses(lines).items():
            if not any(candidate.covers for candidate in candidates):
                lacks = [
                    {"warehouse": c.warehouse_id, "short": sum(pieces for _sku, pieces in c.missing)}
                    for c in candidates
                ]
                found[pk] = Evidence(CAUSE, digest(lacks), {"warehouses": lacks})
        return found

    def explain(self, data: dict[str, Any]) -> str:
        """How far the nearest one is from having everything."""
        least = min((row["short"] for row in data.get("warehouses", [])), default=0)
        if not least:
            return _("There is no active warehouse")
        return _("%(count)s warehouses; the one that has most is %(short)s pieces short") % {
            "count": len(data["warehouses"]),
            "short": least,
        }

    def explain_cause(self, cause: str) -> str:
        """In words."""
        return _("No single warehouse has all lines") if cause == CAUSE else cause
