"""How often a key may be used: a bucket of tokens per key, in Redis, for all web processes together."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from time import monotonic

import redis
from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from orders.intake.api.problems import Problem

logger = logging.getLogger(__name__)
BURST = 10  # seconds of the limit that may be used at once
SHARES = 50  # a process takes so small a part of the bucket at a time: Redis is asked once per part, not per request
BLIND = 5.0  # seconds without limits when Redis does not answer: a limit protects, orders matter
KEEP_AT_MOST = 1000

# KEYS: the bucket. ARGV: tokens a second, size, tokens asked. Answers the tokens given and the seconds until the next.
TAKE = """
local now = redis.call('TIME')
local at, rate, size = now[1] + now[2] / 1000000, tonumber(ARGV[1]), tonumber(ARGV[2])
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(bucket[1]) or size
tokens = math.min(size, tokens + math.max(0, at - (tonumber(bucket[2]) or at)) * rate)
local given = math.min(tonumber(ARGV[3]), math.floor(tokens))
tokens = tokens - given
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.6f', at))
redis.call('EXPIRE', KEYS[1], math.ceil(size / rate) + 1)
return {given, string.format('%.6f', math.max(0, 1 - tokens) / rate)}
"""


@dataclass(slots=True)
class _Purse:
    """What this process has taken out of a key's bucket and not used yet."""

    tokens: int = 0
    empty_until: float = 0.0
    lock: Lock = field(default_factory=Lock)


_purses: dict[tuple[int, int], _Purse] = {}
_blind_until = 0.0


@cache
def _take() -> redis.commands.core.Script:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    return client.register_script(TAKE)


def bucket_of(key_id: int) -> str:
    """The bucket's name in Redis."""
    return f"{settings.REDIS_NAMES}:api-key:{key_id}:bucket"


def forget_purses() -> None:
    """Start anew with every bucket."""
    global _blind_until  # noqa: PLW0603 -- one process, one view of Redis
    _purses.clear()
    _blind_until = 0.0


def spend(key_id: int, per_minute: int) -> None:
    """Use up one of the key's requests. Raises Problem 429, with the seconds to wait, when the bucket is empty."""
    if len(_purses) >= KEEP_AT_MOST:
        _purses.clear()
    purse = _purses.setdefault((key_id, per_minute), _Purse())  # a changed limit starts with an empty purse
    with purse.lock:
        if not purse.tokens:
            _fill(purse, key_id, per_minute)
        purse.tokens -= 1


def _fill(purse: _Purse, key_id: int, per_minute: int) -> None:
    global _blind_until  # noqa: PLW0603
    now = monotonic()
    if now < purse.empty_until:
        raise _too_many(per_minute, purse.empty_until - now)
    if now < _blind_until:
        purse.tokens = 1
        return
    size = max(1, per_minute * BURST // 60)
    part = max(1, size // SHARES)
    try:
        given, wait = _take()(keys=[bucket_of(key_id)], args=[per_minute / 60, size, part])
    except redis.RedisError as failure:
        _blind_until = now + BLIND
        logger.warning("API limits rest for %s s: %s", BLIND, failure)
        given = 1
    if not given:
        purse.empty_until = now + float(wait)
        raise _too_many(per_minute, float(wait))
    purse.tokens = int(given)


def _too_many(per_minute: int, wait: float) -> Problem:
    detail = _("This key may be used %(count)s times a minute; try again in %(seconds)s s.")
    seconds = max(1, math.ceil(wait))
    told = lazy(lambda: detail % {"count": per_minute, "seconds": seconds}, str)  # in the reader's language
    return Problem(429, "too_many_requests", told(), after=seconds)  # type: ignore[no-untyped-call]
