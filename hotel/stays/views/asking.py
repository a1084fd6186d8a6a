"""What is asked before a command on a stay: its fields, what it would do and cost, what forbids it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Exists, OuterRef, Value, When
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from hotel.members.queries import find_guests
from hotel.rooms.models import Room
from hotel.rooms.numbers import whole
from hotel.stays import listing, moments, services
from hotel.stays.forms import NoteForm
from hotel.stays.models import NoteKind, Occupancy, RoomNight, Stay
from hotel.stays.services.consequences import preview_restore
from hotel.stays.services.moving import preview_move
from hotel.stays.services.restoring import before_check_out, departure_offered
from hotel.stays.states import StayStatus
from hotel.stays.views.stay import MAY, stay_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import QueryDict

    from oms.web.requests import StaffRequest

# Action → (title, icon, the verb on the button, the way out, whether it is a red one)
TITLES: dict[str, tuple[Any, str, Any, Any, bool]] = {
    "assign": (_("Assign a room"), "wand", _("Assign"), _("Leave as it is"), False),
    "move": (_("Move to another room"), "arrows-exchange", _("Move"), _("Do not move"), False),
    "swap": (_("Swap rooms"), "replace", _("Swap"), _("Do not swap"), False),
    "dates": (_("Extend or leave earlier"), "calendar-event", _("Change the departure"), _("Keep the dates"), False),
    "price": (_("Prices of the nights"), "coin", _("Set the prices"), _("Keep the prices"), False),
    "reverse": (_("Reverse the check-in"), "arrow-back-up", _("Reverse the check-in"), _("Leave checked in"), True),
    "restore": (_("Restore the check-out"), "arrow-back-up", _("Restore"), _("Do not restore"), False),
    "no-show": (_("No-show"), "user-x", _("Mark as no-show"), _("Keep the stay"), True),
    "cancel": (_("Cancel the stay"), "ban", _("Cancel the stay"), _("Do not cancel"), True),
    "reactivate": (_("Reactivate"), "refresh", _("Reactivate"), _("Leave as it is"), False),
    "guest": (_("Guest of the stay"), "user-check", _("Take this guest"), _("Leave as it is"), False),
    "sharer": (_("Another guest in the room"), "user-plus", _("Add"), _("Add nobody"), False),
    "note": (_("Wake-up, luggage, loan"), "note", _("Note down"), _("Note nothing"), False),
}
LOCKED = {"move", "reverse", "restore", "dates", "price", "assign"}  # work on the room itself
ELSEWHERE = {"check-in": "stays:check-in", "check-out": "stays:leave"}  # pages of their own
REASONED = {
    "move": False,
    "swap": True,
    "price": True,
    "reverse": True,
    "restore": True,
    "cancel": True,
    "reactivate": True,
}


@require_GET
@login_required
@permission_required("hotel.view_stay", raise_exception=True)
def ask(request: StaffRequest, number: str, action: str) -> HttpResponse:
    """The question before ``action``. Changes nothing; with htmx only its preview."""
    stay = stay_of(request, number)
    refuse_wrong(request, stay, action)
    if action in ELSEWHERE:
        return redirect(f"{reverse(ELSEWHERE[action])}?stay={stay.number}")
    if action not in TITLES:  # one press on the stay's page, nothing to ask
        return redirect("stays:detail", stay.number)
    return render_ask(request, stay, action, request.GET)


@require_POST
@login_required
@permission_required("hotel.change_stay", raise_exception=True)
def find(request: StaffRequest, number: str, action: str) -> HttpResponse:
    """Guests for a stay, as they are typed. A POST: what is typed is personal."""
    stay = stay_of(request, number)
    if action not in {"guest", "sharer"}:
        raise Http404
    return render_ask(request, stay, action, request.POST)


def refuse_wrong(request: StaffRequest, stay: Stay, action: str) -> None:
    """404 for what nobody can do, 403 for what this person may not."""
    if action not in MAY:
        raise Http404
    if not request.user.has_perm(MAY[action][0]):
        raise PermissionDenied


def render_ask(
    request: StaffRequest,
    stay: Stay,
    action: str,
    data: QueryDict,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """The page of the question, with what was typed; ``more``: refusal, lock_refusal, ask (for an approval)."""
    title, icon, verb, keep, danger = TITLES[action]
    prepare = PREPARE.get(action)
    context = {
        "stay": stay,
        "room": stay.room,
        "action": action,
        "title": title,
        "icon": icon,
        "verb": verb,
        "keep": keep,
        "danger": danger,
        "typed": data,
        "is_locked": action in LOCKED and stay.room_id,
        "needs_reason": action in REASONED,
        "reason_required": REASONED.get(action, False) or (action == "move" and stay.status == StayStatus.IN_HOUSE),
        "impossible": stay.status not in MAY[action][1],
        **(prepare(request, stay, data) if prepare else {}),
        **more,
    }
    part = request.htmx and request.htmx.target == "preview"
    return render(request, "hotel/stays/_preview.html" if part else "hotel/stays/ask.html", context, status=status)


def _assign(request: StaffRequest, stay: Stay, data: QueryDict) -> dict[str, Any]:
    return {
        "proposals": services.propose_rooms([stay.pk])[stay.pk],
        "chosen": whole(data.get("room")) or stay.room_id,
    }


def rooms_for(stay: Stay, start: dt.datetime) -> list[Room]:
    """Rooms of the house that are free for the stay from then on, its own type first. One statement."""
    end = max(stay.due_out_at, start + dt.timedelta(hours=1))
    taken = Occupancy.objects.filter(room=OuterRef("pk"), during__overlap=(start, end)).exclude(stay=stay)
    inside = Stay.objects.filter(room=OuterRef("pk"), status=StayStatus.IN_HOUSE)
    free = Room.objects.filter(~Exists(taken), property_id=stay.property_id).exclude(pk=stay.room_id or 0)
    if stay.status in {StayStatus.IN_HOUSE, StayStatus.CHECKED_OUT}:
        free = free.filter(~Exists(inside))
    own = Case(When(room_type_id=stay.room_type_id, then=Value(0)), default=Value(1))
    return list(free.select_related("room_type").order_by(own, "room_type__position", "number")[:400])


def _move(request: StaffRequest, stay: Stay, data: QueryDict) -> dict[str, Any]:
    at = timezone.now()
    rooms = rooms_for(stay, at if stay.status == StayStatus.IN_HOUSE else stay.due_in_at)
    chosen = whole(data.get("room"))
    room = next((each for each in rooms if each.pk == chosen), None)
    preview = preview_move(stay_id=stay.pk, room_id=room.pk) if room else None
    is_other_type = bool(room and room.room_type_id != stay.room_type_id)
    return {"rooms": rooms, "chosen": chosen, "preview": preview, "to_room": room, "is_other_type": is_other_type}


def _swap(request: StaffRequest, stay: Stay, data: QueryDict) -> dict[str, Any]:
    others = listing.stays_of(stay.property, request.user).filter(
        room_type_id=stay.room_type_id, status=stay.status, room__isnull=False
    )
    if stay.status != StayStatus.IN_HOUSE:
        others = others.filter(arrival_on__lt=stay.departure_on, departure_on__gt=stay.arrival_on)
    return {
        "others": others.exclude(pk=stay.pk).select_related("room").order_by("room__number")[:300],
        "chosen": whole(data.get("other")),
    }


def departure_of(data: QueryDict, stay: Stay) -> dt.date:
    """The departure that was typed; to begin with a day later than now, or with ``saved`` the present one."""
    if data.get("saved"):
        return stay.departure_on
    return typed_date(data) or stay.departure_on + dt.timedelta(days=1)


def _dates(request: StaffRequest, stay: Stay, data: QueryDict) -> dict[str, Any]:
    departure_on = departure_of(data, stay)
    preview = None
    if departure_on != stay.departure_on:
        preview = services.preview_departure(stay_id=stay.pk, departure_on=departure_on)
    return {"departure_on": departure_on, "preview": preview, "is_longer": departure_on > stay.departure_on}


def _price(request: StaffRequest, stay: Stay, data: QueryDict) -> dict[str, Any]:
    nights = list(RoomNight.objects.filter(stay=stay).select_related("charge").order_by("date"))
    rows = [
        {
            "night": night,
            "name": f"price_{night.date:%Y%m%d}",
            "value": data.get(f"price_{night.date:%Y%m%d}", f"{night.price}"),
            "charged": hasattr(night, "charge"),
        }
        for night in nights
    ]
    return {"rows": rows}


def typed_prices(stay: Stay, data: QueryDict) -> dict[dt.date, Decimal]:
    """Prices that differ from the present ones. Raises decimal.InvalidOperation."""
    prices = {}
    for night in RoomNight.objects.filter(stay=stay).order_by("date"):
        typed = data.get(f"price_{night.date:%Y%m%d}", "").replace(",", "").strip()
        if typed and Decimal(typed) != night.price:
            prices[night.date] = Decimal(typed)
    return prices


def _restore(request: StaffRequest, stay: Stay, data: QueryDict) -> dict[str, Any]:
    before = before_check_out(stay)
    until = typed_date(data) or departure_offered(stay, before)
    room_id, was_away = whole(data.get("room")) or None, data.get("between") == "away"
    lines = preview_restore(stay.pk, at=timezone.now(), departure_on=until, room_id=room_id, was_away=was_away)
    return {
        "consequences": lines,
        "rooms": [r for r in rooms_for(stay, timezone.now()) if r.room_type_id == stay.room_type_id],
        "chosen": room_id,
        "departure_on": until,
        "asks_departure": not before.is_day_use,
        "has_passed": not before.is_day_use and stay.departure_on < stay.property.business_date,
        "was_away": was_away,
    }


def typed_date(data: QueryDict) -> dt.date | None:
    """The departure that was typed, if it is a date."""
    try:
        return dt.date.fromisoformat(data.get("departure_on", ""))
    except ValueError:
        return None


def _cancel(request: StaffRequest, stay: Stay, data: QueryDict) -> dict[str, Any]:
    held = listing.money_of([stay.pk])[stay.pk]["held"]
    fee = services.quote_cancellation(stay_ids=[stay.pk], at=timezone.now())[stay.pk]
    return {"fee": fee, "held": held, "rule": stay.rate_plan.cancellation_rule if stay.rate_plan else None}


def _find(request: StaffRequest, stay: Stay, data: QueryDict) -> dict[str, Any]:
    text = data.get("q", "").strip()
    hits = find_guests(stay.property.branch_id, text, 8) if len(text) > 1 else []
    return {"q": text, "hits": hits, "chosen": whole(data.get("guest"))}


def _note(request: StaffRequest, stay: Stay, data: QueryDict) -> dict[str, Any]:
    kind = data.get("kind", NoteKind.WAKE_UP)
    tomorrow = stay.property.business_date + dt.timedelta(days=1)
    first = {"kind": kind, "due_on": tomorrow, "due_time": dt.time(7), "pieces": 1}
    local = moments.local(stay.property, timezone.now())
    return {"note_form": NoteForm(data) if "pieces" in data else NoteForm(initial=first), "local": local}


PREPARE: dict[str, Callable[[StaffRequest, Stay, QueryDict], dict[str, Any]]] = {
    "assign": _assign,
    "move": _move,
    "swap": _swap,
    "dates": _dates,
    "price": _price,
    "restore": _restore,
    "cancel": _cancel,
    "guest": _find,
    "sharer": _find,
    "note": _note,
}
