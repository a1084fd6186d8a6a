"""Wake-ups."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from hotel.stays.services.reminding import remind as remind_desks


@shared_task(name="stays.remind", acks_late=True)
def remind(**_future: object) -> int:
    """Tell the desks what fell due; answers how much. Safe to run twice."""
    return remind_desks(at=timezone.now())
