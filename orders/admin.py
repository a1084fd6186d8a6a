"""Admin of this floor: each room's own."""

from orders.dispatch import admin as dispatch
from orders.intake import admin as intake
from orders.order import admin as order

__all__ = ["dispatch", "intake", "order"]
