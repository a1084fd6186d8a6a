"""A stay as one place: dates, room, people, nights, money, what is to be remembered, what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import Prefetch, Q
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from hotel.rooms.desk import choose_property, current_property
from hotel.rooms.models import DeskTrace
from hotel.rooms.presenting import told
from hotel.stays import arrival, listing, moments
from hotel.stays.models import DeskNote, RoomNight, Sharer, Stay
from hotel.stays.services.settling import open_holds
from hotel.stays.states import StayStatus
from hotel.stays.views.lists import look

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from django.http import HttpResponse

    from oms.web.requests import StaffRequest

TRACES = 40
S = StayStatus
TO_ARRIVE: set[str] = {S.TENTATIVE, S.CONFIRMED}
HERE: set[str] = {S.IN_HOUSE}

# Action → (permission, statuses in which it makes sense)
MAY: dict[str, tuple[str, AbstractSet[str]]] = {
    "assign": ("hotel.change_stay", TO_ARRIVE),
    "check-in": ("hotel.check_in", TO_ARRIVE),
    "move": ("hotel.move_stay", TO_ARRIVE | HERE),
    "swap": ("hotel.move_stay", TO_ARRIVE | HERE),
    "dates": ("hotel.change_stay", TO_ARRIVE | HERE),
    "price": ("hotel.change_stay", TO_ARRIVE | HERE),
    "mark": ("hotel.change_stay", HERE),
    "check-out": ("hotel.check_out", HERE),
    "reverse": ("hotel.check_in", HERE),
    "restore": ("hotel.restore_check_out", {S.CHECKED_OUT}),
    "no-show": ("hotel.change_stay", TO_ARRIVE),
    "cancel": ("hotel.change_stay", TO_ARRIVE | {S.WAITLISTED}),
    "reactivate": ("hotel.change_stay", {S.CANCELLED, S.NO_SHOW}),
    "confirm": ("hotel.change_stay", {S.WAITLISTED, S.TENTATIVE}),
    "guest": ("hotel.change_stay", TO_ARRIVE | HERE | {S.WAITLISTED}),
    "sharer": ("hotel.change_stay", TO_ARRIVE | HERE),
    "note": ("hotel.change_stay", TO_ARRIVE | HERE | {S.CHECKED_OUT}),
}


def stay_of(request: StaffRequest, number: str) -> Stay:
    """The stay, at any of the person's properties; the desk works at that house from now on."""
    stays = Stay.objects.visible_to(request.user).select_related(
        "property", "booking", "room__room_type", "room_type", "guest", "rate_plan", "member__level"
    )
    stay = get_object_or_404(stays, number=number)
    if stay.property_id != current_property(request).pk:
        choose_property(request, stay.property_id)
    return stay


def allowed(request: StaffRequest, stay: Stay) -> set[str]:
    """What this person can do with the stay now."""
    return {
        action
        for action, (permission, statuses) in MAY.items()
        if stay.status in statuses and request.user.has_perm(permission)
    }


@require_GET
@login_required
@permission_required("hotel.view_stay", raise_exception=True)
def page(request: StaffRequest, number: str) -> HttpResponse:
    """The stay."""
    stay = stay_of(request, number)
    return render(request, "hotel/stays/stay.html", context_of(request, stay))


def context_of(request: StaffRequest, stay: Stay) -> dict[str, Any]:
    """Everything the page shows. About a dozen statements."""
    house = stay.property
    folios = listing.folios_of(stay)
    windows = [folio for folio in folios if folio.kind == "stay"]
    owed = sum((folio.owed for folio in windows), listing.NOTHING)  # type: ignore[attr-defined]
    held = sum((folio.held for folio in windows), listing.NOTHING)  # type: ignore[attr-defined]
    nights = list(
        RoomNight.objects.filter(stay=stay).select_related("room", "room_type", "charge", "by").order_by("date")
    )
    may = allowed(request, stay)
    return {
        "stay": stay,
        "house": house,
        "today": house.business_date,
        "look": look(stay, house),
        "face": arrival.face_of(stay.guest_id, house) if stay.guest_id else None,
        "sharers": Sharer.objects.filter(stay=stay).select_related("guest").order_by("left_at", "pk"),
        "nights": nights,
        "packages": listing.packages_of(stay),
        "routes": listing.routes_of([stay.pk]),
        "total": sum((night.price for night in nights), listing.NOTHING),
        "folios": folios,
        "owed": owed,
        "held": held,
        "is_even": not owed and not held and not open_holds(Q(folio__stay=stay)).exists(),
        "notes": DeskNote.objects.filter(stay=stay).select_related("made_by", "done_by").order_by("done_at", "pk"),
        "traces": told(
            DeskTrace.objects.filter(stay_id=stay.pk)
            .exclude(action="stay.timed")
            .select_related("by")
            .order_by("-pk")[:TRACES]
        ),
        "others": stay.booking.stays.exclude(pk=stay.pk).select_related("room", "room_type").order_by("pk")[:20],
        "may": {action.replace("-", "_"): True for action in may},
        "due_in": moments.local(house, stay.checked_in_at or stay.due_in_at),
        "due_out": moments.local(house, stay.checked_out_at or stay.due_out_at),
    }


def people_of(booking_id: int) -> Prefetch:
    """The stays of a booking with what a list of them shows."""
    stays = Stay.objects.select_related("room", "room_type", "guest", "rate_plan").order_by("arrival_on", "pk")
    return Prefetch("stays", stays, to_attr="people")
