"""What restoring a check-out brings back, and what it does not: the table before the question."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hotel.folios.models import EntryKind, Folio, FolioEntry, TenderKind
from hotel.stays import inventory
from hotel.stays.models import Stay
from hotel.stays.queries import free_counts
from hotel.stays.services.desk import wish_of, wrong_status
from hotel.stays.services.restoring import HOUR, Before, before_check_out, nights_returning
from hotel.stays.states import StayStatus

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Consequence:
    """One thing about restoring: what it is, whether it comes back, and whether something has to be done before."""

    code: str
    text: str
    comes_back: bool
    is_blocking: bool = False


def preview_restore(stay_id: int) -> list[Consequence]:
    """What comes back with the stay and what does not. About ten statements, nothing is locked or written."""
    stay = Stay.objects.select_related("property", "room", "room_type", "guest").get(pk=stay_id)
    if refusal := wrong_status(stay, [StayStatus.CHECKED_OUT]):
        return [Consequence("status", str(refusal), comes_back=False, is_blocking=True)]
    before = before_check_out(stay)
    return [*_date(stay, before), _room(stay, before), *_nights(stay, before), *_bills(stay), *_money(stay), *_around()]


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


def _room(stay: Stay, before: Before) -> Consequence:
    start = stay.checked_out_at or stay.due_out_at
    end = max(stay.due_out_at, start + HOUR)
    wish = wish_of(stay, start, end)
    taken = inventory.look([wish], entering=True)
    if taken:
        text = _("%(fact)s Choose another room.") % {"fact": taken[0]}
        return Consequence("room", text, comes_back=False, is_blocking=True)
    return Consequence(
        "room", _("Room %(room)s is free and is the guest's again.") % {"room": stay.room}, comes_back=True
    )


def _nights(stay: Stay, before: Before) -> Iterator[Consequence]:
    nights = nights_returning(stay, before)
    if before.nights and not nights:
        yield Consequence("nights", _("Nights given back have passed: extend the stay from today."), comes_back=False)
    if not nights:
        return
    dates = [dt.date.fromisoformat(date) for date, *_rest in nights]
    price = sum((Decimal(night[2]) for night in nights), Decimal(0))
    text = ngettext(
        "%(n)s night until %(date)s comes back at %(price)s.",
        "%(n)s nights until %(date)s come back at %(price)s.",
        len(nights),
    )
    yield Consequence("nights", text % {"n": len(nights), "date": before.departure_on, "price": price}, comes_back=True)
    free = free_counts([stay.room_type_id], dates[0], dates[-1] + dt.timedelta(days=1))
    for (_type, date), count in sorted(free.items()):
        if count < 1:
            refusal = inventory.NoAvailability(type=str(stay.room_type), date=str(date), free=max(0, count), wanted=1)
            yield Consequence("sold_out", str(refusal), comes_back=False, is_blocking=True)


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
