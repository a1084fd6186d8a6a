"""Tells the trace who is asking, and from where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from pghistory.middleware import HistoryMiddleware

if TYPE_CHECKING:
    from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The asker's address; behind our proxy the one that the proxy saw, which is the last it wrote down."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.HTTPS else ""
    return (forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", ""))[:45]


class TraceMiddleware(HistoryMiddleware):
    """Person, page and address on every history row written during a request."""

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        """What is kept with every change."""
        return {**super().get_context(request), "ip": address_of(request)}
