"""How long check-ins take, per clerk: P50, P90, interactions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from hotel.rooms.desk import current_property
from hotel.stays import timing
from oms.staff.models import Staff

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oms.web.requests import StaffRequest

PERIODS = (7, 30, 90)
KINDS = {"": _("All"), "returning": _("Returning guests"), "new": _("New guests"), "booked": _("Booked")}
WIDTH, HEIGHT, GAP = 640, 150, 4


@require_GET
@login_required
@permission_required("hotel.view_stay", raise_exception=True)
def page(request: StaffRequest) -> HttpResponse:
    """The figures of the last days. Somebody who may not read everybody's traces sees their own and the house's."""
    house = current_property(request)
    days = next((n for n in PERIODS if str(n) == request.GET.get("days")), 30)
    since = timezone.now() - dt.timedelta(days=days)
    found = timing.figures(house, since)
    if not request.user.has_perm("hotel.audit_traces"):
        found = [f for f in found if f.by_id in {None, request.user.pk}]
    names = {person.pk: str(person) for person in Staff.objects.filter(pk__in=[f.by_id for f in found if f.by_id])}
    people = [(names[f.by_id], f) for f in found if f.by_id in names and not f.kind]
    context = {
        "house": house,
        "days": days,
        "periods": PERIODS,
        "kinds": [(KINDS[f.kind], f) for f in found if f.by_id is None and f.kind],
        "all": next((f for f in found if f.by_id is None and not f.kind), None),
        "people": sorted(people, key=lambda pair: pair[1].p50),
        "bars": _bars(timing.by_day(house, since)),
        "width": WIDTH,
        "height": HEIGHT,
    }
    return render(request, "hotel/stays/timing.html", context)


def _bars(days: list[tuple[dt.date, int, float, float]]) -> list[dict[str, Any]]:
    """A bar of P50 with a thinner one of P90 behind it, for each business date."""
    if not days:
        return []
    most = max(p90 for _day, _n, _p50, p90 in days) or 1
    step = WIDTH / max(len(days), 7)
    return [
        {
            "day": day,
            "count": count,
            "p50": p50,
            "p90": p90,
            "x": round(i * step + GAP / 2, 1),
            "w": round(step - GAP, 1),
            "y50": round(HEIGHT - p50 / most * HEIGHT, 1),
            "h50": round(p50 / most * HEIGHT, 1),
            "y90": round(HEIGHT - p90 / most * HEIGHT, 1),
            "h90": round(p90 / most * HEIGHT, 1),
        }
        for i, (day, count, p50, p90) in enumerate(days)
    ]
