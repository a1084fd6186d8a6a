"""Between the house's dates and the world's moments."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from hotel.rooms.models import Property


def moment(house: Property, date: dt.date, time: dt.time) -> dt.datetime:
    """The UTC moment of a local time on a date at the house.

    A local time that the clock skips or repeats (daylight saving) is taken with the offset before the change.
    """
    return dt.datetime.combine(date, time, tzinfo=ZoneInfo(house.time_zone)).astimezone(dt.UTC)


def due_in(house: Property, arrival_on: dt.date) -> dt.datetime:
    """When a stay that arrives on a date may have its room."""
    return moment(house, arrival_on, house.check_in_time)


def due_out(house: Property, departure_on: dt.date) -> dt.datetime:
    """When a stay that departs on a date must have left it."""
    return moment(house, departure_on, house.check_out_time)


def local(house: Property, at: dt.datetime) -> dt.datetime:
    """A moment on the house's clock."""
    return at.astimezone(ZoneInfo(house.time_zone))
