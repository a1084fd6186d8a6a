"""Keys and messages, to look at. Keys are made on their own page: only there is the secret shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from orders.intake.models import ApiKey, IntakeMessage

if TYPE_CHECKING:
    from django.http import HttpRequest


class _ReadOnly(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never."""
        return False


@admin.register(ApiKey)
class ApiKeyAdmin(_ReadOnly):
    """Who may send orders."""

    list_display = ("name", "key", "is_active", "last_used_at", "created_by")
    list_select_related = ("created_by",)
    exclude = ("salt",)


@admin.register(IntakeMessage)
class IntakeMessageAdmin(_ReadOnly):
    """What came in, as it came."""

    list_display = ("external_no", "channel", "source", "outcome", "received_at")
    list_select_related = ("channel",)
    search_fields = ("=external_no",)
    raw_id_fields = ("order",)
    show_full_result_count = False
