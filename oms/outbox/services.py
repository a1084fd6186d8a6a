"""Writing facts and passing them on."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from oms.outbox.models import OutboxMessage


def emit(*, topic: str, key: str, payload: dict[str, Any]) -> None:
    """Write a fact into the outbox, inside the caller's transaction; wake the relay once it commits.

    Raises RuntimeError outside a transaction: a fact that could be lost, or told though it never happened, is a bug.
    """
    if not connection.in_atomic_block:
        message = "emit() outside a transaction"
        raise RuntimeError(message)
    OutboxMessage.objects.create(topic=topic, key=key, payload=payload)
    transaction.on_commit(_wake_relay, robust=True)


def _wake_relay() -> None:
    from oms.outbox.tasks import relay

    relay.delay()
