"""What the drawer of one room shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.urls import NoReverseMatch, reverse

from hotel.folios.models import Folio
from hotel.rooms import presenting, queries
from hotel.rooms.models import OperationLock, RoomBlock
from hotel.stays.models import Occupancy, Stay
from hotel.stays.rates import Rate
from hotel.stays.states import StayStatus

if TYPE_CHECKING:
    import datetime as dt

    from hotel.rooms.models import Property, Room
    from hotel.rooms.queries import Tile

MOST_FITTING = 4
MOST_TODAY = 10


@dataclass(slots=True)
class Panel:
    """One room: its tile, what may be done, who could come, what was done."""

    room: Room
    tile: Tile
    stay: Stay | None
    block: RoomBlock | None
    lock: OperationLock | None
    next_taken: Occupancy | None
    price: Any
    fitting: list[Stay]
    traces: list[presenting.Told]
    links: dict[str, str] = field(default_factory=dict)


def panel_of(room: Room, at: dt.datetime) -> Panel | None:
    """None for a room that is not in service today. A dozen statements."""
    found = queries.tiles(room.property_id, [room.pk], at)
    if not found:
        return None
    tile, today = found[0], room.property.business_date
    arriving = Stay.objects.filter(
        property=room.property,
        status__in=[StayStatus.CONFIRMED, StayStatus.TENTATIVE],
        room=None,
        room_type=room.room_type_id,
        arrival_on=today,
    )
    return Panel(
        room=room,
        tile=tile,
        stay=Stay.objects.select_related("member__level", "guest").filter(pk=tile.stay_id or 0).first(),
        block=RoomBlock.objects.filter(pk=tile.block_id or 0).first(),
        lock=OperationLock.objects.select_related("holder").filter(room=room, expires_at__gt=at).first(),
        next_taken=Occupancy.objects.select_related("stay")
        .filter(room=room, during__startswith__gt=at)
        .order_by("during")
        .first(),
        price=_price(room, today),
        fitting=[] if tile.stay_id or tile.block_id else list(arriving.order_by("due_in_at", "pk")[:MOST_FITTING]),
        traces=presenting.told(queries.traces_of(room)),
        links=links_of(room, tile),
    )


@dataclass(slots=True)
class Today:
    """Who is still to come and to go today, the soonest first, and how many they are and still without a room."""

    arriving: list[Stay]
    arrivals: int
    unassigned: int
    leaving: list[Stay]
    departures: int


def today_of(house: Property) -> Today:
    """What the drawer shows when no room is chosen. Two statements."""
    mine = Stay.objects.filter(property=house).select_related("room", "room_type")
    to_come = [StayStatus.CONFIRMED, StayStatus.TENTATIVE]
    arriving = list(mine.filter(status__in=to_come, arrival_on=house.business_date).order_by("due_in_at", "pk"))
    gone = mine.filter(status=StayStatus.IN_HOUSE, departure_on__lte=house.business_date)
    leaving = list(gone.order_by("due_out_at", "pk"))
    unassigned = sum(1 for stay in arriving if stay.room_id is None)
    return Today(arriving[:MOST_TODAY], len(arriving), unassigned, leaving[:MOST_TODAY], len(leaving))


def _price(room: Room, today: dt.date) -> Any:
    rates = Rate.objects.filter(room_type=room.room_type_id, date=today, rate_plan__is_active=True)
    return rates.order_by("rate_plan__position", "rate_plan").values_list("price", flat=True).first()


def links_of(room: Room, tile: Tile) -> dict[str, str]:
    """Where the desk goes on from here; a page that does not exist is left out."""
    open_ones = Folio.objects.filter(stay=tile.stay_id or 0, closed_at=None).order_by("window")
    folio = open_ones.values_list("number", flat=True).first() if tile.stay_id else None
    wanted = {
        "check_in": ("stays:check-in", [], f"?room={room.pk}"),
        "day_use": ("stays:check-in", [], f"?room={room.pk}&day_use=1"),
        "arrival": ("stays:check-in", [], f"?stay={tile.arrival_number}") if tile.arrival_id else None,
        "stay": ("stays:detail", [tile.stay_number], "") if tile.stay_id else None,
        "leave": ("stays:leave", [], f"?stay={tile.stay_number}") if tile.stay_id else None,
        "move": ("stays:ask", [tile.stay_number, "move"], "") if tile.stay_id else None,
        "dates": ("stays:ask", [tile.stay_number, "dates"], "") if tile.stay_id else None,
        "folio": ("folios:folio", [folio], "") if folio else None,
    }
    found = {}
    for key, place in wanted.items():
        address = address_of(place[0], *place[1]) if place else ""
        if place and address:
            found[key] = address + place[2]
    return found


def address_of(name: str, *args: Any) -> str:
    """The address of a page, or nothing when there is no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
