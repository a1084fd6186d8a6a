"""What a key may read: the orders of its channels, and what they may still sell."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db.models import F, IntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from inventory.catalog.models import Channel, Sku
from inventory.stock.models import Bin
from orders.dispatch.models import Parcel
from orders.intake.models import ApiKey
from orders.order.models import Order, OrderLine
from orders.order.states import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from django.db.models import QuerySet

    from oms.staff.models import Staff

SHOWN = (  # noqa: SIM905 -- read as a list of fields
    "number external_no type payment_status placed_at paid_at shipped_at currency goods_amount discount_amount freight "
    "payable total paid_amount"
).split()

SHOWN_OF_LINES = (  # noqa: SIM905
    "external_line_no merchant_code bundle_code name quantity unit_price discount discount_share amount is_gift"
).split()


class BadCursor(ValueError):
    """Not a cursor of ours."""


def keys_visible_to(staff: Staff) -> QuerySet[ApiKey]:
    """Keys all of whose channels are the person's, newest first."""
    keys = ApiKey.objects.select_related("created_by").order_by("-is_active", "-pk")
    if staff.branch_ids is None:
        return keys
    foreign = Channel.objects.exclude(branch_id__in=staff.branch_ids)
    return keys.exclude(channels__in=foreign)


def order_fields(order: Order) -> dict[str, Any]:
    """An order as its channel may see it."""
    fields = {name: getattr(order, name) for name in SHOWN}
    return fields | {"status": order.public_status, "channel": order.channel.code}


def find_order(number: str, channel_ids: Collection[int]) -> dict[str, Any] | None:
    """One order with lines and parcels. Three statements."""
    order = Order.objects.select_related("channel").filter(number=number, channel_id__in=channel_ids).first()
    if order is None:
        return None
    lines = OrderLine.objects.filter(order=order).order_by("position").annotate(code=F("sku__code"))
    parcels = Parcel.objects.filter(document__order=order).order_by("pk").select_related("courier")
    return order_fields(order) | {
        "lines": [{name: getattr(line, name) for name in SHOWN_OF_LINES} | {"sku": line.code} for line in lines],
        "parcels": [{"courier": parcel.courier.code, "tracking_no": parcel.tracking_no} for parcel in parcels],
    }


def order_page(
    conditions: Q, channel_ids: Collection[int], cursor: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Orders, newest first, and the cursor of the next page. One statement at any depth. Raises BadCursor."""
    orders = Order.objects.filter(conditions, channel_id__in=channel_ids).select_related("channel")
    if cursor:
        placed_at, pk = _read_cursor(cursor)
        orders = orders.filter(Q(placed_at__lt=placed_at) | Q(placed_at=placed_at, pk__lt=pk), placed_at__lte=placed_at)
    page = list(orders.order_by("-placed_at", "-pk")[: limit + 1])
    more = len(page) > limit
    return [order_fields(order) for order in page[:limit]], _cursor(page[limit - 1]) if more else None


def statuses_of(public: str) -> list[str]:
    """The statuses a public one stands for."""
    return [status for status, shown in PUBLIC.items() if shown == public]


def _cursor(order: Order) -> str:
    return base64.urlsafe_b64encode(f"{order.placed_at.isoformat()}|{order.pk}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[dt.datetime, int]:
    try:
        time, pk = base64.urlsafe_b64decode(cursor.encode()).decode().split("|")
        if not 0 <= int(pk) < 2**63:
            raise BadCursor
        return in_utc(dt.datetime.fromisoformat(time)), int(pk)
    except (ValueError, binascii.Error) as problem:
        raise BadCursor from problem


def in_utc(time: dt.datetime) -> dt.datetime:
    """The moment in UTC, which is also meant where no zone is said: PostgreSQL takes no offset beyond 15:59.

    Raises ValueError where UTC has no such year.
    """
    try:
        return (time if time.tzinfo else time.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except OverflowError as problem:
        message = "out of range"
        raise ValueError(message) from problem


def sellable(codes: Sequence[str], channel_ids: Collection[int]) -> list[dict[str, Any]]:
    """What these channels may still sell of each SKU: their fences and the shared bins of active warehouses."""
    bins = Bin.objects.filter(
        Q(channel=None) | Q(channel_id__in=channel_ids), sku=OuterRef("pk"), warehouse__is_active=True
    )
    free = bins.values("sku").annotate(free=Sum(F("on_hand") - F("reserved"))).values("free")
    skus = Sku.objects.filter(code__in=codes).annotate(
        available=Coalesce(Subquery(free, output_field=IntegerField()), 0)
    )
    found = {
        sku.code: {"sku": sku.code, "name": sku.name, "available": sku.available} for sku in skus.only("code", "name")
    }
    return [found[code] for code in dict.fromkeys(codes) if code in found]
