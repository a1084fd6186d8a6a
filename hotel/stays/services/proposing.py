"""Which room would suit a stay best: clean, as the guest likes it, worn evenly."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from hotel.stays.services.desk import READY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

MOST = 12  # rooms proposed per stay

# Rooms of the stay's type, in service, that nothing takes during the stay; out of service ones are the last resort.
_CANDIDATES = """
SELECT s.id, s.due_in_at, s.due_out_at, coalesce(g.preferences, ''), r.id, r.number, r.floor, r.features,
       r.housekeeping, r.nights_sold,
       EXISTS (SELECT FROM hotel_roomblock b WHERE b.room_id = r.id AND b.ended_at IS NULL AND b.kind = 'oos'
                  AND b.from_on < greatest(s.departure_on, s.arrival_on + 1) AND b.until_on > s.arrival_on),
       EXISTS (SELECT FROM hotel_stay h WHERE h.room_id = r.id AND h.status = 'in_house' AND h.id <> s.id
                  AND s.arrival_on <= p.business_date AND h.departure_on <= p.business_date)
  FROM hotel_stay s
  JOIN hotel_property p ON p.id = s.property_id
  LEFT JOIN hotel_guest g ON g.id = s.guest_id
  JOIN hotel_room r ON r.room_type_id = s.room_type_id AND r.in_service_from <= s.arrival_on
   AND (r.in_service_until IS NULL OR r.in_service_until >= s.departure_on)
 WHERE s.id = ANY (%(stays)s)
   AND NOT EXISTS (SELECT FROM hotel_occupancy o
        WHERE int8range(o.room_id, o.room_id, '[]') && int8range(r.id, r.id, '[]')
          AND o.during && tstzrange(s.due_in_at, s.due_out_at) AND o.stay_id IS DISTINCT FROM s.id
          AND NOT EXISTS (SELECT FROM hotel_stay over WHERE over.id = o.stay_id AND over.status = 'checked_out'))
 ORDER BY s.due_in_at, s.id, r.id
"""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A room that is free for the whole stay, and what speaks for or against it."""

    room_id: int
    number: str
    floor: str
    is_clean: bool
    still_in_use: bool  # its guest is due out and has not left
    out_of_service: bool
    matches: tuple[str, ...]  # preferred features it has
    nights_sold: int


def propose_rooms(stay_ids: Collection[int]) -> dict[int, list[Proposal]]:
    """Rooms for each stay, best first, at most twelve: vacant and clean, most preferred features, fewest nights sold.

    The best room of an earlier stay is not proposed to a later one that overlaps with it. One statement; a stay that
    nothing suits has an empty list.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, {"stays": list(stay_ids)})
        rows = cursor.fetchall()
    choices: dict[int, list[Proposal]] = defaultdict(list)
    times: dict[int, tuple[dt.datetime, dt.datetime]] = {}
    for stay_id, start, end, likes, *room in rows:
        times[stay_id] = (start, end)
        choices[stay_id].append(_proposal(likes, room))
    promised: dict[int, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
    proposals: dict[int, list[Proposal]] = {pk: [] for pk in stay_ids}
    for stay_id, found in choices.items():
        start, end = times[stay_id]
        free = [p for p in found if not any(s < end and start < e for s, e in promised[p.room_id])]
        free.sort(key=_rank)
        proposals[stay_id] = free[:MOST]
        if free:
            promised[free[0].room_id].append((start, end))
    return proposals


def _proposal(likes: str, room: Sequence[Any]) -> Proposal:
    pk, number, floor, features, housekeeping, nights_sold, is_oos, in_use = room
    has = _words(features)
    matches = tuple(word for word in _words(likes) if word in has or word == floor)
    return Proposal(pk, number, floor, housekeeping in READY, in_use, is_oos, matches, nights_sold)


def _rank(proposal: Proposal) -> tuple[bool, bool, bool, int, int, str]:
    return (
        proposal.out_of_service,
        proposal.still_in_use,
        not proposal.is_clean,
        -len(proposal.matches),
        proposal.nights_sold,
        proposal.number,
    )


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,;，、；]+", text.lower()) if word]
