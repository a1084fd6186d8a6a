"""Merging folios, and the arithmetic of splitting."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q

from hotel.folios.models import EntryKind, FolioEntry, Ledger
from hotel.folios.queries import balances, deposits_by_tender, paid_by_tender
from hotel.folios.services.desk import at_desk, entry_ids_for
from hotel.folios.services.errors import NothingToTransfer, PartsDiffer
from hotel.folios.services.posting import transfer
from oms.lib.money import share_by_weight

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from hotel.folios.services.desk import Desk
    from oms.staff.models import Staff

MOST_PARTS = 60


@transaction.atomic
def merge(*, from_folio_id: int, to_folio_id: int, reason: str, by: Staff | None, at: dt.datetime) -> list[FolioEntry]:
    """Move everything of a folio to another: its charges one by one, what was paid and held by tender.

    The emptied folio owes nothing and holds nothing. Locks both. Raises ReasonNeeded, FolioClosed, OtherHouse,
    NothingToTransfer, and as check_credit does when it goes to a company.
    """
    if from_folio_id == to_folio_id:
        raise NothingToTransfer
    desk = at_desk({from_folio_id, to_folio_id}, by=by, at=at)
    charges = movable_entries(from_folio_id)
    moved = []
    if charges:
        moved = transfer(entry_ids=charges, to_folio_id=to_folio_id, reason=reason, by=by, at=at)
    rest: list[FolioEntry] = []
    for ledger, sums in (("", paid_by_tender([from_folio_id])), (Ledger.DEPOSIT, deposits_by_tender([from_folio_id]))):
        for tender, amount in sums.get(from_folio_id, {}).items():
            rest += _pair(desk, from_folio_id, to_folio_id, -amount, reason, tender, ledger)
    desk.write(rest)
    # What has no tender and is no charge: written off, paid out, halves that came and went.
    if left := balances([from_folio_id])[from_folio_id]:
        desk.write(_pair(desk, from_folio_id, to_folio_id, left, reason, "", ""))
    desk.trace_folio("folio.merged", from_folio_id, reason, into=desk.folios[to_folio_id].number)
    return [*moved, *rest]


def movable_entries(folio_id: int) -> list[int]:
    """Charges of a folio, and those moved to it, that stand there un-reversed."""
    standing = FolioEntry.objects.filter(
        folio=folio_id, kind__in=[EntryKind.CHARGE, EntryKind.TRANSFER], tender="", reverses=None, reversed_by=None
    )
    rows = standing.exclude(Q(transfer_id__isnull=False, transfer_id=F("pk"))).values_list("pk", flat=True)
    gone = set(
        FolioEntry.objects.filter(
            folio=folio_id, kind=EntryKind.TRANSFER, transfer_id=F("pk"), reverses=None, reversed_by=None
        ).values_list("reference", flat=True)
    )
    return [pk for pk in rows.order_by("pk") if f"#{pk}" not in gone]


def shares(
    amount: Decimal, *, parts: int = 0, percents: Sequence[Decimal] = (), amounts: Sequence[Decimal] = ()
) -> list[Decimal]:
    """The parts of a charge: so many equal ones, by per cent, or by amounts; they add up to it to the cent.

    Percentages and amounts may leave a rest, which is the last part. Raises PartsDiffer for more than the whole,
    for a part of nothing, and for fewer than two or more than sixty parts.
    """
    if parts:
        found = share_by_weight(amount, [Decimal(1)] * min(parts, MOST_PARTS + 1))
    elif percents:
        weights = [*percents, Decimal(100) - sum(percents)]
        if min(weights) < 0:
            raise PartsDiffer(parts=f"{sum(percents)} %", amount="100 %")
        found = share_by_weight(amount, weights)
    else:
        found = [*amounts, amount - sum(amounts)]
    if percents or amounts:
        found = found if found[-1] else found[:-1]
    is_sane = 1 < len(found) <= MOST_PARTS and all(part and (part > 0) == (amount > 0) for part in found)
    if not is_sane:
        raise PartsDiffer(parts=" + ".join(str(part) for part in found[:8]), amount=str(amount))
    return found


def _pair(
    desk: Desk, from_id: int, to_id: int, amount: Decimal, reason: str, tender: str, ledger: str
) -> list[FolioEntry]:
    out_id, in_id = entry_ids_for(2)
    pair = []
    for pk, folio_id, sign in ((out_id, from_id, -1), (in_id, to_id, 1)):
        fields = {"ledger": ledger} if ledger else {}
        half = desk.entry(folio_id, EntryKind.TRANSFER, sign * amount, tender=tender, reason=reason[:200], **fields)
        half.pk, half.transfer_id = pk, out_id
        pair.append(half)
    return pair
