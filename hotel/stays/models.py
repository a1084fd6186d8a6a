"""Bookings, stays, their nights, what takes a room when, and what is sold by type and date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from hotel.members.models import Guest, Member
from hotel.rooms.models import Property, Room, RoomBlock, RoomType
from hotel.stays.rates import RatePlan
from hotel.stays.states import BookingKind, OccupancyKind, PriceSource, StayStatus
from oms.staff.models import in_branches_of

if TYPE_CHECKING:
    from oms.staff.models import Staff


class Booking(models.Model):
    """One or more stays made together; ``number`` BK + yymmdd + id. A group's shared costs go to its master folio."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="bookings")
    number = models.CharField(max_length=24, unique=True, db_collation="C")
    kind = models.CharField(max_length=10, choices=BookingKind, default=BookingKind.INDIVIDUAL)
    title = models.CharField(_("title"), max_length=80, blank=True)  # the group's or company's name
    contact_name = models.CharField(_("contact"), max_length=80, blank=True)
    contact_phone = models.CharField(_("contact phone"), max_length=32, blank=True)
    source = models.CharField(_("source"), max_length=40, blank=True)  # walk-in, phone, OTA …
    external_no = models.CharField(_("their number"), max_length=64, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        constraints = [models.CheckConstraint(condition=Q(kind__in=BookingKind.values), name="booking_kind_known")]

    def __str__(self) -> str:
        return self.number


class StayQuerySet(models.QuerySet["Stay"]):
    """Row scope."""

    def visible_to(self, staff: Staff) -> StayQuerySet:
        """Stays at the properties of the person's branches."""
        if staff.branch_ids is None:
            return self
        properties = in_branches_of(Property.objects.all(), staff).values_list("pk", flat=True)
        return self.filter(property_id__in=list(properties))


class Stay(models.Model):
    """One room (before assignment: a room type) for one party, [arrival_on, departure_on) in business dates.

    Day use has arrival_on = departure_on and ``hours``. ``number`` ST + yymmdd + id. Moments are UTC.
    """

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="stays", db_index=False)
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="stays")
    number = models.CharField(max_length=24, unique=True, db_collation="C")
    room_type = models.ForeignKey(RoomType, on_delete=models.PROTECT, related_name="+", db_index=False)
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, related_name="stays")
    guest = models.ForeignKey(Guest, on_delete=models.PROTECT, null=True, related_name="stays")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    guest_name = models.CharField(max_length=80, blank=True)  # as booked: boards and lists need no join
    rate_plan = models.ForeignKey(RatePlan, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    status = models.CharField(max_length=12, choices=StayStatus, default=StayStatus.CONFIRMED)
    is_day_use = models.BooleanField(default=False)
    hours = models.PositiveSmallIntegerField(null=True)
    arrival_on = models.DateField()
    departure_on = models.DateField()
    due_in_at = models.DateTimeField()
    due_out_at = models.DateTimeField()
    checked_in_at = models.DateTimeField(null=True)
    checked_out_at = models.DateTimeField(null=True)
    adults = models.PositiveSmallIntegerField(default=1)
    children = models.PositiveSmallIntegerField(default=0)
    is_pinned = models.BooleanField(default=False)  # the room was promised: never re-assigned by itself
    departure_marked_at = models.DateTimeField(null=True)  # 预离 said by guest or clerk
    note = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    objects = StayQuerySet.as_manager()

    class Meta:
        verbose_name = _("stay")
        verbose_name_plural = _("stays")
        permissions = [
            ("check_in", _("Can check in")),
            ("check_out", _("Can check out")),
            ("restore_check_out", _("Can restore a check-out")),
            ("move_stay", _("Can move stays to other rooms")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=StayStatus.values), name="stay_status_known"),
            models.CheckConstraint(
                condition=Q(is_day_use=True, departure_on=F("arrival_on"), hours__isnull=False)
                | Q(is_day_use=False, departure_on__gt=F("arrival_on")),
                name="stay_dates_in_order",
            ),
            models.CheckConstraint(condition=Q(due_out_at__gt=F("due_in_at")), name="stay_moments_in_order"),
            models.CheckConstraint(
                condition=~Q(status__in=["in_house", "checked_out"])
                | Q(checked_in_at__isnull=False, room__isnull=False, guest__isnull=False),
                name="stay_in_house_has_room_and_guest",
            ),
            # An overdue guest still has the room though the planned time is over: the range would not stop the next.
            models.UniqueConstraint(fields=["room"], condition=Q(status="in_house"), name="stay_one_in_house_per_room"),
            models.CheckConstraint(
                condition=Q(status="checked_out", checked_out_at__isnull=False)
                | (~Q(status="checked_out") & Q(checked_out_at=None)),
                name="stay_checked_out_stamp",
            ),
        ]
        indexes = [
            models.Index(fields=["property", "arrival_on", "departure_on"], name="stay_by_dates"),
            models.Index(fields=["property", "departure_on"], condition=Q(status="in_house"), name="stay_in_house"),
            models.Index(
                fields=["property", "arrival_on"],
                condition=Q(status__in=["tentative", "confirmed"]),
                name="stay_to_arrive",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Sharer(models.Model):
    """Another guest in the same room, with a folio window of their own if they want one."""

    stay = models.ForeignKey(Stay, on_delete=models.CASCADE, related_name="sharers")
    guest = models.ForeignKey(Guest, on_delete=models.PROTECT, related_name="shared_stays")
    added_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("sharer")
        verbose_name_plural = _("sharers")
        constraints = [models.UniqueConstraint(fields=["stay", "guest"], name="sharer_once")]

    def __str__(self) -> str:
        return f"{self.stay_id}: {self.guest_id}"


class NoteKind(models.TextChoices):
    """What the desk keeps in mind for a stay."""

    WAKE_UP = "wake_up", _("Wake-up call")
    LUGGAGE = "luggage", _("Luggage kept")
    LOAN = "loan", _("Lent to the guest")
    MESSAGE = "message", _("Message")


class DeskNote(models.Model):
    """Something to be done or given back before a guest leaves; luggage and loans that are open show at check-out."""

    stay = models.ForeignKey(Stay, on_delete=models.CASCADE, related_name="desk_notes")
    kind = models.CharField(max_length=8, choices=NoteKind)
    text = models.CharField(_("what"), max_length=200, blank=True)
    pieces = models.PositiveSmallIntegerField(_("pieces"), default=1)
    due_at = models.DateTimeField(_("when"), null=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("desk note")
        verbose_name_plural = _("desk notes")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=NoteKind.values), name="desk_note_kind_known"),
            models.CheckConstraint(
                condition=~Q(kind="wake_up") | Q(due_at__isnull=False), name="desk_note_wake_up_has_time"
            ),
            models.CheckConstraint(condition=Q(done_at__isnull=False) | Q(done_by=None), name="desk_note_done_stamp"),
        ]
        indexes = [models.Index(fields=["stay", "due_at"], condition=Q(done_at=None), name="desk_note_open")]

    def __str__(self) -> str:
        return f"{self.stay_id} {self.kind}"


