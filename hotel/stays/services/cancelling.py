"""Stays that do not happen: cancelled, not come; and bringing them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from hotel.stays import inventory
from hotel.stays.models import RoomNight, Stay
from hotel.stays.services.assigning import give_rooms
from hotel.stays.services.desk import (
    TO_ARRIVE,
    Results,
    finish,
    lock_stay,
    lock_stays,
    save,
    trace_of,
    wrong_status,
)
from hotel.stays.services.errors import BadDates, NotToday
from hotel.stays.services.fees import cancel_fees, no_show_fees, post_fees
from hotel.stays.states import HOLDS_INVENTORY, StayStatus
from oms.outbox.services import emit

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence
    from decimal import Decimal

    from oms.lib.errors import DomainError
    from oms.staff.models import Staff

CANCELLABLE = (StayStatus.WAITLISTED, *TO_ARRIVE)


def quote_cancellation(*, stay_ids: Collection[int], at: dt.datetime) -> dict[int, Decimal]:
    """What cancelling each stay at ``at`` would cost, for the question before it."""
    return cancel_fees(Stay.objects.filter(pk__in=stay_ids).order_by("pk"), at)


@transaction.atomic
def cancel(
    *, stay_ids: Collection[int], reason: str, by: Staff | None, at: dt.datetime, waive_fee: bool = False
) -> dict[int, DomainError | None]:
    """The stays will not happen: their nights are for sale again, their rooms free; prices are kept for ``reactivate``.

    A fee by the rate plan's rule is charged to the stay's folio, where a deposit waits to be applied or refunded.
    Locks stays, date rows, folios. Refusals: WrongStatus. Raises NoOpenShift when a fee is due and ``by`` has no shift.
    Event hotel.stay_cancelled.
    """
    stays = lock_stays(stay_ids)
    results: Results = {pk: wrong_status(stay, CANCELLABLE) for pk, stay in stays.items()}
    able = [stay for pk, stay in stays.items() if results[pk] is None]
    fees = {} if waive_fee else cancel_fees(able, at)
    _end(able, StayStatus.CANCELLED)
    if fees:
        post_fees(able, fees, _("Cancellation fee"), by, at)
    lines = [trace_of(stay, "cancelled", reason, fee=str(fees.get(stay.pk, 0))) for stay in able]
    finish(lines, by=by, at=at)
    if able:
        house = able[0].property_id
        payload = {"property": house, "stays": [stay.pk for stay in able]}
        emit(topic="hotel.stay_cancelled", key=f"property:{house}", payload=payload)
    return results


@transaction.atomic
def mark_no_shows(*, stay_ids: Collection[int], by: Staff | None, at: dt.datetime) -> dict[int, DomainError | None]:
    """The guests have not come by the end of their arrival date: nights and rooms are free, the fee is charged.

    The fee follows the rate plan's rule and is posted by the house, so an auditor needs no shift. Locks stays, date
    rows, folios. Refusals: WrongStatus, NotToday (arrives later). About a dozen statements for the set.
    """
    stays = lock_stays(stay_ids)
    results: Results = {pk: _no_show_refusal(stay) for pk, stay in stays.items()}
    able = [stay for pk, stay in stays.items() if results[pk] is None]
    fees = no_show_fees(able)
    _end(able, StayStatus.NO_SHOW)
    post_fees(able, fees, _("No-show fee"), None, at)
    finish([trace_of(stay, "no_show", fee=str(fees[stay.pk])) for stay in able], by=by, at=at)
    return results


@transaction.atomic
def reactivate(*, stay_id: int, reason: str, by: Staff | None, at: dt.datetime) -> Stay:
    """A cancelled stay or a no-show happens after all, at its old prices, without a room; nights before today are off.

    A fee that was charged stays on the folio: reverse it there. Locks the stay, then date rows. Raises WrongStatus,
    BadDates (it would be over), NoAvailability.
    """
    stay = lock_stay(stay_id, StayStatus.CANCELLED, StayStatus.NO_SHOW)
    today = stay.property.business_date
    last = stay.arrival_on if stay.is_day_use else stay.departure_on
    if last < today or (last == today and not stay.is_day_use):
        raise BadDates(fact=_("The stay would be over."), arrival=str(stay.arrival_on), departure=str(last))
    if stay.arrival_on < today:
        RoomNight.objects.filter(stay=stay, date__lt=today).delete()
        stay.arrival_on = today
    inventory.take(RoomNight.objects.filter(stay=stay).values_list("room_type_id", "date"))
    before, stay.status = stay.status, StayStatus.CONFIRMED
    save(stay, "status", "arrival_on")
    finish([trace_of(stay, "reactivated", reason, before=before)], by=by, at=at)
    return stay


def _no_show_refusal(stay: Stay) -> DomainError | None:
    if refusal := wrong_status(stay, TO_ARRIVE):
        return refusal
    today = stay.property.business_date
    if stay.arrival_on > today:
        return NotToday(stay=stay.number, arrival=str(stay.arrival_on), today=str(today))
    return None


def _end(stays: Sequence[Stay], to: str) -> None:
    """Free what these locked stays hold, and write their new state."""
    if not stays:
        return
    holding = [stay.pk for stay in stays if stay.status in HOLDS_INVENTORY]
    nights = RoomNight.objects.filter(stay__in=holding).values_list("room_type_id", "date")
    inventory.give_back(list(nights))
    inventory.vacate(stay_ids=[stay.pk for stay in stays if stay.room_id])
    give_rooms({stay.pk: 0 for stay in stays if stay.room_id}, pin=False)
    Stay.objects.filter(pk__in=[stay.pk for stay in stays]).update(status=to, version=F("version") + 1)
