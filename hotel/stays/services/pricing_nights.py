"""Prices by hand: per night, with a reason, within what the person may do alone."""

from __future__ import annotations

from decimal import ROUND_UP, Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from hotel.stays import pricing
from hotel.stays.models import RoomNight, Stay
from hotel.stays.pricing import HUNDRED, NIGHT, QuoteRequest
from hotel.stays.services.desk import CHANGEABLE, finish, lock_stay, save, trace_of
from hotel.stays.services.errors import BadPrice, NightCharged, NoSuchNight, ReasonMissing
from hotel.stays.states import PriceSource
from oms.approvals.limits import allow
from oms.lib.money import cents

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from oms.staff.models import Staff

MOST = Decimal("9999999.99")


@transaction.atomic
def set_prices(
    *,
    stay_id: int,
    prices: Mapping[dt.date, Decimal],
    reason: str,
    by: Staff | None,
    at: dt.datetime,
    approval_id: int | None = None,
) -> Stay:
    """Sell nights at a price of the clerk's; 0.00 is a free night. Beyond the role's limit it needs an approval.

    What is limited: percent below the plan's price (``price_discount_percent``), nights for nothing (``free_room``).
    Locks the stay. Raises WrongStatus, ReasonMissing, NoSuchNight, NightCharged, BadPrice, and of approvals
    BeyondLimit (with what to ask for), NotApproved, ApprovalDiffers.
    """
    stay = lock_stay(stay_id, *CHANGEABLE)
    if not reason.strip():
        raise ReasonMissing
    nights = _nights(stay, prices)
    approval = _allow(stay, nights, prices, approval_id, by, at)
    before = {str(night.date): str(night.price) for night in nights}
    for night in nights:
        night.price = prices[night.date]
        night.source = PriceSource.CUSTOM if night.price else PriceSource.FREE
        night.reason, night.by, night.approval_id = reason[:200], by, approval
    RoomNight.objects.bulk_update(nights, ["price", "source", "reason", "by", "approval_id"])
    save(stay)
    after = {str(night.date): str(night.price) for night in nights}
    finish([trace_of(stay, "priced", reason, before=before, after=after, approval=approval)], by=by, at=at)
    return stay


def _nights(stay: Stay, prices: Mapping[dt.date, Decimal]) -> list[RoomNight]:
    nights = {n.date: n for n in RoomNight.objects.filter(stay=stay, date__in=prices).select_related("charge")}
    for date, price in sorted(prices.items()):
        if date not in nights:
            raise NoSuchNight(stay=stay.number, date=str(date))
        if price < 0 or price > MOST or price != cents(price):
            raise BadPrice(price=str(price))
        if hasattr(nights[date], "charge"):
            raise NightCharged(date=str(date))
    return [nights[date] for date in sorted(nights)]


def _allow(
    stay: Stay,
    nights: Sequence[RoomNight],
    prices: Mapping[dt.date, Decimal],
    approval_id: int | None,
    by: Staff | None,
    at: dt.datetime,
) -> int | None:
    """Let it pass, or use the approval; which of two limits is asked for depends on whether a night is free."""
    usual = _usual(stay, nights)
    free = sum(1 for night in nights if not prices[night.date] and night.price)
    most = max(
        (100 * (usual[n.date] - prices[n.date]) / usual[n.date] for n in nights if usual[n.date]), default=HUNDRED
    )
    text = ", ".join(f"{night.date} {prices[night.date]}" for night in nights)
    approval = allow(
        key="free_room" if free else "price_discount_percent",
        value=Decimal(free) if free else max(Decimal(0), most.quantize(Decimal("0.01"), ROUND_UP)),
        branch_id=stay.property.branch_id,
        subject=_("%(stay)s: %(prices)s") % {"stay": stay.number, "prices": text},
        facts={"type": stay.room_type.code, "guest": stay.guest_id or 0, "prices": text},
        approval_id=approval_id,
        by=by,
        at=at,
    )
    return approval.pk if approval else None


def _usual(stay: Stay, nights: Sequence[RoomNight]) -> dict[dt.date, Decimal]:
    """What the nights cost by the plan, else what they cost now."""
    usual = {night.date: night.price for night in nights}
    if stay.rate_plan_id and nights:
        level = stay.member.level_id if stay.member else None
        last = nights[-1].date + NIGHT
        request = QuoteRequest(stay.room_type_id, stay.rate_plan_id, nights[0].date, last, level)
        usual |= {n.date: n.price for n in pricing.quote(requests=[request])[0].nights if n.date in usual}
    return usual
