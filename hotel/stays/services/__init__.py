"""Commands on stays, and their refusals. Callers write ``from hotel.stays import services``."""

from hotel.stays.inventory import NoAvailability, RoomTaken
from hotel.stays.pricing import NoPrice, Restricted
from hotel.stays.services.arriving import check_in
from hotel.stays.services.assigning import assign, pin_room, unassign
from hotel.stays.services.booking import BookingRequest, StayRequest, reserve, reserve_many
from hotel.stays.services.cancelling import cancel, mark_no_shows, quote_cancellation, reactivate
from hotel.stays.services.changing import Preview, preview_arrival, preview_departure, reschedule, shorten
from hotel.stays.services.consequences import Consequence, preview_restore
from hotel.stays.services.day_use import DayUseCharge, day_use_charges, extend_hours, post_day_use
from hotel.stays.services.errors import (
    BadDates,
    BadPrice,
    BalanceOpen,
    Blacklisted,
    DayUseUnposted,
    DepositHeld,
    HoldOpen,
    NightCharged,
    NightUnposted,
    NoGuest,
    NoRoom,
    NoSuchNight,
    NoSuchRow,
    NotesOpen,
    NotPermitted,
    NotToday,
    Overdue,
    Pinned,
    Posted,
    ReasonMissing,
    RoomNotReady,
    SameRoom,
    TooLate,
    UnknownRoom,
    WrongRoomType,
    WrongStatus,
)
from hotel.stays.services.extending import Extension, extend, extend_many
from hotel.stays.services.grouping import RoomingResult, RoomingRow, book_group, take_rooming_list
from hotel.stays.services.leaving import check_out, mark_departure
from hotel.stays.services.moving import move, preview_move, swap
from hotel.stays.services.people import add_sharer, name_guest, note_down, remove_sharer, settle_note
from hotel.stays.services.pricing_nights import set_prices
from hotel.stays.services.proposing import Proposal, propose_rooms
from hotel.stays.services.restoring import restore_check_out, reverse_check_in
from hotel.stays.services.settling import Departure, settle_and_check_out
from hotel.stays.services.walking_in import LastTime, WalkIn, last_time, walk_in

__all__ = [
    "BadDates",
    "BadPrice",
    "BalanceOpen",
    "Blacklisted",
    "BookingRequest",
    "Consequence",
    "DayUseCharge",
    "DayUseUnposted",
    "Departure",
    "DepositHeld",
    "Extension",
    "HoldOpen",
    "LastTime",
    "NightCharged",
    "NightUnposted",
    "NoAvailability",
    "NoGuest",
    "NoPrice",
    "NoRoom",
    "NoSuchNight",
    "NoSuchRow",
    "NotPermitted",
    "NotToday",
    "NotesOpen",
    "Overdue",
    "Pinned",
    "Posted",
    "Preview",
    "Proposal",
    "ReasonMissing",
    "Restricted",
    "RoomNotReady",
    "RoomTaken",
    "RoomingResult",
    "RoomingRow",
    "SameRoom",
    "StayRequest",
    "TooLate",
    "UnknownRoom",
    "WalkIn",
    "WrongRoomType",
    "WrongStatus",
    "add_sharer",
    "assign",
    "book_group",
    "cancel",
    "check_in",
    "check_out",
    "day_use_charges",
    "extend",
    "extend_hours",
    "extend_many",
    "last_time",
    "mark_departure",
    "mark_no_shows",
    "move",
    "name_guest",
    "note_down",
    "pin_room",
    "post_day_use",
    "preview_arrival",
    "preview_departure",
    "preview_move",
    "preview_restore",
    "propose_rooms",
    "quote_cancellation",
    "reactivate",
    "remove_sharer",
    "reschedule",
    "reserve",
    "reserve_many",
    "restore_check_out",
    "reverse_check_in",
    "set_prices",
    "settle_and_check_out",
    "settle_note",
    "shorten",
    "swap",
    "take_rooming_list",
    "unassign",
    "walk_in",
]
