"""Properties, room types and rooms: the plain facts of the house. What they are worth or sold for is elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from hotel.rooms.models import DeskTrace, OperationLock, Property, Room, RoomBlock, RoomType
from hotel.stays import inventory
from hotel.stays.models import Availability

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.forms import ModelForm
    from django.http import HttpRequest


class OwnHouses:
    """Rows of the person's properties only; ``house`` is the way to the property."""

    house = "property"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """What the person may see."""
        houses = Property.objects.visible_to(request.user)  # type: ignore[arg-type]
        found = super().get_queryset(request)  # type: ignore[misc]
        return found.filter(**{f"{self.house}__in": houses})


class ReadOnly(admin.ModelAdmin):
    """Commands write these."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """By a command."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By a command."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


@admin.register(Property)
class PropertyAdmin(OwnHouses, admin.ModelAdmin):
    """Hotels. The business date is moved by night audit alone."""

    house = "pk"
    list_display = ("code", "name", "branch", "business_date", "check_in_time", "check_out_time", "is_active")
    list_select_related = ("branch",)
    search_fields = ("code", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The date may only be given to a new hotel."""
        return ("business_date",) if obj else ()


@admin.register(RoomType)
class RoomTypeAdmin(OwnHouses, admin.ModelAdmin):
    """Kinds of rooms."""

    list_display = ("code", "name", "english_name", "property", "persons", "most_persons", "position", "is_active")
    list_filter = ("property", "is_active")
    list_select_related = ("property",)
    search_fields = ("code", "name", "english_name")


@admin.register(Room)
class RoomAdmin(OwnHouses, admin.ModelAdmin):
    """Rooms. How clean they are and whether they are blocked changes on the board; saving recounts what is for sale."""

    list_display = ("number", "property", "room_type", "floor", "building", "features", "in_service_from")
    list_filter = ("property", "room_type", "floor")
    list_select_related = ("property", "room_type")
    list_editable = ("features",)
    search_fields = ("number",)
    autocomplete_fields = ("room_type",)
    readonly_fields = ("housekeeping", "housekeeping_at", "service_flag", "nights_sold", "version")

    def save_model(self, request: HttpRequest, obj: Room, form: ModelForm, change: bool) -> None:
        """The dates the room is in service count in what may be sold."""
        super().save_model(request, obj, form, change)
        if not change or {"room_type", "in_service_from", "in_service_until"} & set(form.changed_data):
            house = obj.property
            last = Availability.objects.filter(property=house).order_by("-date").values_list("date", flat=True).first()
            if last is not None and last >= house.business_date:
                end = last.fromordinal(last.toordinal() + 1)
                inventory.rebuild(property_id=house.pk, start=house.business_date, end=end)


@admin.register(RoomBlock)
class RoomBlockAdmin(OwnHouses, ReadOnly):
    """Blocks, as the board made them."""

    house = "room__property"
    list_display = ("room", "kind", "from_on", "until_on", "reason", "created_by", "ended_at")
    list_filter = ("kind",)
    list_select_related = ("room", "created_by")
    search_fields = ("room__number",)


@admin.register(OperationLock)
class OperationLockAdmin(OwnHouses, ReadOnly):
    """Who works on which room."""

    house = "room__property"
    list_display = ("room", "holder", "purpose", "acquired_at", "expires_at")
    list_select_related = ("room", "holder")


@admin.register(DeskTrace)
class DeskTraceAdmin(OwnHouses, ReadOnly):
    """Everything done at the desk."""

    list_display = ("at", "action", "reference", "reason", "by", "business_date")
    list_filter = ("action", "property")
    list_select_related = ("by",)
    search_fields = ("reference",)
    show_full_result_count = False
