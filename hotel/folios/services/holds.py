"""Pre-authorisations: money a bank holds for us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from hotel.folios.models import EntryKind, PreAuthorisation, TenderKind
from hotel.folios.services.desk import Desk, at_desk, refuse_bad_amount
from hotel.folios.services.errors import BadAmount, HoldOver, ReasonNeeded

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from oms.staff.models import Staff


@transaction.atomic
def hold(*, folio_id: int, amount: Decimal, reference: str, by: Staff, at: dt.datetime) -> PreAuthorisation:
    """Note what the bank holds, with the terminal's slip number. No entry: it isn't ours. Locks the folio.

    Raises BadAmount, ReasonNeeded without ``reference``, FolioClosed, NoOpenShift.
    """
    refuse_bad_amount(amount)
    if not reference.strip():
        raise ReasonNeeded
    desk = at_desk({folio_id}, by=by, at=at)
    held = PreAuthorisation.objects.create(
        folio_id=folio_id, amount=amount, reference=reference.strip()[:80], taken_at=at, taken_by=by
    )
    desk.trace_folio("folio.held", folio_id, amount=str(amount))
    return held


@transaction.atomic
def capture(*, hold_id: int, amount: Decimal, by: Staff | None, at: dt.datetime) -> PreAuthorisation:
    """Take all or part of what is held as a card payment; the rest goes back to the guest by itself.

    Locks the folio. Raises HoldOver, BadAmount above what is held, FolioClosed, NoOpenShift.
    """
    refuse_bad_amount(amount)
    held, desk = _open(hold_id, by, at)
    if amount > held.amount:
        raise BadAmount(amount=str(amount), most=str(held.amount))
    fields = {"tender": TenderKind.CARD, "reference": held.reference}
    held.captured = desk.entry(held.folio_id, EntryKind.PAYMENT, -amount, **fields)
    desk.write([held.captured])
    held.save(update_fields=["captured"])
    desk.trace("folio.captured", [held.captured])
    return held


@transaction.atomic
def release(*, hold_id: int, by: Staff | None, at: dt.datetime) -> PreAuthorisation:
    """Let go of what is held. Locks the folio. Raises HoldOver, FolioClosed, NoOpenShift."""
    held, desk = _open(hold_id, by, at)
    held.released_at = at
    held.save(update_fields=["released_at"])
    desk.trace_folio("folio.released", held.folio_id, amount=str(held.amount))
    return held


def _open(hold_id: int, by: Staff | None, at: dt.datetime) -> tuple[PreAuthorisation, Desk]:
    folio_id = PreAuthorisation.objects.values_list("folio_id", flat=True).get(pk=hold_id)
    desk = at_desk({folio_id}, by=by, at=at)
    held = PreAuthorisation.objects.get(pk=hold_id)  # under the folio's lock
    if held.captured_id or held.released_at:
        raise HoldOver(reference=held.reference)
    return held, desk
