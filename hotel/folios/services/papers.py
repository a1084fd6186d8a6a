"""Bills printed and invoices asked for. Both are possible after a folio is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max

from hotel.folios.models import BillPrint, Folio, FolioEntry, InvoiceRequest
from hotel.folios.queries import invoiceable
from hotel.folios.services.desk import refuse_bad_amount
from hotel.folios.services.errors import InvoiceAbovePaid, InvoiceIssued, ReasonNeeded
from hotel.rooms import traces
from hotel.rooms.traces import Trace

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from oms.staff.models import Staff


@transaction.atomic
def record_print(*, folio_id: int, style: str, by: Staff, at: dt.datetime) -> BillPrint:
    """Number a printing: 1 is the original, later ones are reprints. Locks the folio."""
    folio = _lock(folio_id)
    found = BillPrint.objects.filter(folio=folio).aggregate(last=Max("number"))
    last_entry = FolioEntry.objects.filter(folio=folio).aggregate(last=Max("pk"))
    printed = BillPrint.objects.create(
        folio=folio,
        number=(found["last"] or 0) + 1,
        style=style[:20],
        last_entry_id=last_entry["last"],
        printed_at=at,
        printed_by=by,
    )
    _trace("folio.printed", folio, by, at, {"number": printed.number, "style": printed.style})
    return printed


@transaction.atomic
def request_invoice(
    *, folio_id: int, title: str, amount: Decimal, by: Staff, at: dt.datetime, tax_no: str = "", email: str = ""
) -> InvoiceRequest:
    """Ask for an invoice of at most what was paid and isn't on another one. Locks the folio.

    Raises ReasonNeeded without ``title``, BadAmount, InvoiceAbovePaid.
    """
    refuse_bad_amount(amount)
    if not title.strip():
        raise ReasonNeeded
    folio = _lock(folio_id)
    most = invoiceable(folio_id)
    if amount > most:
        raise InvoiceAbovePaid(amount=str(amount), most=str(most))
    asked = InvoiceRequest.objects.create(
        folio=folio,
        title=title.strip()[:120],
        tax_no=tax_no.strip()[:30],
        amount=amount,
        email=email,
        requested_at=at,
        requested_by=by,
    )
    _trace("invoice.requested", folio, by, at, {"amount": str(amount)})
    return asked


@transaction.atomic
def issue_invoice(*, request_id: int, invoice_no: str, by: Staff, at: dt.datetime) -> InvoiceRequest:
    """Put down the number of the invoice that was issued. Locks the request. Raises ReasonNeeded, InvoiceIssued."""
    if not invoice_no.strip():
        raise ReasonNeeded
    locked = InvoiceRequest.objects.select_for_update(of=("self",), no_key=True).select_related("folio")
    asked: InvoiceRequest = locked.get(pk=request_id)
    if asked.issued_at:
        raise InvoiceIssued(number=asked.invoice_no)
    asked.invoice_no, asked.issued_at = invoice_no.strip()[:40], at
    asked.save(update_fields=["invoice_no", "issued_at"])
    _trace("invoice.issued", asked.folio, by, at, {"invoice_no": asked.invoice_no})
    return asked


def _lock(folio_id: int) -> Folio:
    folio: Folio = Folio.objects.select_for_update(of=("self",), no_key=True).get(pk=folio_id)
    return folio


def _trace(action: str, folio: Folio, by: Staff, at: dt.datetime, data: dict[str, object]) -> None:
    line = Trace(folio.property_id, action, stay_id=folio.stay_id, folio_id=folio.pk, reference=folio.number, data=data)
    traces.write(lines=[line], by=by, at=at)
