"""Sales at the desk to people without a room, paid at once: goods, and money put on a member's account."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from hotel.folios.models import EntryKind, Folio, FolioKind, TenderKind
from hotel.folios.services.desk import at_desk, refuse_bad_amount
from hotel.folios.services.errors import NotRefundable
from hotel.folios.services.limits import ALLOWANCE, REFUND
from hotel.folios.services.money import NO_DEPOSIT, WHOLE_ONLY, Tender, settle
from hotel.folios.services.opening import close_folios, open_folio
from hotel.folios.services.posting import Posting, post
from hotel.members import services as members
from hotel.members.models import Member
from hotel.rooms.models import Property
from oms.approvals.limits import allow

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
    approval_id: int | None = None,
) -> Folio:
    """A passer-by's folio, charged and paid in one go, closed when nothing is left to pay.

    Lines below 0.00 are allowances. Raises as post and settle do, and BeyondLimit.
    """
    if allowed := -sum((line.amount for line in lines if line.amount < 0), Decimal(0)):
        allow(
            key=ALLOWANCE,
            value=allowed,
            branch_id=Property.objects.values_list("branch_id", flat=True).get(pk=property_id),
            subject=title,
            facts={"amount": str(allowed), "charged": str(sum(line.amount for line in lines if line.amount > 0))},
            approval_id=approval_id,
            by=by,
            at=at,
            url="/hotel/folios/sell/",
        )
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


@transaction.atomic
def refund_value(
    *,
    property_id: int,
    member_id: int,
    tenders: Sequence[Tender],
    reason: str,
    by: Staff | None,
    at: dt.datetime,
    approval_id: int | None = None,
) -> Folio:
    """Pay a member's stored value back at the till (amounts above 0.00), on a passer-by's folio that ends even.

    The opposite of ``sell_value``: an allowance that belongs to no department, and money out of the shift by each
    tender; bonus lapses with it. Reversing the allowance brings the value back. Locks the folio, then the member.
    Raises NotRefundable for tenders that are no money, BadAmount, BeyondLimit beyond the person's limit for refunds,
    NoOpenShift, and as members.refund_value does.
    """
    for tender in tenders:
        refuse_bad_amount(tender.amount)
        if tender.kind in WHOLE_ONLY or tender.kind not in TenderKind.values:
            raise NotRefundable(tender=tender.kind)
    amount = sum((tender.amount for tender in tenders), Decimal(0))
    refuse_bad_amount(amount)
    member = Member.objects.select_related("guest").get(pk=member_id)
    allow(
        key=REFUND,
        value=amount,
        branch_id=member.guest.branch_id,
        subject=member.number,
        facts={"member": member.number, "amount": str(amount)},
        approval_id=approval_id,
        by=by,
        at=at,
        url=f"/hotel/members/{member.guest_id}/",
    )
    folio = open_folio(property_id=property_id, kind=FolioKind.PASSER_BY, title=member.number, by=by, at=at)
    (given,) = post(
        postings=[Posting(folio.pk, -amount, text=_("Stored value paid back"), reference=member.number, reason=reason)],
        by=by,
        at=at,
    )
    desk = at_desk({folio.pk}, by=by, at=at)
    paid = [
        desk.entry(folio.pk, EntryKind.REFUND, t.amount, tender=t.kind, reference=t.reference[:80]) for t in tenders
    ]
    desk.write(paid)
    desk.trace("folio.value_refunded", paid, reason)
    members.refund_value(
        member_id=member_id,
        amount=amount,
        reason=reason,
        folio_entry_id=given.pk,
        by=by,
        at=at,
        business_date=given.business_date,
    )
    close_folios(folio_ids=[folio.pk], by=by, at=at)
    folio.refresh_from_db()
    return folio
