"""A booking: its stays, the group's master folio, its rooming list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from hotel.folios.models import Folio
from hotel.rooms.desk import choose_property, current_property
from hotel.rooms.models import DeskTrace, Property
from hotel.rooms.presenting import told
from hotel.stays import listing, services
from hotel.stays.models import Booking
from hotel.stays.rooming import LABELS, Row, rows_of
from hotel.stays.states import StayStatus
from hotel.stays.views.lists import look
from hotel.stays.views.stay import TO_ARRIVE, people_of
from oms.lib.errors import DomainError
from oms.web.listing import Action, allowed_actions

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oms.web.requests import StaffRequest


class NobodyNamed(DomainError):
    """A rooming list without a row."""

    code = "rooming_nobody_named"
    message = gettext_lazy("No guest is named in it.")


def booking_of(request: StaffRequest, number: str) -> Booking:
    """The booking, at any of the person's properties; the desk works at that house from now on."""
    houses = Property.objects.visible_to(request.user)
    bookings = Booking.objects.filter(property__in=houses).select_related("property", "created_by")
    booking = get_object_or_404(bookings.prefetch_related(people_of(0)), number=number)
    if booking.property_id != current_property(request).pk:
        choose_property(request, booking.property_id)
    return booking


@require_GET
@login_required
@permission_required("hotel.view_booking", raise_exception=True)
def page(request: StaffRequest, number: str) -> HttpResponse:
    """The booking."""
    return render(request, "hotel/stays/booking.html", _context(request, booking_of(request, number)))


def _context(request: StaffRequest, booking: Any) -> dict[str, Any]:
    house, stays = booking.property, booking.people
    ids = [stay.pk for stay in stays]
    prices, money = listing.prices_of(ids), listing.money_of(ids)
    for stay in stays:
        stay.look, stay.price, stay.money = look(stay, house), prices.get(stay.pk), money[stay.pk]
    master = Folio.objects.filter(booking=booking, kind="master").first()
    lines = DeskTrace.objects.filter(stay_id__in=ids).exclude(action="stay.timed").select_related("by")
    return {
        "booking": booking,
        "house": house,
        "stays": stays,
        "master": master,
        "routes": listing.routes_of(ids),
        "total": sum((price["total"] for price in prices.values()), listing.NOTHING),
        "unnamed": sum(stay.guest_id is None and stay.status in TO_ARRIVE for stay in stays),
        "unassigned": sum(stay.room_id is None and stay.status in TO_ARRIVE for stay in stays),
        "here": sum(stay.status == StayStatus.IN_HOUSE for stay in stays),
        "actions": allowed_actions(_actions(), request.user),
        "traces": told(lines.order_by("-pk")[:30]),
        "headings": LABELS,
    }


def _actions() -> list[Action]:
    def url(name: str) -> str:
        return reverse("stays:batch", args=[name])

    return [
        Action(gettext_lazy("Assign rooms"), "wand", url("assign"), "hotel.change_stay"),
        Action(gettext_lazy("Check in"), "login-2", url("check-in"), "hotel.check_in"),
        Action(gettext_lazy("Check out"), "logout-2", url("check-out"), "hotel.check_out"),
        Action(
            gettext_lazy("Cancel stays"),
            "ban",
            url("cancel"),
            "hotel.change_stay",
            danger=True,
            confirm=gettext_lazy("Cancel the chosen stays?"),
            consequences=gettext_lazy("Their rooms are for sale again; fees follow their rate plans."),
            keep=gettext_lazy("Keep the stays"),
        ),
    ]


@sensitive_post_parameters("text")
@require_POST
@login_required
@permission_required("hotel.change_booking", raise_exception=True)
def rooming(request: StaffRequest, number: str) -> HttpResponse:
    """Take what can be taken of the rooming list; refused rows are shown with their reasons and what was typed."""
    booking = booking_of(request, number)
    file, pasted = request.FILES.get("file"), request.POST.get("text", "")
    try:
        rows = rows_of(file.name or "" if file else "", file, pasted)
        if not rows:
            raise NobodyNamed
    except DomainError as refusal:
        context = _context(request, booking) | {"list_refusal": refusal, "again": pasted}
        return render(request, "hotel/stays/booking.html", context)
    _take(request, booking, rows)
    refused = [row for row in rows if row.refusal]
    taken = len(rows) - len(refused)
    if not refused:
        messages.success(request, _("%(n)s guests are named.") % {"n": taken})
        return redirect("stays:booking", booking.number)
    booking = booking_of(request, number)
    context = _context(request, booking) | {"refused": refused, "taken": taken, "again": _again(refused)}
    return render(request, "hotel/stays/booking.html", context)


def _take(request: StaffRequest, booking: Booking, rows: list[Row]) -> None:
    able, asked = [], []
    for row in rows:
        try:
            asked.append(row.as_asked())
        except DomainError as refusal:
            row.refusal = str(refusal)
        else:
            able.append(row)
    results = services.take_rooming_list(booking_id=booking.pk, rows=asked, by=request.user, at=timezone.now())
    for row, result in zip(able, results, strict=True):
        row.refusal = str(result.refusal or "")


def _again(refused: list[Row]) -> str:
    """The refused rows as text to mend and send once more."""
    names = ("name", "type", "id_number", "phone", "room")
    return "\n".join("\t".join(row.values.get(name, "") for name in names) for row in refused)
