"""Orders as tech support looks at them: everything visible, nothing changeable. Commands are in the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from oms.web.formats import mask_name, mask_phone
from orders.conveyor.models import Walk
from orders.order.models import Order, OrderEvent, OrderLine
from orders.payment.models import Payment

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from oms.staff.models import Staff


class _ReadOnly:
    """Nobody adds, changes or deletes here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class _Inline(_ReadOnly, admin.TabularInline):
    extra = 0
    show_change_link = False


class LineInline(_Inline):
    """Lines."""

    model = OrderLine


class EventInline(_Inline):
    """The log."""

    model = OrderEvent
    fields = ("at", "kind", "from_status", "to_status", "reason", "by")


class PaymentInline(_Inline):
    """Payments."""

    model = Payment


class WalkInline(_Inline):
    """What the conveyor did."""

    model = Walk


@admin.register(Order)
class OrderAdmin(_ReadOnly, admin.ModelAdmin):
    """One order as it is stored; personal data masked (the order page reveals it, traced)."""

    list_display = ("number", "channel", "external_no", "status", "payment_status", "hold", "payable", "placed_at")
    list_select_related = ("channel",)
    list_per_page = 50
    show_full_result_count = False  # counting a million rows for a footer
    ordering = ("-id",)
    search_fields = ("number__exact", "external_no__exact")
    search_help_text = _("Whole number of ours or the channel's")
    inlines = (LineInline, PaymentInline, WalkInline, EventInline)
    exclude = (
        "receiver_name",
        "receiver_phone",
        "address",
        "buyer_name",
        "buyer_phone",
    )
    readonly_fields = ("masked_receiver",)
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        """Only what the person may see elsewhere too."""
        visible = Order.objects.visible_to(cast("Staff", request.user))
        return super().get_queryset(request).filter(pk__in=visible.values("pk"))

    @admin.display(description="Receiver")
    def masked_receiver(self, order: Order) -> str:
        """Name and phone, masked."""
        return f"{mask_name(order.receiver_name)} {mask_phone(order.receiver_phone)}"
