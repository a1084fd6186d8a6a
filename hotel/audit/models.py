"""Night audit: its runs, what became of each room, the day's figures and the proof of the ledgers."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hotel.folios.models import Department, Ledger
from hotel.rooms.models import Property, RoomType
from oms.jobs.models import BatchJob
from oms.trace.tracking import tracked

NOON, EVENING = dt.time(12), dt.time(20)


class AuditStatus(models.TextChoices):
    """Life of a run."""

    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    REVERSED = "reversed", _("Reversed")


class AuditRun(models.Model):
    """The audit that closes ``business_date``. ``step`` is the next one to do: a run killed anywhere goes on there."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="audits")
    business_date = models.DateField()
    status = models.CharField(max_length=10, choices=AuditStatus, default=AuditStatus.RUNNING)
    step = models.PositiveSmallIntegerField(default=0)
    totals = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)
    reversed_at = models.DateTimeField(null=True)
    reversed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    # What works on it, or did last; none where a command ran it through by itself.
    job = models.ForeignKey(BatchJob, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("night audit")
        verbose_name_plural = _("night audits")
        permissions = [
            ("run_audit", _("Can run the night audit")),
            ("reverse_audit", _("Can reverse a night audit")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=AuditStatus.values), name="audit_run_status_known"),
            models.UniqueConstraint(
                fields=["property", "business_date"],
                condition=~Q(status="reversed"),
                name="audit_run_once_per_date",
            ),
            models.UniqueConstraint(fields=["property"], condition=Q(status="running"), name="audit_run_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(status="running") | Q(finished_at__isnull=False), name="audit_run_finished_stamp"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.property_id} {self.business_date}"


@tracked(exclude=["noticed_until", "told"])
class AuditPlan(models.Model):
    """When a property's dates are closed by themselves, and when people hear what would stop that.

    Times are the house's own. A start before noon is that of the morning after the business date.
    """

    property = models.OneToOneField(
        Property, on_delete=models.CASCADE, related_name="audit_plan", verbose_name=_("property")
    )
    is_on = models.BooleanField(_("the audit starts by itself"), default=False)
    start_time = models.TimeField(_("start at"), default=dt.time(2))
    notice_times = ArrayField(models.TimeField(), verbose_name=_("notices at"), default=list, blank=True, size=4)
    noticed_until = models.DateTimeField(null=True)  # the last notice time that was seen to
    told = models.JSONField(default=dict)  # what was said last of which date: nothing is said twice

    class Meta:
        verbose_name = _("audit plan")
        verbose_name_plural = _("audit plans")
        constraints = [
            models.CheckConstraint(
                condition=Q(start_time__lt=NOON) | Q(start_time__gte=EVENING), name="audit_plan_starts_at_night"
            )
        ]

    def __str__(self) -> str:
        return f"{self.property_id} {self.start_time:%H:%M}"


class AuditResult(models.Model):
    """What the audit did for one stay or room in one step. Amount in the property's currency."""

    run = models.ForeignKey(AuditRun, on_delete=models.CASCADE, related_name="results", db_index=False)
    step = models.PositiveSmallIntegerField()
    stay_id = models.BigIntegerField(null=True)
    room_id = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=10)  # posted, skipped, no_show, dirty …
    amount = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    entry_id = models.BigIntegerField(null=True)
    details = models.JSONField(null=True)

    class Meta:
        verbose_name = _("audit result")
        verbose_name_plural = _("audit results")
        indexes = [models.Index(fields=["run", "step", "id"], name="audit_result_by_step")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.step} {self.outcome}"


class DailyFigure(models.Model):
    """A closed day by room type (none: the house). Occupancy = sold ÷ (rooms − out of order)."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="figures", db_index=False)
    date = models.DateField()
    room_type = models.ForeignKey(RoomType, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    rooms = models.PositiveIntegerField()
    out_of_order = models.PositiveIntegerField()
    sold = models.PositiveIntegerField()
    complimentary = models.PositiveIntegerField(default=0)
    day_use = models.PositiveIntegerField(default=0)
    arrivals = models.PositiveIntegerField(default=0)
    departures = models.PositiveIntegerField(default=0)
    no_shows = models.PositiveIntegerField(default=0)
    persons = models.PositiveIntegerField(default=0)
    room_revenue = models.DecimalField(max_digits=14, decimal_places=2)
    other_revenue = models.DecimalField(max_digits=14, decimal_places=2, default=0)

    class Meta:
        verbose_name = _("daily figure")
        verbose_name_plural = _("daily figures")
        constraints = [
            models.UniqueConstraint(
                fields=["property", "date", "room_type"], name="daily_figure_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(complimentary__lte=F("sold")), name="daily_figure_free_were_sold"),
        ]

    def __str__(self) -> str:
        return f"{self.property_id} {self.date}"


class DailyRevenue(models.Model):
    """What a closed day was charged by department, tax included; ``packages`` of it came with rate plans."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="revenues", db_index=False)
    date = models.DateField()
    department = models.CharField(max_length=10, choices=Department, blank=True)  # blank: none, no revenue of its own
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    packages = models.DecimalField(max_digits=14, decimal_places=2, default=0)

    class Meta:
        verbose_name = _("daily revenue")
        verbose_name_plural = _("daily revenue")
        constraints = [
            models.UniqueConstraint(fields=["property", "date", "department"], name="daily_revenue_once"),
            models.CheckConstraint(
                condition=Q(department="") | Q(department__in=Department.values), name="daily_revenue_department_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.property_id} {self.date} {self.department}"


class LedgerProof(models.Model):
    """opening + charges − payments + transfers = closing of one ledger on one closed date, by constraint."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="proofs", db_index=False)
    date = models.DateField()
    ledger = models.CharField(max_length=8, choices=Ledger)
    opening = models.DecimalField(max_digits=14, decimal_places=2)
    charges = models.DecimalField(max_digits=14, decimal_places=2)
    payments = models.DecimalField(max_digits=14, decimal_places=2)
    transfers = models.DecimalField(max_digits=14, decimal_places=2)
    closing = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("ledger proof")
        verbose_name_plural = _("ledger proofs")
        constraints = [
            models.CheckConstraint(condition=Q(ledger__in=Ledger.values), name="ledger_proof_ledger_known"),
            models.UniqueConstraint(fields=["property", "date", "ledger"], name="ledger_proof_once"),
            models.CheckConstraint(
                condition=Q(closing=F("opening") + F("charges") - F("payments") + F("transfers")),
                name="ledger_proof_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.property_id} {self.date} {self.ledger}"


class OnTheBooks(models.Model):
    """Rooms sold and revenue booked for a future date, as seen on a closed business date: what pickup is made of."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="+", db_index=False)
    seen_on = models.DateField()
    date = models.DateField()
    sold = models.PositiveIntegerField()
    revenue = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("on the books")
        verbose_name_plural = _("on the books")
        constraints = [models.UniqueConstraint(fields=["property", "seen_on", "date"], name="on_the_books_once")]

    def __str__(self) -> str:
        return f"{self.seen_on}: {self.date}"
