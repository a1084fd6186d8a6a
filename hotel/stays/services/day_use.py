"""钟点房: what the hours cost, and what it costs to stay longer than they last."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from hotel.folios import services as folios
from hotel.folios.models import Department, EntryKind, FolioEntry
from hotel.folios.services import Posting
from hotel.stays import inventory
from hotel.stays.rates import HourlyPrice
from hotel.stays.services.desk import TO_ARRIVE, finish, lock_stay, lock_stays, save, trace_of, wish_of
from hotel.stays.services.errors import BadDates, DayUseUnposted
from hotel.stays.states import StayStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from hotel.stays.models import Stay
    from oms.staff.models import Staff

NOTHING = Decimal(0)
HOUR = dt.timedelta(hours=1)
LONGEST = 23  # hours; from there on it is a night


@dataclass(frozen=True, slots=True)
class DayUseCharge:
    """What a day use costs until a moment. ``full_day_after``: hours from which the most it can cost is reached."""

    hours: int
    price: Decimal
    overtime_hours: int
    overtime: Decimal
    most: Decimal
    full_day_after: int

    @property
    def total(self) -> Decimal:
        """Price and overtime, at most a full day."""
        return min(self.price + self.overtime, self.most)

    @property
    def is_full_day(self) -> bool:
        """Whether it costs as much as a full day: staying on is free now, a night is worth offering."""
        return self.price + self.overtime >= self.most


def ladder(price: HourlyPrice, length: dt.timedelta) -> DayUseCharge:
    """The price for a length of stay: the hours bought, then each hour begun, minutes of grace not counted."""
    over = length - price.hours * HOUR - dt.timedelta(minutes=price.grace_minutes)
    extra = max(0, math.ceil(over / HOUR))
    steps = math.ceil((price.most - price.price) / price.extra_hour) if price.extra_hour else 0
    return DayUseCharge(
        hours=price.hours,
        price=price.price,
        overtime_hours=extra,
        overtime=extra * price.extra_hour,
        most=price.most,
        full_day_after=price.hours + steps,
    )


def day_use_charges(stays: Iterable[Stay], at: dt.datetime) -> dict[int, DayUseCharge]:
    """What each day use in the house costs if it ends at ``at``; a type without hourly prices is left out.

    The price is that of the hours booked, else of the next longer offer, else of the longest. One statement.
    """
    guests = [stay for stay in stays if stay.is_day_use and stay.checked_in_at]
    types = {stay.room_type_id for stay in guests}
    offers = list(HourlyPrice.objects.filter(room_type__in=types).order_by("hours")) if types else []
    charges = {}
    for stay in guests:
        mine = [offer for offer in offers if offer.room_type_id == stay.room_type_id]
        if mine:
            price = next((offer for offer in mine if offer.hours >= (stay.hours or 0)), mine[-1])
            charges[stay.pk] = ladder(price, at - (stay.checked_in_at or at))
    return charges


def posted(stay_ids: Collection[int]) -> dict[int, Decimal]:
    """Room charges of day uses, on their own bills or where a rule brought them, less reversals. One statement."""
    own = Q(folio__stay__in=stay_ids, stay=None, night_on=F("folio__stay__arrival_on"))
    routed = Q(stay__in=stay_ids, night_on=F("stay__arrival_on"))
    rows = FolioEntry.objects.filter(own | routed, kind=EntryKind.CHARGE, department=Department.ROOM)
    sums = rows.values_list(Coalesce("stay_id", "folio__stay_id")).annotate(sum=Sum("amount")).order_by()
    return dict.fromkeys(stay_ids, NOTHING) | dict(sums)


@transaction.atomic
def post_day_use(*, stay_ids: Collection[int], by: Staff | None, at: dt.datetime) -> dict[int, Decimal]:
    """Charge what each day use in the house costs until ``at`` and is not on its bill yet; what was posted per stay.

    Locks the stays, then the folios. Calling it again at the same moment posts nothing. Raises NoOpenShift.
    """
    stays = lock_stays(stay_ids)
    inside = [stay for stay in stays.values() if stay.status == StayStatus.IN_HOUSE]
    entries = charge_hours(inside, by=by, at=at)
    amounts = {entry.reference: entry.amount for entry in entries}
    return {pk: amounts.get(stay.number, NOTHING) for pk, stay in stays.items()}


def hours_due(stays: Iterable[Stay], at: dt.datetime) -> dict[int, Decimal]:
    """What day uses cost until ``at`` beyond what is on their bills. Two statements, none without day uses."""
    charges = day_use_charges(stays, at)
    known = posted(list(charges)) if charges else {}
    return {pk: charge.total - known[pk] for pk, charge in charges.items() if charge.total > known[pk]}


def charge_hours(stays: Iterable[Stay], *, by: Staff | None, at: dt.datetime) -> list[FolioEntry]:
    """Post what locked day uses cost until ``at`` and is not on their bills. Locks the folios. Raises NoOpenShift."""
    days = {stay.pk: stay for stay in stays if stay.is_day_use}
    due = hours_due(days.values(), at)
    if not due:
        return []
    known = posted(list(due))
    windows = folios.open_folios(stay_ids=list(due), by=by, at=at)
    return folios.post(
        postings=[
            Posting(
                windows[pk].pk,
                amount,
                department=Department.ROOM,
                text=_("Day use") if not known[pk] else _("Day use, overtime"),
                night_on=days[pk].arrival_on,
                reference=days[pk].number,
            )
            for pk, amount in due.items()
        ],
        by=by,
        at=at,
    )


@transaction.atomic
def extend_hours(*, stay_id: int, hours: int, by: Staff | None, at: dt.datetime) -> Stay:
    """A day use of so many hours in all. Locks the stay, the room. Raises WrongStatus, BadDates, RoomTaken."""
    stay = lock_stay(stay_id, *TO_ARRIVE, StayStatus.IN_HOUSE)
    if not stay.is_day_use or not 0 < hours <= LONGEST:
        fact = _("Day use lasts from 1 to %(most)s hours.") % {"most": LONGEST}
        raise BadDates(fact=fact, arrival=str(stay.arrival_on), departure=str(stay.departure_on))
    before, stay.hours = stay.hours, hours
    stay.due_out_at = stay.due_in_at + hours * HOUR
    if stay.room_id:
        start = inventory.since(stay.pk) or stay.due_in_at
        end = max(stay.due_out_at, start + inventory.MOMENT)
        for refusal in inventory.retime([wish_of(stay, start, end)]).values():
            raise refusal
    save(stay, "hours", "due_out_at")
    finish([trace_of(stay, "hours_changed", before=before, after=hours)], by=by, at=at)
    return stay


def unposted_day_use(stays: Iterable[Stay], at: dt.datetime) -> dict[int, DayUseUnposted]:
    """The refusals of day uses whose bill says less than they cost. Two statements, none without day uses."""
    days = {stay.pk: stay for stay in stays if stay.is_day_use}
    charges = day_use_charges(days.values(), at) if days else {}
    known = posted(list(charges)) if charges else {}
    return {
        pk: DayUseUnposted(stay=days[pk].number, total=str(charge.total), posted=str(known[pk]))
        for pk, charge in charges.items()
        if charge.total > known[pk]
    }
