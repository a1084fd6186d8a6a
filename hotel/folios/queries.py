"""What folios owe and hold. Every figure is a sum of entries."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Q, Sum

from hotel.folios.models import EntryKind, FolioEntry, Ledger
from oms.lib.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Collection

Sums = dict[int, Decimal]
ByTender = dict[int, dict[str, Decimal]]

# Kinds that came in or went out by a tender on a folio's own ledger, wherever they stand now.
PAID = (EntryKind.PAYMENT, EntryKind.REFUND, EntryKind.DEPOSIT_APPLIED, EntryKind.TRANSFER)
# Kinds that move money through a till.
MONEY = (EntryKind.PAYMENT, EntryKind.REFUND, EntryKind.DEPOSIT, EntryKind.DEPOSIT_REFUND, EntryKind.PAID_OUT)


def balances(folio_ids: Collection[int]) -> Sums:
    """What each folio owes (below zero: is owed), 0.00 for those without entries. One statement."""
    return _sums(folio_ids, ~Q(ledger=Ledger.DEPOSIT), 1)


def deposits(folio_ids: Collection[int]) -> Sums:
    """Deposit held on each folio, neither applied nor given back. One statement."""
    return _sums(folio_ids, Q(ledger=Ledger.DEPOSIT), -1)


def deposits_by_tender(folio_ids: Collection[int]) -> ByTender:
    """Deposit held on each folio, by what it was paid with; only amounts that aren't zero, oldest tender first."""
    return _by_tender(FolioEntry.objects.filter(folio__in=folio_ids, ledger=Ledger.DEPOSIT))


def paid_by_tender(folio_ids: Collection[int]) -> ByTender:
    """Paid on each folio and not given back, by tender: what may still be refunded that way."""
    money = FolioEntry.objects.filter(folio__in=folio_ids, kind__in=PAID).exclude(ledger=Ledger.DEPOSIT)
    return _by_tender(money.exclude(tender=""))


def _sums(folio_ids: Collection[int], condition: Q, sign: int) -> Sums:
    found = (
        FolioEntry.objects.filter(condition, folio__in=folio_ids)
        .values_list("folio_id")
        .annotate(sum=Sum("amount"))
        .order_by()
    )
    return dict.fromkeys(folio_ids, ZERO) | {folio_id: sign * amount for folio_id, amount in found}


def _by_tender(entries: object) -> ByTender:
    sums: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    rows = entries.order_by("pk").values_list("folio_id", "tender", "amount")  # type: ignore[attr-defined]
    for folio_id, tender, amount in rows:
        sums[folio_id][tender] -= amount
    return {
        folio_id: {tender: amount for tender, amount in tenders.items() if amount} for folio_id, tenders in sums.items()
    }
