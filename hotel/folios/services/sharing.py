"""Several folios settled together: which tender pays which of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db import transaction

from hotel.folios.models import Folio, PreAuthorisation
from hotel.folios.queries import balances, deposits_by_tender, paid_by_tender
from hotel.folios.services.desk import lock_folios
from hotel.folios.services.errors import TendersDiffer
from hotel.folios.services.holds import capture, release
from hotel.folios.services.money import WHOLE_ONLY, Payment, Tender, settle_folios
from oms.approvals.models import Approval
from oms.lib.money import ZERO

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from decimal import Decimal

    from hotel.folios.models import FolioEntry
    from oms.staff.models import Staff


@dataclass(frozen=True, slots=True)
class Paying:
    """A tender for one of the folios, or (None) for whatever is left on any of them."""

    tender: Tender
    folio_id: int | None = None


@dataclass(slots=True)
class Account:
    """What a folio owes, and by tender what is held as deposit and what was paid. ``net``: what is left to pay."""

    folio_id: int
    balance: Decimal
    held: Mapping[str, Decimal]
    paid: Mapping[str, Decimal]

    @property
    def net(self) -> Decimal:
        """Above 0.00: to be paid. Below: to be given back. The deposit is used up either way."""
        return self.balance - sum(self.held.values(), ZERO)

    @property
    def back(self) -> dict[str, Decimal]:
        """How to give back what is too much: out of the deposit, then by what it was paid with, the largest first."""
        left = -self.net
        found: dict[str, Decimal] = {}
        for sums in (self.held, self.paid):
            for kind, amount in sorted(sums.items(), key=lambda pair: -pair[1]):
                part = min(left, amount)
                if part > 0 and kind not in WHOLE_ONLY:
                    left -= part
                    found[kind] = found.get(kind, ZERO) + part
        return found


def accounts_of(folio_ids: Collection[int]) -> dict[int, Account]:
    """Where each folio stands. Three statements."""
    owed, held, paid = balances(folio_ids), deposits_by_tender(folio_ids), paid_by_tender(folio_ids)
    return {pk: Account(pk, owed[pk], held.get(pk, {}), paid.get(pk, {})) for pk in folio_ids}


@transaction.atomic
def settle_together(
    *,
    folio_ids: Collection[int],
    payings: Sequence[Paying],
    by: Staff | None,
    at: dt.datetime,
    captures: Mapping[int, Decimal] | None = None,
    approval_id: int | None = None,
) -> list[FolioEntry]:
    """Leave nothing on any of the folios: not a cent owed, held as deposit, or pre-authorised.

    What is named in ``captures`` is taken from pre-authorisations, all others on the folios are released. Tenders for
    no folio in particular pay the folios in order; deposits are used first. Locks the folios by primary key. Raises
    TendersDiffer when the tenders are more or less than what is left, and as ``capture`` and ``settle_folios`` do.
    """
    lock_folios(folio_ids)
    ends = captures or {}
    for held in PreAuthorisation.objects.filter(folio__in=folio_ids, captured=None, released_at=None).order_by("pk"):
        if ends.get(held.pk):
            capture(hold_id=held.pk, amount=ends[held.pk], by=by, at=at)
        else:
            release(hold_id=held.pk, by=by, at=at)
    accounts = [account for _pk, account in sorted(accounts_of(folio_ids).items())]
    payments = share_out(accounts, payings)
    if approval_id is not None:
        payments = _approved(payments, approval_id)
    return settle_folios(payments=payments, by=by, at=at) if payments else []


def share_out(accounts: Sequence[Account], payings: Sequence[Paying]) -> list[Payment]:
    """The payment of each folio that has something to settle. Raises TendersDiffer."""
    left = {account.folio_id: account.net for account in accounts}
    given: dict[int, list[Tender]] = {account.folio_id: [] for account in accounts}
    refundable = {
        account.folio_id: {
            kind: account.held.get(kind, ZERO) + account.paid.get(kind, ZERO)
            for kind in account.held.keys() | account.paid.keys()
        }
        for account in accounts
    }
    only = accounts[0].folio_id if len(accounts) == 1 else None
    due = sum(left.values(), ZERO)
    spare = ZERO
    for paying in sorted(payings, key=lambda each: each.folio_id is None):  # those with a folio first
        folio_id, tender = paying.folio_id or only, paying.tender
        if folio_id is not None and folio_id not in left:
            raise TendersDiffer(due=str(due), given=str(_sum(payings)))
        parts = [(folio_id, tender.amount)] if folio_id else list(_parts(tender, left, refundable))
        for pk, amount in parts:
            left[pk] -= amount
            refundable[pk][tender.kind] = refundable[pk].get(tender.kind, ZERO) + amount
            given[pk].append(replace(tender, amount=amount))
        spare += tender.amount - sum((amount for _pk, amount in parts), ZERO)
    if spare or any(left.values()):
        raise TendersDiffer(due=str(due), given=str(_sum(payings)))
    return [
        Payment(account.folio_id, given[account.folio_id])
        for account in accounts
        if account.balance or account.net or given[account.folio_id]
    ]


def _parts(
    tender: Tender, left: Mapping[int, Decimal], refundable: Mapping[int, Mapping[str, Decimal]]
) -> Iterable[tuple[int, Decimal]]:
    """A tender for anybody, over the folios in order; money goes back where it came in by that tender."""
    rest = abs(tender.amount)
    sign = 1 if tender.amount > 0 else -1
    for pk, owed in left.items():
        most = owed if sign > 0 else min(-owed, refundable[pk].get(tender.kind, ZERO))
        part = min(rest, most)
        if part > 0:
            rest -= part
            yield pk, sign * part


def _sum(payings: Iterable[Paying]) -> Decimal:
    return sum((paying.tender.amount for paying in payings), ZERO)


def _approved(payments: Sequence[Payment], approval_id: int) -> list[Payment]:
    """The approval goes with the payment it was given for."""
    facts = Approval.objects.filter(pk=approval_id).values_list("facts", flat=True).first() or {}
    meant = Folio.objects.filter(number=facts.get("folio", "")).values_list("pk", flat=True).first()
    return [replace(each, approval_id=approval_id) if each.folio_id == meant else each for each in payments]
