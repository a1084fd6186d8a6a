"""房态图: the page, the tiles that changed, the drawer of one room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from hotel.rooms import queries
from hotel.rooms.desk import choose_property, current_property
from hotel.rooms.drawing import TONES, Drawer, code_labels
from hotel.rooms.forms import block_dates
from hotel.rooms.models import Property
from hotel.rooms.numbers import whole, wholes
from hotel.rooms.panel import address_of, panel_of, today_of
from hotel.rooms.states import BlockKind, Housekeeping, ServiceFlag
from hotel.rooms.telling import EVERYTHING, VIEW, channel_of
from hotel.rooms.views.locks import room_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from hotel.stays.models import Stay
    from oms.web.requests import StaffRequest

NAMES = "hotel.view_stay"  # who may see the desk's lists sees guests' names on the board


@require_GET
@login_required
@permission_required(VIEW, raise_exception=True)
def board(request: StaffRequest) -> HttpResponse:
    """Every room of the hotel worked at."""
    house, at = current_property(request), timezone.now()
    found = queries.board(house.pk, at)
    drawer = _drawer(request, house, at)
    context = {
        "house": house,
        "houses": list(Property.objects.visible_to(request.user).filter(is_active=True).order_by("code")),
        "channel": channel_of(house.pk),
        "floors": [
            {
                "name": floor,
                "in_house": sum(1 for tile in rooms if tile.stay_id),
                "html": drawer.draw(rooms),
            }
            for floor, rooms in queries.floors(found)
        ],
        "types": sorted({(tile.type_id, tile.type_name) for tile in found}, key=lambda pair: pair[1]),
        "walk_in": address_of("stays:check-in"),
        "chart": address_of("chart:chart"),
        **_panel_context(request, house, at),
        **_choices(house),
        **_figures(house, found),
    }
    return render(request, "hotel/rooms/board.html", context)


@require_GET
@login_required
@permission_required(VIEW, raise_exception=True)
def tiles(request: StaffRequest) -> HttpResponse:
    """The tiles of ``rooms`` (comma-separated ids; none: all) as they are now, and the figures above them."""
    house, at = current_property(request), timezone.now()
    wanted = wholes(request.GET.get("rooms"))
    found = queries.tiles(house.pk, wanted[:EVERYTHING] or None, at)
    context = {"tiles": _drawer(request, house, at).draw(found)}
    if not wanted or request.GET.get("figures"):
        context |= _tonight(house)
    return render(request, "hotel/rooms/_tiles.html", context)


@require_GET
@login_required
@permission_required(VIEW, raise_exception=True)
def panel(request: StaffRequest, pk: int) -> HttpResponse:
    """The drawer of one room; without one (0) who comes and goes today."""
    if pk:
        return render_panel(request, pk)
    return render(request, "hotel/rooms/_panel.html", _idle(request, current_property(request), timezone.now()))


@require_POST
@login_required
@permission_required(VIEW, raise_exception=True)
def choose_house(request: StaffRequest) -> HttpResponse:
    """Work at another hotel."""
    houses = Property.objects.visible_to(request.user).filter(is_active=True)
    choose_property(request, get_object_or_404(houses, pk=whole(request.POST.get("house"))).pk)
    return HttpResponseRedirect(address_of("rooms:board"))


def render_panel(request: StaffRequest, pk: int, results: Sequence[str] = ()) -> HttpResponse:
    """The drawer, with what was refused."""
    room, at = room_of(request, pk), timezone.now()
    context = {"panel": _panel(request, room.property, pk, at), "results": results, **_choices(room.property)}
    return render(request, "hotel/rooms/_panel.html", context)


def _panel_context(request: StaffRequest, house: Property, at: dt.datetime) -> dict[str, Any]:
    pk = whole(request.GET.get("room"))
    panel = _panel(request, house, pk, at) if pk else None
    return {"panel": panel} if panel else _idle(request, house, at)


def _idle(request: StaffRequest, house: Property, at: dt.datetime) -> dict[str, Any]:
    drawer, today = _drawer(request, house, at), today_of(house)

    def address(name: str, *args: str) -> str:
        return address_of(name, *args) if drawer.names else ""

    def told(stay: Stay) -> dict[str, Any]:
        return {"stay": stay, "name": drawer.name(stay.guest_name), "link": address("stays:detail", stay.number)}

    return {
        "panel": None,
        "today": today,
        "arriving": [told(stay) for stay in today.arriving],
        "leaving": [told(stay) for stay in today.leaving],
        "now": at,
        "lists": {"in": address("stays:arrivals"), "out": address("stays:due-outs")},
    }


def _panel(request: StaffRequest, house: Property, pk: int, at: dt.datetime) -> dict[str, Any] | None:
    room = house.rooms.select_related("property", "room_type").filter(pk=pk).first()
    found = panel_of(room, at) if room else None
    if found is None:
        return None
    drawer = _drawer(request, house, at)
    return {
        "it": found,
        "tone": TONES[found.tile.code],
        "label": code_labels()[found.tile.code],
        "name": drawer.name(found.tile.guest_name),
        "arrival_name": drawer.name(found.tile.arrival_name),
        "marks": drawer.marks(found.tile),
        "fitting": [{"stay": stay, "name": drawer.name(stay.guest_name)} for stay in found.fitting],
    }


def _drawer(request: StaffRequest, house: Property, at: dt.datetime) -> Drawer:
    return Drawer(house, at, names=request.user.has_perm(NAMES))


def _choices(house: Property) -> dict[str, Any]:
    return {
        "housekeeping_choices": Housekeeping.choices,
        "flag_choices": ServiceFlag.choices,
        "block_choices": BlockKind.choices,
        "dates": block_dates(house.business_date),
    }


def _tonight(house: Property) -> dict[str, Any]:
    return {"figures": queries.figures(house.pk, [])}


def _figures(house: Property, found: Sequence[queries.Tile]) -> dict[str, Any]:
    figures = queries.figures(house.pk, found)
    labels = code_labels()
    return {
        "figures": figures,
        "codes": [
            {"code": code, "label": label, "tone": TONES[code], "count": figures.codes.get(code, 0)}
            for code, label in labels.items()
        ],
        "marks": figures.marks,
    }
