"""Writing facts and passing them on."""

from __future__ import annotations

import json
import time
from typing import Any

from django.db import connection, transaction

_EMIT = "INSERT INTO oms_outboxmessage (topic, key, payload) VALUES (%s, %s, %s)"


def emit(*, topic: str, key: str, payload: dict[str, Any]) -> None:
    """Write a fact into the outbox, inside the caller's transaction; wake the relay once it commits.

    Raises RuntimeError outside a transaction: a fact that could be lost, or told though it never happened, is a bug.
    """
    if not connection.in_atomic_block:
        message = "emit() outside a transaction"
        raise RuntimeError(message)
    with connection.cursor() as cursor:  # by hand: this is in every order's path, and the ORM takes three times as long
        cursor.execute(_EMIT, [topic, key, json.dumps(payload)])
    transaction.on_commit(_wake_relay, robust=True)


WAKE_AFTER = 0.3  # seconds; facts written meanwhile ride along, so a busy process wakes the relay three times a second
_woken_at = -WAKE_AFTER


def _wake_relay() -> None:
    from oms.outbox.tasks import relay

    global _woken_at  # noqa: PLW0603 -- one number per process, and a lost race only wakes the relay twice
    now = time.monotonic()
    if now - _woken_at >= WAKE_AFTER:
        _woken_at = now
        relay.apply_async(countdown=WAKE_AFTER)
