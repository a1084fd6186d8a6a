"""操作痕迹: who did what at the desk, by room, stay, guest, staff, shift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import render
from django.views.decorators.http import require_GET

from hotel.audit.filters import TraceFilter
from hotel.audit.labels import label_of
from hotel.folios.models import Folio
from hotel.rooms.desk import current_property
from hotel.rooms.models import DeskTrace, Room
from hotel.rooms.presenting import said
from hotel.stays.models import Stay
from oms.web.paging import keyset_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from oms.web.requests import StaffRequest

EVERYBODYS = "hotel.audit_traces"


@require_GET
@login_required
@permission_required("hotel.view_desktrace", raise_exception=True)
def traces(request: StaffRequest) -> HttpResponse:
    """Newest first; one's own only, without the permission to read everybody's."""
    house = current_property(request)
    lines = DeskTrace.objects.filter(property=house).select_related("by")
    is_everybodys = request.user.has_perm(EVERYBODYS)
    if not is_everybodys:
        lines = lines.filter(by=request.user)
    filterset = TraceFilter(request.GET, queryset=lines, house=house)
    page = keyset_page(filterset.qs if filterset.is_valid() else lines.none(), ("-pk",), request)
    context = {
        "house": house,
        "filterset": filterset,
        "page": page,
        "rows": _shown(page.rows),
        "is_everybodys": is_everybodys,
    }
    return render(request, "hotel/audit/traces.html", context, status=200 if filterset.is_valid() else 422)


def _shown(lines: Sequence[DeskTrace]) -> list[dict[str, Any]]:
    """With the names of what they are about. Three statements."""
    rooms = dict(Room.objects.filter(pk__in=_ids(lines, "room_id")).values_list("pk", "number"))
    stays = {stay.pk: stay for stay in Stay.objects.filter(pk__in=_ids(lines, "stay_id"))}
    folios = dict(Folio.objects.filter(pk__in=_ids(lines, "folio_id")).values_list("pk", "number"))
    return [
        {
            "line": line,
            "label": label_of(line.action),
            "said": said(line.data),
            "room": rooms.get(line.room_id or 0, ""),
            "stay": stays.get(line.stay_id or 0),
            "folio": folios.get(line.folio_id or 0, ""),
        }
        for line in lines
    ]


def _ids(lines: Sequence[DeskTrace], field: str) -> set[int]:
    return {value for line in lines if (value := getattr(line, field))}
