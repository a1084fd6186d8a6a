"""Wake-ups for documents."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from orders.dispatch.sending import send_waiting


@shared_task(name="dispatch.send_documents", acks_late=True)
def send_documents(**_future: object) -> None:
    """Send what waits. Safe to run side by side: warehouses know a number again, commands check under locks."""
    send_waiting(clock=timezone.now)
