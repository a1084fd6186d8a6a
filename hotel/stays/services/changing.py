"""Shorter stays and other dates, and what a change would cost before it is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from hotel.stays import inventory, moments, pricing
from hotel.stays.models import RoomNight, Stay
from hotel.stays.pricing import NightPrice, QuoteRequest, nights_of
from hotel.stays.queries import free_counts
from hotel.stays.services.desk import (
    CHANGEABLE,
    TO_ARRIVE,
    finish,
    held_from,
    lock_stay,
    save,
    trace_of,
    wish_of,
    wrong_status,
)
from hotel.stays.services.errors import LONGEST_STAY, BadDates, NightCharged
from hotel.stays.services.extending import bad_extension, new_nights
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from oms.staff.models import Staff


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do: the nights it adds with their prices, those it takes away, and what forbids it."""

    before: Decimal  # the stay's nights now
    after: Decimal
    added: list[NightPrice] = field(default_factory=list)
    removed: list[NightPrice] = field(default_factory=list)
    refusals: list[DomainError] = field(default_factory=list)

    @property
    def difference(self) -> Decimal:
        """More (or, below zero, less) to pay."""
        return self.after - self.before


@transaction.atomic
def shorten(*, stay_id: int, departure_on: dt.date, by: Staff | None, at: dt.datetime, reason: str = "") -> Stay:
    """The guest leaves earlier: the nights not slept are for sale again. Locks the stay, date rows, room.

    An in-house stay ends today at the earliest (check it out then). Raises WrongStatus, BadDates, NightCharged.
    """
    stay = lock_stay(stay_id, *CHANGEABLE)
    for refusal in _no_shortening(stay, departure_on):
        raise refusal
    gone = RoomNight.objects.filter(stay=stay, date__gte=departure_on)
    inventory.give_back(list(gone.values_list("room_type_id", "date")))
    gone.delete()
    before, stay.departure_on = stay.departure_on, departure_on
    stay.due_out_at = moments.due_out(stay.property, departure_on)
    if stay.room_id:
        start = inventory.since(stay.pk) or stay.due_in_at
        wish = wish_of(stay, start, max(stay.due_out_at, start + inventory.MOMENT))
        for refusal in inventory.retime([wish]).values():
            raise refusal
    save(stay, "departure_on", "due_out_at")
    finish([trace_of(stay, "shortened", reason, before=str(before), after=str(departure_on))], by=by, at=at)
    return stay


@transaction.atomic
def reschedule(
    *,
    stay_id: int,
    arrival_on: dt.date,
    departure_on: dt.date,
    by: Staff | None,
    at: dt.datetime,
    room_type_id: int | None = None,
    keep_price: bool = False,
) -> Stay:
    """Other dates, or another type, before the guest comes. Nights that stay keep their price unless the type changes.

    ``keep_price``: new nights cost what the first night does. Another type takes the room away; with the same type
    the room must be free then. Locks the stay, date rows, room. Raises WrongStatus, BadDates, NoPrice, NoAvailability,
    RoomTaken.
    """
    stay = lock_stay(stay_id, *TO_ARRIVE)
    _refuse_bad_dates(stay, arrival_on, departure_on)
    old = {night.date: night for night in RoomNight.objects.filter(stay=stay)}
    kind = room_type_id or stay.room_type_id
    fresh = _rescheduled(stay, kind, nights_of(arrival_on, departure_on), old, keep_price=keep_price)
    if kind != stay.room_type_id and stay.room_id:
        inventory.vacate(stay_ids=[stay.pk])
        stay.room, stay.is_pinned = None, False
    inventory.exchange(
        back=[(night.room_type_id, night.date) for night in old.values()],
        wanted=[(kind, night.date) for night in fresh],
    )
    RoomNight.objects.filter(stay=stay).delete()
    for night in fresh:
        night.room_type_id, night.room_id = kind, stay.room_id
    RoomNight.objects.bulk_create(fresh)
    before = {"arrival_on": str(stay.arrival_on), "departure_on": str(stay.departure_on), "type": stay.room_type_id}
    stay.arrival_on, stay.departure_on, stay.room_type_id = arrival_on, departure_on, kind
    stay.due_in_at = moments.due_in(stay.property, arrival_on)
    stay.due_out_at = moments.due_out(stay.property, departure_on)
    if stay.room_id:
        for refusal in inventory.reoccupy([wish_of(stay, held_from(stay, at), stay.due_out_at)]).values():
            raise refusal
    save(stay, "arrival_on", "departure_on", "room_type", "due_in_at", "due_out_at", "room", "is_pinned")
    after = {"arrival_on": str(arrival_on), "departure_on": str(departure_on), "type": kind}
    finish([trace_of(stay, "rescheduled", before=before, after=after)], by=by, at=at)
    return stay


