"""The support tool: interceptions are only looked at here, the blacklist is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from interception.blacklist import normalise
from interception.models import BlacklistEntry, Interception

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(Interception)
class InterceptionAdmin(admin.ModelAdmin):
    """Read only: holds and interceptions change together, by commands."""

    list_display = ("order", "check_code", "kind", "status", "cause", "opened_at", "assigned_to")
    list_filter = ("status", "kind", "check_code")
    list_select_related = ("order", "assigned_to")
    search_fields = ("order__number",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Checks make them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Commands change them."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They are history."""
        return False


@admin.register(BlacklistEntry)
class BlacklistEntryAdmin(admin.ModelAdmin):
    """Values are kept as the check compares them."""

    list_display = ("field", "value", "reason", "is_active", "created_at")
    list_filter = ("field", "is_active")
    search_fields = ("value", "reason")
    readonly_fields = ("created_by",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Normalise, and note who made it."""
        obj.value = normalise(obj.field, obj.value)
        obj.created_by = obj.created_by or request.user
        super().save_model(request, obj, form, change)
