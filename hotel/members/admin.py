"""Levels and bonus rules; members and their ledger to look at."""

from __future__ import annotations

from django.contrib import admin

from hotel.members.models import BonusRule, Member, MemberEntry, MemberLevel


@admin.register(MemberLevel)
class MemberLevelAdmin(admin.ModelAdmin):
    """Levels of every branch."""

    list_display = ("branch", "rank", "code", "name", "room_percent", "goods_percent", "points_per_yuan")
    list_filter = ("branch",)
    list_select_related = ("branch",)
    ordering = ("branch", "rank")


@admin.register(BonusRule)
class BonusRuleAdmin(admin.ModelAdmin):
    """Bonus on top-ups."""

    list_display = ("branch", "from_amount", "bonus")
    list_select_related = ("branch",)
    ordering = ("branch", "from_amount")


class _ReadOnly(admin.ModelAdmin):
    """Balances and ledgers change by commands alone."""

    def has_add_permission(self, *_args: object, **_kwargs: object) -> bool:
        """Never here."""
        return False

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(Member)
class MemberAdmin(_ReadOnly):
    """Members by number."""

    list_display = ("number", "level", "points", "stored_value", "bonus_value", "is_active")
    search_fields = ("number",)
    list_select_related = ("level",)


@admin.register(MemberEntry)
class MemberEntryAdmin(_ReadOnly):
    """Points and stored value, entry by entry."""

    list_display = ("id", "member", "kind", "points", "value", "bonus", "business_date", "by")
    search_fields = ("member__number",)
    list_select_related = ("member", "by")
    show_full_result_count = False
