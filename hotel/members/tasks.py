"""Wake-ups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import shared_task
from django.utils import timezone

from hotel.members import services
from hotel.rooms.models import Property

if TYPE_CHECKING:
    import datetime as dt


@shared_task(name="members.upgrade", acks_late=True)
def upgrade(**_future: object) -> int:
    """Raise members who earned it, by each branch's business date; answers how many. Safe to run twice."""
    dates: dict[int, dt.date] = {}
    for house in Property.objects.filter(is_active=True).order_by("-business_date"):
        dates[house.branch_id] = house.business_date  # the one furthest behind
    return sum(
        len(services.upgrade_members(branch_id=branch, on=on, by=None, at=timezone.now()))
        for branch, on in dates.items()
    )
