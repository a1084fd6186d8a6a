"""Deposits, settlement by any number of tenders, refunds. Never more goes back by a tender than came in by it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from hotel.folios.models import EntryKind, FolioEntry, Ledger, TenderKind
from hotel.folios.queries import balances, deposits_by_tender, paid_by_tender
from hotel.folios.services import limits, spending
from hotel.folios.services.credit import check_credit
from hotel.folios.services.desk import Desk, at_desk, entry_ids_for, refuse_bad_amount
from hotel.folios.services.errors import (
    BadAmount,
    NoCredit,
    NotRefundable,
    RefundAbovePaid,
    TenderIncomplete,
)
from hotel.folios.services.opening import company_folios
from oms.lib.money import ZERO

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from oms.staff.models import Staff

WHOLE_ONLY = {TenderKind.STORED_VALUE, TenderKind.POINTS, TenderKind.COMPANY}  # undone by reversing the payment
NO_DEPOSIT = {TenderKind.POINTS, TenderKind.COMPANY}


@dataclass(frozen=True, slots=True)
class Tender:
    """An amount in the property's currency by one way of paying: above 0.00 comes in, below 0.00 goes back.

    Stored value and points need the member, a company account the company.
    """

    kind: str
    amount: Decimal
    reference: str = ""
    member_id: int | None = None
    company_id: int | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """What settles one folio. ``deposit``: how much of what is held to use; None: as much as is still owed."""

    folio_id: int
    tenders: Sequence[Tender] = ()
    deposit: Decimal | None = None
    approval_id: int | None = None  # of a refund beyond the person's limit


@dataclass(slots=True)
class _Account:
    """One folio while it is settled."""

    folio_id: int
    balance: Decimal
    held: dict[str, Decimal]
    paid: dict[str, Decimal]
    refunds: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


@transaction.atomic
def take_deposit(*, folio_id: int, tenders: Sequence[Tender], by: Staff | None, at: dt.datetime) -> list[FolioEntry]:
    """Take money as a deposit: a liability in the deposit ledger until applied or given back.

    Locks the folio. Raises FolioClosed, NoOpenShift, BadAmount, NotRefundable (points and company accounts are none).
    """
    for tender in tenders:
        refuse_bad_amount(tender.amount)
        if tender.kind in NO_DEPOSIT:
            raise NotRefundable(tender=TenderKind(tender.kind).label)
        _refuse_incomplete(tender)
    desk = at_desk({folio_id}, by=by, at=at)
    taken = [_money(desk, folio_id, EntryKind.DEPOSIT, tender, -tender.amount) for tender in tenders]
    desk.write(taken)
    spending.spend(zip(tenders, taken, strict=True), by=by, at=at)
    desk.trace("folio.deposit_taken", taken)
    return taken


@transaction.atomic
def refund_deposit(*, folio_id: int, tenders: Sequence[Tender], by: Staff | None, at: dt.datetime) -> list[FolioEntry]:
    """Give deposits back by the tenders they came in with (amounts above 0.00). Locks the folio.

    Raises FolioClosed, NoOpenShift, BadAmount, NotRefundable, RefundAbovePaid.
    """
    for tender in tenders:
        refuse_bad_amount(tender.amount)
    desk = at_desk({folio_id}, by=by, at=at)
    held = deposits_by_tender([folio_id]).get(folio_id, {})
    back = []
    for tender in tenders:
        _refuse_whole_only(tender)
        _take_from(held, tender.kind, tender.amount)
        back.append(_money(desk, folio_id, EntryKind.DEPOSIT_REFUND, tender, tender.amount))
    desk.write(back)
    desk.trace("folio.deposit_refunded", back)
    return back


def settle(
    *,
    folio_id: int,
    tenders: Sequence[Tender],
    by: Staff | None,
    at: dt.datetime,
    deposit: Decimal | None = None,
    approval_id: int | None = None,
) -> list[FolioEntry]:
    """Settle one folio; see settle_folios."""
    return settle_folios(payments=[Payment(folio_id, tenders, deposit, approval_id)], by=by, at=at)


@transaction.atomic
def settle_folios(*, payments: Sequence[Payment], by: Staff | None, at: dt.datetime) -> list[FolioEntry]:
    """Apply deposits, take payments, give money back; all or part of what is owed.

    A deposit that is applied leaves the deposit ledger and pays on the folio's own: two linked entries per tender.
    Money going back (amounts below 0.00) comes first out of the deposit left by that tender, then out of payments by
    it, never more than the folio is in credit. On a company account the amount moves to the company's folio, within
    its limit. Locks the folios, and those of the companies, by primary key. Raises FolioClosed, NoOpenShift,
    BadAmount, TenderIncomplete, RefundAbovePaid, NotRefundable, NoCredit, CompanyClosed, CreditExceeded, and the
    members' refusals; BeyondLimit for payments given back beyond the person's limit.
    """
    debtors = _debtors(payments, by, at)
    ids = {payment.folio_id for payment in payments}
    desk = at_desk(ids | set(debtors.values()), by=by, at=at)
    goes_back = {p.folio_id for p in payments if any(tender.amount < 0 for tender in p.tenders)}
    owed, held, paid = balances(ids), deposits_by_tender(ids), paid_by_tender(goes_back) if goes_back else {}
    written: list[FolioEntry] = []
    spent: list[tuple[Tender, FolioEntry]] = []
    for payment in payments:
        pk = payment.folio_id
        account = _Account(pk, owed[pk], held.get(pk, {}), paid.get(pk, {}))
        written += _apply_deposit(desk, account, payment)
        for tender in payment.tenders:
            entries = _give_back(desk, account, tender) if tender.amount < 0 else _take(desk, tender, pk, debtors)
            spent.append((tender, entries[0]))
            written += entries
        if pk in goes_back:
            _check_refund(desk, payment, written)
    desk.write(written)
    spending.spend(spent, by=by, at=at)
    desk.trace("folio.settled", written)
    return written


def _debtors(payments: Sequence[Payment], by: Staff | None, at: dt.datetime) -> dict[int, int]:
    """The folio of each company that pays. Refuses tenders that say too little."""
    tenders = [tender for payment in payments for tender in payment.tenders]
    for tender in tenders:
        refuse_bad_amount(abs(tender.amount))
        _refuse_incomplete(tender)
    companies = {tender.company_id for tender in tenders if tender.company_id}
    if not companies:
        return {}
    return {pk: folio.pk for pk, folio in company_folios(company_ids=companies, by=by, at=at).items()}


def _apply_deposit(desk: Desk, account: _Account, payment: Payment) -> list[FolioEntry]:
    """Use the deposit for what is owed, keeping what is to be given back by its own tender."""
    coming = sum((tender.amount for tender in payment.tenders if tender.amount > 0), ZERO)
    free = dict(account.held)
    for tender in payment.tenders:
        if tender.amount < 0 and tender.kind in free:
            free[tender.kind] = max(ZERO, free[tender.kind] + tender.amount)
    most = sum(free.values(), ZERO)
    wanted = max(ZERO, min(most, account.balance - coming)) if payment.deposit is None else payment.deposit
    if wanted < 0 or wanted > most:
        raise BadAmount(amount=str(wanted), most=str(most))
    applied: list[FolioEntry] = []
    left = wanted
    for kind, amount in free.items():
        part = min(left, amount)
        if part <= 0:
            continue
        left -= part
        account.held[kind] -= part
        account.paid[kind] = account.paid.get(kind, ZERO) + part
        applied += _pair(desk, account.folio_id, kind, part)
    account.balance -= wanted + coming
    return applied


def _pair(desk: Desk, folio_id: int, kind: str, amount: Decimal) -> list[FolioEntry]:
    """Out of the deposit ledger, into the folio's own."""
    out_id, in_id = entry_ids_for(2)
    out = desk.entry(folio_id, EntryKind.DEPOSIT_APPLIED, amount, ledger=Ledger.DEPOSIT, tender=kind)
    into = desk.entry(folio_id, EntryKind.DEPOSIT_APPLIED, -amount, tender=kind)
    out.pk, into.pk, out.transfer_id, into.transfer_id = out_id, in_id, out_id, out_id
    return [out, into]


