"""Table of contents of this floor's models."""

from hotel.audit.models import AuditPlan, AuditResult, AuditRun, DailyFigure, DailyRevenue, LedgerProof, OnTheBooks
from hotel.folios.applications import PaymentApplication
from hotel.folios.models import (
    BillPrint,
    ChargeCode,
    Company,
    Folio,
    FolioEntry,
    InvoiceRequest,
    PackageCharge,
    PreAuthorisation,
    RoomCharge,
    Shift,
)
from hotel.folios.routes import ChargeRoute
from hotel.members.models import BonusRule, Guest, Member, MemberEntry, MemberLevel
from hotel.rooms.models import DeskTrace, OperationLock, Property, Room, RoomBlock, RoomType
from hotel.stays.models import Availability, Booking, DeskNote, DeskWatch, Occupancy, RoomNight, Sharer, Stay
from hotel.stays.packages import PackageItem, StayPackage
from hotel.stays.rates import CancellationRule, HourlyPrice, Rate, RatePlan, Restriction

__all__ = [
    "AuditPlan",
    "AuditResult",
    "AuditRun",
    "Availability",
    "BillPrint",
    "BonusRule",
    "Booking",
    "CancellationRule",
    "ChargeCode",
    "ChargeRoute",
    "Company",
    "DailyFigure",
    "DailyRevenue",
    "DeskNote",
    "DeskTrace",
    "DeskWatch",
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
    "PackageCharge",
    "PackageItem",
    "PaymentApplication",
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
    "StayPackage",
]
