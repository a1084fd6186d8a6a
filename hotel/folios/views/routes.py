"""Who pays which charges: the routing rules of a stay, or of all stays of a booking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hotel.folios import services
from hotel.folios.models import FolioKind
from hotel.folios.route_form import RouteForm
from hotel.folios.routes import ChargeRoute
from hotel.rooms.models import Property
from hotel.rooms.numbers import whole
from hotel.stays.models import Booking, Stay
from hotel.stays.states import StayStatus
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpResponse

    from oms.web.requests import StaffRequest

VIEW, CHANGE = "hotel.view_folio", "hotel.transfer_entry"
ROUTABLE = [StayStatus.WAITLISTED, StayStatus.TENTATIVE, StayStatus.CONFIRMED, StayStatus.IN_HOUSE]


@require_http_methods(["GET", "POST"])
@login_required
@permission_required(VIEW, raise_exception=True)
def routes(request: StaffRequest, number: str) -> HttpResponse:
    """The rules, and a form for another; ``number`` of a stay, or of a booking for all its stays that are not over."""
    booking, stays = _stays(request, number)
    near = stays if number.startswith("ST") else []
    form = RouteForm(request.POST or None, booking=booking, stays=stays, of=near[0] if near else None)
    if request.method == "POST":
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        if form.is_valid():
            try:
                made = _set(request, form, booking, stays, timezone.now())
            except DomainError as refusal:
                form.add_error(None, str(refusal))
            else:
                text = _("From now on %(folio)s pays it.") % {"folio": made.title or made.number}
                messages.success(request, text)
                return redirect("folios:routes", number)
    context = {
        "number": number,
        "booking": booking,
        "stays": stays,
        "of_stay": near[0] if near else None,
        "form": form,
        "rules": _rules(stays),
        "may_change": request.user.has_perm(CHANGE),
    }
    return render(request, "hotel/folios/routes.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
@permission_required(CHANGE, raise_exception=True)
def end(request: StaffRequest, number: str) -> HttpResponse:
    """Rules are over: later charges stay with the guests."""
    _booking, stays = _stays(request, number)
    ids = [pk for pk in map(whole, request.POST.getlist("ids")) if pk]
    mine = ChargeRoute.objects.filter(pk__in=ids, stay__in=stays).values_list("pk", flat=True)
    ended = services.end_routes(route_ids=list(mine), by=request.user, at=timezone.now())
    messages.success(request, _("Ended: %(n)s. Later charges stay with the guests.") % {"n": len(ended)})
    return redirect("folios:routes", number)


def _stays(request: StaffRequest, number: str) -> tuple[Booking, list[Stay]]:
    visible = Stay.objects.visible_to(request.user).select_related("room", "room_type", "booking")
    if number.startswith("ST"):
        stay = get_object_or_404(visible, number=number)
        return stay.booking, [stay]
    houses = Property.objects.visible_to(request.user)
    booking = get_object_or_404(Booking, number=number, property__in=houses)
    return booking, list(visible.filter(booking=booking, status__in=ROUTABLE).order_by("room__number", "pk"))


def _rules(stays: list[Stay]) -> list[dict[str, Any]]:
    """Rules that count, alike ones of several stays together."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    rules = ChargeRoute.objects.filter(stay__in=stays, ended_at=None).select_related(
        "stay__room", "folio", "charge_code"
    )
    for rule in rules.order_by("kind", "department", "charge_code", "folio", "stay__room__number", "pk"):
        key = (rule.what, rule.folio_id, rule.from_on, rule.until_on)
        row = found.setdefault(key, {"rule": rule, "ids": [], "stays": []})
        row["ids"].append(rule.pk)
        row["stays"].append(rule.stay)
    return list(found.values())


@transaction.atomic
def _set(request: StaffRequest, form: RouteForm, booking: Booking, stays: list[Stay], at: dt.datetime) -> Any:
    data = form.cleaned_data
    how: dict[str, Any] = {"by": request.user, "at": at}
    kind, _dash, pk = data["to"].partition("-")
    if kind == "master":
        folio_id = services.open_folio(
            property_id=booking.property_id, kind=FolioKind.MASTER, booking_id=booking.pk, **how
        ).pk
    elif kind == "company":
        folio_id = services.company_folios(company_ids=[int(pk)], **how)[int(pk)].pk
    else:
        folio_id = int(pk)
    chosen = data["stays"] or [stay.pk for stay in stays]
    (first, *_more) = services.route_charges(
        stay_ids=chosen,
        folio_id=folio_id,
        what=form.what(),
        from_on=data["from_on"],
        until_on=data["until_on"],
        **how,
    )
    return first.folio
