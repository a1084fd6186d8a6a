"""操作痕迹: writing what somebody did."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

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


def write(*, lines: Sequence[Trace], by: Staff | None, at: dt.datetime, terminal: str = "") -> None:
    """Write traces in the caller's transaction, under each property's business date. One statement for the set."""
    if not lines:
        return
    columns: list[list[Any]] = [
        [line.property_id for line in lines],
        [line.action for line in lines],
        [line.room_id for line in lines],
        [line.stay_id for line in lines],
        [line.guest_id for line in lines],
        [line.folio_id for line in lines],
        [line.shift_id for line in lines],
        [line.reference[:60] for line in lines],
        [line.reason[:200] for line in lines],
        [None if line.data is None else json.dumps(line.data) for line in lines],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [by.pk if by else None, terminal[:60], at, *columns])
