"""Changing rooms from the board: one, or all that are ticked, with a result for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from hotel.rooms import services
from hotel.rooms.desk import current_property
from hotel.rooms.forms import BlockForm, FlagForm, HousekeepingForm
from hotel.rooms.models import Property, Room, RoomBlock
from hotel.rooms.panel import address_of
from hotel.rooms.views.board import render_panel
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.forms import Form

    from oms.web.requests import StaffRequest

INVALID = 422


@require_POST
@login_required
@permission_required("hotel.set_housekeeping", raise_exception=True)
def housekeeping(request: StaffRequest) -> HttpResponse:
    """Change how clean rooms are."""
    form = HousekeepingForm(request.POST)
    if not form.is_valid():
        return _invalid(request, form)
    rooms = _own_rooms(request, form.cleaned_data["rooms"])
    at = timezone.now()
    results = services.set_housekeeping(room_ids=rooms, to=form.cleaned_data["to"], by=request.user, at=at)
    return _answer(request, rooms, results)


@require_POST
@login_required
@permission_required("hotel.set_housekeeping", raise_exception=True)
def flag(request: StaffRequest) -> HttpResponse:
    """Do not disturb, make up room, or neither."""
    form = FlagForm(request.POST)
    if not form.is_valid():
        return _invalid(request, form)
    rooms = _own_rooms(request, form.cleaned_data["rooms"])
    services.set_service_flag(room_ids=rooms, flag=form.cleaned_data["flag"], by=request.user, at=timezone.now())
    return _answer(request, rooms, dict.fromkeys(rooms))


@require_POST
@login_required
@permission_required("hotel.block_room", raise_exception=True)
def block(request: StaffRequest) -> HttpResponse:
    """Take rooms out of order or out of service."""
    form = BlockForm(request.POST)
    if not form.is_valid():
        return _invalid(request, form)
    fields = dict(form.cleaned_data)
    rooms = _own_rooms(request, fields.pop("rooms"))
    results: dict[int, DomainError | None]
    try:
        results = services.block_rooms(room_ids=rooms, **fields, by=request.user, at=timezone.now())
    except DomainError as refusal:
        results = dict.fromkeys(rooms, refusal)
    return _answer(request, rooms, results)


@require_POST
@login_required
@permission_required("hotel.block_room", raise_exception=True)
def end_block(request: StaffRequest, pk: int) -> HttpResponse:
    """Put a room back in service before its time."""
    houses = Property.objects.visible_to(request.user)
    found = get_object_or_404(RoomBlock.objects.select_related("room"), pk=pk, room__property__in=houses)
    results = services.end_blocks(block_ids=[found.pk], by=request.user, at=timezone.now())
    return _answer(request, {found.room_id: found.room.number}, {found.room_id: results[found.pk]})


def _own_rooms(request: StaffRequest, ids: Iterable[int]) -> dict[int, str]:
    """Those of the rooms that belong to the hotel worked at, with their numbers."""
    house = current_property(request)
    return dict(Room.objects.filter(property=house, pk__in=list(ids)).order_by("number").values_list("pk", "number"))


def _answer(request: StaffRequest, rooms: dict[int, str], results: dict[int, DomainError | None]) -> HttpResponse:
    refused = [str(refusal) for refusal in results.values() if refusal]
    if request.POST.get("panel") and len(rooms) == 1:
        return render_panel(request, next(iter(rooms)), refused)
    if not request.htmx:
        return HttpResponseRedirect(address_of("rooms:board"))
    rows: list[dict[str, Any]] = [{"number": rooms[pk], "refusal": refusal} for pk, refusal in results.items()]
    rows.sort(key=lambda row: row["refusal"] is None)
    context = {"rows": rows, "done": len(results) - len(refused), "refused": len(refused)}
    return render(request, "hotel/rooms/_results.html", context)


def _invalid(request: StaffRequest, form: Form) -> HttpResponse:
    faults = [fault for faults in form.errors.values() for fault in faults]
    return render(request, "hotel/rooms/_results.html", {"faults": faults}, status=INVALID)
