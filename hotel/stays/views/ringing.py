"""What rings at the desk until somebody has seen to it: wake-ups and whatever else was due by now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from hotel.rooms.desk import current_property
from hotel.rooms.numbers import whole
from hotel.stays import moments
from hotel.stays.services.people import settle_note
from hotel.stays.services.reminding import due_notes, on_desk

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oms.web.requests import StaffRequest

VIEW, SETTLE = "hotel.view_stay", "hotel.change_stay"
TEMPLATE = "hotel/stays/_ringing.html"


@require_http_methods(["GET", "POST"])
@login_required
@permission_required(VIEW, raise_exception=True)
def ringing(request: StaffRequest) -> HttpResponse:
    """What rings now; with a note, once that is seen to."""
    if request.method == "POST":
        if not request.user.has_perm(SETTLE):
            raise PermissionDenied
        at, house = timezone.now(), current_property(request)
        note = get_object_or_404(due_notes([house.pk], at), pk=whole(request.POST.get("note")))
        settle_note(stay_id=note.stay_id, note_id=note.pk, by=request.user, at=at)
    return render(request, TEMPLATE, {"strip": strip(request) or {}})


def strip(request: StaffRequest) -> dict[str, Any] | None:
    """For every page of the hotel: what rings at the person's desk. One statement while nothing does; None for people
    who are at no desk.
    """
    if not request.user.has_perm(VIEW):
        return None
    try:
        house = current_property(request)
    except PermissionDenied:
        return None
    notes = list(due_notes([house.pk], timezone.now())[:20])
    if notes and request.user.pk not in on_desk(house.pk, house.branch_id):
        notes = []
    rows = [{"note": note, "due": moments.local(house, note.due_at)} for note in notes if note.due_at]
    return {"rows": rows, "may_settle": request.user.has_perm(SETTLE)}
