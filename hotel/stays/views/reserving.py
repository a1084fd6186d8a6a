"""New bookings: what is free at what price while one types, everything a rule forbids said as a fact."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hotel.folios import services as folios
from hotel.folios.models import FolioKind
from hotel.rooms.desk import current_property
from hotel.rooms.models import RoomType
from hotel.rooms.numbers import whole
from hotel.stays import arrival, moments, pricing, services
from hotel.stays.forms import MOST_ROOMS, ReserveForm, next_day, rooms_wanted
from hotel.stays.pricing import QuoteRequest
from hotel.stays.queries import free_counts
from hotel.stays.rates import HourlyPrice, RatePlan
from hotel.stays.services.errors import LONGEST_STAY
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpResponse, QueryDict

    from hotel.rooms.models import Property
    from hotel.stays.models import Booking
    from oms.web.requests import StaffRequest

MOST_SHOWN = 31  # nights with a price each; more are summed up


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("hotel.add_booking", raise_exception=True)
def reserve(request: StaffRequest) -> HttpResponse:
    """The form; POST makes the booking, all of it or nothing."""
    house = current_property(request)
    if request.method == "GET":
        first = {
            "arrival_on": request.GET.get("arrival_on") or house.business_date,
            "departure_on": request.GET.get("departure_on") or next_day(house.business_date),
            "form": request.GET.get("form", "single"),
        }
        return _page(request, house, ReserveForm(house=house, initial=first), request.GET)
    form = ReserveForm(request.POST, house=house)
    types = _types(house)
    wanted = rooms_wanted(request.POST, types)
    is_valid = form.is_valid()
    if not wanted:
        form.add_error(None, _("Say how many rooms of which type, at most %(most)s.") % {"most": MOST_ROOMS})
    if not is_valid or not wanted:
        return _page(request, house, form, request.POST, status=422)
    try:
        booking = _make(request, house, form, wanted)
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, house, form, request.POST)
    messages.success(request, _("%(number)s is made.") % {"number": booking.number})
    return redirect("stays:booking", booking.number)


@require_GET
@login_required
@permission_required("hotel.add_booking", raise_exception=True)
def free(request: StaffRequest) -> HttpResponse:
    """What is free by type, with the price of each night: the part that changes while one types."""
    house = current_property(request)
    return render(request, "hotel/stays/_free.html", _free(house, request.GET))


def _page(
    request: StaffRequest, house: Property, form: ReserveForm, data: QueryDict, status: int = 200
) -> HttpResponse:
    context = {"form": form, "house": house, "typed": data, **_free(house, data)}
    return render(request, "hotel/stays/reserve.html", context, status=status)


def _types(house: Property) -> list[RoomType]:
    return list(RoomType.objects.filter(property=house, is_active=True).order_by("position", "code"))


def _date(text: str, otherwise: dt.date) -> dt.date:
    try:
        typed = dt.date.fromisoformat(text)
    except ValueError:
        return otherwise
    return typed if typed.year < dt.MAXYEAR else otherwise


def _free(house: Property, data: QueryDict) -> dict[str, Any]:
    """Rows of the availability table. Seven statements, whatever the number of types and nights."""
    arrival_on = _date(data.get("arrival_on", ""), house.business_date)
    departure_on = _date(data.get("departure_on", ""), next_day(arrival_on))
    is_day_use = data.get("form") == "day_use"
    types = _types(house)
    wanted = rooms_wanted(data, types)
    if is_day_use or departure_on <= arrival_on or (departure_on - arrival_on).days > LONGEST_STAY:
        rows = _by_the_hour(types, data) if is_day_use else []
        fact = "" if is_day_use else _("The departure has to be after the arrival, at most a year later.")
        return {"rows": _with_wishes(rows, wanted), "nights": [], "fact": fact, "total": arrival.NOTHING}
    plans = RatePlan.objects.filter(property=house, is_active=True).order_by("position", "code")
    typed = data.get("rate_plan", "")
    plan = next((p for p in plans if str(p.pk) == typed), None) or plans.first()
    nights = pricing.nights_of(arrival_on, departure_on)
    counts = free_counts([kind.pk for kind in types], arrival_on, departure_on)
    quotes = pricing.quote(
        requests=[QuoteRequest(kind.pk, plan.pk, arrival_on, departure_on) for kind in types] if plan else []
    )
    packages = _packages(plan, arrival_on, departure_on, data)
    rows = []
    for kind, found in zip(types, quotes, strict=False):
        prices = {night.date: night.price for night in found.nights}
        rows.append(
            {
                "type": kind,
                "least": min(counts.get((kind.pk, night), 0) for night in nights),
                "cells": [(counts.get((kind.pk, night), 0), prices.get(night)) for night in nights[:MOST_SHOWN]],
                "total": found.total + pricing.added(packages),
                "refusals": found.refusals,
            }
        )
    return {
        "rows": _with_wishes(rows, wanted),
        "nights": nights[:MOST_SHOWN],
        "packages": packages,
        "fact": "",
        "total": sum((row["total"] * wanted.get(row["type"].pk, 0) for row in rows), arrival.NOTHING),
    }


def _packages(
    plan: RatePlan | None, arrival_on: dt.date, departure_on: dt.date, data: QueryDict
) -> list[pricing.PackagePrice]:
    """What each room gets with the plan: the same whatever its type."""
    if plan is None:
        return []
    adults, children = whole(data.get("adults")) or 1, whole(data.get("children"))
    request = QuoteRequest(0, plan.pk, arrival_on, departure_on, adults=adults, children=children)
    return pricing.packages_of(requests=[request])[0]


def _by_the_hour(types: list[RoomType], data: QueryDict) -> list[dict[str, Any]]:
    typed = data.get("hours", "")
    prices = HourlyPrice.objects.filter(room_type__in=types).order_by("hours")
    if typed.isdigit():
        prices = prices.filter(hours=int(typed))
    by_type: dict[int, HourlyPrice] = {}
    for price in prices:
        by_type.setdefault(price.room_type_id, price)
    return [
        {"type": kind, "least": None, "cells": [], "total": by_type[kind.pk].price, "refusals": []}
        for kind in types
        if kind.pk in by_type
    ]


def _with_wishes(rows: list[dict[str, Any]], wanted: dict[int, int]) -> list[dict[str, Any]]:
    for row in rows:
        row["name"] = f"rooms_{row['type'].pk}"
        row["wanted"] = wanted.get(row["type"].pk, "")
    return rows


@transaction.atomic
def _make(request: StaffRequest, house: Property, form: ReserveForm, wanted: dict[int, int]) -> Booking:
    typed, at = form.cleaned_data, timezone.now()
    face = arrival.face_of(typed["guest"], house) if typed["guest"] else None
    hours = typed["hours"] if typed["form"] == "day_use" else None
    start_at = moments.moment(house, typed["arrival_on"], typed["start_at"]) if hours and typed["start_at"] else None
    named = typed["guest_name"] or (face.guest.name if face else typed["title"])
    stays = [
        services.StayRequest(
            room_type_id=type_id,
            arrival_on=typed["arrival_on"],
            departure_on=typed["arrival_on"] if hours else typed["departure_on"],
            rate_plan_id=typed["rate_plan"].pk if typed["rate_plan"] else None,
            guest_id=face.guest.pk if face and position == 0 else None,
            guest_name=named,
            member_id=face.member_id if face else None,
            member_level_id=face.level_id if face else None,
            adults=typed["adults"],
            children=typed["children"] or 0,
            hours=hours,
            start_at=start_at,
            status=form.status(),
            note=typed["note"],
        )
        for position, type_id in enumerate(type_id for type_id, number in wanted.items() for _n in range(number))
    ]
    company = typed["company"]
    booking = services.reserve(
        property_id=house.pk,
        stays=stays,
        booking=services.BookingRequest(
            kind=form.kind(),
            title=typed["title"] or (str(company)[:80] if company else ""),
            contact_name=typed["contact_name"],
            contact_phone=typed["contact_phone"],
            source=typed["source"],
            external_no=typed["external_no"],
            note=typed["note"],
        ),
        by=request.user,
        at=at,
    )
    payer = None
    if form.kind() == "group":
        payer = folios.open_folio(
            property_id=house.pk, kind=FolioKind.MASTER, booking_id=booking.pk, by=request.user, at=at
        )
    if (what := form.routed()) and request.user.has_perm("hotel.transfer_entry"):
        if company:
            payer = folios.company_folios(company_ids=[company.pk], by=request.user, at=at)[company.pk]
        ids = list(booking.stays.values_list("pk", flat=True))
        folios.route_charges(stay_ids=ids, folio_id=payer.pk if payer else 0, what=what, by=request.user, at=at)
    return booking
