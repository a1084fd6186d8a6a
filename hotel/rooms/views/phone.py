"""The housekeeper's phone: which rooms to do, one button each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hotel.rooms import queries, services
from hotel.rooms.desk import current_property
from hotel.rooms.drawing import TONES, Drawer, code_labels
from hotel.rooms.forms import HousekeepingForm
from hotel.rooms.models import Room
from hotel.rooms.states import Housekeeping, ServiceFlag
from hotel.rooms.telling import channel_of

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hotel.rooms.models import Property
    from hotel.rooms.queries import Tile
    from oms.web.requests import StaffRequest

MOST = 100  # cards on one page; in a large house a floor is chosen
TABS = ("todo", "occupied", "clean", "all")


@dataclass(frozen=True, slots=True)
class Card:
    """One room on the phone: what to do there, why, and the next step."""

    tile: Tile
    title: str
    note: str
    step: str  # the housekeeping status the button leads to; empty: no button
    verb: str
    urgent: bool
    rank: int
    tone: str
    label: str


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("hotel.set_housekeeping", raise_exception=True)
def phone(request: StaffRequest) -> HttpResponse:
    """Rooms as cards, the most urgent first; POST changes one and gives the list anew."""
    house, at = current_property(request), timezone.now()
    refused = _change(request, house) if request.method == "POST" else []
    found = queries.board(house.pk, at)
    drawer = Drawer(house, at, names=request.user.has_perm("hotel.view_stay"))
    floor = request.GET.get("floor", "")
    cards = sorted(
        (_card(tile, drawer) for tile in found if not floor or tile.floor == floor),
        key=lambda card: (card.rank, card.tile.number),
    )
    tab = request.GET.get("tab", "todo")
    tab = tab if tab in TABS else "todo"
    groups = {name: [card for card in cards if _belongs(card, name)] for name in TABS}
    ready = sum(1 for card in groups["clean"] if not card.step)
    labels = {"todo": _("To do"), "occupied": _("Occupied"), "clean": _("Clean"), "all": _("All")}
    context = {
        "house": house,
        "channel": channel_of(house.pk),
        "tabs": [{"key": name, "label": labels[name], "count": len(groups[name])} for name in TABS],
        "tab": tab,
        "floor": floor,
        "floors": sorted({tile.floor for tile in found}, key=lambda text: (len(text), text)),
        "cards": groups[tab][:MOST],
        "more": max(0, len(groups[tab]) - MOST),
        "ready": ready,
        "total": ready + len(groups["todo"]),
        "refused": refused,
    }
    return render(request, "hotel/rooms/phone.html", context)


def _change(request: StaffRequest, house: Property) -> list[str]:
    form = HousekeepingForm(request.POST)
    if not form.is_valid():
        return [str(fault) for faults in form.errors.values() for fault in faults]
    own = list(Room.objects.filter(property=house, pk__in=form.cleaned_data["rooms"]).values_list("pk", flat=True))
    results = services.set_housekeeping(room_ids=own, to=form.cleaned_data["to"], by=request.user, at=timezone.now())
    return [str(refusal) for refusal in results.values() if refusal]


def _belongs(card: Card, tab: str) -> bool:
    wanted = {
        "todo": bool(card.step) and card.tile.block_id is None,
        "occupied": card.tile.stay_id is not None,
        "clean": card.tile.housekeeping in {Housekeeping.CLEAN, Housekeeping.INSPECTED},
    }
    return wanted.get(tab, True)


def _card(tile: Tile, drawer: Drawer) -> Card:
    step, verb = _step(tile)
    texts = [text for cls, _icon, text in drawer.marks(tile) if cls != "lk"]
    if tile.stay_id:
        texts.insert(0, drawer.name(tile.guest_name))
    return Card(
        tile=tile,
        title=_title(tile),
        note=" · ".join(texts) or tile.type_name,
        step=step,
        verb=verb,
        urgent=tile.housekeeping == Housekeeping.CLEANING,
        rank=_rank(tile),
        tone=TONES[tile.code],
        label=code_labels()[tile.code],
    )


def _step(tile: Tile) -> tuple[str, str]:
    if tile.housekeeping == Housekeeping.DIRTY and tile.service_flag != ServiceFlag.DND:
        return Housekeeping.CLEANING, _("Start")
    if tile.housekeeping == Housekeeping.CLEANING:
        return Housekeeping.CLEAN, _("Finish")
    if tile.housekeeping == Housekeeping.CLEAN and tile.stay_id is None:
        return Housekeeping.INSPECTED, _("Inspect")
    return "", ""


def _title(tile: Tile) -> str:
    facts = [
        (bool(tile.block_id), tile.block_reason),
        (tile.service_flag == ServiceFlag.DND, _("Do not disturb")),
        (tile.service_flag == ServiceFlag.MAKE_UP, _("Make up now")),
        (tile.housekeeping == Housekeeping.CLEANING, _("Being cleaned")),
        (tile.housekeeping == Housekeeping.CLEAN and tile.stay_id is None, _("Waits for inspection")),
        (tile.housekeeping in {Housekeeping.CLEAN, Housekeeping.INSPECTED}, _("Ready")),
        (tile.stay_id is not None, _("Guest stays on")),
    ]
    return next((text for holds, text in facts if holds), _("Guest has left"))


def _rank(tile: Tile) -> int:
    """A guest waits; asked for at the door; begun; left; stays on; the rest."""
    todo = tile.housekeeping in {Housekeeping.DIRTY, Housekeeping.CLEANING}
    order = [
        bool(tile.arrival_id) and todo,
        tile.service_flag == ServiceFlag.MAKE_UP,
        tile.housekeeping == Housekeeping.CLEANING,
        todo and tile.stay_id is None,
        todo and tile.service_flag != ServiceFlag.DND,
        todo,
    ]
    return next((rank for rank, holds in enumerate(order) if holds), len(order))
