"""Filters of the stock list. Conditions are about a place (SKU and warehouse): all its bins fit, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters
from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum
from django.utils.translation import gettext_lazy as _

from inventory.catalog.filters import choice_box, text_box, visible_channels
from inventory.stock.models import Bin, Warehouse

if TYPE_CHECKING:
    from django.db.models import QuerySet

LOW = 10  # pieces


def visible_warehouses(request: Any) -> QuerySet[Warehouse]:
    """Warehouses of the person who filters."""
    warehouses = Warehouse.objects.order_by("priority", "pk")
    return warehouses.visible_to(request.user) if request is not None else warehouses.none()


class StockFilter(django_filters.FilterSet):
    """Stock by text, warehouse, fence, and how little is left."""

    q = django_filters.CharFilter(
        label=_("SKU, barcode, name"),
        method="by_text",
        max_length=100,
        widget=text_box(_("SKU, barcode, name")),
    )
    warehouse = django_filters.ModelChoiceFilter(
        label=_("Warehouse"), queryset=visible_warehouses, empty_label=_("Warehouse: all"), widget=choice_box()
    )
    channel = django_filters.ModelChoiceFilter(
        label=_("Fenced for"),
        queryset=visible_channels,
        empty_label=_("Fenced for: any"),
        method="by_fence",
        widget=choice_box(),
    )
    left = django_filters.ChoiceFilter(
        label=_("Available"),
        choices=[("none", _("Nothing left")), ("low", _("10 or fewer")), ("some", _("More than 10"))],
        empty_label=_("Available: any"),
        widget=choice_box(),
        method="by_left",
    )

    class Meta:
        model = Bin
        fields: list[str] = []

    def by_text(self, queryset: QuerySet[Bin], name: str, value: str) -> QuerySet[Bin]:
        """Part of the SKU's code or name; the whole barcode."""
        return queryset.filter(Q(sku__code__icontains=value) | Q(sku__name__icontains=value) | Q(sku__barcode=value))

    def by_fence(self, queryset: QuerySet[Bin], name: str, value: Any) -> QuerySet[Bin]:
        """Places with pieces fenced for a channel."""
        fence = _same_place().filter(channel=value, on_hand__gt=0)
        return queryset.filter(Exists(fence))

    def by_left(self, queryset: QuerySet[Bin], name: str, value: str) -> QuerySet[Bin]:
        """Places by the pieces that may still be promised."""
        if value == "none":
            free = _same_place().filter(on_hand__gt=F("reserved"))
            return queryset.filter(on_hand=F("reserved")).exclude(Exists(free))
        total = _same_place().values("sku", "warehouse").annotate(free=Sum(F("on_hand") - F("reserved")))
        if value == "low":
            # No bin of such a place has more than that: most rows are out before anything is added up.
            queryset = queryset.filter(on_hand__lte=F("reserved") + LOW).annotate(left=Subquery(total.values("free")))
            return queryset.filter(left__range=(1, LOW))
        return queryset.annotate(left=Subquery(total.values("free"))).filter(left__gt=LOW)


def _same_place() -> QuerySet[Bin]:
    return Bin.objects.filter(sku=OuterRef("sku"), warehouse=OuterRef("warehouse"))