def preview_departure(*, stay_id: int, departure_on: dt.date) -> Preview:
    """What ``extend`` or ``shorten`` to this date would change and cost; nothing is locked or written."""
    stay = Stay.objects.select_related("property", "room_type", "room", "guest").get(pk=stay_id)
    nights = [NightPrice(n.date, n.price, n.source) for n in RoomNight.objects.filter(stay=stay).order_by("date")]
    before = sum((night.price for night in nights), Decimal(0))
    refusals: list[DomainError] = [refusal] if (refusal := wrong_status(stay, CHANGEABLE)) else []
    if departure_on <= stay.departure_on:
        removed = [night for night in nights if night.date >= departure_on]
        after = before - sum((night.price for night in removed), Decimal(0))
        return Preview(before, after, removed=removed, refusals=refusals + _no_shortening(stay, departure_on))
    added: list[NightPrice] = []
    if wrong := bad_extension(stay, departure_on):
        refusals.append(wrong)
    else:
        priced = new_nights([(stay, departure_on, False)])[stay.pk]
        if isinstance(priced, DomainError):
            refusals.append(priced)
        else:
            added = list(priced)
    refusals += _sold_out(stay, nights_of(stay.departure_on, departure_on))
    if stay.room_id:
        wish = wish_of(stay, inventory.since(stay.pk) or stay.due_in_at, moments.due_out(stay.property, departure_on))
        refusals += inventory.look([wish]).values()
    after = before + sum((night.price for night in added), Decimal(0))
    return Preview(before, after, added=added, refusals=refusals)


def preview_arrival(*, stay_id: int, arrival_on: dt.date) -> Preview:
    """What ``reschedule`` to this arrival would change and cost, the departure kept; nothing is locked or written."""
    stay = Stay.objects.select_related("property", "room_type", "room", "guest", "member").get(pk=stay_id)
    old = {night.date: night for night in RoomNight.objects.filter(stay=stay).order_by("date")}
    before = sum((night.price for night in old.values()), Decimal(0))
    if refused := wrong_status(stay, TO_ARRIVE):
        return Preview(before, before, refusals=[refused])
    dates = nights_of(arrival_on, stay.departure_on)
    try:
        _refuse_bad_dates(stay, arrival_on, stay.departure_on)
        nights = _rescheduled(stay, stay.room_type_id, dates, old, keep_price=False)
    except DomainError as refusal:
        return Preview(before, before, refusals=[refusal])
    refusals: list[DomainError] = list(_sold_out(stay, [date for date in dates if date not in old]))
    if stay.room_id:
        wish = wish_of(stay, moments.due_in(stay.property, arrival_on), stay.due_out_at)
        refusals += inventory.look([wish]).values()
    added = [NightPrice(n.date, n.price, n.source) for n in nights if n.date not in old]
    removed = [NightPrice(n.date, n.price, n.source) for n in old.values() if n.date < arrival_on]
    return Preview(before, sum((night.price for night in nights), Decimal(0)), added, removed, refusals)


def _refuse_bad_dates(stay: Stay, arrival_on: dt.date, departure_on: dt.date) -> None:
    facts = [
        (stay.is_day_use, _("Day use has hours, not nights.")),
        (arrival_on < stay.property.business_date, _("The arrival is before today.")),
        (departure_on <= arrival_on, _("The departure is not after the arrival.")),
        ((departure_on - arrival_on).days > LONGEST_STAY, _("The stay is longer than a year.")),
    ]
    for is_wrong, fact in facts:
        if is_wrong:
            raise BadDates(fact=fact, arrival=str(arrival_on), departure=str(departure_on))


def _rescheduled(
    stay: Stay, kind: int, dates: Sequence[dt.date], old: dict[dt.date, RoomNight], *, keep_price: bool
) -> list[RoomNight]:
    """The nights as they will be: those kept as they were, the others priced."""
    prices: dict[dt.date, NightPrice] = {}
    first = old[min(old)]
    if stay.rate_plan_id and not keep_price:
        level = stay.member.level_id if stay.member else None
        last = dates[-1] + pricing.NIGHT
        (found,) = pricing.quote(requests=[QuoteRequest(kind, stay.rate_plan_id, dates[0], last, level)])
        prices = {night.date: night for night in found.nights}
    nights = []
    for date in dates:
        night = old.get(date)
        if night is None or (kind != stay.room_type_id and not keep_price):
            price = prices.get(date)
            if price is None and stay.rate_plan_id and not keep_price:
                raise pricing.NoPrice(date=str(date))
            price = price or NightPrice(date, first.price)
            night = RoomNight(stay=stay, date=date, price=price.price, source=price.source)
        night.pk = None
        nights.append(night)
    return nights


def _no_shortening(stay: Stay, departure_on: dt.date) -> list[DomainError]:
    today = stay.property.business_date
    facts = [
        (stay.is_day_use, _("Day use has hours, not nights.")),
        (departure_on >= stay.departure_on, _("The new departure is not earlier.")),
        (departure_on <= stay.arrival_on, _("At least one night has to stay. Cancel or check out instead.")),
        (departure_on < today, _("The departure is before today.")),
    ]
    dates = {"arrival": str(stay.arrival_on), "departure": str(departure_on)}
    refusals: list[DomainError] = [BadDates(fact=fact, **dates) for is_wrong, fact in facts if is_wrong]
    charged = RoomNight.objects.filter(stay=stay, date__gte=departure_on, charge__isnull=False)
    return refusals + [NightCharged(date=str(date)) for date in charged.values_list("date", flat=True)[:1]]


def _sold_out(stay: Stay, dates: Sequence[dt.date]) -> list[DomainError]:
    if not dates:
        return []
    free = free_counts([stay.room_type_id], dates[0], dates[-1] + pricing.NIGHT)
    return [
        inventory.NoAvailability(type=str(stay.room_type), date=str(date), free=max(0, count), wanted=1)
        for (_type, date), count in sorted(free.items())
        if count < 1
    ]
