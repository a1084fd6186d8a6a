"""核销: choosing which debts a company's payments settle."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum

from hotel.folios.applications import PaymentApplication, settle_oldest
from hotel.folios.models import FolioEntry, Ledger
from hotel.folios.services.desk import at_desk, refuse_bad_amount
from hotel.folios.services.errors import AppliedTooMuch, NothingTicked
from hotel.folios.services.money import settle
from oms.lib.money import ZERO

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping, Sequence
    from decimal import Decimal

    from django.db.models import QuerySet

    from hotel.folios.services.desk import Desk
    from hotel.folios.services.money import Tender
    from oms.staff.models import Staff


@transaction.atomic
def pay_company(
    *,
    folio_id: int,
    tenders: Sequence[Tender],
    parts: Mapping[int, Decimal],
    by: Staff | None,
    at: dt.datetime,
) -> list[FolioEntry]:
    """A company pays: the money in the shift, and the debts it is for (``parts``, by entry; empty: oldest first).

    What the parts leave over is paid ahead. Locks the folio. Raises as ``settle`` and ``apply_payments`` do.
    """
    paid = settle(folio_id=folio_id, tenders=tenders, by=by, at=at)
    coming = [entry.pk for entry in paid if entry.amount < 0 and entry.folio_id == folio_id]
    if parts and coming:
        apply_payments(folio_id=folio_id, payment_ids=coming, parts=parts, by=by, at=at)
    return paid


@transaction.atomic
def apply_payments(
    *,
    folio_id: int,
    payment_ids: Collection[int],
    parts: Mapping[int, Decimal],
    by: Staff | None,
    at: dt.datetime,
) -> None:
    """Put what these payments settle anew: so much of each debt in ``parts``, by entry; the rest is paid ahead.

    Payments are used up oldest first. Locks the folio. Raises NothingTicked for a payment that is none of the folio's
    or was reversed, BadAmount, AppliedTooMuch when the parts are more than was paid, or than is open of a debt.
    """
    desk = at_desk({folio_id}, by=by, at=at)
    payments = list(_standing(folio_id).filter(pk__in=payment_ids, amount__lt=0).order_by("pk"))
    if len(payments) < len(set(payment_ids)) or not payments:
        raise NothingTicked
    before = _settled(payments)
    PaymentApplication.objects.filter(payment__in=payments).delete()
    _refuse_too_much(folio_id, payments, parts)
    PaymentApplication.objects.bulk_create(
        PaymentApplication(payment_id=payment_id, item_id=item_id, amount=amount, applied_at=at, applied_by=by)
        for payment_id, item_id, amount in _spread(payments, parts)
    )
    _trace(desk, folio_id, payments, before)


@transaction.atomic
def apply_oldest_first(*, folio_id: int, payment_ids: Collection[int], by: Staff | None, at: dt.datetime) -> None:
    """What is left of these payments settles the oldest open debts. Locks the folio. Raises NothingTicked."""
    desk = at_desk({folio_id}, by=by, at=at)
    payments = list(_standing(folio_id).filter(pk__in=payment_ids, amount__lt=0).order_by("pk"))
    if not payments:
        raise NothingTicked
    before = _settled(payments)
    settle_oldest([payment.pk for payment in payments], by=by.pk if by else None, at=at)
    _trace(desk, folio_id, payments, before)


def _standing(folio_id: int) -> QuerySet[FolioEntry]:
    return FolioEntry.objects.filter(folio=folio_id, ledger=Ledger.COMPANY, reverses=None, reversed_by=None)


def _refuse_too_much(folio_id: int, payments: Sequence[FolioEntry], parts: Mapping[int, Decimal]) -> None:
    for amount in parts.values():
        refuse_bad_amount(amount)
    most, wanted = -sum((payment.amount for payment in payments), ZERO), sum(parts.values(), ZERO)
    if wanted > most:
        raise AppliedTooMuch(amount=str(wanted), most=str(most))
    debts = _standing(folio_id).filter(pk__in=parts, amount__gt=0).annotate(settled=Sum("settled_by__amount"))
    left = {debt.pk: debt.amount - (debt.settled or ZERO) for debt in debts}
    for pk, amount in parts.items():
        if amount > left.get(pk, ZERO):
            raise AppliedTooMuch(amount=str(amount), most=str(left.get(pk, ZERO)))


def _spread(payments: Sequence[FolioEntry], parts: Mapping[int, Decimal]) -> list[tuple[int, int, Decimal]]:
    """The parts cut to the payments: payment, debt, amount."""
    purse = {payment.pk: -payment.amount for payment in payments}
    rows = []
    for item_id, wanted in parts.items():
        rest = wanted
        for payment_id, left in purse.items():
            part = min(rest, left)
            if part > 0:
                rows.append((payment_id, item_id, part))
                purse[payment_id] -= part
                rest -= part
    return rows


def _settled(payments: Sequence[FolioEntry]) -> dict[str, str]:
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    rows = PaymentApplication.objects.filter(payment__in=payments).order_by("item_id")
    for item_id, amount in rows.values_list("item_id", "amount"):
        sums[f"#{item_id}"] += amount
    return {item: str(amount) for item, amount in sums.items()}


def _trace(desk: Desk, folio_id: int, payments: Sequence[FolioEntry], before: dict[str, str]) -> None:
    what = ", ".join(f"#{payment.pk}" for payment in payments)
    desk.trace_folio("folio.applied", folio_id, payments=what, before=before, after=_settled(payments))
