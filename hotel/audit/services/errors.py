"""Refusals of the night audit."""

from django.utils.translation import gettext_lazy as _

from oms.lib.errors import DomainError


class WorklistOpen(DomainError):
    """Something on the worklist stops the audit."""

    code = "audit_worklist_open"
    message = _("%(count)s matters stop the audit: %(what)s. Settle them on the worklist first.")


class DayInProgress(DomainError):
    """The business date is not over yet."""

    code = "audit_day_in_progress"
    message = _("%(date)s is still going on. It can be closed from %(from)s on.")


class OtherDate(DomainError):
    """The audit was asked for a date that is not the property's today."""

    code = "audit_other_date"
    message = _("%(asked)s is not the business date any more: today is %(today)s.")


class NotReversible(DomainError):
    """Something depends on the audit."""

    code = "audit_not_reversible"
    message = _("The audit of %(date)s can't be reversed: %(fact)s.")


class AuditReasonMissing(DomainError):
    """A reversal has to say why."""

    code = "audit_reason_missing"
    message = _("Say why the audit has to be reversed.")


class Unsettled(DomainError):
    """Somebody keeps changing stays while the date is being closed."""

    code = "audit_unsettled"
    message = _("Stays were changed while %(date)s was being closed. Run the audit again: it goes on where it stopped.")
