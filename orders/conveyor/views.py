"""The conveyor's page."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from orders.conveyor import queries
from orders.conveyor.labels import told_reason
from orders.conveyor.services import LEASE, stages

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oms.web.requests import StaffRequest

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
LABELS = {
    "map": (_("Map"), "barcode", _("merchant codes become SKUs, stock is reserved")),
    "audit": (_("Audit"), "shield-check", _("every check; who fails is intercepted")),
    "route": (_("Route"), "building-warehouse", _("the warehouse is chosen, promises move there")),
    "confirm": (_("Confirm"), "checks", _("the checks that need a route")),
    "dispatch": (_("Dispatch"), "send", _("the document is queued for the warehouse")),
}


@require_GET
@login_required
@permission_required("orders.view_order", raise_exception=True)
def conveyor(request: StaffRequest) -> HttpResponse:
    """What waits, how fast it goes, who works, what stopped where and why. Renews itself."""
    now = timezone.now()
    stops = queries.stops(request.user, now - DAY)
    buckets = queries.rate(request.user, now, HOUR)
    most = max([walked for walked, _passed in buckets] + [1])
    context = {
        "now": now,
        "queue": queries.queue_of(request.user, now, LEASE),
        "standing": queries.standing(request.user),
        "leases": [(until - LEASE, count) for until, count in queries.leases(request.user, now, LEASE)],
        "resting": [_told(row) for row in queries.resting(request.user, now)],
        "stages": [_stage(stage.name, stops) for stage in stages()],
        "stops": [_told(row) for row in stops],
        "bars": [
            {
                "x": i * 24,
                "walked": walked,
                "passed": passed,
                "top": 64 - round(60 * walked / most),
                "height": round(60 * walked / most),
                "done_top": 64 - round(60 * passed / most),
                "done": round(60 * passed / most),
            }
            for i, (walked, passed) in enumerate(buckets)
        ],
        "walked": sum(walked for walked, _passed in buckets),
        "passed": sum(passed for _walked, passed in buckets),
        "last": buckets[-1][0],
    }
    partial = request.htmx and request.htmx.target == "conveyor"
    return render(request, "orders/conveyor/page.html#live" if partial else "orders/conveyor/page.html", context)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """Stage and reason as people read them."""
    label = LABELS.get(row["stage"], (row["stage"],))[0]
    return row | {"label": label, "text": told_reason(row["reason"])}


def _stage(name: str, stops: list[dict]) -> dict[str, object]:
    label, icon, text = LABELS.get(name, (name, "dots", ""))
    return {
        "name": name,
        "label": label,
        "icon": icon,
        "text": text,
        "stopped": sum(row["count"] for row in stops if row["stage"] == name),
    }
