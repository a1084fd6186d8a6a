"""Telling open pages that something changed."""

from __future__ import annotations

import json
import logging
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)


def prefix() -> str:
    """How the names of our channels begin in Redis, which knows no databases for them."""
    return f"{settings.REDIS_NAMES}:live:"


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


def publish(*, channel: str, event: str, data: dict[str, Any]) -> None:
    """Tell the pages listening to ``channel``, once the transaction commits. Nobody listening, or no Redis: no harm."""
    message = json.dumps({"event": event, "channel": channel, "data": data})
    transaction.on_commit(lambda: _send(channel, message), robust=True)


def _send(channel: str, message: str) -> None:
    try:
        _client().publish(prefix() + channel, message)
    except redis.RedisError as failure:
        log.warning("live update not sent: %s", failure)
