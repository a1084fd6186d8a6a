"""Which cells a change is about, and the trace that keeps it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from hotel.rates.services.errors import BadRange
from hotel.rooms import traces
from hotel.rooms.models import DeskTrace, Property, RoomType
from hotel.rooms.traces import Trace
from hotel.stays.rates import RatePlan
from oms.lib.money import cents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oms.staff.models import Staff

LONGEST = 800  # days of one change
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Span:
    """Which cells: both dates included, weekdays as Monday 0 … Sunday 6 (empty: all), room types."""

    from_on: dt.date
    until_on: dt.date
    type_ids: Sequence[int]
    weekdays: frozenset[int] = frozenset()

    def dates(self) -> list[dt.date]:
        """The dates of the span."""
        days = [self.from_on + dt.timedelta(n) for n in range((self.until_on - self.from_on).days + 1)]
        return [day for day in days if not self.weekdays or day.weekday() in self.weekdays]


@dataclass(frozen=True, slots=True)
class Pricing:
    """How prices change: to ``price``, or by ``percent`` and then ``amount``; ``whole``: rounded to whole yuan."""

    price: Decimal | None = None
    percent: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    whole: bool = False

    def of(self, before: Decimal | None) -> Decimal | None:
        """The price after; None where there is none to change."""
        if self.price is not None:
            return cents(self.price)
        if before is None:
            return None
        after = cents(before * (HUNDRED + self.percent) / HUNDRED + self.amount)
        return cents(after.quantize(Decimal(1))) if self.whole else after


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell that would change. ``plan_id`` None: every plan (restrictions), or none (overbooking)."""

    plan_id: int | None
    type_id: int
    date: dt.date
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Done:
    """What a change did: how many cells, and the trace by which it is undone (None: nothing changed)."""

    cells: int
    trace_id: int | None


def record(property_id: int, action: str, cells: Sequence[Cell], by: Staff, at: dt.datetime) -> Done:
    if not cells:
        return Done(0, None)

    def kept(value: Any) -> Any:
        return str(value) if isinstance(value, Decimal) else value

    rows = [[c.plan_id, c.type_id, c.date.isoformat(), kept(c.before), kept(c.after)] for c in cells]
    first, last = min(cell.date for cell in cells), max(cell.date for cell in cells)
    reference = f"{first:%m-%d} … {last:%m-%d} ({len(cells)})"
    traces.write(lines=[Trace(property_id, action, reference=reference, data={"cells": rows})], by=by, at=at)
    trace = DeskTrace.objects.filter(property=property_id, action=action, by=by).order_by("-pk")
    return Done(len(cells), trace.values_list("pk", flat=True)[0])


def lock_plans(plan_ids: Sequence[int]) -> None:
    list(RatePlan.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=plan_ids).order_by("pk"))


def checked(property_id: int, span: Span, plan_ids: Sequence[int]) -> dict[int, RoomType]:
    """The span's room types by id. Raises BadRange for dates that are over, too many, or nothing chosen."""
    house = Property.objects.get(pk=property_id)
    types = RoomType.objects.filter(property=house).in_bulk(span.type_ids)
    plans = RatePlan.objects.filter(property=house, pk__in=plan_ids).count()
    facts = [
        (span.until_on < span.from_on, _("The last date is before the first.")),
        (span.from_on < house.business_date, _("Days that are over stay as they were.")),
        ((span.until_on - span.from_on).days >= LONGEST, _("At most 800 days at once.")),
        (not span.type_ids or len(types) != len(set(span.type_ids)), _("Choose room types of this hotel.")),
        (plans != len(set(plan_ids)), _("Choose rate plans of this hotel.")),
    ]
    for is_wrong, fact in facts:
        if is_wrong:
            raise BadRange(fact=fact)
    if not span.dates():
        raise BadRange(fact=_("None of these dates is one of the weekdays."))
    return types
