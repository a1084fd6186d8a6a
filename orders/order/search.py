"""The search box among orders: any number of them, of their documents and parcels; receiver, phone or its end.

Every way uses an index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db.models import F, Func, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from oms.web.formats import mask_name, mask_phone, when
from oms.web.search import Hit
from orders.dispatch.models import Parcel, WarehouseDocument
from orders.order.filters import PHONE_TAIL
from orders.order.models import Order
from orders.order.rows import STATUS_LOOK
from orders.order.states import OrderStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from oms.staff.models import Staff


class OrderSearch:
    """Orders by number, channel number, document or tracking number, receiver (beginning), phone (or its end)."""

    label: ClassVar = _("Orders")
    hint: ClassVar = _("order, tracking number, receiver, phone")
    permission: ClassVar[str] = "orders.view_order"

    def find(self, q: str, staff: Staff, limit: int) -> list[Hit]:
        """Exact numbers first, then the newest."""
        ids = _ids(q, limit)
        mine = Order.objects.visible_to(staff).filter(pk__in=ids).select_related("channel")
        hits = [_hit(order, q) for order in mine.order_by("-placed_at", "-pk")]
        return sorted(hits, key=lambda hit: not hit.exact)[:limit]


def _ids(q: str, limit: int) -> QuerySet:
    """Each way is bounded on its own: a common name must not make the search read them all."""
    orders, most = Order.objects.order_by("-pk"), limit * 4
    ways = [
        orders.filter(number__startswith=q.upper()),
        orders.filter(external_no__startswith=q),
        orders.filter(receiver_name__startswith=q),
    ]
    if q.isdigit() and len(q) in PHONE_TAIL:
        tail = Func(F("receiver_phone"), function="reverse")
        ways.append(orders.alias(tail=tail).filter(tail__startswith=q[::-1]))
    parcels = Parcel.objects.filter(Q(tracking_no=q) | Q(tracking_no=q.upper()))
    documents = WarehouseDocument.objects.filter(number=q.upper())
    found = [way.values("pk")[:most] for way in ways]
    return found[0].union(*found[1:], parcels.values("document__order_id")[:most], documents.values("order_id")[:1])


def _hit(order: Order, q: str) -> Hit:
    status = OrderStatus(order.status)
    subtitle = " · ".join(
        [
            str(status.label),
            order.channel.name,
            f"{mask_name(order.receiver_name)} {mask_phone(order.receiver_phone)}",
            when(order.placed_at),
        ]
    )
    exact = q.upper() == order.number or q == order.external_no
    url = reverse("orders:order-detail", args=[order.number])
    return Hit(order.number, subtitle, url, STATUS_LOOK[status][1], exact)
