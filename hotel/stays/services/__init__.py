"""Commands on stays, and their refusals. Callers write ``from hotel.stays import services``."""

from hotel.stays.inventory import NoAvailability, RoomTaken
from hotel.stays.pricing import NoPrice, Restricted
from hotel.stays.services.arriving import check_in
from hotel.stays.services.assigning import assign, pin_room, unassign
from hotel.stays.services.booking import BookingRequest, StayRequest, reserve
from hotel.stays.services.cancelling import cancel, mark_no_shows, quote_cancellation, reactivate
from hotel.stays.services.changing import Preview, extend, preview_departure, shorten
from hotel.stays.services.errors import (
    BadDates,
    BalanceOpen,
    Blacklisted,
    DepositHeld,
    NightCharged,
    NightUnposted,
    NoGuest,
    NoRoom,
    NotPermitted,
    NotToday,
    Overdue,
    Pinned,
    Posted,
    ReasonMissing,
    RoomNotReady,
    WrongRoomType,
    WrongStatus,
)
from hotel.stays.services.leaving import check_out, mark_departure
from hotel.stays.services.proposing import Proposal, propose_rooms
from hotel.stays.services.walking_in import LastTime, WalkIn, last_time, walk_in

__all__ = [
    "BadDates",
    "BalanceOpen",
    "Blacklisted",
    "BookingRequest",
    "DepositHeld",
    "LastTime",
    "NightCharged",
    "NightUnposted",
    "NoAvailability",
    "NoGuest",
    "NoPrice",
    "NoRoom",
    "NotPermitted",
    "NotToday",
    "Overdue",
    "Pinned",
    "Posted",
    "Preview",
    "Proposal",
    "ReasonMissing",
    "Restricted",
    "RoomNotReady",
    "RoomTaken",
    "StayRequest",
    "WalkIn",
    "WrongRoomType",
    "WrongStatus",
    "assign",
    "cancel",
    "check_in",
    "check_out",
    "extend",
    "last_time",
    "mark_departure",
    "mark_no_shows",
    "pin_room",
    "preview_departure",
    "propose_rooms",
    "quote_cancellation",
    "reactivate",
    "reserve",
    "shorten",
    "unassign",
    "walk_in",
]
