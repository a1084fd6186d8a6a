"""What a night costs: rate plans, prices by date and type, restrictions, hourly prices, rules for cancelling."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hotel.rooms.models import Property, RoomType
from oms.trace.tracking import tracked

WHOLE = 100  # percent


class FeeKind(models.TextChoices):
    """How a cancellation or no-show fee is measured."""

    NONE = "none", _("No fee")
    NIGHTS = "nights", _("Nights")
    PERCENT = "percent", _("Percent of the stay")
    AMOUNT = "amount", _("Amount")


@tracked()
class CancellationRule(models.Model):
    """Free until ``free_hours`` before check-in time on arrival; then ``fee``. No-shows pay ``no_show_fee``."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="cancellation_rules")
    name = models.CharField(_("name"), max_length=60)
    free_hours = models.PositiveSmallIntegerField(_("free until hours before arrival"), default=24)
    fee_kind = models.CharField(_("fee"), max_length=8, choices=FeeKind, default=FeeKind.NONE)
    fee = models.DecimalField(_("fee value"), max_digits=12, decimal_places=2, default=0)
    no_show_fee_kind = models.CharField(_("no-show fee"), max_length=8, choices=FeeKind, default=FeeKind.NIGHTS)
    no_show_fee = models.DecimalField(_("no-show fee value"), max_digits=12, decimal_places=2, default=1)

    class Meta:
        verbose_name = _("cancellation rule")
        verbose_name_plural = _("cancellation rules")
        constraints = [
            models.CheckConstraint(condition=Q(fee_kind__in=FeeKind.values), name="cancellation_fee_kind_known"),
            models.CheckConstraint(condition=Q(no_show_fee_kind__in=FeeKind.values), name="no_show_fee_kind_known"),
            models.CheckConstraint(condition=Q(fee__gte=0, no_show_fee__gte=0), name="cancellation_fee_not_negative"),
            models.CheckConstraint(
                condition=~Q(fee_kind=FeeKind.PERCENT) | Q(fee__lte=WHOLE), name="cancellation_percent_at_most_whole"
            ),
            models.CheckConstraint(
                condition=~Q(no_show_fee_kind=FeeKind.PERCENT) | Q(no_show_fee__lte=WHOLE),
                name="no_show_percent_at_most_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class RatePlan(models.Model):
    """A way of selling nights. Prices per date and type in ``Rate`` (none: not for sale); what comes with a night in
    ``PackageItem``.
    """

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="rate_plans")
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=60)
    is_member_priced = models.BooleanField(_("member levels reduce it"), default=True)
    cancellation_rule = models.ForeignKey(
        CancellationRule, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    deposit_nights = models.PositiveSmallIntegerField(_("deposit in nights"), default=1)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("rate plan")
        verbose_name_plural = _("rate plans")
        permissions = [("custom_price", _("Can set a price by hand"))]
        constraints = [models.UniqueConstraint(fields=["property", "code"], name="rate_plan_code_once")]

    def __str__(self) -> str:
        return self.name


class Rate(models.Model):
    """Price of one night of one room type in one plan, in the property's currency, tax included."""

    rate_plan = models.ForeignKey(RatePlan, on_delete=models.CASCADE, related_name="rates", db_index=False)
    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, related_name="rates", db_index=False)
    date = models.DateField()
    price = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = _("rate")
        verbose_name_plural = _("rates")
        constraints = [
            models.UniqueConstraint(fields=["rate_plan", "room_type", "date"], name="rate_once_per_night"),
            models.CheckConstraint(condition=Q(price__gte=0), name="rate_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.rate_plan_id}/{self.room_type_id} {self.date}: {self.price}"


class Restriction(models.Model):
    """What may not be sold on a date: closed, closed to arrival or departure, shortest and longest stay of arrivals.

    ``rate_plan`` empty: every plan. Restrictions add up: each one that applies must be kept.
    """

    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, related_name="restrictions", db_index=False)
    rate_plan = models.ForeignKey(RatePlan, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    date = models.DateField()
    is_closed = models.BooleanField(_("closed"), default=False)
    closed_to_arrival = models.BooleanField(_("closed to arrival"), default=False)
    closed_to_departure = models.BooleanField(_("closed to departure"), default=False)
    min_nights = models.PositiveSmallIntegerField(_("shortest stay"), null=True)
    max_nights = models.PositiveSmallIntegerField(_("longest stay"), null=True)

    class Meta:
        verbose_name = _("restriction")
        verbose_name_plural = _("restrictions")
        constraints = [
            models.UniqueConstraint(
                fields=["room_type", "rate_plan", "date"], name="restriction_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(min_nights=None) | Q(max_nights=None) | Q(max_nights__gte=F("min_nights")),
                name="restriction_nights_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room_type_id} {self.date}"


@tracked()
class HourlyPrice(models.Model):
    """钟点房: ``hours`` for ``price``; each hour begun beyond costs ``extra_hour``, until ``most`` is reached."""

    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, related_name="hourly_prices")
    hours = models.PositiveSmallIntegerField(_("hours"))
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2)
    extra_hour = models.DecimalField(_("each hour more"), max_digits=12, decimal_places=2)
    grace_minutes = models.PositiveSmallIntegerField(_("minutes not counted"), default=15)
    most = models.DecimalField(_("at most"), max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = _("hourly price")
        verbose_name_plural = _("hourly prices")
        constraints = [
            models.UniqueConstraint(fields=["room_type", "hours"], name="hourly_price_once"),
            models.CheckConstraint(
                condition=Q(price__gte=0, extra_hour__gte=0, most__gte=F("price")), name="hourly_price_sane"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room_type_id} {self.hours} h"
