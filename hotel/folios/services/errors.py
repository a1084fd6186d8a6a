"""Refusals at the desk's till."""

from django.utils.translation import gettext_lazy as _

from oms.lib.errors import DomainError


class FolioClosed(DomainError):
    """The folio takes no more entries."""

    code = "folio_closed"
    message = _("Folio %(folio)s is closed. Restore the check-out, or post to a late-charge folio.")


class NoOpenShift(DomainError):
    """Money is only taken and entries only made in an open shift of one's own."""

    code = "folio_no_open_shift"
    message = _("You have no open shift. Open one before you post.")


class BadAmount(DomainError):
    """The amount makes no sense."""

    code = "folio_bad_amount"
    message = _("%(amount)s is no amount for this. It must be above 0.00 and at most %(most)s.")


class RefundAbovePaid(DomainError):
    """More would be given back than came in."""

    code = "folio_refund_above_paid"
    message = _("Only %(paid)s was paid by %(tender)s and not given back yet; %(amount)s can't be refunded.")


class AlreadyReversed(DomainError):
    """An entry is reversed once."""

    code = "folio_already_reversed"
    message = _("Entry %(entry)s was reversed already, or is a reversal itself.")


class ReasonNeeded(DomainError):
    """A reversal or transfer has to say why."""

    code = "folio_reason_needed"
    message = _("Say why.")


class NothingToTransfer(DomainError):
    """The entries are on that folio already, or can't be moved."""

    code = "folio_nothing_to_transfer"
    message = _("Only charges of another folio can be moved there.")


class PartsDiffer(DomainError):
    """The parts don't add up to the entry."""

    code = "folio_parts_differ"
    message = _("The parts add up to %(parts)s, the entry is %(amount)s.")


class CreditExceeded(DomainError):
    """The company's limit would be exceeded."""

    code = "folio_credit_exceeded"
    message = _("%(company)s owes %(balance)s of at most %(limit)s; %(amount)s more is too much.")