def _take(desk: Desk, tender: Tender, folio_id: int, debtors: dict[int, int]) -> list[FolioEntry]:
    entry = _money(desk, folio_id, EntryKind.PAYMENT, tender, -tender.amount)
    if tender.kind != TenderKind.COMPANY:
        return [entry]
    debtor = debtors[tender.company_id or 0]
    if debtor == folio_id:
        raise TenderIncomplete
    check_credit(desk, [(debtor, tender.amount)])
    folio = desk.folios[folio_id]
    owes = desk.entry(
        debtor,
        EntryKind.TRANSFER,
        tender.amount,
        tender=TenderKind.COMPANY,
        text=folio.title,
        reference=tender.reference[:80] or folio.number,
    )
    entry.pk, owes.pk = entry_ids_for(2)
    entry.transfer_id = owes.transfer_id = entry.pk
    entry.reference = entry.reference or desk.folios[debtor].title
    # Written at once: the next tender on the same account must see it when its limit is checked.
    desk.write([owes])
    return [entry]


def _give_back(desk: Desk, account: _Account, tender: Tender) -> list[FolioEntry]:
    _refuse_whole_only(tender)
    amount = -tender.amount
    from_deposit = min(amount, account.held.get(tender.kind, ZERO))
    rest = amount - from_deposit
    entries = []
    if from_deposit:
        _take_from(account.held, tender.kind, from_deposit)
        entries.append(_money(desk, account.folio_id, EntryKind.DEPOSIT_REFUND, tender, from_deposit))
    if rest:
        _take_from(account.paid, tender.kind, rest)
        if account.balance + rest > 0:
            credit = max(ZERO, -account.balance)
            raise NoCredit(folio=desk.folios[account.folio_id].number, credit=str(credit), amount=str(rest))
        account.balance += rest
        entries.append(_money(desk, account.folio_id, EntryKind.REFUND, tender, rest))
    return entries


