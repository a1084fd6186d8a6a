"""Table of contents of this floor's models."""

from orders.conveyor.models import Walk
from orders.dispatch.models import Courier, Parcel, WarehouseDocument
from orders.intake.models import ApiKey, ApiNonce, ImportMapping, ImportRow, IntakeMessage
from orders.order.models import Order, OrderEvent, OrderLine
from orders.payment.models import Payment

__all__ = [
    "ApiKey",
    "ApiNonce",
    "Courier",
    "ImportMapping",
    "ImportRow",
    "IntakeMessage",
    "Order",
    "OrderEvent",
    "OrderLine",
    "Parcel",
    "Payment",
    "Walk",
    "WarehouseDocument",
]
