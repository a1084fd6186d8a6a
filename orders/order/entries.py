"""What this room puts on the side navigation, the saved views and the workbench."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from inventory.stock import holders
from oms.rules import registry
from oms.web import navigation, workbench
from oms.web.counting import Count as Counted
from oms.web.counting import capped
from oms.web.navigation import Entry
from oms.web.workbench import Card, Section
from orders.dispatch import wishes
from orders.order.cancelling import CANCEL, cancel_given_back
from orders.order.editing import RECEIVER_CHANGED, change_given_back
from orders.order.filters import OrderFilter
from orders.order.holders import orders_of_lines
from orders.order.models import Order, OrderEvent
from orders.order.queries import TABS, bounded_counts, tab_sets
from orders.order.rows import STATUS_LOOK
from orders.order.states import OPEN, EventKind, OrderStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.db.models import QuerySet

    from oms.staff.models import Staff

VIEW = "orders.view_order"
SECONDS = 20  # how old the figures of the workbench may be
BOUND = 10_000
DAYS = 8  # of the small curves, today included
LATELY = dt.timedelta(days=45)
WIDTH, HEIGHT = 84, 26


def register() -> None:
    """Called once from AppConfig.ready."""
    registry.register("orders.order", OrderFilter, url_name="orders:order-list", permission=VIEW)
    holders.register(orders_of_lines)
    wishes.register(CANCEL, wishes.Doer(_("the order is cancelled"), cancel_given_back))
    wishes.register(RECEIVER_CHANGED, wishes.Doer(_("the receiver is changed"), change_given_back))
    navigation.register(
        Entry(
            _("Orders"),
            "list-details",
            "orders:order-list",
            permission=VIEW,
            group="orders",
            key="O",
            position=10,
            covers=("orders:order-detail", "orders:order-edit", "orders:order-type", "orders:bulk"),
        )
    )
    workbench.register(
        Card(
            _("Pending shipment over 24 h"),
            "clock-exclamation",
            _waiting("late"),
            _list("late"),
            VIEW,
            "hot",
            position=30,
        ),
        Section("orders/order/_strip.html", strip, VIEW, "wide", position=10),
        Section("orders/order/_today.html", today, VIEW, "half", position=20),
    )


def _list(tab: str) -> Callable[[Staff], str]:
    return lambda _staff: f"{reverse('orders:order-list')}?{TABS[tab][1]}"


def _waiting(tab: str) -> Callable[[Staff], Any]:
    def count(staff: Staff) -> Counted:
        number = bounded_counts({tab: tab_sets(staff)[tab]})[tab]
        return Counted(min(number, BOUND), number <= BOUND)

    return count


def strip(request: Any) -> dict[str, Any]:
    """Open orders by status, each a link to its list; counts are bounded and at most 20 seconds old."""
    key = f"orders:strip:{request.user.pk}"
    counts = cache.get(key)
    if counts is None:
        mine = Order.objects.visible_to(request.user)
        shown = [status for status in OrderStatus.values if status in OPEN] + [OrderStatus.SHIPPED.value]
        counts = bounded_counts({status: mine.filter(status=status) for status in shown})
        cache.set(key, counts, SECONDS)
    base = reverse("orders:order-list")
    return {
        "statuses": [
            {
                "label": OrderStatus(status).label,
                "tone": STATUS_LOOK[OrderStatus(status)][0],
                "shape": STATUS_LOOK[OrderStatus(status)][1],
                "count": capped(number) or "0",
                "url": f"{base}?status={status}",
            }
            for status, number in counts.items()
        ]
    }


def today(request: Any) -> dict[str, Any]:
    """What came in and went out today, beside the same hours of the days before; at most 20 seconds old."""
    key = f"orders:today:{request.user.pk}:{get_language()}"
    figures = cache.get(key)
    now = timezone.localtime()
    if figures is None:
        figures = _figures(Order.objects.visible_to(request.user), now)
        cache.set(key, figures, SECONDS)
    return {"figures": figures, "at": now, "list_url": reverse("orders:order-list")}


def _figures(mine: QuerySet[Order], now: dt.datetime) -> list[dict[str, Any]]:
    stopped = Exists(OrderEvent.objects.filter(order=OuterRef("pk"), kind=EventKind.INTERCEPTED))
    placed = _by_day(
        mine,
        "placed_at",
        now,
        count=Count("pk"),
        smooth=Count("pk", filter=~stopped),
        cancelled=Count("pk", filter=Q(status=OrderStatus.CANCELLED)),
        money=Sum("payable", default=0),
    )
    # What ships now was placed lately: the bound lets the index on placed_at find it.
    shipped = _by_day(mine.filter(placed_at__gte=now - LATELY), "shipped_at", now, count=Count("pk"))
    shares = [100 * day["smooth"] / day["count"] if day["count"] else 0 for day in placed]
    share = {"label": str(_("Passed by themselves")), "number": f"{shares[-1]:.1f} %", "points": _points(shares)}
    taken = [int(day["money"]) for day in placed]
    return [
        _figure(_("Orders placed"), [day["count"] for day in placed]),
        _figure(_("Their amount"), taken),
        *([share] if placed[-1]["count"] else []),
        _figure(_("Shipped"), [day["count"] for day in shipped]),
        _figure(_("Cancelled of them"), [day["cancelled"] for day in placed]),
    ]


def _by_day(orders: QuerySet[Order], field: str, now: dt.datetime, **sums: Any) -> list[dict[str, Any]]:
    """The sums of each of the last days up to this time of the day, the oldest first. One query."""
    first = now.replace(hour=0, minute=0, second=0, microsecond=0) - dt.timedelta(days=DAYS - 1)
    until = now.time()
    rows = orders.filter(**{f"{field}__gte": first, f"{field}__lte": now, f"{field}__time__lte": until}).order_by()
    summed: Any = rows.values(day=F(f"{field}__date")).annotate(**sums)
    found: dict[dt.date, dict[str, Any]] = {row["day"]: row for row in summed}
    nothing = dict.fromkeys(sums, 0)
    return [found.get((first + dt.timedelta(days=i)).date(), nothing) for i in range(DAYS)]


def _figure(label: Any, numbers: list[int]) -> dict[str, Any]:
    before = numbers[-2]
    change = round(100 * (numbers[-1] - before) / before) if before else None
    return {"label": str(label), "number": f"{numbers[-1]:,}", "change": change, "points": _points(numbers)}


def _points(numbers: Sequence[float]) -> str:
    """Corners of a curve in a box of 84 × 26."""
    most = max(*numbers, 1)
    step = WIDTH / (len(numbers) - 1)
    return " ".join(
        f"{i * step:.1f},{HEIGHT - 2 - number / most * (HEIGHT - 5):.1f}" for i, number in enumerate(numbers)
    )
