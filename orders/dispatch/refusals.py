"""Why a document command says no. A leaf."""

from django.utils.translation import gettext_lazy as _

from oms.lib.errors import DomainError


class DocumentNotFound(DomainError):
    """No such document."""

    code = "document_not_found"
    message = _("No document %(reference)s.")


class DocumentMoved(DomainError):
    """The document stands where the command is not possible."""

    code = "document_wrong_status"
    message = _("Document %(number)s is %(status)s.")


class DocumentHeld(DomainError):
    """Its order is held by an interception."""

    code = "document_held"
    message = _("Order %(order)s is held.")


class DocumentShort(DomainError):
    """The goods of the document are not all reserved in its warehouse."""

    code = "document_short"
    message = _("Document %(number)s: the stock of %(short)d lines is not reserved in this warehouse.")


class UnknownCourier(DomainError):
    """No such courier, or not used any more."""

    code = "document_unknown_courier"
    message = _("Courier %(courier)s is unknown or not in use.")


class TrackingMissing(DomainError):
    """A shipment without any tracking number."""

    code = "document_tracking_missing"
    message = _("Document %(number)s has no tracking number.")


class TrackingMalformed(DomainError):
    """The tracking number can't be one of this courier's."""

    code = "document_tracking_malformed"
    message = _("%(tracking_no)s is not a tracking number of %(courier)s.")


class TrackingUsed(DomainError):
    """The tracking number is on another parcel of this courier."""

    code = "document_tracking_used"
    message = _("Tracking number %(tracking_no)s is already used.")


class VoidAsked(DomainError):
    """The warehouse was asked to void; its answer is awaited."""

    code = "document_void_asked"
    message = _("The warehouse was asked to void document %(number)s. Its answer is awaited.")


class AlreadyPacked(DomainError):
    """The goods lie in a closed parcel."""

    code = "document_packed"
    message = _("Document %(number)s is packed. Ask the warehouse to unpack it first.")


class AlreadyShipped(DomainError):
    """What has left the house can't be called back."""

    code = "document_shipped"
    message = _("Document %(number)s has left the warehouse.")