def _check_refund(desk: Desk, payment: Payment, written: Sequence[FolioEntry]) -> None:
    """Deposits go back freely; payments within the person's limit, or with approval."""
    mine = [e.amount for e in written if e.kind == EntryKind.REFUND and e.folio_id == payment.folio_id]
    if mine:
        limits.check_limit(
            key=limits.REFUND,
            folio=desk.folios[payment.folio_id],
            amount=sum(mine, ZERO),
            approval_id=payment.approval_id,
            by=desk.by,
            at=desk.at,
        )


def _take_from(sums: dict[str, Decimal], kind: str, amount: Decimal) -> None:
    most = max(ZERO, sums.get(kind, ZERO))
    if amount > most:
        raise RefundAbovePaid(paid=str(most), tender=TenderKind(kind).label, amount=str(amount))
    sums[kind] = most - amount


def _money(desk: Desk, folio_id: int, kind: str, tender: Tender, amount: Decimal) -> FolioEntry:
    is_deposit = kind in (EntryKind.DEPOSIT, EntryKind.DEPOSIT_REFUND)
    ledger = {"ledger": Ledger.DEPOSIT} if is_deposit else {}
    return desk.entry(folio_id, kind, amount, tender=tender.kind, reference=tender.reference[:80], **ledger)


def _refuse_incomplete(tender: Tender) -> None:
    if tender.kind not in TenderKind.values:
        raise TenderIncomplete
    if tender.kind in (TenderKind.STORED_VALUE, TenderKind.POINTS) and tender.member_id is None:
        raise TenderIncomplete
    if tender.kind == TenderKind.COMPANY and tender.company_id is None:
        raise TenderIncomplete


def _refuse_whole_only(tender: Tender) -> None:
    if tender.kind in WHOLE_ONLY:
        raise NotRefundable(tender=TenderKind(tender.kind).label)
