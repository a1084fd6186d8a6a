"""Long work in chunks: progress, a result per row, resume, undo."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class JobStatus(models.TextChoices):
    """Life of a job."""

    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class BatchJob(models.Model):
    """One piece of long work. ``kind`` names a class of settings.OMS_JOBS; ``cursor`` is where the next chunk begins.

    A worker holds it by ``leased_until``; a lease that ran out is taken over and goes on at ``cursor``.
    """

    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    params = models.JSONField(default=dict)
    cursor = models.JSONField(default=dict)
    status = models.CharField(max_length=12, choices=JobStatus, default=JobStatus.QUEUED)
    total = models.PositiveIntegerField(null=True)  # null: not known yet
    done = models.PositiveIntegerField(default=0)
    succeeded = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    summary = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    file = models.CharField(max_length=300, blank=True)  # path below MEDIA_ROOT of the upload or the product
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="jobs")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    undo_of = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=JobStatus.values), name="batch_job_status_known"),
            models.CheckConstraint(
                condition=Q(done=F("succeeded") + F("skipped") + F("refused")), name="batch_job_counts_add_up"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running"], finished_at=None)
                | Q(status__in=["done", "failed", "cancelled"], finished_at__isnull=False),
                name="batch_job_finished_stamp",
            ),
        ]
        indexes = [
            models.Index(fields=["created_by", "-id"], name="batch_job_of_person"),
            models.Index(fields=["id"], condition=Q(status__in=["queued", "running"]), name="batch_job_open"),
        ]

    def __str__(self) -> str:
        return f"J-{self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether it still has work to do."""
        return self.status in {JobStatus.QUEUED, JobStatus.RUNNING}


class ResultOutcome(models.TextChoices):
    """What became of one row."""

    SUCCEEDED = "succeeded", _("Succeeded")
    SKIPPED = "skipped", _("Skipped")
    REFUSED = "refused", _("Refused")


class JobResult(models.Model):
    """What became of one row of a job. ``reference`` is what people call the row (order number, row number)."""

    job = models.ForeignKey(BatchJob, on_delete=models.CASCADE, related_name="results", db_index=False)
    position = models.PositiveIntegerField()
    reference = models.CharField(max_length=80)
    object_id = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=12, choices=ResultOutcome)
    code = models.CharField(max_length=60, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("job result")
        verbose_name_plural = _("job results")
        constraints = [
            models.UniqueConstraint(fields=["job", "position"], name="job_result_once_per_row"),
            models.CheckConstraint(condition=Q(outcome__in=ResultOutcome.values), name="job_result_outcome_known"),
        ]
        indexes = [models.Index(fields=["job", "outcome", "position"], name="job_result_by_outcome")]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.position}"
