"""Fewer pieces are promised to a line than it wants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interception.checks.base import AUDIT, Check, Evidence, Mend, digest, select
from orders.conveyor.stages.mapping import reserve_missing

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

# The ledger's word, not what intake answered: pieces may have come or gone since.
FIND = """
SELECT l.order_id, s.id, s.code, l.quantity, l.quantity - coalesce(r.held, 0)
  FROM orders_orderline l
  JOIN orders_order o ON o.id = l.order_id AND o.type <> 'return'
  JOIN inventory_sku s ON s.id = l.sku_id
  LEFT JOIN LATERAL (SELECT sum(quantity)::int AS held FROM inventory_reservation WHERE order_line_id = l.id) r ON true
 WHERE l.order_id = ANY(%(orders)s) AND l.quantity > coalesce(r.held, 0)
 ORDER BY l.order_id, l.position, l.id
"""


class StockShort(Check):
    """Cause: the first SKU that is short; all of them are in the evidence."""

    code = "stock_short"
    label = gettext_lazy("Stock short")
    kind = "system"
    stage = AUDIT
    icon = "package-off"

    def find(self, order_ids: Collection[int]) -> dict[int, Evidence]:
        """Orders with a line that is not promised whole. A return brings goods and is promised none."""
        short: dict[int, list[dict[str, Any]]] = {}
        for pk, sku_id, code, wanted, missing in select(FIND, order_ids):
            short.setdefault(pk, []).append({"sku_id": sku_id, "sku": code, "wanted": wanted, "short": missing})
        return {
            pk: Evidence(rows[0]["sku"], digest(*((row["sku_id"], row["short"]) for row in rows)), {"short": rows})
            for pk, rows in short.items()
        }

    def prepare(self, order_ids: Collection[int], at: dt.datetime) -> None:
        """Promise what came in, the earliest order first."""
        reserve_missing(order_ids=order_ids, at=at)

    def explain(self, data: dict[str, Any]) -> str:
        """Which SKUs, how many pieces."""
        return ", ".join(_("%(sku)s: %(wanted)s wanted, %(short)s short") % row for row in data.get("short", []))

    def mend(self, cause: str, data: dict[str, Any]) -> Mend | None:
        """Receive goods."""
        return Mend("stock", _("See stock"), {"sku": cause})
