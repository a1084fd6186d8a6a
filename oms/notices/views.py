"""The bell: drop-down and page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from oms.notices.queries import notices_of
from oms.notices.services import mark_read, text_of
from oms.web.paging import keyset_page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpResponse

    from oms.notices.models import Notice
    from oms.web.requests import StaffRequest

IN_BELL = 8


def shown(notices: Iterable[Notice]) -> list[dict]:
    """Notices with their text in the reader's language."""
    return [{"notice": notice, "text": text_of(notice)} for notice in notices]


@require_GET
@login_required
def bell(request: StaffRequest) -> HttpResponse:
    """The newest few, for the drop-down."""
    return render(request, "oms/notices/bell.html", {"rows": shown(notices_of(request.user)[:IN_BELL])})


@require_GET
@login_required
def notice_list(request: StaffRequest) -> HttpResponse:
    """All of a person's notices, newest first; unread ones only if asked."""
    notices = notices_of(request.user)
    unread_only = request.GET.get("unread") == "1"
    if unread_only:
        notices = notices.filter(read_at=None)
    page = keyset_page(notices, ("-pk",), request)
    context = {"page": page, "rows": shown(page.rows), "unread_only": unread_only}
    return render(request, "oms/notices/list.html", context)


@require_POST
@login_required
def read(request: StaffRequest) -> HttpResponse:
    """Mark everything as read."""
    mark_read(by=request.user, at=timezone.now())
    return redirect("notice-list")


@require_POST
@login_required
def follow(request: StaffRequest, pk: int) -> HttpResponse:
    """Mark one as read and go where it points."""
    notice = get_object_or_404(notices_of(request.user), pk=pk)
    mark_read(by=request.user, at=timezone.now(), notice_ids=[notice.pk])
    if notice.url and url_has_allowed_host_and_scheme(notice.url, {request.get_host()}):
        return HttpResponseRedirect(notice.url)
    return redirect("notice-list")
