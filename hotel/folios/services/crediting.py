"""What a credit on a company's account settles by itself, the moment it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotel.folios.applications import PaymentApplication, settle_oldest
from hotel.folios.models import FolioKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotel.folios.models import FolioEntry
    from hotel.folios.services.desk import Desk


def follow(desk: Desk, written: Sequence[FolioEntry]) -> None:
    """Of entries just written on companies' accounts: what was moved away settles itself, what came in the oldest."""
    companies = {pk for pk, folio in desk.folios.items() if folio.kind == FolioKind.COMPANY}
    credits_ = [e for e in written if e.folio_id in companies and e.amount < 0 and e.reverses_id is None]
    if not credits_:
        return
    moved = {
        int(entry.reference[1:]): entry
        for entry in credits_
        if entry.transfer_id == entry.pk and entry.reference[:1] == "#" and entry.reference[1:].isdigit()
    }
    PaymentApplication.objects.filter(item__in=moved).delete()
    PaymentApplication.objects.bulk_create(
        PaymentApplication(payment=out, item_id=pk, amount=-out.amount, applied_at=desk.at, applied_by=desk.by)
        for pk, out in moved.items()
    )
    rest = [entry.pk for entry in credits_ if entry not in moved.values()]
    settle_oldest(rest, by=desk.by.pk if desk.by else None, at=desk.at)
