"""Assigning, moving, and changing the dates from the chart: first what it would do, then doing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import forms
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from hotel.chart.views.page import MOVE
from hotel.rooms.models import Room
from hotel.rooms.views.board import render_panel
from hotel.stays import services
from hotel.stays.models import Stay
from hotel.stays.states import StayStatus
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt

    from hotel.stays.services import Preview
    from oms.web.requests import StaffRequest

MOST_OFFERS = 6


class ChangeForm(forms.Form):
    """A stay, and where, until when or from when it should go."""

    stay = forms.IntegerField(min_value=1, max_value=2**62)
    room = forms.IntegerField(min_value=1, max_value=2**62, required=False)
    until = forms.DateField(required=False)
    arrival = forms.DateField(required=False)
    reason = forms.CharField(max_length=200, required=False)
    new_price = forms.BooleanField(required=False)

    def clean(self) -> dict:
        """One of the three."""
        found = super().clean() or {}
        if not any(found.get(key) for key in ("room", "until", "arrival")):
            raise forms.ValidationError("room, until or arrival")
        return found


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked: ``verb`` is assign, move, extend, shorten or arrive."""

    stay: Stay
    verb: str
    room: Room | None = None
    until: dt.date | None = None
    arrival: dt.date | None = None


@require_GET
@login_required
@permission_required(MOVE, raise_exception=True)
def preview(request: StaffRequest) -> HttpResponse:
    """What the change would cost, what forbids it, which rooms would do instead."""
    form = ChangeForm(request.GET)
    if not form.is_valid():
        return HttpResponse(status=422)
    return _preview(request, _change_of(request, form))


@require_POST
@login_required
@permission_required(MOVE, raise_exception=True)
def apply(request: StaffRequest) -> HttpResponse:
    """Do it. Refused: the preview again, with the fact. The changed rows come by the live channel, for everybody."""
    form = ChangeForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    change, at = _change_of(request, form), timezone.now()
    try:
        _do(request, change, form, at)
    except DomainError as refusal:
        return _preview(request, change, refusal, form.cleaned_data["reason"])
    rooms = sorted({room for room in (change.stay.room_id, change.room.pk if change.room else None) if room})
    answer = HttpResponse(status=204)
    answer["HX-Trigger"] = f'{{"chart-done": {{"rooms": {rooms}}}}}'
    return answer


@require_POST
@login_required
@permission_required(MOVE, raise_exception=True)
def assign(request: StaffRequest) -> HttpResponse:
    """Give a stay the room whose drawer is open on the board."""
    form = ChangeForm(request.POST)
    if not form.is_valid() or not form.cleaned_data["room"]:
        return HttpResponse(status=422)
    change = _change_of(request, form)
    refused: list[str] = []
    try:
        _do(request, change, form, timezone.now())
    except DomainError as refusal:
        refused.append(str(refusal))
    return render_panel(request, form.cleaned_data["room"], refused)


def _change_of(request: StaffRequest, form: ChangeForm) -> Change:
    wanted = form.cleaned_data
    stays = Stay.objects.visible_to(request.user).select_related("room", "room_type", "property")
    stay = get_object_or_404(stays, pk=wanted["stay"])
    if wanted["arrival"]:
        return Change(stay, "arrive", arrival=wanted["arrival"])
    if not wanted["room"]:
        return Change(stay, "extend" if wanted["until"] > stay.departure_on else "shorten", until=wanted["until"])
    rooms = Room.objects.select_related("room_type").filter(property=stay.property_id)
    room = get_object_or_404(rooms, pk=wanted["room"])
    comes = stay.status in {StayStatus.CONFIRMED, StayStatus.TENTATIVE}
    is_assignment = comes and room.room_type_id == stay.room_type_id
    return Change(stay, "assign" if is_assignment else "move", room=room)


def _do(request: StaffRequest, change: Change, form: ChangeForm, at: dt.datetime) -> None:
    by, stay, reason = request.user, change.stay, form.cleaned_data["reason"]
    if change.verb == "assign" and change.room:
        for refusal in services.assign(choices=[(stay.pk, change.room.pk)], by=by, at=at).values():
            if refusal:
                raise refusal
    elif change.room:
        keep = not form.cleaned_data["new_price"]
        services.move(stay_id=stay.pk, room_id=change.room.pk, keep_price=keep, reason=reason, by=by, at=at)
    elif change.arrival:
        services.reschedule(stay_id=stay.pk, arrival_on=change.arrival, departure_on=stay.departure_on, by=by, at=at)
    elif change.verb == "extend" and change.until:
        services.extend(stay_id=stay.pk, departure_on=change.until, by=by, at=at)
    elif change.until:
        services.shorten(stay_id=stay.pk, departure_on=change.until, reason=reason, by=by, at=at)


def _preview(
    request: StaffRequest, change: Change, refusal: DomainError | None = None, reason: str = ""
) -> HttpResponse:
    stay = change.stay
    found: Preview
    if change.room:
        found = services.preview_move(stay_id=stay.pk, room_id=change.room.pk)
    elif change.arrival:
        found = services.preview_arrival(stay_id=stay.pk, arrival_on=change.arrival)
    else:
        found = services.preview_departure(stay_id=stay.pk, departure_on=change.until or stay.departure_on)
    refusals = [*found.refusals, *([refusal] if refusal and not found.refusals else [])]
    offers = services.propose_rooms([stay.pk]).get(stay.pk, []) if refusals and change.room else []
    context = {
        "change": change,
        "stay": stay,
        "found": found,
        "refusals": list(dict.fromkeys(map(str, refusals))),
        "offers": [each for each in offers if each.room_id != change.room.pk][:MOST_OFFERS] if change.room else [],
        "needs_reason": change.verb in {"move", "shorten"} and stay.status == StayStatus.IN_HOUSE,
        "other_type": bool(change.room and change.room.room_type_id != stay.room_type_id),
        "reason": reason,
    }
    return render(request, "hotel/chart/_preview.html", context)
