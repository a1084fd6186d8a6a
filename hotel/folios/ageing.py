"""How old what a company owes is. Payments settle the oldest debt first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotel.folios.models import FolioEntry, Ledger
from oms.lib.money import ZERO

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable
    from decimal import Decimal

DAYS = (30, 60, 90)


@dataclass(slots=True)
class Item:
    """An entry of a company's account; of a debt, what is still open after all payments."""

    entry: FolioEntry
    open: Decimal = ZERO
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
    """The account, oldest first. One statement."""
    return _account([folio_id])[folio_id]


def ages_of(folio_ids: Collection[int], today: dt.date) -> dict[int, Ages]:
    """What is open on each company's folio, by age on ``today``. One statement."""
    found = {}
    for folio_id, items in _account(folio_ids).items():
        sums = [ZERO] * (len(DAYS) + 1)
        for item in items:
            age = (today - item.entry.business_date).days
            sums[sum(age > days for days in DAYS)] += item.open
        balance = items[-1].balance if items else ZERO
        fresh, month, two_months, old = sums
        found[folio_id] = Ages(fresh, month, two_months, old, max(ZERO, sum(sums, ZERO) - balance))
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


def _account(folio_ids: Collection[int]) -> dict[int, list[Item]]:
    entries = FolioEntry.objects.filter(folio__in=folio_ids).exclude(ledger=Ledger.DEPOSIT)
    found: dict[int, list[Item]] = {folio_id: [] for folio_id in folio_ids}
    for entry in entries.select_related("by").order_by("pk"):
        items = found[entry.folio_id]
        balance = (items[-1].balance if items else ZERO) + entry.amount
        items.append(Item(entry, max(ZERO, entry.amount), balance))
    for items in found.values():
        _allocate(items)
    return found


def _allocate(items: list[Item]) -> None:
    """A reversal settles what it reverses, everything else that lowers the balance the oldest debts first."""
    by_entry = {item.entry.pk: item for item in items}
    loose = ZERO
    for item in items:
        amount = item.entry.amount
        undone = by_entry.get(item.entry.reverses_id or 0)
        if undone is not None and undone.entry.amount > 0:
            undone.open = ZERO
        elif undone is not None:  # a payment that was undone settles nothing any more
            item.open = ZERO
            loose -= amount
        elif amount < 0:
            loose -= amount
    for item in items:
        part = min(item.open, max(ZERO, loose))
        item.open -= part
        loose -= part
