"""Pages for what went wrong: each says why and what to do (403, 404, 413, 500, an outdated form)."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils import timezone

if TYPE_CHECKING:
    from django.http import HttpRequest

log = logging.getLogger(__name__)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: which role is missing, and who can give it."""
    return render(request, "403.html", {"reason": str(exception or "")[:200]}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: what was looked for, and a search."""
    sought = request.path.rstrip("/").rpartition("/")[2][:60]
    return render(request, "404.html", {"sought": sought}, status=404)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, or 413 where more was sent than the limit."""
    too_big = isinstance(exception, RequestDataTooBig)
    return render(request, "413.html" if too_big else "400.html", status=413 if too_big else 400)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a number to quote. Asks nothing of the database or the session: they may be what failed."""
    number = "-".join(secrets.token_hex(2).upper() for _n in range(2))
    log.error("error %s at %s %s", number, request.method, request.path)
    page = loader.render_to_string("500.html", {"number": number, "at": timezone.localtime(timezone.now())})
    return HttpResponse(page, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form is older than the session, or came from elsewhere."""
    return render(request, "403_csrf.html", {"reason": reason}, status=403)
