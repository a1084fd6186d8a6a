"""Commands on rooms, and their refusals. Callers write ``from hotel.rooms import services``."""

from hotel.rooms.services.blocks import block_rooms, end_blocks, return_rooms
from hotel.rooms.services.errors import (
    AlreadyBlocked,
    BadBlockDates,
    BlockOver,
    BlockReasonMissing,
    NoSuchMove,
    RoomOccupied,
    WouldOversell,
)
from hotel.rooms.services.housekeeping import set_housekeeping, set_service_flag

__all__ = [
    "AlreadyBlocked",
    "BadBlockDates",
    "BlockOver",
    "BlockReasonMissing",
    "NoSuchMove",
    "RoomOccupied",
    "WouldOversell",
    "block_rooms",
    "end_blocks",
    "return_rooms",
    "set_housekeeping",
    "set_service_flag",
]
