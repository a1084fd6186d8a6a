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
from hotel.stays import inventory, moments
from hotel.stays.models import RoomNight, Stay
from hotel.stays.pricing import NIGHT, NightPrice, nights_of
from hotel.stays.services.desk import finish, lock_stay, save, trace_of, wish_of
from hotel.stays.services.errors import LONGEST_STAY, BadDates, Posted, ReasonMissing, TooLate, WrongRoomType
from hotel.stays.services.extending import new_nights
from hotel.stays.services.packaging import charge_nights
from hotel.stays.states import OccupancyKind, PriceSource, StayStatus
from oms.approvals.limits import allow
from oms.lib.errors import DomainError
from oms.outbox.services import emit

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from oms.staff.models import Staff

NOTHING = Decimal(0)
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
    departure_on: dt.date | None = None,
    was_away: bool = False,
    approval_id: int | None = None,
) -> Stay:
    """The guest is in the house again: nights, bill windows and room as before; another room if it is taken.

    Freely on the business date of the check-out; later within the role's limit (``restore_days``) or by approval. What
    was paid stays paid, a refunded deposit has to be taken again, cancelled cards stay cancelled. The stay goes on to
    ``departure_on`` (none: ``departure_offered``): nights given back cost what they did, others what the plan says;
    those that have passed since are charged at once, or cost nothing if the guest ``was_away``. Locks the stay, date
    rows, room, folios. Raises WrongStatus, ReasonMissing, BadDates, WrongRoomType, NoPrice, NoAvailability, RoomTaken,
    BeyondLimit. Event hotel.stay_restored.
    """
    stay = lock_stay(stay_id, StayStatus.CHECKED_OUT)
    if not reason.strip():
        raise ReasonMissing
    before = before_check_out(stay)
    until = departure_on or departure_offered(stay, before)
    facts = {"stay": stay.number, "departure_on": str(until), "was_away": was_away}
    _allow_later(stay, before, facts, approval_id, by, at)
    room = Room.objects.get(pk=room_id or stay.room_id or 0)
    if room.room_type_id != stay.room_type_id:
        raise WrongRoomType(room=room.number, type=str(room.room_type), sold=str(stay.room_type))
    nights = nights_returning(stay, before, until, was_away=was_away)
    _bring_back(nights, stay, room, by)
    left, stay.room = stay.room_id, room
    start = max(at, stay.checked_out_at or at)
    stay.status, stay.checked_out_at = StayStatus.IN_HOUSE, None
    stay.due_out_at = due_out_again(stay, before, until, start)
    if not before.is_day_use and stay.is_day_use:
        stay.occupancies.update(kind=OccupancyKind.STAY)
    stay.departure_on, stay.is_day_use, stay.hours = until, before.is_day_use, before.hours
    for refusal in inventory.occupy([wish_of(stay, start, stay.due_out_at)], entering=True).values():
        raise refusal
    save(stay, "status", "checked_out_at", "departure_on", "is_day_use", "hours", "due_out_at", "room")
    windows = list(Folio.objects.filter(stay=stay).values_list("pk", flat=True))
    folios.reopen_folios(folio_ids=windows, reason=reason, by=by, at=at)
    today = stay.property.business_date
    # The audit of those dates is over. By the house, as the audit does it: whoever restores needs no till.
    charge_nights({stay.pk: stay}, [n for n in nights if n.date < today and n.price], by=None, at=at)
    after = {"departure_on": str(until), "nights": len(nights)}
    finish([trace_of(stay, "restored", reason, room=room.number, after=after)], by=by, at=at, rooms=[left])
    told = {"property": stay.property_id, "stays": [{"stay": stay.pk, "room": stay.room_id, "guest": stay.guest_id}]}
    emit(topic="hotel.stay_restored", key=f"property:{stay.property_id}", payload=told)
    return stay


