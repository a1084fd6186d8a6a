"""Commands of the stock ledger, and their refusals. Callers write ``from inventory.stock import services``."""

from inventory.stock.services.errors import (
    InsufficientStock,
    NothingToMove,
    NotReserved,
    OutOfStock,
    ReasonRequired,
)
from inventory.stock.services.ledger import (
    Addition,
    Adjustment,
    Move,
    adjust_stock,
    move_stock,
    receive_stock,
)
from inventory.stock.services.promises import (
    Demand,
    GroupDemand,
    Shortage,
    Target,
    consume_lines,
    fitting_groups,
    lock_stock,
    move_reservations,
    release_lines,
    reserve_lines,
)

__all__ = [
    "Addition",
    "Adjustment",
    "Demand",
    "GroupDemand",
    "InsufficientStock",
    "Move",
    "NotReserved",
    "NothingToMove",
    "OutOfStock",
    "ReasonRequired",
    "Shortage",
    "Target",
    "adjust_stock",
    "consume_lines",
    "fitting_groups",
    "lock_stock",
    "move_reservations",
    "move_stock",
    "receive_stock",
    "release_lines",
    "reserve_lines",
]
