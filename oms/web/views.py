"""The first page and the search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from oms.web import search as searching
from oms.web.formats import day
from oms.web.workbench import cards_for, columns_for, sections_for

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpResponse

    from oms.staff.models import Staff
    from oms.web.requests import StaffRequest

NOON, EVENING = 12, 18


@require_GET
@login_required
def workbench(request: StaffRequest) -> HttpResponse:
    """What waits for me: figures and blocks from every room."""
    now = timezone.now()
    sections = sections_for(request)
    halves = [section for section in sections if section["width"] == "half"]
    context = {
        "greeting": _greeting(request.user, now),
        "today": day(now),
        "cards": (cards := cards_for(request.user)),
        "columns": columns_for(len(cards)),
        "full": [s for s in sections if s["width"] == "full"],
        "wide": [s for s in sections if s["width"] == "wide"],
        "first": halves[:2],
        "half": halves[2:],
    }
    return render(request, "oms/web/workbench.html", context)


def _greeting(staff: Staff, now: dt.datetime) -> str:
    hour = timezone.localtime(now).hour
    if hour < NOON:
        return _("Good morning, %(name)s") % {"name": staff}
    if hour < EVENING:
        return _("Good afternoon, %(name)s") % {"name": staff}
    return _("Good evening, %(name)s") % {"name": staff}


@require_GET
@login_required
def search(request: StaffRequest) -> HttpResponse:
    """Everything that fits the words; straight to it if exactly one thing is exactly that."""
    q = searching.clean(request.GET.get("q", ""))
    if request.htmx:
        groups = searching.find_everywhere(q, request.user, searching.IN_MENU)
        return render(request, "oms/web/found.html", {"groups": groups, "q": q})
    groups = searching.find_everywhere(q, request.user, searching.ON_PAGE)
    if hit := searching.only_exact(groups, q):
        return HttpResponseRedirect(hit.url)
    return render(request, "oms/web/search.html", {"groups": groups, "q": q})
