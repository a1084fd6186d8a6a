"""The channel charged another sum than lines, discounts and freight come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interception.checks.base import AUDIT, Check, Evidence, digest, select
from oms.web.formats import money

if TYPE_CHECKING:
    from collections.abc import Collection

# payable is the sum over the lines plus freight: a database check and check_books hold it to that.
FIND = """
SELECT o.id, c.code, o.payable, o.total, o.goods_amount, o.discount_amount, o.freight
  FROM orders_order o JOIN inventory_channel c ON c.id = o.channel_id
 WHERE o.id = ANY(%(orders)s) AND o.payable <> o.total
"""


class AmountMismatch(Check):
    """Goods − discounts + freight ≠ the channel's total. Cause: the channel, whose counting is wrong or misread."""

    code = "amount_mismatch"
    label = gettext_lazy("Amounts don't add up")
    kind = "system"
    stage = AUDIT
    icon = "scale"

    def find(self, order_ids: Collection[int]) -> dict[int, Evidence]:
        """Orders whose total is not what we compute."""
        return {
            pk: Evidence(
                channel,
                digest(payable, total),
                {
                    "payable": str(payable),
                    "total": str(total),
                    "goods": str(goods),
                    "discount": str(discount),
                    "freight": str(freight),
                },
            )
            for pk, channel, payable, total, goods, discount, freight in select(FIND, order_ids)
        }

    def explain(self, data: dict[str, Any]) -> str:
        """Ours against the channel's."""
        figures = {name: money(data.get(name)) for name in ("payable", "total", "goods", "discount", "freight")}
        return (
            _("%(goods)s goods − %(discount)s discount + %(freight)s freight = %(payable)s, the channel says %(total)s")
            % figures
        )
