"""Operation traces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET

from oms.trace.forms import TraceForm
from oms.trace.queries import latest_events
from oms.trace.showing import lines_of

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpResponse

    from oms.web.requests import StaffRequest

PAGE = 50


@require_GET
@login_required
@permission_required("oms.view_trace", raise_exception=True)
def trace(request: StaffRequest) -> HttpResponse:
    """Who changed what, when, from where, before and after. Nobody changes anything here."""
    form = TraceForm(request.GET, staff=request.user)
    events = []
    if form.is_valid():
        events = latest_events(request.user, form.asked(_moment(request.GET.get("before", ""))), PAGE + 1)
    older = events[PAGE - 1].pgh_created_at.isoformat() if len(events) > PAGE else ""
    context = {"form": form, "lines": lines_of(events[:PAGE]), "older": older}
    return render(request, "oms/trace/list.html", context, status=422 if form.errors else 200)


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo else None
