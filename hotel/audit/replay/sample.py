"""Bookings made up with a seed in the shape of the real ones, for tests and where the real file is absent."""

from __future__ import annotations

import csv
import random
from decimal import Decimal
from typing import TYPE_CHECKING

from hotel.audit.replay.reading import NIGHT, STATUSES, FileBooking

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

KINDS = (("C-A", 6), ("C-D", 2), ("R-A", 4), ("R-E", 1))
ENDS = (("out", 65), ("cancelled", 34), ("no_show", 1))
DAYS = 60  # arrivals are spread over
LONGEST_LEAD = 90


def made_up(count: int, first: dt.date, seed: int = 7) -> list[FileBooking]:
    """``count`` bookings arriving within two months of ``first``, none booked before it, by the day they are made."""
    chance = random.Random(seed)  # noqa: S311 -- figures, not secrets
    found = []
    for row in range(count):
        booked = first + chance.randrange(DAYS) * NIGHT
        arrival = booked + min(LONGEST_LEAD, int(chance.expovariate(1 / 20))) * NIGHT
        end = _one(chance, ENDS)
        nights = chance.choice((0, 1, 1, 2, 2, 3, 3, 4, 7, 14)) if end == "out" else chance.choice((1, 2, 3, 7))
        ended = arrival + nights * NIGHT if end == "out" else arrival
        if end == "cancelled":
            ended = booked + chance.randint(0, (arrival - booked).days) * NIGHT
        found.append(
            FileBooking(
                row=row,
                kind=_one(chance, KINDS),
                booked_on=booked,
                arrival_on=arrival,
                nights=nights,
                end=end,
                ended_on=ended,
                adults=chance.choice((1, 2, 2, 2, 3)),
                children=chance.choice((0, 0, 0, 0, 1)),
                price=Decimal(chance.choice((0, 62, 75, 99, 108, 126, 180))),
                changes=chance.choice((0, 0, 0, 0, 1)),
                source=chance.choice(("Online TA", "Direct", "Groups")),
            )
        )
    return sorted(found, key=lambda booking: (booking.booked_on, booking.row))


def write_csv(path: Path, bookings: Sequence[FileBooking]) -> None:
    """The bookings in the published columns that the reader asks for."""
    statuses = {code: status for status, code in STATUSES.items()}
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(
            file,
            [
                "hotel", "lead_time", "arrival_date_year", "arrival_date_month", "arrival_date_day_of_month",
                "stays_in_weekend_nights", "stays_in_week_nights", "adults", "children", "babies", "market_segment",
                "reserved_room_type", "booking_changes", "adr", "reservation_status", "reservation_status_date",
            ],
        )  # fmt: skip
        out.writeheader()
        for booking in bookings:
            hotel, room_type = booking.kind.split("-")
            out.writerow(
                {
                    "hotel": {"C": "City Hotel", "R": "Resort Hotel"}[hotel],
                    "lead_time": (booking.arrival_on - booking.booked_on).days,
                    "arrival_date_year": booking.arrival_on.year,
                    "arrival_date_month": f"{booking.arrival_on:%B}",
                    "arrival_date_day_of_month": booking.arrival_on.day,
                    "stays_in_weekend_nights": 0,
                    "stays_in_week_nights": booking.nights,
                    "adults": booking.adults,
                    "children": booking.children,
                    "babies": 0,
                    "market_segment": booking.source,
                    "reserved_room_type": room_type,
                    "booking_changes": booking.changes,
                    "adr": booking.price,
                    "reservation_status": statuses[booking.end],
                    "reservation_status_date": booking.ended_on,
                }
            )


def _one(chance: random.Random, weighted: Sequence[tuple[str, int]]) -> str:
    return chance.choices([name for name, _weight in weighted], [weight for _name, weight in weighted])[0]
