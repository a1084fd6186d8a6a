"""Why stock says no."""

from django.utils.translation import gettext_lazy as _

from oms.lib.errors import DomainError


class OutOfStock(DomainError):
    """A strict request wants more than is available. ``sku``, ``wanted``, ``short``."""

    code = "out_of_stock"
    message = _("Out of stock: %(sku)s, %(wanted)s wanted, %(short)s short.")


class NotReserved(DomainError):
    """Goods were to leave that nobody had promised. ``order_line_ids``."""

    code = "not_reserved"
    message = _("Nothing is reserved for %(count)s of these lines.")


class InsufficientStock(DomainError):
    """A bin has fewer free pieces than were to leave it; reserved pieces can't be moved or written off."""

    code = "insufficient_stock"
    message = _("%(sku)s in %(warehouse)s: %(available)s available, %(wanted)s wanted. Reserved pieces can't leave.")


class ReasonRequired(DomainError):
    """A change by hand was not explained."""

    code = "stock_reason_required"
    message = _("Say why.")


class NothingToMove(DomainError):
    """A quantity is not positive, a delta is nothing, or source and target are one bin."""

    code = "nothing_to_move"
    message = _("There is nothing to change: quantities must not be zero, and source and target must differ.")
