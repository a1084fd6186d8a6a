"""Closed days: occupancy, average rate, revenue per room, by day and by room type."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import render
from django.views.decorators.http import require_GET

from hotel.audit import presenting, queries
from hotel.audit.forms import PeriodForm
from hotel.audit.queries import Period
from hotel.rooms.desk import current_property

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oms.web.requests import StaffRequest

USUAL = dt.timedelta(days=29)
DAY = dt.timedelta(days=1)


@require_GET
@login_required
@permission_required("hotel.view_dailyfigure", raise_exception=True)
def figures(request: StaffRequest) -> HttpResponse:
    """The page; the last thirty closed days unless asked for others."""
    house = current_property(request)
    yesterday = house.business_date - DAY
    usual = {"since": yesterday - USUAL, "until": yesterday}
    form = PeriodForm(request.GET if {"since", "until"} & request.GET.keys() else usual)
    asked = form.cleaned_data if form.is_valid() else usual
    days = queries.figures_between(house.pk, asked["since"], asked["until"])
    context = {
        "house": house,
        "form": form,
        "days": list(reversed(queries.per_day(days))),
        "total": Period(days),
        "charts": presenting.charts_of(days),
        "departments": queries.revenue_by_department(house.pk, asked["since"], asked["until"]),
        "types": presenting.types_of(queries.figures_by_type(house.pk, asked["since"], asked["until"])),
    }
    return render(request, "hotel/audit/figures.html", context, status=422 if form.errors else 200)