def _allow_later(
    stay: Stay, before: Before, facts: dict[str, Any], approval_id: int | None, by: Staff | None, at: dt.datetime
) -> None:
    allow(
        key="restore_days",
        value=Decimal((stay.property.business_date - before.business_date).days),
        branch_id=stay.property.branch_id,
        subject=_("Restore %(stay)s") % {"stay": stay.number},
        facts=facts,
        approval_id=approval_id,
        by=by,
        at=at,
    )


def _bring_back(nights: Sequence[RoomNight], stay: Stay, room: Room, by: Staff | None) -> None:
    """Sell the nights again; those the guest was away from slept in no room."""
    today = stay.property.business_date
    inventory.make_room((night.room_type_id, night.date) for night in nights if night.date < today)
    inventory.take((night.room_type_id, night.date) for night in nights)
    for night in nights:
        night.by = by
        night.room = None if night.date < today and not night.price else room
    RoomNight.objects.bulk_create(nights)


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


def departure_offered(stay: Stay, before: Before) -> dt.date:
    """When the guest is to leave, if nobody says so: as before, and on a later date tomorrow at the earliest."""
    today = stay.property.business_date
    if before.is_day_use or before.business_date == today:
        return before.departure_on
    return max(before.departure_on, today + NIGHT)


def nights_returning(stay: Stay, before: Before, until: dt.date, *, was_away: bool) -> list[RoomNight]:
    """The nights, not saved yet, from those slept to the new departure. Raises BadDates, NoPrice."""
    if refusal := _bad_departure(stay, before, until):
        raise refusal
    if before.is_day_use:
        return []
    sold = {dt.date.fromisoformat(date): rest for date, *rest in before.nights}
    away = {date for date in nights_of(stay.departure_on, until) if was_away and date < stay.property.business_date}
    prices = _priced(stay, before, until, sold.keys() | away)
    nights = []
    for date in nights_of(stay.departure_on, until):
        night = RoomNight(stay=stay, date=date, room_type_id=stay.room_type_id)
        if date in away:
            night.price, night.source, night.reason = NOTHING, PriceSource.FREE, _("checked out in between")
        elif date in sold:
            _type, price, night.source, night.reason, night.approval_id = sold[date]
            night.price = Decimal(price)
        else:
            night.price, night.source = prices[date].price, prices[date].source
        nights.append(night)
    return nights


def due_out_again(stay: Stay, before: Before, until: dt.date, start: dt.datetime) -> dt.datetime:
    """When the guest has to leave now: as before while the date is the same, never sooner than in an hour."""
    same = until == before.departure_on
    return max(stay.due_out_at if same else moments.due_out(stay.property, until), start + HOUR)


def _bad_departure(stay: Stay, before: Before, until: dt.date) -> BadDates | None:
    today = stay.property.business_date
    is_later = before.business_date < today
    facts = [
        (before.is_day_use and until != stay.arrival_on, _("Day use has hours, not nights.")),
        (not before.is_day_use and until <= stay.arrival_on, _("The departure is not after the arrival.")),
        (until < stay.departure_on, _("Nights that were slept can't be taken back.")),
        (not before.is_day_use and is_later and until <= today, _("The departure has to be after today.")),
        (not is_later and until < min(today, before.departure_on), _("The departure is before today.")),
        ((until - stay.arrival_on).days > LONGEST_STAY, _("The stay is longer than a year.")),
    ]
    fact = next((fact for is_wrong, fact in facts if is_wrong), None)
    return BadDates(fact=fact, arrival=str(stay.arrival_on), departure=str(until)) if fact else None


def _priced(stay: Stay, before: Before, until: dt.date, known: Collection[dt.date]) -> dict[dt.date, NightPrice]:
    """Prices of the nights that have none yet: the plan's, or without a plan the last night's."""
    missing = [date for date in nights_of(stay.departure_on, until) if date not in known]
    if not missing:
        return {}
    if stay.rate_plan_id is None and before.nights:
        return {date: NightPrice(date, Decimal(before.nights[-1][2])) for date in missing}
    found = new_nights([(stay, until, False)])[stay.pk]
    if isinstance(found, DomainError):
        raise found
    return {night.date: night for night in found}
