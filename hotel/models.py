"""Table of contents of this floor's models."""

from hotel.audit.models import AuditResult, AuditRun, DailyFigure, LedgerProof, OnTheBooks
from hotel.folios.models import (
    BillPrint,
    ChargeCode,
    Company,
    Folio,
    FolioEntry,
    InvoiceRequest,
    PreAuthorisation,
    RoomCharge,
    Shift,
)
from hotel.members.models import BonusRule, Guest, Member, MemberEntry, MemberLevel
from hotel.rooms.models import DeskTrace, OperationLock, Property, Room, RoomBlock, RoomType
from hotel.stays.models import Availability, Booking, DeskNote, Occupancy, RoomNight, Sharer, Stay
from hotel.stays.rates import CancellationRule, HourlyPrice, Rate, RatePlan, Restriction

__all__ = [
    "AuditResult",
    "AuditRun",
    "Availability",
    "BillPrint",
    "BonusRule",
    "Booking",
    "CancellationRule",
    "ChargeCode",
    "Company",
    "DailyFigure",
    "DeskNote",
    "DeskTrace",
    "Folio",
    "FolioEntry",
    "Guest",
    "HourlyPrice",
    "InvoiceRequest",
    "LedgerProof",
    "Member",
    "MemberEntry",
    "MemberLevel",
    "Occupancy",
    "OnTheBooks",
    "OperationLock",
    "PreAuthorisation",
    "Property",
    "Rate",
    "RatePlan",
    "Restriction",
    "Room",
    "RoomBlock",
    "RoomCharge",
    "RoomNight",
    "RoomType",
    "Sharer",
    "Shift",
    "Stay",
]
