"""Admin of this floor: each room's own."""

from orders.dispatch import admin as dispatch
from orders.order import admin as order

__all__ = ["dispatch", "order"]
