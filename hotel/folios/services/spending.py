"""Payments that come out of a member's account."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from hotel.folios.models import TenderKind

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from decimal import Decimal

    from hotel.folios.models import FolioEntry
    from hotel.folios.services.money import Tender
    from oms.staff.models import Staff

POINTS_PER_YUAN = 100  # a hundred points pay 1.00


def spend(pairs: Iterable[tuple[Tender, FolioEntry]], *, by: Staff | None, at: dt.datetime) -> None:
    """Take stored value and points from the members who pay with them. Locks the members; raises their refusals."""
    for tender, entry in pairs:
        if tender.amount < 0 or tender.member_id is None:
            continue
        members = import_module("hotel.members.services")
        if tender.kind == TenderKind.STORED_VALUE:
            members.spend(member_id=tender.member_id, amount=tender.amount, folio_entry_id=entry.pk, by=by, at=at)
        elif tender.kind == TenderKind.POINTS:
            members.redeem(
                member_id=tender.member_id, points=points_for(tender.amount), folio_entry_id=entry.pk, by=by, at=at
            )


def points_for(amount: Decimal) -> int:
    """Points that pay an amount."""
    return int(amount * POINTS_PER_YUAN)
