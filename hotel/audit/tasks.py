"""Wake-ups."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from hotel.audit import services


@shared_task(name="audit.keep_plans", acks_late=True)
def keep_plans(**_future: object) -> int:
    """Start audits that are due, and tell what would stop the next; answers at how many hotels. Safe to run twice."""
    return services.keep_plans(at=timezone.now())
