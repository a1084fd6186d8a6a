"""The relay: facts leave the outbox in order and reach their listeners at least once."""

from __future__ import annotations

from celery import current_app, shared_task
from django.db import transaction
from django.utils import timezone

from oms.outbox.models import OutboxMessage
from oms.subscriptions import SUBSCRIPTIONS


@shared_task(name="outbox.relay", acks_late=True)
def relay(**_future: object) -> int:
    """Send what is unpublished, oldest first, a hundred at a time; returns how many. Safe to run side by side.

    A message is marked in the transaction that holds its row lock and sent before that commits: a crash between
    sends it again, never loses it. Listeners are tasks that only wake a command up, so a repeat does no harm.
    """
    sent = 0
    while batch := _send_some():
        sent += batch
    return sent


@transaction.atomic
def _send_some() -> int:
    messages = list(
        OutboxMessage.objects.filter(published_at=None).select_for_update(skip_locked=True).order_by("pk")[:100]
    )
    for message in messages:
        for task in SUBSCRIPTIONS[message.topic]:
            current_app.send_task(task, kwargs={"message_id": message.pk, **message.payload})
    OutboxMessage.objects.filter(pk__in=[m.pk for m in messages]).update(published_at=timezone.now())
    return len(messages)
