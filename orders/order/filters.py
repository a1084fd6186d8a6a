"""What the order list can be filtered by. The same conditions are what rules are made of.

Public names: saved views, rules and links carry them, so a name is never taken away or given another meaning.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.db.models import F, Func, Q
from django.db.models.functions import Length, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inventory.catalog.models import Channel, MerchantCode, Sku
from inventory.stock.models import Warehouse
from oms.staff.models import in_branches_of
from oms.web.listing import filled
from orders.order.models import Order, OrderLine
from orders.order.states import OPEN, Hold, OrderOrigin, OrderStatus, OrderType, PaymentStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from oms.staff.models import Staff

GROUPS = {  # names for several statuses at once
    "open": (pgettext_lazy("order tab", "Open"), OPEN),
    "left": (_("Left the house"), frozenset({OrderStatus.SHIPPED, OrderStatus.SIGNED, OrderStatus.CLOSED})),
    "dropped": (_("Dropped"), frozenset({OrderStatus.CANCELLED, OrderStatus.REJECTED, OrderStatus.INVALID})),
}
SHORT_ADDRESS = 8  # characters; a Chinese street, number and flat need more
PHONE_TAIL = range(4, 16)
YES_NO = [("yes", _("Yes")), ("no", _("No"))]


def _names(text: str) -> list[str]:
    """Several codes in one box, divided by spaces, commas or lines."""
    return [name for name in re.split(r"[\s,，、;；]+", text.strip()) if name]


def _day(field: str, label: Any, *, end: bool = False) -> django_filters.Filter:
    return django_filters.DateFilter(
        label=label,
        method="filter_until" if end else "filter_from",
        field_name=field,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def _yes_no(label: Any, method: str | None = None, field: str | None = None) -> django_filters.Filter:
    method = method or "filter_text_there"
    return django_filters.ChoiceFilter(
        label=label, choices=YES_NO, method=method, field_name=field, empty_label=_("Any")
    )


def _several(label: Any, choices: Sequence[Any], field: str, method: str | None = None) -> django_filters.Filter:
    return django_filters.MultipleChoiceFilter(
        label=label, choices=choices, field_name=field, method=method, widget=forms.CheckboxSelectMultiple
    )


class OrderFilter(django_filters.FilterSet):
    """Orders by who, where, what, how much, when, and what stops them."""

    q = django_filters.CharFilter(label=_("Search"), max_length=64, method="filter_text")
    channel = django_filters.MultipleChoiceFilter(label=_("Channel"), method="filter_channel")
    warehouse = django_filters.MultipleChoiceFilter(label=_("Warehouse"), method="filter_warehouse")
    status = _several(
        _("Status"),
        [*[(code, label) for code, (label, _statuses) in GROUPS.items()], *OrderStatus.choices],
        "status",
        "filter_status",
    )
    payment = _several(_("Payment"), PaymentStatus.choices, "payment_status")
    type = _several(_("Type"), OrderType.choices, "type")
    origin = django_filters.ChoiceFilter(label=_("Origin"), choices=OrderOrigin.choices, empty_label=_("Any"))
    hold = _several(_("Hold"), Hold.choices, "hold")
    cod = _yes_no(_("Cash on delivery"), "filter_cod")
    province = django_filters.CharFilter(label=_("Province"), max_length=60)
    city = django_filters.CharFilter(label=_("City"), max_length=60)
    placed_from = _day("placed_at", _("Placed from"))
    placed_to = _day("placed_at", _("Placed to"), end=True)
    older_than = django_filters.NumberFilter(
        label=_("Placed over … hours ago"), min_value=0, max_value=100_000, method="filter_age"
    )
    amount_from = django_filters.NumberFilter(label=_("Amount from"), field_name="payable", lookup_expr="gte")
    amount_to = django_filters.NumberFilter(label=_("Amount to"), field_name="payable", lookup_expr="lte")
    items_from = django_filters.NumberFilter(label=_("Pieces from"), field_name="item_count", lookup_expr="gte")
    items_to = django_filters.NumberFilter(label=_("Pieces to"), field_name="item_count", lookup_expr="lte")
    sku = django_filters.CharFilter(label=_("Contains SKU"), max_length=400, method="filter_sku")
    merchant_code = django_filters.CharFilter(label=_("Merchant code"), max_length=400, method="filter_merchant_code")
    short_address = _yes_no(_("Short address"), "filter_short_address")
    buyer_remark = _yes_no(_("Buyer's remark"), field="buyer_remark")
    seller_remark = _yes_no(_("Our remark"), field="seller_remark")
    gift = _yes_no(_("Contains a gift"), "filter_gift")

    class Meta:
        model = Order
        fields: tuple[str, ...] = ()

    def __init__(
        self,
        data: Any = None,
        queryset: QuerySet | None = None,
        *,
        request: Any = None,
        prefix: str | None = None,
        staff: Staff | None = None,
    ) -> None:
        """``staff`` (or the request's) bounds the channels and warehouses one can name; none: all of them."""
        super().__init__(filled(data), queryset, request=request, prefix=prefix)
        self.places = places_of(staff or getattr(request, "user", None))
        for name, places in self.places.items():
            self.filters[name].extra["choices"] = [(code, label) for code, (_id, label) in places.items()]

    def _ids(self, name: str, codes: Sequence[str]) -> list[int]:
        return [self.places[name][code][0] for code in codes]

    def filter_text(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """A number of ours or the channel's, a receiver, the end of a phone number, a merchant code or a SKU."""
        found = orders_found(value)
        return queryset.filter(pk__in=found) if found is not None else queryset

    def filter_channel(self, queryset: QuerySet, name: str, value: Sequence[str]) -> QuerySet:
        """Of these channels."""
        return queryset.filter(channel_id__in=self._ids(name, value)) if value else queryset

    def filter_warehouse(self, queryset: QuerySet, name: str, value: Sequence[str]) -> QuerySet:
        """Routed to these warehouses."""
        return queryset.filter(warehouse_id__in=self._ids(name, value)) if value else queryset

    def filter_status(self, queryset: QuerySet, name: str, value: Sequence[str]) -> QuerySet:
        """In these statuses or groups of statuses."""
        statuses = {status for code in value for status in (GROUPS[code][1] if code in GROUPS else {code})}
        return queryset.filter(status__in=sorted(statuses)) if statuses else queryset

    def filter_cod(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Paid at the door, or not."""
        return queryset.filter(cash_on_delivery=value == "yes")

    def filter_from(self, queryset: QuerySet, name: str, value: dt.date) -> QuerySet:
        """From the beginning of that day on, in the reader's time zone."""
        return queryset.filter(placed_at__gte=timezone.make_aware(dt.datetime.combine(value, dt.time.min)))

    def filter_until(self, queryset: QuerySet, name: str, value: dt.date) -> QuerySet:
        """Up to the end of that day, in the reader's time zone."""
        end = dt.datetime.combine(value + dt.timedelta(days=1), dt.time.min)
        return queryset.filter(placed_at__lt=timezone.make_aware(end))

    def filter_age(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        """Placed longer ago than so many hours."""
        return queryset.filter(placed_at__lt=Now() - dt.timedelta(hours=float(value)))

    def filter_sku(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """With a line of any of these SKUs."""
        return queryset.filter(pk__in=lines_of_skus(_names(value)).values("order_id"))

    def filter_merchant_code(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """With a line a channel calls by any of these codes."""
        mapped, unmapped = lines_of_codes(_names(value))
        return queryset.filter(Q(pk__in=mapped.values("order_id")) | Q(pk__in=unmapped.values("order_id")))

    def filter_short_address(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """With an address too short to be whole."""
        side = "lt" if value == "yes" else "gte"
        return queryset.alias(address_length=Length("address")).filter(**{f"address_length__{side}": SHORT_ADDRESS})

    def filter_text_there(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """With or without a remark."""
        return queryset.exclude(**{name: ""}) if value == "yes" else queryset.filter(**{name: ""})

    def filter_gift(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """With or without a gift line."""
        gifts = OrderLine.objects.filter(is_gift=True).values("order_id")
        return queryset.filter(pk__in=gifts) if value == "yes" else queryset.exclude(pk__in=gifts)


Places = dict[str, dict[str, tuple[int, str]]]  # channel, warehouse: {code: (id, name)}


def places_of(staff: Staff | None) -> Places:
    """Two statements, once per person and request: a list with saved views makes many filters.

    The person's scope (`Order.objects.visible_to`) is the channels read here; it is kept as well.
    """
    if staff is None:
        return _read_places(None)
    if "_order_places" not in staff.__dict__:
        places = staff.__dict__["_order_places"] = _read_places(staff)
        staff.__dict__.setdefault("_order_channels", [pk for pk, _label in places["channel"].values()])
    return staff.__dict__["_order_places"]


def _read_places(staff: Staff | None) -> Places:
    places = {}
    for name, model in (("channel", Channel), ("warehouse", Warehouse)):
        rows = model._default_manager.order_by("name")
        rows = rows if staff is None else in_branches_of(rows, staff)
        places[name] = {code: (pk, label) for pk, code, label in rows.values_list("pk", "code", "name")}
    return places


def lines_of_skus(codes: Sequence[str]) -> QuerySet:
    """Lines of SKUs with these codes or barcodes."""
    skus = Sku.objects.filter(Q(code__in=codes) | Q(barcode__in=codes)).values("pk")
    return OrderLine.objects.filter(sku_id__in=skus)


def lines_of_codes(codes: Sequence[str]) -> tuple[QuerySet, QuerySet]:
    """Lines with these merchant codes: mapped ones through their SKUs' index, unmapped ones through their own."""
    skus = MerchantCode.objects.filter(code__in=codes).values("sku_id")
    mapped = OrderLine.objects.filter(Q(sku_id__in=skus), Q(merchant_code__in=codes) | Q(bundle_code__in=codes))
    return mapped, OrderLine.objects.filter(sku_id__isnull=True, merchant_code__in=codes)


def orders_found(text: str) -> QuerySet | None:
    """Ids of the orders the words may mean; each way of looking goes through an index. None: no words."""
    text = text.strip()
    if not text:
        return None
    orders = Order.objects.order_by()
    ways = [
        orders.filter(number__startswith=text.upper()),
        orders.filter(external_no__startswith=text),
        orders.filter(receiver_name__startswith=text),
    ]
    if text.isdigit() and len(text) in PHONE_TAIL:
        tail = Func(F("receiver_phone"), function="reverse")
        ways.append(orders.alias(tail=tail).filter(tail__startswith=text[::-1]))
    found: list[QuerySet] = [way.values("pk") for way in ways]
    mapped, unmapped = lines_of_codes([text])
    found += [lines.order_by().values("order_id") for lines in (lines_of_skus([text]), mapped, unmapped)]
    return found[0].union(*found[1:])
