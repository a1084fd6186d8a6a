"""Prices, restrictions and overbooking by dates × weekdays × room types: set-wise, previewed.

What a change did is kept in its trace (``rates.changed`` and the like), cell by cell with before and after.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from hotel.rates.services.errors import BadPrice, BadRange, BelowSold, NightsOutOfOrder
from hotel.rates.services.spans import Cell, Done, checked, lock_plans, record
from hotel.stays import inventory
from hotel.stays.models import Availability
from hotel.stays.rates import Rate, RatePlan, Restriction

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from hotel.rates.services.spans import Pricing, Span
    from oms.staff.models import Staff

MOST = Decimal("999999.99")
MOST_OVERBOOKING = 500
FIELDS = ("is_closed", "closed_to_arrival", "closed_to_departure", "min_nights", "max_nights")
EMPTY: dict[str, Any] = {
    "is_closed": False,
    "closed_to_arrival": False,
    "closed_to_departure": False,
    "min_nights": None,
    "max_nights": None,
}
PRICES, RESTRICTIONS, OVERBOOKING = "rates.changed", "rates.restricted", "rates.overbooking"

# ---- prices


def preview_prices(*, property_id: int, plan_ids: Sequence[int], span: Span, pricing: Pricing) -> list[Cell]:
    """Prices that would change, by plan, type, date. Changes nothing. Raises BadRange, BadPrice."""
    types = checked(property_id, span, plan_ids)
    rates = Rate.objects.filter(rate_plan__in=plan_ids, room_type__in=span.type_ids)
    rows = rates.filter(date__gte=span.from_on, date__lte=span.until_on)
    known = {(p, t, d): price for p, t, d, price in rows.values_list("rate_plan_id", "room_type_id", "date", "price")}
    cells = []
    for plan_id in plan_ids:
        for type_id in span.type_ids:
            for date in span.dates():
                before = known.get((plan_id, type_id, date))
                after = pricing.of(before)
                if after is None or after == before:
                    continue
                if not 0 <= after <= MOST:
                    raise BadPrice(type=types[type_id].name, date=str(date), price=str(after))
                cells.append(Cell(plan_id, type_id, date, before, after))
    return cells


@transaction.atomic
def change_prices(
    *, property_id: int, plan_ids: Sequence[int], span: Span, pricing: Pricing, by: Staff, at: dt.datetime
) -> Done:
    """Set or change prices: one statement for the set. Stays booked already keep theirs. Raises BadRange, BadPrice.

    Locks the plans by primary key, so that two changes of one plan follow each other.
    """
    lock_plans(plan_ids)
    cells = preview_prices(property_id=property_id, plan_ids=plan_ids, span=span, pricing=pricing)
    write_prices(cells)
    return record(property_id, PRICES, cells, by, at)


def write_prices(cells: Sequence[Cell]) -> None:
    for plan_id in {cell.plan_id for cell in cells if cell.after is None}:  # only an undo takes prices away
        gone = [cell for cell in cells if cell.after is None and cell.plan_id == plan_id]
        # The cells of a change are a grid: types × dates that had none; a date that had one is not among ``gone``.
        for type_id in {cell.type_id for cell in gone}:
            dates = [cell.date for cell in gone if cell.type_id == type_id]
            Rate.objects.filter(rate_plan=plan_id, room_type=type_id, date__in=dates).delete()
    Rate.objects.bulk_create(
        [
            Rate(rate_plan_id=cell.plan_id or 0, room_type_id=cell.type_id, date=cell.date, price=cell.after)
            for cell in cells
            if cell.after is not None
        ],
        update_conflicts=True,
        unique_fields=["rate_plan", "room_type", "date"],
        update_fields=["price"],
        batch_size=5000,
    )


# ---- restrictions


def preview_restrictions(
    *, property_id: int, plan_ids: Sequence[int | None], span: Span, changes: Mapping[str, Any]
) -> list[Cell]:
    """Restrictions that would change; ``changes``: FIELDS and new values. Raises BadRange, NightsOutOfOrder."""
    types = checked(property_id, span, [plan for plan in plan_ids if plan is not None])
    if not changes or set(changes) - set(FIELDS):
        raise BadRange(fact=_("Choose what is to change."))
    rows = Restriction.objects.filter(room_type__in=span.type_ids, date__gte=span.from_on, date__lte=span.until_on)
    known = {(row.rate_plan_id, row.room_type_id, row.date): values_of(row) for row in rows}
    cells = []
    for plan_id in plan_ids:
        for type_id in span.type_ids:
            for date in span.dates():
                before = known.get((plan_id, type_id, date), EMPTY)
                after = before | dict(changes)
                least, most = after["min_nights"], after["max_nights"]
                if least and most and least > most:
                    raise NightsOutOfOrder(type=types[type_id].name, date=str(date), least=least, most=most)
                if after != before:
                    cells.append(Cell(plan_id, type_id, date, before, after))
    return cells


@transaction.atomic
def change_restrictions(
    *,
    property_id: int,
    plan_ids: Sequence[int | None],
    span: Span,
    changes: Mapping[str, Any],
    by: Staff,
    at: dt.datetime,
) -> Done:
    """Set or lift restrictions; ``plan_ids`` [None]: for every plan. Rows that restrict nothing any more go.

    Locks the property's plans by primary key. Raises BadRange, NightsOutOfOrder.
    """
    lock_plans(list(RatePlan.objects.filter(property=property_id).values_list("pk", flat=True)))
    cells = preview_restrictions(property_id=property_id, plan_ids=plan_ids, span=span, changes=changes)
    write_restrictions(cells)
    return record(property_id, RESTRICTIONS, cells, by, at)


def write_restrictions(cells: Sequence[Cell]) -> None:
    Restriction.objects.bulk_create(
        [Restriction(rate_plan_id=c.plan_id, room_type_id=c.type_id, date=c.date, **c.after) for c in cells],
        update_conflicts=True,
        unique_fields=["room_type", "rate_plan", "date"],
        update_fields=list(FIELDS),
        batch_size=2000,
    )
    if cells:
        dates = {cell.date for cell in cells}
        types = {cell.type_id for cell in cells}
        Restriction.objects.filter(room_type__in=types, date__in=dates, **EMPTY).delete()


def values_of(row: Restriction) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FIELDS}


# ---- overbooking


def preview_overbooking(*, property_id: int, span: Span, number: int) -> list[Cell]:
    """Dates whose overbooking would change. Raises BadRange, BelowSold."""
    types = checked(property_id, span, [])
    if not 0 <= number <= MOST_OVERBOOKING:
        raise BadRange(fact=_("Overbooking is from 0 to 500 rooms."))
    rows = Availability.objects.filter(room_type__in=span.type_ids, date__gte=span.from_on, date__lte=span.until_on)
    known = {(row.room_type_id, row.date): row for row in rows}
    cells = []
    for type_id in span.type_ids:
        for date in span.dates():
            row = known.get((type_id, date))
            refuse_below_sold(row, types[type_id].name, number)
            before = row.overbooking if row else 0
            if before != number:
                cells.append(Cell(None, type_id, date, before, number))
    return cells


@transaction.atomic
def change_overbooking(*, property_id: int, span: Span, number: int, by: Staff, at: dt.datetime) -> Done:
    """Let ``number`` more rooms be sold than there are. Locks the date rows by type, then date, so that no sale slips
    between look and change; the CHECK stands behind. Raises BadRange, BelowSold.
    """
    checked(property_id, span, [])
    inventory.ensure((type_id, date) for type_id in span.type_ids for date in span.dates())
    cells = preview_overbooking(property_id=property_id, span=span, number=number)
    write_overbooking(cells)
    return record(property_id, OVERBOOKING, cells, by, at)


def write_overbooking(cells: Sequence[Cell]) -> None:
    rows = {
        (row.room_type_id, row.date): row
        for row in Availability.objects.filter(
            room_type__in={c.type_id for c in cells}, date__in={c.date for c in cells}
        )
    }
    changed = []
    for cell in cells:
        row = rows[(cell.type_id, cell.date)]
        row.overbooking = cell.after
        changed.append(row)
    Availability.objects.bulk_update(changed, ["overbooking"], batch_size=1000)


def refuse_below_sold(row: Availability | None, type_name: str, number: int) -> None:
    if row and row.sold > row.rooms - row.out_of_order + number:
        rooms = row.rooms - row.out_of_order
        raise BelowSold(type=type_name, date=str(row.date), sold=row.sold, rooms=rooms, least=row.sold - rooms)
