"""Refusals at the desk's till."""

from django.utils.translation import gettext_lazy as _

from oms.lib.errors import DomainError


class FolioClosed(DomainError):
    """The folio takes no more entries."""

    code = "folio_closed"
    message = _("Folio %(folio)s is closed. Restore the check-out, or post to a late-charge folio.")


class DateClosed(DomainError):
    """The night audit was faster."""

    code = "folio_date_closed"
    message = _("The business date has moved on meanwhile. Do it again: it goes to the new date.")


class NoOpenShift(DomainError):
    """Money is only taken and entries only made in an open shift of one's own."""

    code = "folio_no_open_shift"
    message = _("You have no open shift. Open one before you post.")


class BadAmount(DomainError):
    """The amount makes no sense."""

    code = "folio_bad_amount"
    message = _("%(amount)s is no amount for this. It must be above 0.00 and at most %(most)s.")


class BadCharge(BadAmount):
    """Nothing is charged, or more than a column holds."""

    message = _("%(amount)s can't be charged. It is at most %(most)s, below 0.00 for an allowance, and not nothing.")


class NothingGiven(DomainError):
    """No amount was typed."""

    code = "folio_nothing_given"
    message = _("Choose how it is paid, and how much.")


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


class OtherHouse(DomainError):
    """Money and charges stay in their hotel."""

    code = "folio_other_house"
    message = _("These folios belong to different hotels.")


class NotSettled(DomainError):
    """Somebody still owes, or is owed."""

    code = "folio_not_settled"
    message = _("%(folio)s has a balance of %(balance)s and a deposit of %(deposit)s. Settle it first.")


class NotRefundable(DomainError):
    """Some tenders are only ever undone whole."""

    code = "folio_not_refundable"
    message = _("%(tender)s can't be refunded by amount. Reverse the payment.")


class NoCredit(DomainError):
    """There is nothing to give back."""

    code = "folio_no_credit"
    message = _("%(folio)s has a credit of %(credit)s; %(amount)s can't be given back.")


class TendersDiffer(DomainError):
    """What is given is not what is left to pay."""

    code = "folio_tenders_differ"
    message = _("%(due)s is left to pay (below 0.00: to give back), the tenders make %(given)s.")


class AppliedTooMuch(DomainError):
    """A payment settles no more than it is, a debt takes no more than is open of it."""

    code = "folio_applied_too_much"
    message = _("%(amount)s can't be settled: at most %(most)s is left.")


class TenderIncomplete(DomainError):
    """The tender doesn't say whose it is."""

    code = "folio_tender_incomplete"
    message = _("Say whose: a member for stored value and points, a company for a company account.")


class CompanyClosed(DomainError):
    """No agreement, no credit."""

    code = "folio_company_closed"
    message = _("%(company)s has no agreement in force.")


class MovedAway(DomainError):
    """The charge is on another folio now."""

    code = "folio_moved_away"
    message = _("Entry %(entry)s was moved to another folio. Reverse the transfer first.")


class ShiftOpenAlready(DomainError):
    """One person, one till."""

    code = "shift_open_already"
    message = _("You have an open shift since %(since)s. Hand it over first.")


class ShiftNotCounted(DomainError):
    """The till is counted before it changes hands."""

    code = "shift_not_counted"
    message = _("Count the till first.")


class ShiftOver(DomainError):
    """The shift was counted or handed over already."""

    code = "shift_over"
    message = _("This shift was counted or handed over already.")


class NotTheSecond(DomainError):
    """A hand-over is signed by somebody else, with their own password or PIN."""

    code = "shift_not_the_second"
    message = _("Name and password or PIN of the second person do not fit. After five tries wait a quarter hour.")


class SecondHasTill(DomainError):
    """Who signs has an open shift: no second one is opened for them."""

    code = "shift_second_has_till"
    message = _(
        "%(who)s has an open shift already. Leave empty what their till begins with, or let them hand over first."
    )


class HoldOver(DomainError):
    """A pre-authorisation ends once."""

    code = "folio_hold_over"
    message = _("Pre-authorisation %(reference)s was captured or released already.")


class InvoiceAbovePaid(DomainError):
    """Only what was paid is invoiced, once."""

    code = "invoice_above_paid"
    message = _("%(most)s was paid and is not on an invoice yet; %(amount)s is too much.")


class InvoiceIssued(DomainError):
    """An invoice has one number."""

    code = "invoice_issued"
    message = _("The invoice was issued already: %(number)s.")


class NothingTicked(DomainError):
    """The lines to work on were not chosen."""

    code = "folio_nothing_ticked"
    message = _("Tick the lines first.")


class OneAtATime(DomainError):
    """Only one line is split."""

    code = "folio_one_at_a_time"
    message = _("Tick one line to split.")


class BadRoute(DomainError):
    """A routing rule names charges of this house, and dates in order."""

    code = "folio_bad_route"
    message = _("Choose which charges go there, and dates that follow each other.")
