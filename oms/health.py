"""Whether this process can do its work: for load balancers, container health checks and monitoring."""

from __future__ import annotations

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse  # noqa: TID251 -- a page, and nothing else

PATIENCE = 2  # seconds


def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 when PostgreSQL and Redis answer, otherwise 503; which of them failed, and nothing else, is public."""
    parts = {"database": _database_answers(), "redis": _redis_answers()}
    return JsonResponse(parts, status=200 if all(parts.values()) else 503, headers={"Cache-Control": "no-store"})


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def _redis_answers() -> bool:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
