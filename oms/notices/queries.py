"""What the bell shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, IntegerField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from oms.jobs.models import BatchJob, JobStatus
from oms.notices.models import Notice
from oms.staff.models import Staff

if TYPE_CHECKING:
    from django.db.models import QuerySet


def notices_of(staff: Staff) -> QuerySet[Notice]:
    """A person's own notices, newest first."""
    return Notice.objects.filter(staff=staff).order_by("-pk")


def bell_of(staff: Staff) -> dict[str, int]:
    """Unread notices and running jobs of a person, in one statement."""
    unread = Notice.objects.filter(staff=OuterRef("pk"), read_at=None)
    running = BatchJob.objects.filter(created_by=OuterRef("pk"), status__in=[JobStatus.QUEUED, JobStatus.RUNNING])
    counts = (
        Staff.objects.filter(pk=staff.pk)
        .values(unread=_number_of(unread, "staff"), running=_number_of(running, "created_by"))
        .first()
    )
    return {"unread": counts["unread"], "running": counts["running"]} if counts else {"unread": 0, "running": 0}


def _number_of(rows: QuerySet, key: str) -> Coalesce:
    counted = rows.order_by().values(key).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))
