"""Master data of this floor, and its books to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import admin

from inventory.catalog.models import Channel, MerchantCode, Product, Sku
from inventory.counting.models import Receipt, ReceiptLine
from inventory.stock.models import Bin, Movement, Reservation, Warehouse, WarehouseRegion
from oms.staff.models import in_branches_of

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from oms.staff.models import Staff


class BranchScoped(admin.ModelAdmin):
    """Shows and offers only what belongs to the person's branches; ``branch_path`` leads to the branch's id."""

    branch_path: ClassVar[str] = "branch_id"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Rows of the person's branches."""
        return in_branches_of(super().get_queryset(request), cast("Staff", request.user), self.branch_path)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Branches, warehouses and channels to choose from are the person's own."""
        paths = {"branch": "pk", "warehouse": "branch_id", "channel": "branch_id"}
        if db_field.name in paths:
            kwargs["queryset"] = in_branches_of(
                db_field.related_model._default_manager.all(),
                cast("Staff", request.user),
                paths[db_field.name],
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class Books(BranchScoped):
    """What commands write: nobody adds, changes or deletes it by hand."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


@admin.register(Channel)
class ChannelAdmin(BranchScoped):
    """Channels of the person's branches."""

    list_display = ("code", "name", "branch", "platform", "currency", "is_active")
    list_filter = ("platform", "is_active")
    list_select_related = ("branch",)
    search_fields = ("code", "name")


class SkuInline(admin.TabularInline):
    """SKUs of a product."""

    model = Sku
    fields = ("code", "name", "barcode", "price", "weight_g", "is_active")
    extra = 0
    show_change_link = True


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    """Products, with their SKUs."""

    list_display = ("code", "name", "category", "brand")
    list_filter = ("category", "brand")
    search_fields = ("code", "name")
    inlines = (SkuInline,)


@admin.register(Sku)
class SkuAdmin(admin.ModelAdmin):
    """SKUs."""

    list_display = ("code", "name", "product", "barcode", "price", "is_active")
    list_filter = ("is_active", "product__category")
    list_select_related = ("product",)
    search_fields = ("code", "name", "barcode")
    autocomplete_fields = ("product",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """The list does not read pictures."""
        return super().get_queryset(request).defer("picture")


@admin.register(MerchantCode)
class MerchantCodeAdmin(BranchScoped):
    """What the channels of the person's branches call our SKUs. The page for it tells interception at once."""

    branch_path = "channel__branch_id"
    list_display = ("code", "channel", "sku", "quantity")
    list_filter = ("channel",)
    list_select_related = ("channel", "sku")
    search_fields = ("code", "sku__code", "sku__name")
    autocomplete_fields = ("sku",)


class WarehouseRegionInline(admin.TabularInline):
    """Provinces a warehouse ships to gladly."""

    model = WarehouseRegion
    extra = 1


@admin.register(Warehouse)
class WarehouseAdmin(BranchScoped):
    """Warehouses of the person's branches."""

    list_display = ("code", "name", "branch", "priority", "province", "gateway", "is_active")
    list_filter = ("is_active", "gateway")
    list_select_related = ("branch",)
    search_fields = ("code", "name")
    inlines = (WarehouseRegionInline,)


@admin.register(Bin)
class BinAdmin(Books):
    """Bins."""

    branch_path = "warehouse__branch_id"
    list_display = ("sku", "warehouse", "channel", "on_hand", "reserved")
    list_filter = ("warehouse",)
    list_select_related = ("sku", "warehouse", "channel")
    search_fields = ("sku__code",)


@admin.register(Movement)
class MovementAdmin(Books):
    """The ledger."""

    branch_path = "bin__warehouse__branch_id"
    list_display = ("at", "kind", "bin", "on_hand_delta", "reserved_delta", "reference", "reason", "by")
    list_filter = ("kind",)
    list_select_related = ("bin", "by")
    search_fields = ("reference",)
    ordering = ("-pk",)


@admin.register(Reservation)
class ReservationAdmin(Books):
    """Promises."""

    branch_path = "bin__warehouse__branch_id"
    list_display = ("order_line_id", "bin", "quantity")
    list_select_related = ("bin",)
    search_fields = ("=order_line_id",)
    ordering = ("-pk",)


class ReceiptLineInline(admin.TabularInline):
    """Lines of a receipt."""

    model = ReceiptLine
    fields = ("sku", "channel", "quantity")
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


@admin.register(Receipt)
class ReceiptAdmin(Books):
    """Receipts."""

    branch_path = "warehouse__branch_id"
    list_display = ("number", "warehouse", "reference", "posted_at", "posted_by")
    list_filter = ("warehouse",)
    list_select_related = ("warehouse", "posted_by")
    search_fields = ("number", "reference")
    inlines = (ReceiptLineInline,)
