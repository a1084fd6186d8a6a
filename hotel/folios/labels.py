"""What was done on a folio, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from oms.web.formats import money

if TYPE_CHECKING:
    from django.utils.functional import Promise

ACTIONS: dict[str, str | Promise] = {
    "folio.opened": _("Folio opened"),
    "folio.closed": _("Folio closed"),
    "folio.reopened": _("Folio reopened"),
    "folio.charged": _("Charged"),
    "folio.reversed": _("Entry reversed"),
    "folio.transferred": _("Entries moved"),
    "folio.merged": _("Folios merged"),
    "folio.routed": _("Routing rule set"),
    "folio.unrouted": _("Routing rule ended"),
    "folio.settled": _("Settled"),
    "folio.deposit_taken": _("Deposit taken"),
    "folio.deposit_refunded": _("Deposit refunded"),
    "folio.applied": _("Payment applied"),
    "folio.value_refunded": _("Stored value paid back"),
    "folio.paid_out": _("Paid out"),
    "folio.written_off": _("Written off"),
    "folio.held": _("Pre-authorised"),
    "folio.captured": _("Pre-authorisation captured"),
    "folio.released": _("Pre-authorisation released"),
    "folio.printed": _("Bill printed"),
    "invoice.requested": _("Invoice requested"),
    "invoice.issued": _("Invoice issued"),
}
FACTS: dict[str, str | Promise] = {
    "amount": _("Amount"),
    "entries": _("Entries"),
    "number": _("No."),
    "style": _("Style"),
    "charges": _("Charges"),
    "into": _("Merge into another folio"),
    "invoice_no": _("Invoice number"),
}


def said(action: str) -> str | Promise:
    """The action in words; one nobody named by its code."""
    return ACTIONS.get(action, action)


def facts(data: dict[str, Any] | None) -> list[tuple[str | Promise, str]]:
    """What a trace holds, as label and text."""
    return [
        (FACTS.get(key, key), money(value) if key == "amount" else str(value)) for key, value in (data or {}).items()
    ]
