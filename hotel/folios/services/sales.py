"""Sales at the desk to people without a room, paid at once: goods, and money put on a member's account."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from hotel.folios.models import Folio, FolioKind
from hotel.folios.services.errors import NotRefundable
from hotel.folios.services.money import NO_DEPOSIT, Tender, settle
from hotel.folios.services.opening import close_folios, open_folio
from hotel.folios.services.posting import Posting, post
from hotel.members import services as members
from hotel.members.models import Member

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from oms.staff.models import Staff


@dataclass(frozen=True, slots=True)
class Sale:
    """One line of a sale, by code or by text; ``amount`` for all of its quantity, tax included."""

    amount: Decimal
    charge_code_id: int | None = None
    department: str = ""
    text: str = ""
    quantity: Decimal = Decimal(1)


@transaction.atomic
def sell(
    *,
    property_id: int,
    lines: Sequence[Sale],
    tenders: Sequence[Tender],
    by: Staff | None,
    at: dt.datetime,
    title: str = "",
) -> Folio:
    """A passer-by's folio, charged and paid in one go, closed when nothing is left to pay.

    Raises as post and settle do.
    """
    folio = open_folio(property_id=property_id, kind=FolioKind.PASSER_BY, title=title, by=by, at=at)
    post(
        postings=[Posting(folio.pk, s.amount, s.charge_code_id, s.department, s.text, s.quantity) for s in lines],
        by=by,
        at=at,
    )
    if tenders:
        settle(folio_id=folio.pk, tenders=tenders, by=by, at=at)
    close_folios(folio_ids=[folio.pk], by=by, at=at)
    folio.refresh_from_db()
    return folio


@transaction.atomic
def sell_value(
    *, property_id: int, member_id: int, tenders: Sequence[Tender], by: Staff | None, at: dt.datetime
) -> Folio:
    """Put money on a member's account, paid at the till now; the branch's rules add the bonus.

    The charge belongs to no department: it is no revenue until spent. Reversing it takes the value back.
    Raises NotRefundable for tenders that are no money, and as post, settle and members.top_up do.
    """
    amount = sum((tender.amount for tender in tenders), Decimal(0))
    for tender in tenders:
        if tender.kind in NO_DEPOSIT or tender.member_id is not None:
            raise NotRefundable(tender=tender.kind)
    member = Member.objects.get(pk=member_id)
    folio = open_folio(property_id=property_id, kind=FolioKind.PASSER_BY, title=member.number, by=by, at=at)
    (charge,) = post(
        postings=[Posting(folio.pk, amount, text=_("Stored value topped up"), reference=member.number)], by=by, at=at
    )
    settle(folio_id=folio.pk, tenders=[replace(tender, member_id=None) for tender in tenders], by=by, at=at)
    members.top_up(
        member_id=member_id,
        amount=amount,
        folio_entry_id=charge.pk,
        by=by,
        at=at,
        business_date=charge.business_date,
    )
    close_folios(folio_ids=[folio.pk], by=by, at=at)
    folio.refresh_from_db()
    return folio
