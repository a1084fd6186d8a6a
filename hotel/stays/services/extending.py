"""Longer stays: one, or many at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _

from hotel.stays import inventory, moments, pricing
from hotel.stays.models import RoomNight
from hotel.stays.pricing import NightPrice, QuoteRequest, nights_of
from hotel.stays.services.booking import write_nights
from hotel.stays.services.desk import (
    CHANGEABLE,
    Results,
    finish,
    in_halves,
    lock_stays,
    trace_of,
    wish_of,
    wrong_status,
)
from hotel.stays.services.errors import LONGEST_STAY, BadDates
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from hotel.stays.models import Stay
    from oms.staff.models import Staff


@dataclass(frozen=True, slots=True)
class Extension:
    """A later departure. ``prices`` given: taken as they are, one per new night; else as ``extend`` says."""

    stay_id: int
    departure_on: dt.date
    prices: Sequence[NightPrice] = ()
    keep_price: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Longer:
    stay: Stay
    departure_on: dt.date
    nights: Sequence[NightPrice]


@transaction.atomic
def extend(
    *,
    stay_id: int,
    departure_on: dt.date,
    by: Staff | None,
    at: dt.datetime,
    prices: Sequence[NightPrice] = (),
    keep_price: bool = False,
) -> Stay:
    """The guest stays longer: the new nights are sold and priced (by the plan, as given, or as the last night).

    The mark of a departure goes. Locks the stay, date rows, room. Raises WrongStatus, BadDates, NoPrice, Restricted,
    NoAvailability, RoomTaken (move the stay, or the other one).
    """
    stays = lock_stays([stay_id])
    results, longer = _planned(stays, [Extension(stay_id, departure_on, prices, keep_price)])
    if refusal := results[stay_id]:
        raise refusal
    _prolong(longer, by, at)
    return stays[stay_id]


@transaction.atomic
def extend_many(*, wishes: Sequence[Extension], by: Staff | None, at: dt.datetime) -> Results:
    """As ``extend``, for many stays, each at most once: a result per stay, earlier wishes go first. Locks alike."""
    stays = lock_stays([wish.stay_id for wish in wishes])
    results, longer = _planned(stays, wishes)
    refused = in_halves(longer, lambda some: _prolong(some, by, at))
    return results | {one.stay.pk: refusal for one, refusal in refused.items()}


def _planned(stays: dict[int, Stay], wishes: Sequence[Extension]) -> tuple[Results, list[_Longer]]:
    """Refusals that need no other row, and the nights of the others."""
    results: Results = {}
    for wish in wishes:
        stay = stays[wish.stay_id]
        results[stay.pk] = wrong_status(stay, CHANGEABLE) or bad_extension(stay, wish.departure_on)
    able = [wish for wish in wishes if results[wish.stay_id] is None]
    found = _prices_of(stays, able)
    longer = []
    for wish in able:
        stay, nights = stays[wish.stay_id], found[wish.stay_id]
        if isinstance(nights, DomainError):
            results[stay.pk] = nights
            continue
        if [night.date for night in nights] != nights_of(stay.departure_on, wish.departure_on):
            message = f"{len(nights)} prices for {(wish.departure_on - stay.departure_on).days} nights"
            raise ValueError(message)
        longer.append(_Longer(stay, wish.departure_on, nights))
    return results, longer


def _prices_of(stays: dict[int, Stay], wishes: Sequence[Extension]) -> dict[int, Sequence[NightPrice] | DomainError]:
    open_ones = [wish for wish in wishes if not wish.prices]
    found = new_nights([(stays[w.stay_id], w.departure_on, w.keep_price) for w in open_ones])
    return found | {wish.stay_id: wish.prices for wish in wishes if wish.prices}


def new_nights(
    wanted: Sequence[tuple[Stay, dt.date, bool]],
) -> dict[int, Sequence[NightPrice] | DomainError]:
    """The nights until a later departure with their prices, by stay: the plan's, or (no plan, or price kept) the last
    night's. Rules about arrivals and shortest stays were kept when it was booked: only a missing price refuses.
    """
    found: dict[int, Sequence[NightPrice] | DomainError] = {}
    by_plan = [(stay, until) for stay, until, keep_price in wanted if stay.rate_plan_id and not keep_price]
    as_before = [(stay, until) for stay, until, keep_price in wanted if keep_price or not stay.rate_plan_id]
    if as_before:
        last = RoomNight.objects.filter(stay__in=[stay.pk for stay, _until in as_before]).order_by("date")
        prices = dict(last.values_list("stay_id", "price"))
        for stay, until in as_before:
            found[stay.pk] = [NightPrice(date, prices[stay.pk]) for date in nights_of(stay.departure_on, until)]
    quotes = pricing.quote(requests=[_request(stay, until) for stay, until in by_plan]) if by_plan else []
    for (stay, _until), quoted in zip(by_plan, quotes, strict=True):
        missing = next((refusal for refusal in quoted.refusals if isinstance(refusal, pricing.NoPrice)), None)
        found[stay.pk] = missing or quoted.nights
    return found


def _request(stay: Stay, until: dt.date) -> QuoteRequest:
    level = stay.member.level_id if stay.member else None
    return QuoteRequest(stay.room_type_id, stay.rate_plan_id or 0, stay.departure_on, until, level)


def bad_extension(stay: Stay, departure_on: dt.date) -> BadDates | None:
    """The refusal of a departure that is none of a longer stay."""
    facts = [
        (stay.is_day_use, _("Day use has hours, not nights.")),
        (departure_on <= stay.departure_on, _("The new departure is not later.")),
        ((departure_on - stay.arrival_on).days > LONGEST_STAY, _("The stay is longer than a year.")),
    ]
    fact = next((fact for is_wrong, fact in facts if is_wrong), None)
    return BadDates(fact=fact, arrival=str(stay.arrival_on), departure=str(departure_on)) if fact else None


_PROLONG = """
UPDATE hotel_stay s SET departure_on = l.departure_on, due_out_at = l.due_out_at, departure_marked_at = NULL,
       version = s.version + 1
  FROM unnest(%s::bigint[], %s::date[], %s::timestamptz[]) AS l(id, departure_on, due_out_at) WHERE s.id = l.id
