"""What folios owe and hold. Every figure is a sum of entries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from hotel.folios.models import EntryKind, Folio, FolioEntry, InvoiceRequest, Ledger, Shift, TenderKind
from oms.lib.money import ZERO
from oms.staff.models import in_branches_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from django.db.models import QuerySet

    from oms.staff.models import Staff

Sums = dict[int, Decimal]
ByTender = dict[int, dict[str, Decimal]]

# Kinds that came in or went out by a tender on a folio's own ledger, wherever they stand now.
PAID = (EntryKind.PAYMENT, EntryKind.REFUND, EntryKind.DEPOSIT_APPLIED, EntryKind.TRANSFER)
# Kinds that move money through a till.
MONEY = (EntryKind.PAYMENT, EntryKind.REFUND, EntryKind.DEPOSIT, EntryKind.DEPOSIT_REFUND, EntryKind.PAID_OUT)
NOT_INVOICED = (TenderKind.POINTS, TenderKind.COMPANY, TenderKind.STORED_VALUE)


def folios_visible_to(staff: Staff) -> QuerySet[Folio]:
    """Folios at the properties of the person's branches."""
    return in_branches_of(Folio.objects.all(), staff, "property__branch_id")


def neighbours(folio: Folio) -> QuerySet[Folio]:
    """Open folios one would move a charge to: windows of the stay, of the booking, its master. At most twenty."""
    near = Q(pk=None)
    if folio.stay_id and folio.stay:
        near = Q(stay=folio.stay_id) | Q(stay__booking=folio.stay.booking_id) | Q(booking=folio.stay.booking_id)
    elif folio.booking_id:
        near = Q(stay__booking=folio.booking_id)
    open_ones = Folio.objects.filter(near, property=folio.property_id, closed_at=None).exclude(pk=folio.pk)
    return open_ones.select_related("stay__room").order_by("stay__room__number", "window", "pk")[:20]


def balances(folio_ids: Collection[int]) -> Sums:
    """What each folio owes (below zero: is owed), 0.00 for those without entries. One statement."""
    return {pk: owed for pk, (owed, _held) in owed_and_held(folio_ids).items()}


def deposits(folio_ids: Collection[int]) -> Sums:
    """Deposit held on each folio, neither applied nor given back. One statement."""
    return {pk: held for pk, (_owed, held) in owed_and_held(folio_ids).items()}


# By hand: every command at the till asks, and building it with the ORM costs more than running it.
_SUMS = """
SELECT folio_id, coalesce(sum(amount) FILTER (WHERE ledger <> 'deposit'), 0.00),
       -coalesce(sum(amount) FILTER (WHERE ledger = 'deposit'), 0.00)
  FROM hotel_folioentry WHERE folio_id = ANY (%s) GROUP BY folio_id
"""


def owed_and_held(folio_ids: Collection[int]) -> dict[int, tuple[Decimal, Decimal]]:
    """What each folio owes, and the deposit held on it. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [list(folio_ids)])
        found = {pk: (owed, held) for pk, owed, held in cursor.fetchall()}
    return dict.fromkeys(folio_ids, (ZERO, ZERO)) | found


def deposits_by_tender(folio_ids: Collection[int]) -> ByTender:
    """Deposit held on each folio, by what it was paid with; only amounts that aren't zero, oldest tender first."""
    return _by_tender(FolioEntry.objects.filter(folio__in=folio_ids, ledger=Ledger.DEPOSIT))


def paid_by_tender(folio_ids: Collection[int]) -> ByTender:
    """Paid on each folio and not given back, by tender: what may still be refunded that way."""
    money = FolioEntry.objects.filter(folio__in=folio_ids, kind__in=PAID).exclude(ledger=Ledger.DEPOSIT)
    return _by_tender(money.exclude(tender=""))


def invoiceable(folio_id: int) -> Decimal:
    """Paid with money on this folio and not asked for on an invoice yet, at least 0.00.

    Points and company accounts are no money; stored value was invoiced when it was bought.
    """
    paid = paid_by_tender([folio_id]).get(folio_id, {})
    money = sum((amount for tender, amount in paid.items() if tender not in NOT_INVOICED), ZERO)
    asked = InvoiceRequest.objects.filter(folio=folio_id).aggregate(sum=Sum("amount"))["sum"] or ZERO
    return max(ZERO, money - asked)


