"""Filters of the catalogue's lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from inventory.catalog.models import Channel, MerchantCode, Product, Sku

if TYPE_CHECKING:
    from django.db.models import QuerySet


def text_box(placeholder: Any) -> forms.TextInput:
    """The search field of a list."""
    return forms.TextInput(attrs={"placeholder": placeholder})


def choice_box() -> forms.Select:
    """A frequent filter, wide enough for its own name."""
    return forms.Select(attrs={"class": "w-160"})


def categories() -> list[tuple[str, str]]:
    """Categories in use."""
    names = Product.objects.exclude(category="").order_by("category").values_list("category", flat=True).distinct()
    return [(name, name) for name in names]


def visible_channels(request: Any) -> QuerySet[Channel]:
    """Channels of the person who filters."""
    channels = Channel.objects.order_by("name", "pk")
    return channels.visible_to(request.user) if request is not None else channels.none()


class SkuFilter(django_filters.FilterSet):
    """SKUs by text, category, whether they are sold."""

    q = django_filters.CharFilter(
        label=_("Code, barcode, name"),
        method="by_text",
        max_length=100,
        widget=text_box(_("Code, barcode, name")),
    )
    category = django_filters.ChoiceFilter(
        label=_("Category"), field_name="product__category", choices=categories, empty_label=_("Category: all")
    )
    is_active = django_filters.ChoiceFilter(
        label=_("Active"),
        choices=[("true", _("Active")), ("false", _("Not active"))],
        empty_label=_("Active: any"),
        method="by_activity",
    )

    class Meta:
        model = Sku
        fields: list[str] = []

    def by_text(self, queryset: QuerySet[Sku], name: str, value: str) -> QuerySet[Sku]:
        """Part of the code or a name; the whole barcode."""
        return queryset.filter(
            Q(code__icontains=value) | Q(name__icontains=value) | Q(barcode=value) | Q(product__name__icontains=value)
        )

    def by_activity(self, queryset: QuerySet[Sku], name: str, value: str) -> QuerySet[Sku]:
        """Sold or no longer."""
        return queryset.filter(is_active=value == "true")


class MerchantCodeFilter(django_filters.FilterSet):
    """Merchant codes by text, channel, and what may be wrong with them."""

    q = django_filters.CharFilter(
        label=_("Code or SKU"), method="by_text", max_length=100, widget=text_box(_("Code or SKU"))
    )
    channel = django_filters.ModelChoiceFilter(
        label=_("Channel"), queryset=visible_channels, empty_label=_("Channel: all")
    )
    kind = django_filters.ChoiceFilter(
        label=_("Kind"),
        choices=[("bundle", _("Bundles")), ("multiple", _("More than one piece")), ("inactive", _("SKU not active"))],
        empty_label=_("Kind: all"),
        method="by_kind",
    )

    class Meta:
        model = MerchantCode
        fields: list[str] = []

    def by_text(self, queryset: QuerySet[MerchantCode], name: str, value: str) -> QuerySet[MerchantCode]:
        """Part of the channel's code, of the SKU's code or name."""
        return queryset.filter(Q(code__icontains=value) | Q(sku__code__icontains=value) | Q(sku__name__icontains=value))

    def by_kind(self, queryset: QuerySet[MerchantCode], name: str, value: str) -> QuerySet[Any]:
        """Codes that mean several SKUs, several pieces, or a SKU that is not sold any more."""
        if value == "bundle":
            others = MerchantCode.objects.filter(channel=OuterRef("channel"), code=OuterRef("code"))
            return queryset.filter(Exists(others.exclude(pk=OuterRef("pk"))))
        return queryset.filter(quantity__gt=1) if value == "multiple" else queryset.filter(sku__is_active=False)
