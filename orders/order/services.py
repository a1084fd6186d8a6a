"""The commands on orders. Each refuses a held order under its own lock."""

from orders.order.cancelling import cancel_orders, mark_invalid
from orders.order.editing import add_remark, edit_receiver, edit_seller_remark, reveal_personal
from orders.order.progress import close_orders, mark_paid, sign_orders

__all__ = [
    "add_remark",
    "cancel_orders",
    "close_orders",
    "edit_receiver",
    "edit_seller_remark",
    "mark_invalid",
    "mark_paid",
    "reveal_personal",
    "sign_orders",
]
