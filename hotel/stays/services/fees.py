"""What cancelling, or not coming, costs."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from hotel.folios import services as folios
from hotel.folios.models import Department
from hotel.folios.services import Posting
from hotel.stays.models import RoomNight
from hotel.stays.rates import CancellationRule, FeeKind, RatePlan
from oms.lib.money import cents

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hotel.stays.models import Stay
    from oms.staff.models import Staff

NOTHING = Decimal(0)


def cancel_fees(stays: Iterable[Stay], at: dt.datetime) -> dict[int, Decimal]:
    """What each stay would pay for being cancelled at ``at``: nothing until its rule's hours before arrival."""
    due = list(stays)
    rules = _rules(due)
    late = [s for s in due if (rule := rules.get(s.pk)) and at > s.due_in_at - dt.timedelta(hours=rule.free_hours)]
    prices = _prices(late)
    fees = {stay.pk: NOTHING for stay in due}
    for stay in late:
        rule = rules[stay.pk]
        fees[stay.pk] = _fee(rule.fee_kind, rule.fee, prices[stay.pk])
    return fees


def no_show_fees(stays: Iterable[Stay]) -> dict[int, Decimal]:
    """What each stay would pay for not coming."""
    due = list(stays)
    rules = _rules(due)
    prices = _prices(due)
    return {
        stay.pk: _fee(rule.no_show_fee_kind, rule.no_show_fee, prices[stay.pk])
        if (rule := rules.get(stay.pk))
        else NOTHING
        for stay in due
    }


def post_fees(stays: Sequence[Stay], fees: dict[int, Decimal], text: str, by: Staff | None, at: dt.datetime) -> None:
    """Charge them to the stays' first windows, opened where there is none. Locks the folios. Raises NoOpenShift."""
    owing = [stay for stay in stays if fees[stay.pk]]
    if owing:
        windows = folios.open_folios(stay_ids=[stay.pk for stay in owing], by=by, at=at)
        folios.post(
            postings=[
                Posting(windows[s.pk].pk, fees[s.pk], department=Department.FEE, text=text, reference=s.number)
                for s in owing
            ],
            by=by,
            at=at,
        )


def _rules(stays: Sequence[Stay]) -> dict[int, CancellationRule]:
    plans = {stay.rate_plan_id for stay in stays if stay.rate_plan_id}
    if not plans:
        return {}
    chosen = RatePlan.objects.filter(pk__in=plans, cancellation_rule__isnull=False).select_related("cancellation_rule")
    rules = {plan.pk: plan.cancellation_rule for plan in chosen if plan.cancellation_rule}
    return {stay.pk: rules[stay.rate_plan_id] for stay in stays if stay.rate_plan_id in rules}


def _prices(stays: Sequence[Stay]) -> dict[int, list[Decimal]]:
    prices: dict[int, list[Decimal]] = defaultdict(list)
    if stays:
        nights = RoomNight.objects.filter(stay__in=stays).order_by("stay_id", "date")
        for stay_id, price in nights.values_list("stay_id", "price"):
            prices[stay_id].append(price)
    return prices


def _fee(kind: str, value: Decimal, prices: Sequence[Decimal]) -> Decimal:
    if kind == FeeKind.NIGHTS:
        return sum(prices[: int(value)], NOTHING)
    if kind == FeeKind.PERCENT:
        return cents(sum(prices, NOTHING) * value / 100)
    return value if kind == FeeKind.AMOUNT else NOTHING
