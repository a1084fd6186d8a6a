"""The columns of "Hotel booking demand" (Antonio, Almeida, Nunes 2019) as bookings by the day they are made."""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import gzip
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MONTHS = {calendar.month_name[n]: n for n in range(1, 13)}
STATUSES = {"Check-Out": "out", "Canceled": "cancelled", "No-Show": "no_show"}
NIGHT = dt.timedelta(days=1)


class UnreadableBookings(ValueError):
    """The file is not the data set, or a row of it is broken."""


@dataclass(frozen=True, slots=True)
class FileBooking:
    """One row. ``ended_on``: the day it was cancelled or the guest left. ``price`` a night, as written."""

    row: int
    kind: str  # hotel and reserved room type
    booked_on: dt.date
    arrival_on: dt.date
    nights: int
    end: str
    ended_on: dt.date
    adults: int
    children: int
    price: Decimal
    changes: int
    source: str

    @property
    def departure_on(self) -> dt.date:
        """The day after the last night."""
        return self.arrival_on + self.nights * NIGHT


def read_bookings(path: Path, most: int | None = None) -> list[FileBooking]:
    """The file's rows (all, or the first ``most``) by the day they were made; plain or gzipped CSV.

    Raises UnreadableBookings, which names the row.
    """
    shared, rows = _Shared(), []
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        try:
            for number, row in enumerate(islice(csv.DictReader(file), most)):
                rows.append(_booking(number, row, shared))
        except KeyError as missing:
            message = f"row {len(rows) + 1}: no column, month or status {missing}"
            raise UnreadableBookings(message) from missing
        except (ValueError, ArithmeticError, TypeError, AttributeError, OSError, EOFError, csv.Error) as fault:
            message = f"row {len(rows) + 1}: {fault}"
            raise UnreadableBookings(message) from fault
    return sorted(rows, key=lambda booking: (booking.booked_on, booking.row))


class _Shared(dict[Any, Any]):
    """One object per date, price and word: the list lives as long as the replay."""

    def __missing__(self, value: Any) -> Any:
        self[value] = value
        return value


def rooms_needed(bookings: Sequence[FileBooking]) -> dict[str, int]:
    """Rooms of each type that the busiest night needs, so that nothing has to be refused.

    A night is sold from the day it is booked until the day it is cancelled; what arrives and leaves within the file
    is known beforehand, so this is the exact peak of what is on the books.
    """
    sold: Counter[tuple[str, dt.date]] = Counter()
    peak: Counter[str] = Counter()
    for _day, _order, sign, booking in sorted(_moves(bookings), key=lambda move: move[:2]):
        for n in range(booking.nights):
            night = (booking.kind, booking.arrival_on + n * NIGHT)
            sold[night] += sign
            peak[booking.kind] = max(peak[booking.kind], sold[night])
    day_use = Counter((b.kind, b.arrival_on) for b in bookings if not b.nights and b.end == "out")
    for (kind, _date), count in day_use.items():  # a day use needs a room as well, beside all that are slept in
        peak[kind] = max(peak[kind], sold[(kind, _date)] + count)
    return {kind: max(1, peak[kind]) for kind in sorted({booking.kind for booking in bookings})}


def _moves(bookings: Sequence[FileBooking]) -> Iterator[tuple[dt.date, int, int, FileBooking]]:
    for booking in bookings:
        yield booking.booked_on, 0, 1, booking
        if booking.end == "cancelled":
            yield booking.ended_on, 1, -1, booking


def _booking(number: int, row: dict[str, str], once: _Shared) -> FileBooking:
    month = MONTHS[row["arrival_date_month"]]
    arrival = dt.date(int(row["arrival_date_year"]), month, int(row["arrival_date_day_of_month"]))

    return FileBooking(
        row=number,
        kind=once[f"{row['hotel'][:1]}-{row['reserved_room_type'].strip()}"],
        booked_on=once[arrival - int(row["lead_time"]) * NIGHT],
        arrival_on=once[arrival],
        nights=int(row["stays_in_weekend_nights"]) + int(row["stays_in_week_nights"]),
        end=STATUSES[row["reservation_status"]],
        ended_on=once[dt.date.fromisoformat(row["reservation_status_date"])],
        adults=int(row["adults"]),
        children=_whole(row["children"]) + _whole(row["babies"]),
        price=once[Decimal(row["adr"])],
        changes=int(row["booking_changes"]),
        source=once[row["market_segment"]],
    )


def _whole(text: str) -> int:
    return int(float(text)) if text not in {"", "NA", "NULL"} else 0
