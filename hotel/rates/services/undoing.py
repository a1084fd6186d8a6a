"""Putting back what a change replaced, from its trace."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction

from hotel.rates.services.changing import (
    EMPTY,
    OVERBOOKING,
    PRICES,
    RESTRICTIONS,
    refuse_below_sold,
    values_of,
    write_overbooking,
    write_prices,
    write_restrictions,
)
from hotel.rates.services.errors import ChangedSince, NothingToUndo
from hotel.rates.services.spans import Cell, lock_plans
from hotel.rooms import traces
from hotel.rooms.models import DeskTrace, RoomType
from hotel.rooms.traces import Trace
from hotel.stays import inventory
from hotel.stays.models import Availability
from hotel.stays.rates import Rate, RatePlan, Restriction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oms.staff.models import Staff


@transaction.atomic
def undo(*, property_id: int, trace_id: int, by: Staff, at: dt.datetime) -> int:
    """Put back what a change replaced, all of it or nothing; returns how many cells.

    Locks as the change did. Raises NothingToUndo, ChangedSince, BelowSold.
    """
    lock_plans(list(RatePlan.objects.filter(property=property_id).values_list("pk", flat=True)))
    trace = DeskTrace.objects.filter(
        pk=trace_id, property=property_id, action__in=[PRICES, RESTRICTIONS, OVERBOOKING]
    ).first()
    undone = DeskTrace.objects.filter(property=property_id, action="rates.undone", reference=str(trace_id))
    if trace is None or not trace.data or undone.exists():
        raise NothingToUndo
    cells = [_turned(trace.action, row) for row in trace.data["cells"]]
    if trace.action == OVERBOOKING:
        inventory.ensure((cell.type_id, cell.date) for cell in cells)
    now = _now(trace.action, cells)
    changed = sum(now.get((c.plan_id, c.type_id, c.date), _nothing(trace.action)) != c.before for c in cells)
    if changed:
        raise ChangedSince(number=changed)
    _put_back(trace.action, cells)
    line = Trace(property_id, "rates.undone", reference=str(trace_id), data={"cells": len(cells)})
    traces.write(lines=[line], by=by, at=at)
    return len(cells)


def _put_back(action: str, cells: list[Cell]) -> None:
    if action == PRICES:
        write_prices(cells)
    elif action == RESTRICTIONS:
        write_restrictions(cells)
    else:
        types = RoomType.objects.in_bulk({cell.type_id for cell in cells})
        rows = Availability.objects.filter(room_type__in=types, date__in={cell.date for cell in cells})
        wanted = {(cell.type_id, cell.date): cell.after for cell in cells}
        for row in rows.order_by("date", "room_type"):
            if (row.room_type_id, row.date) in wanted:
                number = wanted[(row.room_type_id, row.date)]
                refuse_below_sold(row, types[row.room_type_id].name, number)
        write_overbooking(cells)


def _now(action: str, cells: Sequence[Cell]) -> dict[tuple[int | None, int, dt.date], Any]:
    types, dates = {cell.type_id for cell in cells}, {cell.date for cell in cells}
    if action == PRICES:
        rates = Rate.objects.filter(room_type__in=types, date__in=dates, rate_plan__in={c.plan_id for c in cells})
        return {(row.rate_plan_id, row.room_type_id, row.date): row.price for row in rates}
    if action == RESTRICTIONS:
        rules = Restriction.objects.filter(room_type__in=types, date__in=dates)
        return {(row.rate_plan_id, row.room_type_id, row.date): values_of(row) for row in rules}
    rows = Availability.objects.filter(room_type__in=types, date__in=dates)
    return {(None, row.room_type_id, row.date): row.overbooking for row in rows}


def _nothing(action: str) -> Any:
    return {PRICES: None, RESTRICTIONS: EMPTY, OVERBOOKING: 0}[action]


def _turned(action: str, row: list[Any]) -> Cell:
    """A kept cell with before and after changed round."""
    plan_id, type_id, date, before, after = row
    if action == PRICES:
        before, after = (None if value is None else Decimal(value) for value in (before, after))
    return Cell(plan_id, type_id, dt.date.fromisoformat(date), after, before)
