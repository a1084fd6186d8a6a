"""A line whose merchant code means no SKU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interception.checks.base import AUDIT, Check, Evidence, Mend, digest, select
from orders.conveyor.stages.mapping import map_orders

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

FIND = """
SELECT o.id, o.channel_id, c.code, array_agg(l.merchant_code ORDER BY l.position, l.id),
       array_agg(l.name ORDER BY l.position, l.id)
  FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id JOIN inventory_channel c ON c.id = o.channel_id
 WHERE l.order_id = ANY(%(orders)s) AND l.sku_id IS NULL
 GROUP BY o.id, o.channel_id, c.code
"""


class SkuUnmapped(Check):
    """Cause: channel and merchant code, so that one mapping releases all orders with it."""

    code = "sku_unmapped"
    label = gettext_lazy("Merchant code not mapped to a SKU")
    kind = "system"
    stage = AUDIT
    icon = "barcode"

    def find(self, order_ids: Collection[int]) -> dict[int, Evidence]:
        """Orders with a line that has no SKU."""
        return {
            pk: Evidence(
                f"{channel} {codes[0]}"[:120],
                digest(channel, *codes),
                {"channel_id": channel_id, "channel": channel, "codes": codes, "name": names[0]},
            )
            for pk, channel_id, channel, codes, names in select(FIND, order_ids)
        }

    def prepare(self, order_ids: Collection[int], at: dt.datetime) -> None:
        """Map what is known by now."""
        map_orders(order_ids=order_ids, at=at)

    def explain(self, data: dict[str, Any]) -> str:
        """Which codes."""
        codes = ", ".join(code or "—" for code in data.get("codes", []))
        name = data.get("name")
        text = _("%(codes)s is in no mapping") % {"codes": codes}
        return f"{text}: {name}" if name else text

    def mend(self, cause: str, data: dict[str, Any]) -> Mend | None:
        """Map the first unknown code of the channel."""
        codes = data.get("codes") or [""]
        if not codes[0]:
            return None
        params = {"channel_id": data.get("channel_id"), "channel": data.get("channel"), "code": codes[0]}
        return Mend("map_code", _("Map the code"), params)
