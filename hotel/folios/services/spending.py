"""Payments that come out of a member's account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotel.folios.models import TenderKind
from hotel.members import services as members

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from hotel.folios.models import FolioEntry
    from hotel.folios.services.money import Tender
    from oms.staff.models import Staff


def spend(pairs: Iterable[tuple[Tender, FolioEntry]], *, by: Staff | None, at: dt.datetime) -> None:
    """Take stored value and points from the members who pay with them. Locks the members; raises their refusals."""
    for tender, entry in pairs:
        if tender.amount < 0 or tender.member_id is None:
            continue
        if tender.kind == TenderKind.STORED_VALUE:
            members.spend(
                member_id=tender.member_id,
                amount=tender.amount,
                folio_entry_id=entry.pk,
                by=by,
                at=at,
                business_date=entry.business_date,
            )
        elif tender.kind == TenderKind.POINTS:
            members.redeem(
                member_id=tender.member_id,
                points=members.points_for(tender.amount),
                folio_entry_id=entry.pk,
                by=by,
                at=at,
                business_date=entry.business_date,
            )


def give_back(entries: Iterable[FolioEntry], *, reason: str, by: Staff | None, at: dt.datetime) -> None:
    """Undo what hangs on reversed entries in members' accounts. Locks the members; raises their refusals."""
    ids = [entry.pk for entry in entries]
    if ids:
        members.reverse_of_folio(folio_entry_ids=ids, reason=reason, by=by, at=at)
