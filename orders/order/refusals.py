"""Why an order command says no. (OrderHeld and IllegalMove are in `moves`, the lowest module.)"""

from django.utils.translation import gettext_lazy as _

from oms.lib.errors import DomainError


class OrderNotFound(DomainError):
    """No such order."""

    code = "order_not_found"
    message = _("No order %(reference)s.")


class AlreadyCancelled(DomainError):
    """It is cancelled already."""

    code = "order_already_cancelled"
    message = _("%(number)s is cancelled already.")


class AlreadyLeft(DomainError):
    """The goods have left the house."""

    code = "order_already_left"
    message = _("%(number)s has left the house: it can't be cancelled or changed any more.")


class WrongStatus(DomainError):
    """The command is not for orders that stand there."""

    code = "order_wrong_status"
    message = _("%(number)s is %(status)s; this is not possible there.")


class ReasonMissing(DomainError):
    """The command needs a reason."""

    code = "order_reason_missing"
    message = _("Say why.")


class Outdated(DomainError):
    """Somebody else changed the order since the page was opened. ``newer`` are the values now, by field."""

    code = "order_outdated"
    message = _("%(number)s was changed by %(who)s meanwhile. Look at the difference and save again.")


class PaymentRepeated(DomainError):
    """The payment is noted already."""

    code = "order_payment_repeated"
    message = _("Payment %(transaction_no)s of %(number)s is noted already.")


class PaymentTooHigh(DomainError):
    """More than is still to pay."""

    code = "order_payment_too_high"
    message = _("%(number)s: %(amount)s is more than the %(unpaid)s still to pay.")


class PaymentNotPositive(DomainError):
    """Nothing was paid."""

    code = "order_payment_not_positive"
    message = _("The amount must be more than zero.")