"""


def _prolong(longer: Sequence[_Longer], by: Staff | None, at: dt.datetime) -> None:
    """Sell the nights, keep the rooms, write the stays: all or none."""
    inventory.take((one.stay.room_type_id, night.date) for one in longer for night in one.nights)
    write_nights([(one.stay, one.nights) for one in longer], by)
    due_out = {one.stay.pk: moments.due_out(one.stay.property, one.departure_on) for one in longer}
    _keep_rooms([one.stay for one in longer if one.stay.room_id], due_out)
    with connection.cursor() as cursor:
        cursor.execute(_PROLONG, [list(due_out), [one.departure_on for one in longer], list(due_out.values())])
    lines = []
    for one in longer:
        stay, before = one.stay, one.stay.departure_on
        stay.departure_on, stay.due_out_at, stay.departure_marked_at = one.departure_on, due_out[stay.pk], None
        stay.version += 1
        lines.append(trace_of(stay, "extended", before=str(before), after=str(one.departure_on)))
    finish(lines, by=by, at=at)


def _keep_rooms(stays: Collection[Stay], due_out: dict[int, dt.datetime]) -> None:
    if not stays:
        return
    starts = inventory.since_of([stay.pk for stay in stays])
    wishes = []
    for stay in stays:
        start = starts.get(stay.pk, stay.due_in_at)
        wishes.append(wish_of(stay, start, max(due_out[stay.pk], start + inventory.MOMENT)))
    for refusal in inventory.retime(wishes).values():
        raise refusal
