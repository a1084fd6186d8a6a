"""Traces of guests: who did what, never what was personal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotel.rooms import traces
from hotel.rooms.models import Property
from hotel.rooms.traces import Trace

if TYPE_CHECKING:
    import datetime as dt

    from hotel.members.models import Guest
    from oms.staff.models import Staff


def trace(
    guest: Guest,
    action: str,
    by: Staff | None,
    at: dt.datetime,
    *,
    reference: str = "",
    reason: str = "",
    data: dict[str, Any] | None = None,
    terminal: str = "",
) -> None:
    """Write one trace of a guest, under the branch's first hotel; a branch without one has no desk to trace.

    ``data`` names fields and ids, never their contents: a trace outlives the erasing of its guest.
    """
    house = Property.objects.filter(branch_id=guest.branch_id).order_by("code").values_list("pk", flat=True).first()
    if house is None:
        return
    line = Trace(house, action, guest_id=guest.pk, reference=reference, reason=reason, data=data)
    traces.write(lines=[line], by=by, at=at, terminal=terminal)
