"""Commands on rates, and their refusals. Callers write ``from hotel.rates import services``."""

from hotel.rates.services.changing import (
    EMPTY,
    FIELDS,
    change_overbooking,
    change_prices,
    change_restrictions,
    preview_overbooking,
    preview_prices,
    preview_restrictions,
)
from hotel.rates.services.errors import (
    BadPrice,
    BadRange,
    BelowSold,
    ChangedSince,
    NightsOutOfOrder,
    NothingToUndo,
)
from hotel.rates.services.spans import Cell, Done, Pricing, Span
from hotel.rates.services.undoing import undo

__all__ = [
    "EMPTY",
    "FIELDS",
    "BadPrice",
    "BadRange",
    "BelowSold",
    "Cell",
    "ChangedSince",
    "Done",
    "NightsOutOfOrder",
    "NothingToUndo",
    "Pricing",
    "Span",
    "change_overbooking",
    "change_prices",
    "change_restrictions",
    "preview_overbooking",
    "preview_prices",
    "preview_restrictions",
    "undo",
]