@dataclass(frozen=True, slots=True)
class Moves:
    """What moved in one ledger: opening + charges − payments + transfers = closing."""

    opening: Decimal = ZERO
    charges: Decimal = ZERO
    payments: Decimal = ZERO
    transfers: Decimal = ZERO

    @property
    def closing(self) -> Decimal:
        """What stands in the ledger after it."""
        return self.opening + self.charges - self.payments + self.transfers


def ledger_moves(property_id: int, date: dt.date) -> dict[str, Moves]:
    """What moved on a business date, per ledger. Σ of all closings is Σ of all entries. One statement.

    Charges: charges and cash paid out. Payments: money in less money out, and what was written off. Transfers: between
    folios and between ledgers; a company's share of a settlement arrives there as a transfer.
    """
    amount: dict[str, dict[str, Decimal]] = {ledger: defaultdict(Decimal) for ledger in Ledger.values}
    rows = (
        FolioEntry.objects.filter(property=property_id, business_date__lte=date)
        .values_list("ledger", "kind")
        .annotate(
            before=Sum("amount", filter=Q(business_date__lt=date)), that_day=Sum("amount", filter=Q(business_date=date))
        )
        .order_by()
    )
    for ledger, kind, before, that_day in rows:
        amount[ledger]["opening"] += before or ZERO
        amount[ledger][_MOVE.get(kind, "payments")] += (that_day or ZERO) * (1 if kind in _MOVE else -1)
    return {ledger: Moves(**sums) for ledger, sums in amount.items()}


_MOVE = {
    EntryKind.CHARGE: "charges",
    EntryKind.PAID_OUT: "charges",
    EntryKind.TRANSFER: "transfers",
    EntryKind.DEPOSIT_APPLIED: "transfers",
}


def _by_tender(entries: object) -> ByTender:
    sums: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    rows = entries.order_by("pk").values_list("folio_id", "tender", "amount")  # type: ignore[attr-defined]
    for folio_id, tender, amount in rows:
        sums[folio_id][tender] -= amount
    return {
        folio_id: {tender: amount for tender, amount in tenders.items() if amount} for folio_id, tenders in sums.items()
    }


def with_sums(folios: QuerySet[Folio]) -> QuerySet[Folio]:
    """Folios with ``owed`` and ``held``, each by its own entries."""
    sums = FolioEntry.objects.filter(folio=OuterRef("pk")).order_by().values("folio")
    owed = sums.exclude(ledger=Ledger.DEPOSIT).annotate(sum=Sum("amount")).values("sum")
    held = sums.filter(ledger=Ledger.DEPOSIT).annotate(sum=-Sum("amount")).values("sum")
    return folios.annotate(owed=Coalesce(Subquery(owed), ZERO), held=Coalesce(Subquery(held), ZERO))


def house_totals(property_id: int) -> dict[str, Decimal]:
    """What open folios owe, are owed, and hold as deposits. One statement."""
    open_ones = with_sums(Folio.objects.filter(property=property_id, closed_at=None)).exclude(kind="company")
    found = open_ones.aggregate(
        due=Sum("owed", filter=Q(owed__gt=0)), credit=Sum("owed", filter=Q(owed__lt=0)), deposits=Sum("held")
    )
    return {"due": found["due"] or ZERO, "credit": -(found["credit"] or ZERO), "held": found["deposits"] or ZERO}


def shift_summary(shift: Shift) -> list[dict[str, Any]]:
    """What went through a till, by tender and kind, and how often. One statement."""
    rows = (
        FolioEntry.objects.filter(shift=shift, kind__in=MONEY)
        .values("tender", "kind")
        .annotate(sum=Sum("amount"), count=Count("pk"))
        .order_by("tender", "kind")
    )
    lines: dict[str, dict[str, Any]] = {}
    for row in rows:
        line = lines.setdefault(row["tender"], {"label": TenderKind(row["tender"]).label, "count": 0, "net": ZERO})
        line[row["kind"]] = -row["sum"]
        line["count"] += row["count"]
        line["net"] -= row["sum"]
    return list(lines.values())
