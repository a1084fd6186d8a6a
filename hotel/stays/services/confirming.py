"""A stay that was only wished for becomes one that is kept for the guest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from hotel.stays import inventory
from hotel.stays.models import RoomNight, Stay
from hotel.stays.services.desk import finish, lock_stay, save, trace_of
from hotel.stays.states import StayStatus

if TYPE_CHECKING:
    import datetime as dt

    from oms.staff.models import Staff


@transaction.atomic
def confirm(*, stay_id: int, by: Staff | None, at: dt.datetime) -> Stay:
    """Confirm a tentative stay, or take one off the waitlist: its nights are sold now. Locks the stay, date rows.

    Raises WrongStatus, NoAvailability.
    """
    stay = lock_stay(stay_id, StayStatus.TENTATIVE, StayStatus.WAITLISTED)
    before = stay.status
    if before == StayStatus.WAITLISTED:
        inventory.take(RoomNight.objects.filter(stay=stay).values_list("room_type_id", "date"))
    stay.status = StayStatus.CONFIRMED
    save(stay, "status")
    finish([trace_of(stay, "confirmed", was=before)], by=by, at=at)
    return stay
