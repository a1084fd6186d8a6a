"""What nights cost, and whether they may be sold: rates, member prices, restrictions."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hotel.members.models import MemberLevel
from hotel.stays.packages import PackageItem
from hotel.stays.rates import Rate, RatePlan, Restriction
from hotel.stays.states import PriceSource
from oms.lib.errors import DomainError
from oms.lib.money import cents

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.utils.functional import Promise

    from hotel.stays.packages import PackageTerms

NIGHT = dt.timedelta(days=1)
HUNDRED = Decimal(100)


class NoPrice(DomainError):
    """The plan has no price for a night: it is not for sale."""

    code = "stay_no_price"
    message = _("There is no price for %(date)s in this rate plan.")


class Restricted(DomainError):
    """A restriction forbids the stay."""

    code = "stay_restricted"
    message = _("%(rule)s on %(date)s.")


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """Nights of a room type in a plan, for a member level or nobody in particular."""

    room_type_id: int
    rate_plan_id: int
    arrival_on: dt.date
    departure_on: dt.date
    member_level_id: int | None = None
    adults: int = 1
    children: int = 0


@dataclass(frozen=True, slots=True)
class NightPrice:
    """One night: date, price in the property's currency, and what made it."""

    date: dt.date
    price: Decimal
    source: str = PriceSource.RATE


@dataclass(frozen=True, slots=True)
class Quote:
    """Prices of all nights, and what forbids the stay; both, so that a page can show the price of what is refused."""

    nights: list[NightPrice]
    refusals: list[DomainError] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        """Sum of the nights."""
        return sum((night.price for night in self.nights), Decimal(0))


@dataclass(frozen=True, slots=True)
class PackagePrice:
    """What comes with a stay: on how many nights, and what all of them cost, in the price or on top of it."""

    text: str
    nights: int
    amount: Decimal
    is_included: bool


def added(packages: Iterable[PackagePrice]) -> Decimal:
    """What packages cost on top of the nights."""
    return sum((each.amount for each in packages if not each.is_included), Decimal(0))


def nights_of(arrival_on: dt.date, departure_on: dt.date) -> list[dt.date]:
    """The dates slept: from arrival until the day before departure."""
    return [arrival_on + NIGHT * n for n in range((departure_on - arrival_on).days)]


def quote(*, requests: Sequence[QuoteRequest]) -> list[Quote]:
    """Price each request. Rates × member percent of plans that members get cheaper, rounded half up to cents.

    Restrictions of the type (for all plans, or this one) on the arrival date: closed to arrival, shortest and longest
    stay; on the departure date: closed to departure; on every night: closed. Four queries for any number of requests.
    """
    if not requests:
        return []
    plans = RatePlan.objects.in_bulk({request.rate_plan_id for request in requests})
    levels = MemberLevel.objects.in_bulk({r.member_level_id for r in requests if r.member_level_id})
    rates = _rates(requests)
    rules = _restrictions(requests)
    return [_quote(request, plans[request.rate_plan_id], levels, rates, rules) for request in requests]


def packages_of(*, requests: Sequence[QuoteRequest]) -> list[list[PackagePrice]]:
    """What the plans give with each request's nights. One query for any number of requests."""
    items: dict[int, list[PackageTerms]] = defaultdict(list)
    found = PackageItem.objects.filter(rate_plan__in={request.rate_plan_id for request in requests})
    for item in found.select_related("charge_code").order_by("pk"):
        items[item.rate_plan_id].append(item)
    return [
        priced(items[r.rate_plan_id], r.arrival_on, r.departure_on, adults=r.adults, children=r.children)
        for r in requests
    ]


def priced(
    items: Iterable[PackageTerms], arrival_on: dt.date, departure_on: dt.date, *, adults: int, children: int
) -> list[PackagePrice]:
    """Package items over the nights of a stay."""
    prices = []
    for item in items:
        nights = sum(item.falls_on(date, arrival_on, departure_on) for date in nights_of(arrival_on, departure_on))
        if nights:
            prices.append(PackagePrice(str(item), nights, nights * item.amount(adults, children), item.is_included))
    return prices


def _quote(
    request: QuoteRequest,
    plan: RatePlan,
    levels: dict[int, MemberLevel],
    rates: dict[tuple[int, int, dt.date], Decimal],
    rules: dict[tuple[int, dt.date], list[Restriction]],
) -> Quote:
    level = levels.get(request.member_level_id or 0) if plan.is_member_priced else None
    nights: list[NightPrice] = []
    refusals: list[DomainError] = []
    for date in nights_of(request.arrival_on, request.departure_on):
        price = rates.get((plan.pk, request.room_type_id, date))
        if price is None:
            refusals.append(NoPrice(date=str(date)))
        elif level and level.room_percent < HUNDRED:
            nights.append(NightPrice(date, cents(price * level.room_percent / HUNDRED), PriceSource.MEMBER))
        else:
            nights.append(NightPrice(date, price))
    return Quote(nights, refusals + _broken_rules(request, rules))


def _broken_rules(request: QuoteRequest, rules: dict[tuple[int, dt.date], list[Restriction]]) -> list[DomainError]:
    def on(date: dt.date) -> list[Restriction]:
        found = rules.get((request.room_type_id, date), [])
        return [rule for rule in found if rule.rate_plan_id in {None, request.rate_plan_id}]

    arrival, departure = request.arrival_on, request.departure_on
    closed = [date for date in nights_of(arrival, departure) if any(rule.is_closed for rule in on(date))]
    broken: list[DomainError] = [Restricted(rule=_("Closed"), date=str(date)) for date in closed]
    for rule in on(arrival):
        broken += [Restricted(rule=text, date=str(arrival)) for text in _broken_on_arrival(rule, departure - arrival)]
    if any(rule.closed_to_departure for rule in on(departure)):
        broken.append(Restricted(rule=_("Closed to departure"), date=str(departure)))
    return broken


def _broken_on_arrival(rule: Restriction, length: dt.timedelta) -> list[str | Promise]:
    broken: list[str | Promise] = []
    if rule.closed_to_arrival:
        broken.append(_("Closed to arrival"))
    if rule.min_nights and length.days < rule.min_nights:
        broken.append(_("At least %(n)s nights") % {"n": rule.min_nights})
    if rule.max_nights and length.days > rule.max_nights:
        broken.append(_("At most %(n)s nights") % {"n": rule.max_nights})
    return broken


def _rates(requests: Sequence[QuoteRequest]) -> dict[tuple[int, int, dt.date], Decimal]:
    rows = Rate.objects.filter(
        rate_plan_id__in={request.rate_plan_id for request in requests},
        room_type_id__in={request.room_type_id for request in requests},
        date__gte=min(request.arrival_on for request in requests),
        date__lt=max(request.departure_on for request in requests),
    )
    return {
        (plan, kind, date): price
        for plan, kind, date, price in rows.values_list("rate_plan_id", "room_type_id", "date", "price")
    }


def _restrictions(requests: Sequence[QuoteRequest]) -> dict[tuple[int, dt.date], list[Restriction]]:
    rules: dict[tuple[int, dt.date], list[Restriction]] = {}
    wanted = Restriction.objects.filter(
        Q(rate_plan=None) | Q(rate_plan_id__in={request.rate_plan_id for request in requests}),
        room_type_id__in={request.room_type_id for request in requests},
        date__gte=min(request.arrival_on for request in requests),
        date__lte=max(request.departure_on for request in requests),
    )
    for rule in wanted.order_by("pk"):
        rules.setdefault((rule.room_type_id, rule.date), []).append(rule)
    return rules
