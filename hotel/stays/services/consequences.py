"""What restoring a check-out brings back, and what it does not: the table before the question."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hotel.folios.models import EntryKind, Folio, FolioEntry, TenderKind
from hotel.rooms.models import Room
from hotel.stays import inventory
from hotel.stays.models import Stay
from hotel.stays.pricing import NIGHT
from hotel.stays.queries import free_counts
from hotel.stays.services.desk import wish_of, wrong_status
from hotel.stays.services.restoring import (
    Before,
    before_check_out,
    departure_offered,
    due_out_again,
    nights_returning,
)
from hotel.stays.states import StayStatus
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from hotel.stays.models import RoomNight


@dataclass(frozen=True, slots=True)
class Consequence:
    """One thing about restoring: what it is, whether it comes back, and whether something has to be done before."""

    code: str
    text: str
    comes_back: bool
    is_blocking: bool = False


def preview_restore(
    stay_id: int,
    *,
    at: dt.datetime | None = None,
    departure_on: dt.date | None = None,
    room_id: int | None = None,
    was_away: bool = False,
) -> list[Consequence]:
    """What comes back with the stay and what does not, when restored like this at ``at`` (none: the moment it left).

    About ten statements, nothing is locked or written.
    """
    stay = Stay.objects.select_related("property", "room", "room_type", "guest").get(pk=stay_id)
    if refusal := wrong_status(stay, [StayStatus.CHECKED_OUT]):
        return [Consequence("status", str(refusal), comes_back=False, is_blocking=True)]
    before = before_check_out(stay)
    until = departure_on or departure_offered(stay, before)
    nights = _nights(stay, before, until, was_away=was_away)
    left = stay.checked_out_at or stay.due_out_at
    room = _room(stay, before, until, max(at or left, left), room_id)
    return [*_date(stay, before), room, *nights, *_bills(stay), *_money(stay), *_around()]


def _date(stay: Stay, before: Before) -> Iterator[Consequence]:
    today = stay.property.business_date
    if before.business_date < today:
        days = (today - before.business_date).days
        text = ngettext(
            "Checked out on %(date)s, %(days)s business date ago: may need an approval.",
            "Checked out on %(date)s, %(days)s business dates ago: may need an approval.",
            days,
        )
        yield Consequence("date", text % {"date": before.business_date, "days": days}, comes_back=False)


def _room(stay: Stay, before: Before, until: dt.date, start: dt.datetime, room_id: int | None) -> Consequence:
    room = Room.objects.filter(pk=room_id or stay.room_id or 0, property=stay.property_id).first()
    wish = wish_of(stay, start, due_out_again(stay, before, until, start), room.pk if room else None)
    taken = inventory.look([wish], entering=True)
    if taken:
        text = _("%(fact)s Choose another room.") % {"fact": taken[0]}
        return Consequence("room", text, comes_back=False, is_blocking=True)
    return Consequence("room", _("Room %(room)s is free and is the guest's again.") % {"room": room}, comes_back=True)


def _nights(stay: Stay, before: Before, until: dt.date, *, was_away: bool) -> Iterator[Consequence]:
    try:
        nights = nights_returning(stay, before, until, was_away=was_away)
    except DomainError as wrong:
        yield Consequence("departure", str(wrong), comes_back=False, is_blocking=True)
        return
    if not nights:
        return
    today, given = stay.property.business_date, {date for date, *_rest in before.nights}
    passed = [night for night in nights if night.date < today]
    again = [night for night in nights if night.date >= today and str(night.date) in given]
    more = [night for night in nights if night.date >= today and str(night.date) not in given]
    if passed:
        yield Consequence("passed", _passed(passed, was_away=was_away), comes_back=True)
    if again:
        text = ngettext(
            "%(n)s night until %(date)s comes back at %(price)s.",
            "%(n)s nights until %(date)s come back at %(price)s.",
            len(again),
        )
        yield Consequence("nights", text % _facts(again), comes_back=True)
    if more:
        text = ngettext(
            "%(n)s night until %(date)s is added at %(price)s.",
            "%(n)s nights until %(date)s are added at %(price)s.",
            len(more),
        )
        yield Consequence("added", text % _facts(more), comes_back=True)
    free = free_counts([stay.room_type_id], max(today, nights[0].date), until)
    for (_type, date), count in sorted(free.items()):
        if count < 1:
            refusal = inventory.NoAvailability(type=str(stay.room_type), date=str(date), free=max(0, count), wanted=1)
            yield Consequence("sold_out", str(refusal), comes_back=False, is_blocking=True)


def _passed(nights: Sequence[RoomNight], *, was_away: bool) -> str:
    if was_away:
        text = ngettext(
            "%(n)s night until %(date)s has passed since: free, the guest was away.",
            "%(n)s nights until %(date)s have passed since: free, the guest was away.",
            len(nights),
        )
    else:
        text = ngettext(
            "%(n)s night until %(date)s has passed since: it is charged now, %(price)s.",
            "%(n)s nights until %(date)s have passed since: they are charged now, %(price)s.",
            len(nights),
        )
    return text % _facts(nights)


def _facts(nights: Sequence[RoomNight]) -> dict[str, Any]:
    price = sum((night.price for night in nights), Decimal(0))
    return {"n": len(nights), "date": nights[-1].date + NIGHT, "price": price}


def _bills(stay: Stay) -> Iterator[Consequence]:
    for folio in Folio.objects.filter(stay=stay).annotate(n=Count("entries")).order_by("window"):
        text = _("Bill %(folio)s opens again; its %(n)s entries and what was paid stay.")
        yield Consequence("folio", text % {"folio": folio.number, "n": folio.n}, comes_back=True)


def _money(stay: Stay) -> Iterator[Consequence]:
    entries = FolioEntry.objects.filter(folio__stay=stay, reverses=None, reversed_by=None)
    sums = entries.aggregate(
        refunded=Sum("amount", filter=Q(kind=EntryKind.DEPOSIT_REFUND)),
        company=Sum("amount", filter=Q(kind=EntryKind.PAYMENT, tender=TenderKind.COMPANY)),
        members=Sum("amount", filter=Q(tender__in=[TenderKind.POINTS, TenderKind.STORED_VALUE])),
    )
    if refunded := sums["refunded"]:
        text = _("The deposit of %(amount)s was given back: take it again.")
        yield Consequence("deposit", text % {"amount": refunded}, comes_back=False)
    if company := sums["company"]:
        text = _("%(amount)s stays on the company account: reverse that payment if the company shall not pay.")
        yield Consequence("company", text % {"amount": -company}, comes_back=False)
    if sums["members"] or stay.member_id:
        text = _("Points and stored value stay as they were booked: reverse the payment to give them back.")
        yield Consequence("points", text, comes_back=False)


def _around() -> Iterator[Consequence]:
    yield Consequence("cards", _("Cancelled room cards stay cancelled: issue new ones."), comes_back=False)
    yield Consequence("line", _("The phone line opens again."), comes_back=True)
    yield Consequence(
        "cleaning", _("The room stays dirty; the cleaning order of the check-out ends."), comes_back=False
    )
