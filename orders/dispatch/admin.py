"""Couriers are master data; documents are only looked at: commands change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from orders.dispatch.models import Courier, Parcel, WarehouseDocument

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(Courier)
class CourierAdmin(admin.ModelAdmin):
    """Couriers; the active one with the lowest priority is the default."""

    list_display = ("code", "name", "priority", "tracking_pattern", "is_active")
    list_editable = ("priority", "is_active")
    search_fields = ("code", "name")
    ordering = ("priority", "pk")


class _ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Commands write these."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Commands change these."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nothing is deleted."""
        return False


class ParcelInline(_ReadOnly, admin.TabularInline):
    """Parcels of the document."""

    model = Parcel
    extra = 0


@admin.register(WarehouseDocument)
class WarehouseDocumentAdmin(_ReadOnly, admin.ModelAdmin):
    """Documents, for support."""

    list_display = ("number", "status", "warehouse", "courier", "item_count", "created_at", "last_error")
    list_filter = ("status", "warehouse")
    list_select_related = ("warehouse", "courier")
    search_fields = ("number",)
    show_full_result_count = False
    inlines = (ParcelInline,)
