"""Orders by their lines: what the stock pages call the holder of a promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from inventory.stock.holders import Holder
from orders.order.models import Order, OrderLine

if TYPE_CHECKING:
    from collections.abc import Collection

    from oms.staff.models import Staff


def orders_of_lines(order_line_ids: Collection[int], staff: Staff) -> dict[int, Holder]:
    """The orders of these lines that the person sees: number and page. One statement."""
    if not staff.has_perm("orders.view_order"):
        return {}
    visible = Order.objects.visible_to(staff).values("pk")
    lines = OrderLine.objects.filter(pk__in=order_line_ids, order__in=visible).order_by("pk")
    return {
        line_id: Holder(number, reverse("orders:order-detail", args=[number]))
        for line_id, number in lines.values_list("pk", "order__number")
    }
