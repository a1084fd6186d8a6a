"""The document list's filter."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import django_filters
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from inventory.stock.models import Warehouse
from orders.dispatch.models import Courier, Parcel, WarehouseDocument
from orders.dispatch.states import DocumentStatus
from orders.order.models import Order

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST_HITS = 500
_S = DocumentStatus

# The tabs of the list: code → (label, statuses). The first is where a clerk's day begins.
TABS = {
    "pick": (_("To pick"), (_S.ACCEPTED,)),
    "picking": (_("Picking"), (_S.PICKING, _S.PACKED)),
    "queued": (_("On the way to the warehouse"), (_S.QUEUED, _S.VOIDING)),
    "failed": (_("Not taken"), (_S.FAILED,)),
    "shipped": (_("Shipped"), (_S.SHIPPED,)),
    "voided": (_("Voided"), (_S.VOIDED,)),
}


def found_by(text: str) -> list[int]:
    """Documents that carry this number: their own, the order's, the channel's, or a parcel's. Bounded, by indexes."""
    text = text.strip()
    number = text.upper()
    orders = Order.objects.filter(number=number).values("pk").union(Order.objects.filter(external_no=text).values("pk"))
    order_ids = [row["pk"] for row in orders[:MOST_HITS]]
    documents = WarehouseDocument.objects
    return sorted(
        {
            *documents.filter(number__startswith=number).values_list("pk", flat=True)[:MOST_HITS],
            *documents.filter(order_id__in=order_ids).values_list("pk", flat=True)[:MOST_HITS],
            *Parcel.objects.filter(tracking_no=number).values_list("document_id", flat=True)[:MOST_HITS],
        }
    )


class DocumentFilter(django_filters.FilterSet):
    """Documents by warehouse, courier, whether printed, how long they wait, and any of their numbers."""

    tab = django_filters.ChoiceFilter(
        label=_("Status"), choices=[(code, label) for code, (label, _statuses) in TABS.items()], method="filter_tab"
    )
    warehouse = django_filters.ModelMultipleChoiceFilter(label=_("warehouse"), queryset=Warehouse.objects.all())
    courier = django_filters.ModelMultipleChoiceFilter(label=_("courier"), queryset=Courier.objects.all())
    printed = django_filters.ChoiceFilter(
        label=_("printed"), choices=[("yes", _("Printed")), ("no", _("Not printed"))], method="filter_printed"
    )
    age = django_filters.ChoiceFilter(
        label=_("waiting"),
        choices=[("4", _("Over 4 hours")), ("24", _("Over 24 hours")), ("48", _("Over 48 hours"))],
        method="filter_age",
    )
    q = django_filters.CharFilter(label=_("number"), max_length=64, method="filter_text")

    class Meta:
        model = WarehouseDocument
        fields: tuple[str, ...] = ()

    def filter_tab(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Statuses of one tab."""
        return queryset.filter(status__in=TABS[value][1])

    def filter_printed(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """With or without paper."""
        return queryset.filter(printed_at__isnull=value == "no")

    def filter_age(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Made longer ago than so many hours."""
        return queryset.filter(created_at__lt=Now() - dt.timedelta(hours=int(value)))

    def filter_text(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Any number."""
        return queryset.filter(pk__in=found_by(value))
