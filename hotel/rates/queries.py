"""The rate calendar: room types × dates of one plan."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from hotel.rooms.models import RoomType
from hotel.stays.models import Availability
from hotel.stays.rates import Rate, Restriction

if TYPE_CHECKING:
    from decimal import Decimal

    from hotel.rooms.models import Property
    from hotel.stays.rates import RatePlan


@dataclass(frozen=True, slots=True)
class Day:
    """One type on one date: what it costs, what is sold, what forbids it (of this plan and of every plan)."""

    date: dt.date
    is_weekend: bool
    is_today: bool
    price: Decimal | None
    rooms: int | None
    sold: int
    overbooking: int
    is_closed: bool
    no_arrival: bool
    no_departure: bool
    least: int | None
    most: int | None

    @property
    def free(self) -> int | None:
        """Rooms that may still be sold without overbooking; None before the date was ever asked for."""
        return None if self.rooms is None else self.rooms - self.sold


@dataclass(frozen=True, slots=True)
class Row:
    """One room type."""

    type: RoomType
    days: list[Day]


def calendar(house: Property, plan: RatePlan, start: dt.date, days: int) -> list[Row]:
    """Rows of the active types, ``days`` dates from ``start``. Four queries."""
    types = list(RoomType.objects.filter(property=house, is_active=True).order_by("position", "pk"))
    until = start + dt.timedelta(days)
    window = Q(room_type__in=types, date__gte=start, date__lt=until)
    prices = {
        (type_id, date): price
        for type_id, date, price in Rate.objects.filter(window, rate_plan=plan).values_list(
            "room_type_id", "date", "price"
        )
    }
    sold = {(row.room_type_id, row.date): row for row in Availability.objects.filter(window)}
    rules: dict[tuple[int, dt.date], list[Restriction]] = {}
    for rule in Restriction.objects.filter(window).filter(Q(rate_plan=None) | Q(rate_plan=plan)):
        rules.setdefault((rule.room_type_id, rule.date), []).append(rule)
    dates = [start + dt.timedelta(n) for n in range(days)]
    return [
        Row(kind, [_day(house, kind.pk, date, prices, sold, rules.get((kind.pk, date), [])) for date in dates])
        for kind in types
    ]


def _day(
    house: Property,
    type_id: int,
    date: dt.date,
    prices: dict[tuple[int, dt.date], Decimal],
    sold: dict[tuple[int, dt.date], Availability],
    rules: list[Restriction],
) -> Day:
    row = sold.get((type_id, date))
    return Day(
        date=date,
        is_weekend=date.weekday() in {4, 5},  # the nights of Friday and Saturday
        is_today=date == house.business_date,
        price=prices.get((type_id, date)),
        rooms=row.rooms - row.out_of_order if row else None,
        sold=row.sold if row else 0,
        overbooking=row.overbooking if row else 0,
        is_closed=any(rule.is_closed for rule in rules),
        no_arrival=any(rule.closed_to_arrival for rule in rules),
        no_departure=any(rule.closed_to_departure for rule in rules),
        least=max((rule.min_nights for rule in rules if rule.min_nights), default=None),
        most=min((rule.max_nights for rule in rules if rule.max_nights), default=None),
    )
