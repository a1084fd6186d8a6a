"""How old what a company owes is, after what its payments settle."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotel.folios.applications import PaymentApplication
from hotel.folios.models import FolioEntry, Ledger
from oms.lib.money import ZERO

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping
    from decimal import Decimal

DAYS = (30, 60, 90)


@dataclass(slots=True)
class Item:
    """An entry of a company's account; of a debt what is still open, of a payment what is left of it."""

    entry: FolioEntry
    open: Decimal = ZERO
    left: Decimal = ZERO
    balance: Decimal = ZERO  # of the account after it


@dataclass(slots=True)
class Ages:
    """What is open, by age in days: up to 30, 60, 90, and older; ``credit`` was paid ahead."""

    fresh: Decimal = ZERO
    month: Decimal = ZERO
    two_months: Decimal = ZERO
    old: Decimal = ZERO
    credit: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """The balance."""
        return self.fresh + self.month + self.two_months + self.old - self.credit

    @property
    def bar(self) -> list[dict[str, float]]:
        """The steps as parts of a bar 100 wide."""
        whole = sum(self.steps, ZERO)
        parts, x = [], 0.0
        for amount in self.steps:
            width = round(float(100 * amount / whole), 2) if whole else 0.0
            parts.append({"x": round(x, 2), "width": width})
            x += width
        return parts

    @property
    def steps(self) -> list[Decimal]:
        """From the youngest to the oldest."""
        return [self.fresh, self.month, self.two_months, self.old]


def items_of(folio_id: int) -> list[Item]:
    """The account, oldest first. Two statements."""
    return _account([folio_id])[folio_id]


def ages_of(folio_ids: Collection[int], today: dt.date) -> dict[int, Ages]:
    """What is open on each company's folio, by age on ``today``. Two statements."""
    found = {}
    for folio_id, items in _account(folio_ids).items():
        sums = [ZERO] * (len(DAYS) + 1)
        for item in items:
            age = (today - item.entry.business_date).days
            sums[sum(age > days for days in DAYS)] += item.open
        fresh, month, two_months, old = sums
        found[folio_id] = Ages(fresh, month, two_months, old, sum((item.left for item in items), ZERO))
    return found


def total(ages: Iterable[Ages]) -> Ages:
    """All companies together."""
    found = Ages()
    for each in ages:
        found.fresh += each.fresh
        found.month += each.month
        found.two_months += each.two_months
        found.old += each.old
        found.credit += each.credit
    return found


@dataclass(slots=True)
class Debt:
    """A debt one may settle: what is open beside what the chosen payment settles of it, and what is typed for it."""

    item: Item
    open: Decimal
    typed: str


def debts(items: Iterable[Item], payment_id: int | None, typed: Mapping[str, str] | None) -> list[Debt]:
    """Debts that are open, oldest first, and those the payment settles now. At most one statement."""
    rows = PaymentApplication.objects.filter(payment=payment_id).values_list("item_id", "amount")
    mine = dict(rows) if payment_id else {}
    found = []
    for item in items:
        own = mine.get(item.entry.pk, ZERO)
        if item.open + own > 0:
            name = f"item_{item.entry.pk}"
            found.append(Debt(item, item.open + own, typed.get(name, "") if typed else str(own or "")))
    return found


def _account(folio_ids: Collection[int]) -> dict[int, list[Item]]:
    entries = FolioEntry.objects.filter(folio__in=folio_ids).exclude(ledger=Ledger.DEPOSIT)
    found: dict[int, list[Item]] = {folio_id: [] for folio_id in folio_ids}
    settled: dict[int, Decimal] = defaultdict(lambda: ZERO)
    rows = PaymentApplication.objects.filter(item__folio__in=folio_ids)
    for payment_id, item_id, amount in rows.values_list("payment_id", "item_id", "amount"):
        settled[payment_id] += amount
        settled[item_id] += amount
    for entry in entries.select_related("by", "reversed_by").order_by("pk"):
        items = found[entry.folio_id]
        item = Item(entry, balance=(items[-1].balance if items else ZERO) + entry.amount)
        is_standing = entry.reverses_id is None and not hasattr(entry, "reversed_by")
        if is_standing and entry.amount > 0:
            item.open = entry.amount - settled[entry.pk]
        elif is_standing:
            item.left = -entry.amount - settled[entry.pk]
        items.append(item)
    return found
