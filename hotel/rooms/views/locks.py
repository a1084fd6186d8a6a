"""What static/js/room-lock.js asks: take, keep, give back, force a room's lock; what happened meanwhile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from hotel.rooms import locks, presenting, queries
from hotel.rooms.locking import may_lock, session_of
from hotel.rooms.models import OperationLock, Property, Room
from hotel.rooms.numbers import whole

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpResponse

    from oms.lib.errors import DomainError
    from oms.web.requests import StaffRequest

REFUSED = 409
MOST_DRAFT = 20_000  # characters of typed text kept with a lock


def room_of(request: StaffRequest, pk: int) -> Room:
    """A room of one of the person's properties, or 404."""
    houses = Property.objects.visible_to(request.user)
    return get_object_or_404(Room.objects.select_related("property", "room_type"), pk=pk, property__in=houses)


@require_GET
@login_required
@permission_required("hotel.view_room", raise_exception=True)
def state(request: StaffRequest, pk: int) -> HttpResponse:
    """Who holds the lock now."""
    room, at = room_of(request, pk), timezone.now()
    lock = OperationLock.objects.select_related("holder").filter(room=room, expires_at__gt=at).first()
    return JsonResponse(_facts(request, lock, at) if lock else {"state": "free"})


@require_POST
@login_required
@permission_required("hotel.view_room", raise_exception=True)
def take(request: StaffRequest, pk: int) -> HttpResponse:
    """Take the lock; 409 with who holds it."""
    if not may_lock(request):
        raise PermissionDenied
    room, at = room_of(request, pk), timezone.now()
    purpose = request.POST.get("purpose", "")[:60]
    try:
        lock = locks.acquire(room_id=room.pk, session_key=session_of(request), purpose=purpose, by=request.user, at=at)
    except locks.LockHeld as refusal:
        return _refused(request, room, refusal, at)
    return JsonResponse(_facts(request, lock, at))


@require_POST
@login_required
@permission_required("hotel.view_room", raise_exception=True)
def keep(request: StaffRequest, pk: int) -> HttpResponse:
    """Renew the lock, with what was typed so far; 409 when another has taken it."""
    room, at = room_of(request, pk), timezone.now()
    try:
        lock = locks.renew(room_id=room.pk, token=_token(request), at=at, draft=_draft(request))
    except locks.LockLost as refusal:
        return _refused(request, room, refusal, at)
    return JsonResponse(_facts(request, lock, at))


@require_POST
@login_required
@permission_required("hotel.view_room", raise_exception=True)
def give_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Release the lock; the page is closing, nobody reads the answer."""
    return JsonResponse({"released": locks.release(room_id=room_of(request, pk).pk, token=_token(request))})


@require_POST
@login_required
@permission_required("hotel.force_lock", raise_exception=True)
def force(request: StaffRequest, pk: int) -> HttpResponse:
    """Take the lock from its holder, with a reason."""
    room, at = room_of(request, pk), timezone.now()
    try:
        lock = locks.force(
            room_id=room.pk,
            reason=request.POST.get("reason", ""),
            session_key=session_of(request),
            by=request.user,
            at=at,
        )
    except (locks.ReasonMissing, OperationLock.DoesNotExist) as refusal:
        return JsonResponse({"message": str(refusal)}, status=422)
    return JsonResponse(_facts(request, lock, at))


@require_GET
@login_required
@permission_required("hotel.view_room", raise_exception=True)
def changes(request: StaffRequest, pk: int) -> HttpResponse:
    """What others did with the room since it was opened: the head of the difference."""
    room, since = room_of(request, pk), request.GET.get("since", "")
    context = {"room": room, "lines": presenting.told(queries.traces_since(room, since, but=request.user))}
    return render(request, "hotel/rooms/_changes.html", context)


def _token(request: StaffRequest) -> int:
    return whole(request.POST.get("token"))


def _draft(request: StaffRequest) -> dict[str, Any] | None:
    text = request.POST.get("draft", "")
    if not text or len(text) > MOST_DRAFT:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _facts(request: StaffRequest, lock: OperationLock, at: dt.datetime) -> dict[str, Any]:
    mine = lock.holder_id == request.user.pk and lock.session_key == session_of(request)
    facts = {
        "state": "mine" if mine else "held",
        "holder": str(lock.holder),
        "purpose": lock.purpose,
        "since": lock.acquired_at.isoformat(),
        "clock": timezone.localtime(lock.acquired_at).strftime("%H:%M"),
        "seconds": max(0, int((lock.expires_at - at).total_seconds())),
    }
    return facts | ({"token": str(lock.token)} if mine else {})


def _refused(request: StaffRequest, room: Room, refusal: DomainError, at: dt.datetime) -> JsonResponse:
    lock = OperationLock.objects.select_related("holder").filter(room=room).first()
    facts = _facts(request, lock, at) if lock else {}
    return JsonResponse(facts | {"code": refusal.code, "message": str(refusal)}, status=REFUSED)
