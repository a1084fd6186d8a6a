"""操作痕迹: writing what somebody did."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from oms.lib.bulk import copy_rows

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
    business_date: dt.date | None = None  # the property's, where it is at hand: saves asking for it


# By hand: this is in every command's path, and the ORM takes several times as long.
_WRITE = """
INSERT INTO hotel_desktrace (property_id, action, room_id, stay_id, guest_id, folio_id, shift_id, reference, reason,
    data, by_id, terminal, business_date, at)
SELECT l.property, l.action, l.room, l.stay, l.guest, l.folio, l.shift, l.reference, l.reason, l.data, %s, %s,
    p.business_date, %s
  FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
           %s::text[], %s::text[], %s::jsonb[])
       WITH ORDINALITY AS l(property, action, room, stay, guest, folio, shift, reference, reason, data, position)
  JOIN hotel_property p ON p.id = l.property
 ORDER BY l.position
"""


FEW = 3  # up to here one INSERT that joins the date is cheaper than asking for it and a COPY
_COLUMNS = (
    "property_id", "action", "room_id", "stay_id", "guest_id", "folio_id", "shift_id", "reference", "reason", "data",
    "by_id", "terminal", "business_date", "at",
)  # fmt: skip


def write(*, lines: Sequence[Trace], by: Staff | None, at: dt.datetime, terminal: str = "") -> None:
    """Write traces in the caller's transaction, under each property's business date. One or two statements."""
    if not lines:
        return
    rows = [
        (
            line.property_id,
            line.action,
            line.room_id,
            line.stay_id,
            line.guest_id,
            line.folio_id,
            line.shift_id,
            line.reference[:60],
            line.reason[:200],
            None if line.data is None else json.dumps(line.data),
        )
        for line in lines
    ]
    who, terminal = by.pk if by else None, terminal[:60]
    with connection.cursor() as cursor:
        if len(lines) <= FEW:
            cursor.execute(_WRITE, [who, terminal, at, *map(list, zip(*rows, strict=True))])
            return
        dates = {line.property_id: line.business_date for line in lines if line.business_date}
        if houses := [line.property_id for line in lines if line.property_id not in dates]:
            cursor.execute("SELECT id, business_date FROM hotel_property WHERE id = ANY (%s)", [houses])
            dates |= dict(cursor.fetchall())
    copy_rows(
        table="hotel_desktrace", columns=_COLUMNS, rows=((*row, who, terminal, dates[row[0]], at) for row in rows)
    )
