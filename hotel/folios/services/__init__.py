"""Commands on folios, and their refusals. Callers write ``from hotel.folios import services``."""

from hotel.folios.services.errors import (
    AlreadyReversed,
    BadAmount,
    FolioClosed,
    NoOpenShift,
    NothingToTransfer,
    PartsDiffer,
    ReasonNeeded,
)
from hotel.folios.services.posting import Posting, post, reverse, split, transfer

__all__ = [
    "AlreadyReversed",
    "BadAmount",
    "FolioClosed",
    "NoOpenShift",
    "NothingToTransfer",
    "PartsDiffer",
    "Posting",
    "ReasonNeeded",
    "post",
    "reverse",
    "split",
    "transfer",
]
