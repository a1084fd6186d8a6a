"""The house: properties, room types, rooms, what keeps a room from being sold, and who is working on one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hotel.rooms.states import BlockKind, Housekeeping, ServiceFlag
from oms.staff.models import Branch, in_branches_of
from oms.trace.tracking import tracked

if TYPE_CHECKING:
    from oms.staff.models import Staff


class PropertyQuerySet(models.QuerySet["Property"]):
    """Row scope."""

    def visible_to(self, staff: Staff) -> PropertyQuerySet:
        """Properties of the person's branches."""
        return in_branches_of(self, staff)


@tracked(exclude=["business_date"])
class Property(models.Model):
    """One hotel. ``business_date`` is its only today, moved on by night audit alone; local times in ``time_zone``."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    english_name = models.CharField(_("English name"), max_length=80, blank=True)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="properties", verbose_name=_("branch"))
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    business_date = models.DateField(_("business date"))
    check_in_time = models.TimeField(_("check-in from"), default="14:00")
    check_out_time = models.TimeField(_("check-out until"), default="12:00")
    address = models.CharField(_("address"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    objects = PropertyQuerySet.as_manager()

    class Meta:
        verbose_name = _("property")
        verbose_name_plural = _("properties")

    def __str__(self) -> str:
        return self.name


@tracked()
class RoomType(models.Model):
    """A kind of room that is sold and priced."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="room_types")
    code = models.CharField(_("code"), max_length=10)
    name = models.CharField(_("name"), max_length=60)
    english_name = models.CharField(_("English name"), max_length=60, blank=True)
    beds = models.CharField(_("beds"), max_length=60, blank=True)
    persons = models.PositiveSmallIntegerField(_("persons"), default=2)
    most_persons = models.PositiveSmallIntegerField(_("most persons"), default=3)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("room type")
        verbose_name_plural = _("room types")
        constraints = [
            models.UniqueConstraint(fields=["property", "code"], name="room_type_code_once"),
            models.CheckConstraint(condition=Q(most_persons__gte=F("persons")), name="room_type_persons_fit"),
        ]

    def __str__(self) -> str:
        return self.name


@tracked(exclude=["housekeeping", "service_flag", "housekeeping_at", "nights_sold", "version"])
class Room(models.Model):
    """One room. Occupancy is never typed: it follows from stays. ``nights_sold`` is for even wear."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="rooms")
    number = models.CharField(_("room number"), max_length=10)
    room_type = models.ForeignKey(RoomType, on_delete=models.PROTECT, related_name="rooms", verbose_name=_("type"))
    floor = models.CharField(_("floor"), max_length=10)
    building = models.CharField(_("building"), max_length=20, blank=True)
    features = models.CharField(_("features"), max_length=120, blank=True)
    housekeeping = models.CharField(max_length=10, choices=Housekeeping, default=Housekeeping.INSPECTED)
    housekeeping_at = models.DateTimeField(null=True)
    service_flag = models.CharField(max_length=8, choices=ServiceFlag, default=ServiceFlag.NONE)
    nights_sold = models.PositiveIntegerField(default=0)
    in_service_from = models.DateField(_("in service from"))
    in_service_until = models.DateField(_("in service until"), null=True, blank=True)  # the first date without it
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        permissions = [("set_housekeeping", _("Can change how clean a room is"))]
        constraints = [
            models.UniqueConstraint(fields=["property", "number"], name="room_number_once"),
            models.CheckConstraint(condition=Q(housekeeping__in=Housekeeping.values), name="room_housekeeping_known"),
            models.CheckConstraint(condition=Q(service_flag__in=ServiceFlag.values), name="room_service_flag_known"),
            models.CheckConstraint(
                condition=Q(in_service_until=None) | Q(in_service_until__gt=F("in_service_from")),
                name="room_service_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class RoomBlock(models.Model):
    """Dates (nights) a room is out of order or out of service. The half-open range [from_on, until_on)."""

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="blocks")
    kind = models.CharField(max_length=3, choices=BlockKind)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"))
    reason = models.CharField(_("reason"), max_length=200)
    return_status = models.CharField(max_length=10, choices=Housekeeping, default=Housekeeping.DIRTY)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)  # given back early, or cancelled

    class Meta:
        verbose_name = _("room block")
        verbose_name_plural = _("room blocks")
        permissions = [("block_room", _("Can put rooms out of order or out of service"))]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=BlockKind.values), name="room_block_kind_known"),
            models.CheckConstraint(
                condition=Q(return_status__in=Housekeeping.values), name="room_block_return_status_known"
            ),
            models.CheckConstraint(condition=Q(until_on__gt=F("from_on")), name="room_block_dates_in_order"),
        ]
        indexes = [models.Index(fields=["room", "from_on"], condition=Q(ended_at=None), name="room_block_in_force")]

    def __str__(self) -> str:
        return f"{self.room_id} {self.kind}"


class OperationLock(models.Model):
    """Someone is working on this room. A lease: expired is free at read. ``token`` fences late saves."""

    room = models.OneToOneField(Room, on_delete=models.CASCADE, related_name="lock")
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40)
    purpose = models.CharField(max_length=60)
    token = models.PositiveBigIntegerField()  # grows with each holder: a save with an older one is refused
    acquired_at = models.DateTimeField()
    renewed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    draft = models.JSONField(default=dict)  # what the holder has typed so far, for who comes after

    class Meta:
        verbose_name = _("operation lock")
        verbose_name_plural = _("operation locks")
        permissions = [("force_lock", _("Can force an operation lock open"))]
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("renewed_at")), name="operation_lock_expires_later")
        ]

    def __str__(self) -> str:
        return f"{self.room_id} {self.holder_id}"


class DeskTrace(models.Model):
    """操作痕迹: one thing somebody did at the desk, with what it was before and after. Only ever added (trigger).

    Ids are plain numbers so that a trace outlives what it tells of. ``business_date`` is the property's then.
    """

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="+", db_index=False)
    action = models.CharField(max_length=40)
    room_id = models.BigIntegerField(null=True)
    stay_id = models.BigIntegerField(null=True)
    guest_id = models.BigIntegerField(null=True)
    folio_id = models.BigIntegerField(null=True)
    shift_id = models.BigIntegerField(null=True)
    reference = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    data = models.JSONField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    terminal = models.CharField(max_length=60, blank=True)  # where from
    business_date = models.DateField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("desk trace")
        verbose_name_plural = _("desk traces")
        permissions = [("audit_traces", _("Can read everybody's traces"))]
        indexes = [
            models.Index(fields=["property", "-id"], name="desk_trace_newest"),
            models.Index(fields=["room_id", "-id"], condition=Q(room_id__isnull=False), name="desk_trace_of_room"),
            models.Index(fields=["stay_id", "-id"], condition=Q(stay_id__isnull=False), name="desk_trace_of_stay"),
            models.Index(fields=["guest_id", "-id"], condition=Q(guest_id__isnull=False), name="desk_trace_of_guest"),
            models.Index(fields=["by", "-id"], name="desk_trace_of_staff"),
            models.Index(fields=["shift_id", "-id"], condition=Q(shift_id__isnull=False), name="desk_trace_of_shift"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.reference}"
