"""恢复退房: a check-out, or a check-in, that should not have been."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from hotel.folios import services as folios
from hotel.folios.models import Folio
from hotel.folios.queries import balances
from hotel.rooms.models import DeskTrace, Room
from hotel.stays import inventory
from hotel.stays.models import RoomNight, Stay
from hotel.stays.services.desk import finish, lock_stay, save, trace_of, wish_of
from hotel.stays.services.errors import Posted, ReasonMissing, TooLate, WrongRoomType
from hotel.stays.states import OccupancyKind, StayStatus
from oms.approvals.limits import allow
from oms.outbox.services import emit

if TYPE_CHECKING:
    from oms.staff.models import Staff

HOUR = dt.timedelta(hours=1)  # what a guest who was due out has left


@dataclass(frozen=True, slots=True)
class Before:
    """What a check-out's trace says of the stay before it. ``nights``: date, type, price, source, reason, approval."""

    departure_on: dt.date
    is_day_use: bool
    hours: int | None
    nights: list[list[Any]]
    business_date: dt.date


@transaction.atomic
def restore_check_out(
    *,
    stay_id: int,
    reason: str,
    by: Staff | None,
    at: dt.datetime,
    room_id: int | None = None,
    approval_id: int | None = None,
) -> Stay:
    """The guest is in the house again: nights, bill windows and room as before; another room if it is taken.

    Freely on the business date of the check-out; later within the role's limit (``restore_days``) or by approval. What
    was paid stays paid, a refunded deposit has to be taken again, cancelled cards stay cancelled; nights come back
    unless one of them has passed (then extend). Locks the stay, date rows, room, folios. Raises WrongStatus,
    ReasonMissing, WrongRoomType, NoAvailability, RoomTaken, BeyondLimit. Event hotel.stay_restored.
    """
    stay = lock_stay(stay_id, StayStatus.CHECKED_OUT)
    if not reason.strip():
        raise ReasonMissing
    before = before_check_out(stay)
    days = (stay.property.business_date - before.business_date).days
    allow(
        key="restore_days",
        value=Decimal(days),
        branch_id=stay.property.branch_id,
        subject=_("Restore %(stay)s") % {"stay": stay.number},
        facts={"stay": stay.number},
        approval_id=approval_id,
        by=by,
        at=at,
    )
    room = Room.objects.get(pk=room_id or stay.room_id or 0)
    if room.room_type_id != stay.room_type_id:
        raise WrongRoomType(room=room.number, type=str(room.room_type), sold=str(stay.room_type))
    _bring_nights_back(stay, before, room, by)
    left, stay.room = stay.room_id, room
    start = max(at, stay.checked_out_at or at)
    stay.status, stay.checked_out_at = StayStatus.IN_HOUSE, None
    stay.due_out_at = max(stay.due_out_at, start + HOUR)
    for refusal in inventory.occupy([wish_of(stay, start, stay.due_out_at)], entering=True).values():
        raise refusal
    save(stay, "status", "checked_out_at", "departure_on", "is_day_use", "hours", "due_out_at", "room")
    windows = list(Folio.objects.filter(stay=stay).values_list("pk", flat=True))
    folios.reopen_folios(folio_ids=windows, reason=reason, by=by, at=at)
    finish([trace_of(stay, "restored", reason, room=room.number)], by=by, at=at, rooms=[left])
    told = {"property": stay.property_id, "stays": [{"stay": stay.pk, "room": stay.room_id, "guest": stay.guest_id}]}
    emit(topic="hotel.stay_restored", key=f"property:{stay.property_id}", payload=told)
    return stay


@transaction.atomic
def reverse_check_in(*, stay_id: int, reason: str, by: Staff | None, at: dt.datetime) -> Stay:
    """The guest is not in after all: the stay waits to arrive again, in its room, deposits kept on its bill.

    Only on the business date of the check-in, with nothing charged. Locks the stay, the room. Raises WrongStatus,
    ReasonMissing, TooLate (check out instead), Posted, RoomTaken. Event hotel.stay_reversed.
    """
    stay = lock_stay(stay_id, StayStatus.IN_HOUSE)
    if not reason.strip():
        raise ReasonMissing
    came = DeskTrace.objects.filter(stay_id=stay.pk, action="stay.checked_in").order_by("-pk").first()
    if came is None or came.business_date != stay.property.business_date:
        raise TooLate(stay=stay.number, date=str(came.business_date if came else stay.arrival_on))
    owed = sum(balances(list(stay.folios.values_list("pk", flat=True))).values(), Decimal(0))
    charged = RoomNight.objects.filter(stay=stay, charge__isnull=False).exists()
    if owed or charged:
        raise Posted(stay=stay.number, amount=str(owed))
    stay.status, stay.checked_in_at = StayStatus.CONFIRMED, None
    start = max(stay.due_in_at, inventory.since(stay.pk) or stay.due_in_at)
    inventory.vacate(stay_ids=[stay.pk])
    for refusal in inventory.occupy([wish_of(stay, start, stay.due_out_at)]).values():
        raise refusal
    save(stay, "status", "checked_in_at")
    finish([trace_of(stay, "check_in_reversed", reason)], by=by, at=at)
    told = {"property": stay.property_id, "stays": [{"stay": stay.pk, "room": stay.room_id, "guest": stay.guest_id}]}
    emit(topic="hotel.stay_reversed", key=f"property:{stay.property_id}", payload=told)
    return stay


def before_check_out(stay: Stay) -> Before:
    """The stay as its last check-out found it."""
    trace = DeskTrace.objects.filter(stay_id=stay.pk, action="stay.checked_out").order_by("-pk").first()
    if trace is None or not trace.data:
        today = stay.property.business_date
        return Before(stay.departure_on, stay.is_day_use, stay.hours, [], min(stay.departure_on, today))
    was = trace.data["before"]
    departure_on = dt.date.fromisoformat(was["departure_on"])
    return Before(departure_on, was["is_day_use"], was["hours"], trace.data["nights"], trace.business_date)


def nights_returning(stay: Stay, before: Before) -> list[list[Any]]:
    """The nights to bring back: without a hole after those slept, so none once a night has passed in between."""
    if before.nights and stay.property.business_date > dt.date.fromisoformat(before.nights[0][0]):
        return []
    return before.nights


def _bring_nights_back(stay: Stay, before: Before, room: Room, by: Staff | None) -> None:
    nights = nights_returning(stay, before)
    if not nights:
        return
    inventory.take((stay.room_type_id, dt.date.fromisoformat(date)) for date, *_rest in nights)
    RoomNight.objects.bulk_create(
        RoomNight(
            stay=stay,
            date=dt.date.fromisoformat(date),
            room_type_id=stay.room_type_id,
            room=room,
            price=Decimal(price),
            source=source,
            reason=why,
            approval_id=approval,
            by=by,
        )
        for date, _type, price, source, why, approval in nights
    )
    if not before.is_day_use and stay.is_day_use:
        stay.occupancies.update(kind=OccupancyKind.STAY)
    stay.departure_on, stay.is_day_use, stay.hours = before.departure_on, before.is_day_use, before.hours
