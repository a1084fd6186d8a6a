"""The form of one room, under its operation lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from hotel.rooms import locking, services
from hotel.rooms.forms import RoomForm, block_dates
from hotel.rooms.views.locks import room_of
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt

    from hotel.rooms.models import Room, RoomBlock
    from oms.web.requests import StaffRequest


@login_required
@permission_required(("hotel.set_housekeeping", "hotel.block_room"), raise_exception=True)
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    """How clean a room is, its door sign, and whether it is in service."""
    room, at = room_of(request, pk), timezone.now()
    refusal: DomainError | None = None
    form = RoomForm(request.POST or None, initial=_now(room))
    if request.method == "POST" and form.is_valid():
        try:
            with locking.held(request, room.pk, at=at):
                _save(request, room, form.cleaned_data, at)
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("Room %(room)s is saved.") % {"room": room.number})
            return HttpResponseRedirect(f"{reverse('rooms:board')}?room={room.pk}")
    is_lock = bool(refusal and refusal.code.startswith("room_lock"))
    context = {
        "room": room,
        "form": form,
        "refusal": None if is_lock else refusal,
        "lock_refusal": refusal if is_lock else None,
        "purpose": _("Room form"),
    }
    return render(request, "hotel/rooms/form.html", context, status=422 if form.errors else 200)


def _block_now(room: Room) -> RoomBlock | None:
    today = room.property.business_date
    return room.blocks.filter(ended_at=None, from_on__lte=today, until_on__gt=today).first()


def _now(room: Room) -> dict[str, Any]:
    found = {"housekeeping": room.housekeeping, "service_flag": room.service_flag, "kind": ""}
    block = _block_now(room)
    if block is None:
        return found | block_dates(room.property.business_date)
    names = ("kind", "from_on", "until_on", "reason", "return_status")
    return found | {name: getattr(block, name) for name in names}


def _save(request: StaffRequest, room: Room, wanted: dict[str, Any], at: dt.datetime) -> None:
    """Only what differs; the first refusal undoes all."""
    done: list[dict[int, DomainError | None]] = []
    block, by = _block_now(room), request.user
    if block and not wanted["kind"]:
        done.append(services.end_blocks(block_ids=[block.pk], by=by, at=at))
        room.refresh_from_db(fields=["housekeeping"])
    if wanted["kind"] and block is None:
        names = ("kind", "from_on", "until_on", "reason", "return_status")
        block_fields = {name: wanted[name] for name in names}
        done.append(services.block_rooms(room_ids=[room.pk], **block_fields, by=by, at=at))
    if wanted["housekeeping"] != room.housekeeping and not (block and not wanted["kind"]):
        done.append(services.set_housekeeping(room_ids=[room.pk], to=wanted["housekeeping"], by=by, at=at))
    services.set_service_flag(room_ids=[room.pk], flag=wanted["service_flag"], by=by, at=at)
    for results in done:
        for refusal in results.values():
            if refusal:
                raise refusal
