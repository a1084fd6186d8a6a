"""Questions about many orders: counts of tabs and statuses, today's figures, where a list goes on."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from oms.web.counting import BOUND
from orders.dispatch.models import WarehouseDocument
from orders.order.models import Order
from orders.order.states import OPEN, Hold, OrderStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from django.db.models import QuerySet

    from oms.staff.models import Staff

LATE_HOURS = 24

# Tabs that everybody has: code → (label, query string, whether somebody must act)
TABS = {
    "all": (_("All"), "", False),
    "open": (pgettext_lazy("order tab", "Open"), "status=open", False),
    "review": (_("Review"), "hold=review", True),
    "locked": (_("System lock"), "hold=system", True),
    "late": (_("Pending shipment over 24 h"), f"status=pending_shipment&older_than={LATE_HOURS}", True),
    "cod": (_("Cash on delivery"), "status=open&cod=yes", False),
    "unpaid": (_("Pending payment"), "status=pending_payment", False),
}


def tab_sets(staff: Staff) -> dict[str, QuerySet]:
    """The orders behind each fixed tab: the same as its query string gives, without parsing it."""
    mine = Order.objects.visible_to(staff).order_by()
    late = Now() - dt.timedelta(hours=LATE_HOURS)
    return {
        "all": mine,
        "open": mine.filter(status__in=sorted(OPEN)),
        "review": mine.filter(hold=Hold.REVIEW),
        "locked": mine.filter(hold=Hold.SYSTEM),
        "late": mine.filter(status=OrderStatus.PENDING_SHIPMENT, placed_at__lt=late),
        "cod": mine.filter(status__in=sorted(OPEN), cash_on_delivery=True),
        "unpaid": mine.filter(status=OrderStatus.PENDING_PAYMENT),
    }


def bounded_counts(sets: Mapping[str, QuerySet], bound: int = BOUND) -> dict[str, int]:
    """How many rows each set has, counting to ``bound`` + 1 at most; all in one statement."""
    parts: list[str] = []
    params: list[Any] = []
    names: list[str] = []
    for name, queryset in sets.items():
        try:
            sql, values = queryset.order_by().values("pk")[: bound + 1].query.sql_with_params()
        except EmptyResultSet:  # somebody without branches
            continue
        names.append(name)
        parts.append(f"(SELECT count(*) FROM ({sql}) counted)")
        params += values
    if not parts:
        return dict.fromkeys(sets, 0)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        found = dict(zip(names, cursor.fetchone(), strict=True))
    return {name: found.get(name, 0) for name in sets}


def couriers_of(order_ids: Collection[int]) -> dict[int, str]:
    """Courier of each order's live document, by order."""
    documents = WarehouseDocument.objects.filter(order_id__in=order_ids, courier__isnull=False)
    return dict(documents.exclude(status="voided").values_list("order_id", "courier__name"))


def neighbours(queryset: QuerySet, order: Order, by: Sequence[str]) -> tuple[str, str]:
    """Numbers of the orders before and after this one in a list sorted by ``by`` (placed_at and id)."""
    newest = by[0].startswith("-")
    later = queryset.filter(placed_at__gte=order.placed_at).exclude(placed_at=order.placed_at, pk__lte=order.pk)
    earlier = queryset.filter(placed_at__lte=order.placed_at).exclude(placed_at=order.placed_at, pk__gte=order.pk)
    above = later.order_by("placed_at", "pk").values_list("number", flat=True).first() or ""
    below = earlier.order_by("-placed_at", "-pk").values_list("number", flat=True).first() or ""
    return (above, below) if newest else (below, above)
