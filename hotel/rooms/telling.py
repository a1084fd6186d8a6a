"""Telling open boards and charts which rooms changed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from hotel.rooms.models import Property
from hotel.rooms.numbers import whole
from oms.notices.live import publish

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from hotel.rooms.models import Room
    from oms.staff.models import Staff

VIEW = "hotel.view_room"
QUEUE = "rooms-"  # the live channel queue:rooms-<property>
EVERYTHING = 200  # rooms in one message; above, pages are told to look at all of theirs


def channel_of(property_id: int) -> str:
    """The live channel of a property's rooms."""
    return f"queue:{QUEUE}{property_id}"


def tell(property_id: int, room_ids: Collection[int]) -> None:
    """Once the transaction commits: these rooms look different now. None named: only what is above them (figures,
    stays without a room). Too many to name: pages look at all of theirs.
    """
    too_many = len(room_ids) > EVERYTHING
    data = {"rooms": [] if too_many else sorted(room_ids), "all": too_many}
    publish(channel=channel_of(property_id), event="room", data=data)


def tell_of(rooms: Iterable[Room]) -> None:
    """The same for room rows, of whatever properties."""
    found = defaultdict(list)
    for room in rooms:
        found[room.property_id].append(room.pk)
    for property_id, room_ids in found.items():
        tell(property_id, room_ids)


def may_hear(staff: Staff, rest: str) -> bool:
    """Whether somebody may listen to ``queue:rooms-<rest>``: they may see rooms, and that property is one of theirs."""
    pk = whole(rest)
    return bool(pk) and staff.has_perm(VIEW) and Property.objects.visible_to(staff).filter(pk=pk).exists()
