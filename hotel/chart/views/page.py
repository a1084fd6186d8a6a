"""远期房态表: the page, further rows, and what changed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from hotel.chart import queries
from hotel.chart.drawing import Drawer
from hotel.chart.queries import DAY, SCREEN, SPANS, Window
from hotel.rooms.desk import current_property
from hotel.rooms.numbers import whole, wholes
from hotel.rooms.panel import address_of
from hotel.rooms.telling import EVERYTHING, channel_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from hotel.chart.queries import Type
    from hotel.rooms.models import Property
    from oms.web.requests import StaffRequest

VIEW = "hotel.view_stay"
MOVE = "hotel.move_stay"
FARTHEST = 800  # days from today one may look


@require_GET
@login_required
@permission_required(VIEW, raise_exception=True)
def chart(request: StaffRequest) -> HttpResponse:
    """The first screen: dates, free and sold, stays without a room, fifty rooms; the others come as one scrolls."""
    house, at = current_property(request), timezone.now()
    window = window_of(request, house)
    drawer = drawer_of(request, window, at)
    types = queries.types(window, _lanes(request))
    count = sum(kind.rooms for kind in types)
    offset = whole(request.GET.get("offset"))
    today = house.business_date
    context = {
        "house": house,
        "channel": channel_of(house.pk),
        "window": window,
        "spans": SPANS,
        "last": window.end - DAY,
        "drawer": {"head": drawer.head(), "shade": drawer.shade()},
        "steps": {
            "week_back": window.start - 7 * DAY,
            "day_back": window.start - DAY,
            "today": today - DAY,
            "day_on": window.start + DAY,
            "week_on": window.start + 7 * DAY,
            "is_today": window.start == today - DAY,
        },
        "rows": _rows(window, drawer, types, offset),
        "chunks": [
            {"offset": n, "rooms": min(SCREEN, count - n), "last": min(n + SCREEN, count)}
            for n in range(offset + SCREEN, count, SCREEN)
        ],
        "board": address_of("rooms:board"),
        "reserve": address_of("stays:reserve"),
        **_head_rows(drawer, types, request),
    }
    return render(request, "hotel/chart/chart.html", context)


@require_GET
@login_required
@permission_required(VIEW, raise_exception=True)
def rows(request: StaffRequest) -> HttpResponse:
    """Fifty more rooms from ``offset``; or ``rooms`` (ids) drawn anew, with what is above them."""
    house, at = current_property(request), timezone.now()
    window = window_of(request, house)
    drawer = drawer_of(request, window, at)
    types = queries.types(window, _lanes(request))
    if "rooms" not in request.GET:
        more = _rows(window, drawer, types, whole(request.GET.get("offset")))
        return render(request, "hotel/chart/_rows.html", {"rows": more})
    ids = wholes(request.GET["rooms"])
    found = queries.rows(window, room_ids=ids[:EVERYTHING], limit=EVERYTHING)
    context = {"rows": drawer.rows(found, {}), **_head_rows(drawer, types, request)}
    return render(request, "hotel/chart/_changed.html", context)


def window_of(request: StaffRequest, house: Property) -> Window:
    """The days asked for: three weeks from yesterday unless said otherwise."""
    today = house.business_date
    start = _date(request.GET.get("start", "")) or today - DAY
    start = min(max(start, today - FARTHEST * DAY), today + FARTHEST * DAY)
    days = whole(request.GET.get("days"))
    return Window(house, start, days if days in SPANS else 21)


def drawer_of(request: StaffRequest, window: Window, at: dt.datetime) -> Drawer:
    """How this reader sees the chart."""
    pattern = address_of("stays:detail", "ST0")

    def link(number: str) -> str:
        return pattern.replace("ST0", number)

    return Drawer(window, at, names=True, may_change=request.user.has_perm(MOVE), link=link)


def _rows(window: Window, drawer: Drawer, types: Sequence[Type], offset: int) -> str:
    found = queries.rows(window, offset=offset)
    by_id = {kind.type_id: kind for kind in types}
    before = 0  # a chunk that begins within a type has no heading for it
    if offset and found and by_id.get(found[0].type_id) and by_id[found[0].type_id].first != offset:
        before = found[0].type_id
    return drawer.rows(found, by_id, before)


def _head_rows(drawer: Drawer, types: Sequence[Type], request: StaffRequest) -> dict[str, Any]:
    everything = sum(kind.rooms for kind in types)
    waiting = sum(kind.unassigned for kind in types)
    return {
        "total": {"rooms": everything, "days": drawer.days(queries.totals(types), everything)},
        "types": [
            {
                "type": kind,
                "days": drawer.days(kind.days, kind.rooms),
                "lanes": drawer.lanes(kind),
            }
            for kind in types
        ],
        "waiting": waiting,
        "lanes": "all" if _lanes(request) > queries.LANES else "",
        "many": waiting >= queries.NEAREST,
    }


def _lanes(request: StaffRequest) -> int:
    return queries.MOST_LANES if request.GET.get("lanes") == "all" else queries.LANES


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