class DeskWatch(models.Model):
    """Up to which moment a property's desk was told what fell due: late departures, wake-ups. Each is said once."""

    property = models.OneToOneField(Property, on_delete=models.CASCADE, primary_key=True, related_name="+")
    told_until = models.DateTimeField()

    class Meta:
        verbose_name = _("desk watch")
        verbose_name_plural = _("desk watches")

    def __str__(self) -> str:
        return f"{self.property_id} {self.told_until:%Y-%m-%d %H:%M}"


class RoomNight(models.Model):
    """One stay's room on one date with its price and where the price came from. ``room`` as slept in, once known."""

    stay = models.ForeignKey(Stay, on_delete=models.CASCADE, related_name="nights", db_index=False)
    date = models.DateField()
    room_type = models.ForeignKey(RoomType, on_delete=models.PROTECT, related_name="+", db_index=False)
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    price = models.DecimalField(max_digits=12, decimal_places=2)
    source = models.CharField(max_length=8, choices=PriceSource, default=PriceSource.RATE)
    reason = models.CharField(max_length=200, blank=True)
    approval_id = models.BigIntegerField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("room night")
        verbose_name_plural = _("room nights")
        constraints = [
            models.UniqueConstraint(fields=["stay", "date"], name="room_night_once"),
            models.CheckConstraint(condition=Q(source__in=PriceSource.values), name="room_night_source_known"),
            models.CheckConstraint(condition=Q(price__gte=0), name="room_night_price_not_negative"),
            models.CheckConstraint(
                condition=~Q(source__in=["custom", "free"]) | ~Q(reason=""), name="room_night_custom_has_reason"
            ),
        ]
        indexes = [models.Index(fields=["date", "stay"], name="room_night_by_date")]

    def __str__(self) -> str:
        return f"{self.stay_id} {self.date}"


