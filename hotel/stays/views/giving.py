"""Who gets what comes with a rate plan on a date: the breakfast list."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import render
from django.views.decorators.http import require_GET

from hotel.rooms.desk import current_property
from hotel.stays.pricing import NIGHT
from hotel.stays.queries import packages_due

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hotel.stays.queries import DuePackage
    from oms.web.requests import StaffRequest


@require_GET
@login_required
@permission_required("hotel.view_stay", raise_exception=True)
def packages(request: StaffRequest) -> HttpResponse:
    """Packages of a date, tomorrow unless asked for another, item by item, to print."""
    house = current_property(request)
    try:
        date = dt.date.fromisoformat(request.GET.get("date", ""))
        before, after = date - NIGHT, date + NIGHT
    except (ValueError, OverflowError):
        date = house.business_date + NIGHT
        before, after = date - NIGHT, date + NIGHT
    found: dict[str, list[DuePackage]] = defaultdict(list)
    for due in packages_due(house, date):
        found[due.item].append(due)
    lists = [
        {"item": item, "rows": rows, "quantity": sum(row.quantity for row in rows)} for item, rows in found.items()
    ]
    context = {"house": house, "date": date, "before": before, "after": after, "lists": lists}
    return render(request, "hotel/stays/packages.html", context)
