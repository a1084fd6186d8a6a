"""What comes, what goes, who is in, and what may still be sold by type and date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from hotel.stays.models import Stay
from hotel.stays.packages import FALLS_SQL, QUANTITY_SQL
from hotel.stays.states import StayStatus

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection
    from decimal import Decimal

    from django.db.models import QuerySet

    from hotel.rooms.models import Property

# Dates nobody has sold yet have no row: then what is in service and not out of order is free.
_FREE = """
SELECT t.id, d.date, coalesce(a.rooms - a.out_of_order + a.overbooking - a.sold,
       (SELECT count(*) FROM hotel_room r WHERE r.room_type_id = t.id AND r.in_service_from <= d.date
           AND (r.in_service_until IS NULL OR r.in_service_until > d.date))
     - (SELECT count(*) FROM hotel_roomblock b JOIN hotel_room r ON r.id = b.room_id
         WHERE r.room_type_id = t.id AND b.kind = 'ooo' AND b.ended_at IS NULL
           AND b.from_on <= d.date AND b.until_on > d.date))
  FROM unnest(%(types)s::bigint[]) AS t(id)
 CROSS JOIN (SELECT g::date AS date FROM generate_series(%(start)s::timestamp, %(end)s::timestamp - interval '1 day',
                                                        interval '1 day') g) d
  LEFT JOIN hotel_availability a ON a.room_type_id = t.id AND a.date = d.date
"""
# The cheapest active plan that has a price for every night; none means not for sale.
_OFFERS = """
SELECT t.id, t.name, t.persons, t.most_persons, f.free, p.id, p.name, p.total
  FROM unnest(%(types)s::bigint[], %(free)s::int[]) AS f(type, free)
  JOIN hotel_roomtype t ON t.id = f.type
  LEFT JOIN LATERAL (
    SELECT rp.id, rp.name, sum(r.price) AS total FROM hotel_rateplan rp JOIN hotel_rate r ON r.rate_plan_id = rp.id
     WHERE rp.property_id = t.property_id AND rp.is_active AND r.room_type_id = t.id
       AND r.date >= %(start)s AND r.date < %(end)s
     GROUP BY rp.id HAVING count(*) = %(nights)s ORDER BY sum(r.price), rp.position, rp.id LIMIT 1) p ON true
 ORDER BY t.position, t.id
"""

# What stays get on one date of what they were sold with: of the night before if it is for the next morning.
_DUE = f"""
SELECT coalesce(nullif(k.text, ''), c.name) AS item, {QUANTITY_SQL} AS quantity, s.number, coalesce(r.number, ''),
       t.name, s.guest_name, s.adults, s.children, s.status = 'in_house'
  FROM (VALUES (%(date)s - 1, true), (%(date)s, false)) AS d(date, is_next_morning)
  JOIN hotel_roomnight n ON n.date = d.date
  JOIN hotel_stay s ON s.id = n.stay_id AND s.property_id = %(house)s
   AND (s.status IN ('in_house', 'checked_out') OR (s.status = 'confirmed' AND n.date >= %(today)s))
  JOIN hotel_staypackage k ON k.stay_id = s.id AND k.is_next_morning = d.is_next_morning AND {FALLS_SQL}
  JOIN hotel_chargecode c ON c.id = k.charge_code_id
  JOIN hotel_roomtype t ON t.id = s.room_type_id LEFT JOIN hotel_room r ON r.id = s.room_id
 ORDER BY item, r.number NULLS LAST, s.id, k.id
"""


@dataclass(frozen=True, slots=True)
class DuePackage:
    """One room's share of a list for the kitchen or the desk: how many of an item, for whom."""

    item: str
    quantity: int
    stay: str
    room: str
    room_type: str
    guest: str
    adults: int
    children: int
    is_here: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A room type for some dates: rooms free on the tightest night, and the cheapest plan that sells every night."""

    room_type_id: int
    name: str
    persons: int
    most_persons: int
    free: int
    rate_plan_id: int | None
    rate_plan: str | None
    total: Decimal | None


def arrivals(house: Property) -> QuerySet[Stay]:
    """Stays to arrive on the business date, and those that should have come before."""
    due = Stay.objects.filter(
        property=house,
        arrival_on__lte=house.business_date,
        status__in=[StayStatus.TENTATIVE, StayStatus.CONFIRMED],
    )
    return due.select_related("room_type", "room", "guest", "booking").order_by("due_in_at", "pk")


def due_outs(house: Property) -> QuerySet[Stay]:
    """Guests in the house who leave on the business date, or should have left."""
    due = Stay.objects.filter(property=house, departure_on__lte=house.business_date, status=StayStatus.IN_HOUSE)
    return due.select_related("room_type", "room", "guest", "booking").order_by("due_out_at", "room__number", "pk")


def in_house(house: Property) -> QuerySet[Stay]:
    """Everybody in the house, by room."""
    inside = Stay.objects.filter(property=house, status=StayStatus.IN_HOUSE)
    return inside.select_related("room_type", "room", "guest", "booking").order_by("room__number", "pk")


def free_counts(room_type_ids: Collection[int], start: dt.date, end: dt.date) -> dict[tuple[int, dt.date], int]:
    """Rooms that may still be sold by (type, date) of [start, end), overbooking included. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_FREE, {"types": list(room_type_ids), "start": start, "end": end})
        return {(kind, date): free for kind, date, free in cursor.fetchall()}


def offers(house: Property, arrival_on: dt.date, departure_on: dt.date) -> list[Offer]:
    """Every active room type for these nights, sold out ones too, in the house's order. Three statements."""
    types = list(house.room_types.filter(is_active=True).values_list("pk", flat=True))
    tightest: dict[int, int] = {}
    for (type_id, _date), free in free_counts(types, arrival_on, departure_on).items():
        tightest[type_id] = min(free, tightest.get(type_id, free))
    facts: dict[str, Any] = {"types": list(tightest), "free": list(tightest.values())}
    facts |= {"start": arrival_on, "end": departure_on, "nights": (departure_on - arrival_on).days}
    with connection.cursor() as cursor:
        cursor.execute(_OFFERS, facts)
        return [Offer(*row) for row in cursor.fetchall()]


def packages_due(house: Property, date: dt.date) -> list[DuePackage]:
    """Packages that guests in the house, and those still to come, get on a date, by item and room. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"house": house.pk, "date": date, "today": house.business_date})
        return [DuePackage(*row) for row in cursor.fetchall()]
