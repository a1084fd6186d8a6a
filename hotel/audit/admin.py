"""When hotels audit by themselves; runs are read only."""

from __future__ import annotations

from django.contrib import admin

from hotel.audit.models import AuditPlan, AuditRun
from hotel.rooms.admin import OwnHouses, ReadOnly


@admin.register(AuditPlan)
class AuditPlanAdmin(OwnHouses, admin.ModelAdmin):
    """The plan of each hotel; its page in the product says when it is due next."""

    list_display = ("property", "is_on", "start_time", "notice_times")
    list_filter = ("is_on",)
    list_select_related = ("property",)
    fields = ("property", "is_on", "start_time", "notice_times")


@admin.register(AuditRun)
class AuditRunAdmin(OwnHouses, ReadOnly):
    """Runs of the night audit."""

    list_display = ("property", "business_date", "status", "step", "started_at", "started_by", "finished_at")
    list_filter = ("status", "property")
    list_select_related = ("property", "started_by")
