"""操作痕迹: writing what somebody did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hotel.rooms.models import DeskTrace, Property

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from oms.staff.models import Staff


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing that was done. ``data`` holds before and after where something changed."""

    property_id: int
    action: str  # room.housekeeping, stay.check_in … : the room of the house, then the verb
    room_id: int | None = None
    stay_id: int | None = None
    guest_id: int | None = None
    folio_id: int | None = None
    shift_id: int | None = None
    reference: str = ""
    reason: str = ""
    data: dict[str, Any] | None = None


def write(*, lines: Sequence[Trace], by: Staff | None, at: dt.datetime, terminal: str = "") -> None:
    """Write traces in the caller's transaction, under each property's business date. Two statements for the set."""
    if not lines:
        return
    ids = {line.property_id for line in lines}
    dates = dict(Property.objects.filter(pk__in=ids).values_list("pk", "business_date"))
    DeskTrace.objects.bulk_create(
        DeskTrace(
            property_id=line.property_id,
            action=line.action,
            room_id=line.room_id,
            stay_id=line.stay_id,
            guest_id=line.guest_id,
            folio_id=line.folio_id,
            shift_id=line.shift_id,
            reference=line.reference[:60],
            reason=line.reason[:200],
            data=line.data,
            by=by,
            terminal=terminal[:60],
            business_date=dates[line.property_id],
            at=at,
        )
        for line in lines
    )
