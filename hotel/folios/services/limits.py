"""What the desk may do alone and what needs approval: reversals, refunds, write-offs; and cash paid out."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction

from hotel.folios.models import EntryKind, Folio, FolioEntry, TenderKind
from hotel.folios.queries import balances
from hotel.folios.services.desk import Desk, at_desk, refuse_bad_amount
from hotel.folios.services.errors import BadAmount, ReasonNeeded
from hotel.folios.services.posting import post, reverse
from oms.approvals.limits import allow

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from hotel.folios.services.posting import Posting
    from oms.staff.models import Staff

REVERSAL, REFUND, WRITE_OFF, ALLOWANCE = "reversal", "refund", "write_off", "allowance"


def facts_of(folio: Folio, amount: Decimal) -> dict[str, Any]:
    """What is asked for, and compared when the approval is used."""
    return {"folio": folio.number, "amount": str(amount)}


def check_limit(
    *, key: str, folio: Folio, amount: Decimal, approval_id: int | None, by: Staff | None, at: dt.datetime
) -> None:
    """Within the person's own limit, or with an approval of exactly this.

    Raises BeyondLimit, NotApproved, ApprovalDiffers (oms.approvals).
    """
    allow(
        key=key,
        value=amount,
        branch_id=folio.property.branch_id,
        subject=f"{folio.number} {folio.title}".strip(),
        facts=facts_of(folio, amount),
        approval_id=approval_id,
        by=by,
        at=at,
        url=f"/hotel/folios/{folio.number}/",
    )


def amount_reversed(entries: Collection[FolioEntry]) -> Decimal:
    """What a reversal is measured by: the sum of what it reverses, whatever the sign."""
    return abs(sum((entry.amount for entry in entries), Decimal(0)))


@transaction.atomic
def charge(
    *, postings: Sequence[Posting], by: Staff | None, at: dt.datetime, approval_id: int | None = None
) -> list[FolioEntry]:
    """Charge at the desk: allowances (below 0.00) within the person's limit or with approval. Raises as ``post``."""
    entries = post(postings=postings, by=by, at=at)
    if allowed := -sum((entry.amount for entry in entries if entry.amount < 0), Decimal(0)):
        check_limit(key=ALLOWANCE, folio=entries[0].folio, amount=allowed, approval_id=approval_id, by=by, at=at)
    return entries


@transaction.atomic
def undo(
    *, entry_ids: Collection[int], reason: str, by: Staff, at: dt.datetime, approval_id: int | None = None
) -> list[FolioEntry]:
    """Reverse entries of one folio at the desk, within the person's limit or with approval. Raises as ``reverse``."""
    entries = FolioEntry.objects.filter(pk__in=entry_ids)
    wanted = list(entries.select_related("folio__property").order_by("pk"))
    undone = reverse(entry_ids=entry_ids, reason=reason, by=by, at=at)
    if wanted:
        here = {entry.folio_id for entry in wanted}
        folio, amount = wanted[0].folio, amount_reversed([entry for entry in undone if entry.folio_id in here])
        check_limit(key=REVERSAL, folio=folio, amount=amount, approval_id=approval_id, by=by, at=at)
    return undone


@transaction.atomic
def write_off(
    *,
    folio_id: int,
    amount: Decimal,
    reason: str,
    by: Staff | None,
    at: dt.datetime,
    approval_id: int | None = None,
) -> FolioEntry:
    """Give up what will not be paid, at most what is owed. Locks the folio.

    Raises ReasonNeeded, BadAmount, FolioClosed, NoOpenShift, BeyondLimit.
    """
    desk = _desk(folio_id, amount, reason, by, at)
    owed = balances([folio_id])[folio_id]
    if amount > owed:
        raise BadAmount(amount=str(amount), most=str(max(owed, Decimal(0))))
    folio = desk.folios[folio_id]
    check_limit(key=WRITE_OFF, folio=folio, amount=amount, approval_id=approval_id, by=by, at=at)
    entry = desk.entry(folio_id, EntryKind.WRITE_OFF, -amount, reason=reason[:200])
    desk.write([entry])
    desk.trace("folio.written_off", [entry], reason)
    return entry


@transaction.atomic
def pay_out(
    *, folio_id: int, amount: Decimal, text: str, by: Staff | None, at: dt.datetime, reference: str = ""
) -> FolioEntry:
    """Cash out of the till on the guest's behalf (a taxi, a parcel): the guest owes it. Locks the folio.

    Raises ReasonNeeded without ``text``, BadAmount, FolioClosed, NoOpenShift.
    """
    desk = _desk(folio_id, amount, text, by, at)
    fields = {"tender": TenderKind.CASH, "text": text[:120], "reference": reference[:80]}
    entry = desk.entry(folio_id, EntryKind.PAID_OUT, amount, **fields)
    desk.write([entry])
    desk.trace("folio.paid_out", [entry], text)
    return entry


def _desk(folio_id: int, amount: Decimal, reason: str, by: Staff | None, at: dt.datetime) -> Desk:
    refuse_bad_amount(amount)
    if not reason.strip():
        raise ReasonNeeded
    return at_desk({folio_id}, by=by, at=at)