class Occupancy(models.Model):
    """A room is taken for a time, by a stay, a day use, a block or a hold. Two never overlap: exclusion constraint.

    ``during`` is half-open in UTC moments, so that a day use and a late departure are as safe as nights.
    """

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="occupancies", db_index=False)
    during = DateTimeRangeField()
    kind = models.CharField(max_length=8, choices=OccupancyKind)
    stay = models.ForeignKey(Stay, on_delete=models.CASCADE, null=True, related_name="occupancies")
    block = models.OneToOneField(RoomBlock, on_delete=models.CASCADE, null=True, related_name="occupancy")
    note = models.CharField(max_length=80, blank=True)

    class Meta:
        verbose_name = _("occupancy")
        verbose_name_plural = _("occupancies")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=OccupancyKind.values), name="occupancy_kind_known"),
            models.CheckConstraint(
                condition=Q(kind__in=["stay", "day_use"], stay__isnull=False, block=None)
                | Q(kind="block", block__isnull=False, stay=None)
                | Q(kind="hold", stay=None, block=None),
                name="occupancy_kind_fits",
            ),
            # No btree_gist in the embedded server: an integer joins a gist constraint as a range of one.
            ExclusionConstraint(
                name="occupancy_never_twice",
                expressions=[
                    (
                        Func(
                            F("room"), F("room"), Value("[]"), function="int8range", output_field=BigIntegerRangeField()
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room_id} {self.during}"


class Availability(models.Model):
    """What of a room type is for sale on one date. rooms − out_of_order + overbooking ≥ sold, by the database.

    ``rooms`` counts rooms in service on the date, ``sold`` the nights of tentative, confirmed and in-house stays.
    """

    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="+", db_index=False)
    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, related_name="availability", db_index=False)
    date = models.DateField()
    rooms = models.PositiveSmallIntegerField(default=0)
    out_of_order = models.PositiveSmallIntegerField(default=0)
    sold = models.PositiveSmallIntegerField(default=0)
    overbooking = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("availability")
        verbose_name_plural = _("availability")
        permissions = [("set_overbooking", _("Can allow overbooking"))]
        constraints = [
            models.UniqueConstraint(fields=["room_type", "date"], name="availability_once"),
            models.CheckConstraint(
                condition=Q(sold__lte=F("rooms") - F("out_of_order") + F("overbooking")),
                name="availability_never_oversold",
            ),
        ]
        indexes = [models.Index(fields=["property", "date"], name="availability_by_date")]

    def __str__(self) -> str:
        return f"{self.room_type_id} {self.date}"

    def free_rooms(self) -> int:
        """Rooms that may still be sold; negative while overbooked."""
        return self.rooms - self.out_of_order - self.sold
