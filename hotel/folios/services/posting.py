"""Entries: charging, reversing, moving, splitting. Nothing is ever changed or deleted."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction

from hotel.folios.models import ChargeCode, EntryKind, FolioEntry, FolioKind, PackageCharge, RoomCharge, TenderKind
from hotel.folios.queries import deposits_by_tender, paid_by_tender
from hotel.folios.services import routing, spending
from hotel.folios.services.credit import check_credit
from hotel.folios.services.desk import MOST, Desk, at_desk, entry_ids_for
from hotel.folios.services.errors import (
    AlreadyReversed,
    BadCharge,
    MovedAway,
    NothingToTransfer,
    PartsDiffer,
    ReasonNeeded,
    RefundAbovePaid,
)
from oms.lib.money import cents

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from oms.staff.models import Staff

MOVABLE = {EntryKind.CHARGE, EntryKind.TRANSFER}


@dataclass(frozen=True, slots=True)
class Posting:
    """A charge (above 0.00) or allowance (below) in the property's currency, tax included; by code or by text."""

    folio_id: int
    amount: Decimal
    charge_code_id: int | None = None
    department: str = ""
    text: str = ""
    quantity: Decimal = Decimal(1)
    night_id: int | None = None  # the room night this is the charge of; 0.00 where packages use up its price
    item_id: int | None = None  # the stay's package this is the charge of, on that night
    night_on: dt.date | None = None
    reference: str = ""
    reason: str = ""
    stay_id: int | None = None  # whose charge it is, where the folio is not the stay's own
    stays_put: bool = False  # on this folio whatever the routing rules say


@transaction.atomic
def post(*, postings: Sequence[Posting], by: Staff | None, at: dt.datetime) -> list[FolioEntry]:
    """Charge folios, on each property's business date; the entries come back in the order of the postings.

    What is posted to a stay's first window goes where the stay's routing rules say, if that folio can take it.
    Locks the folios by primary key, and (by trigger) shares the property's date with other posters. A room night that
    carries a charge already is refused by the primary key of RoomCharge, a package of a night by PackageCharge's.
    Raises FolioClosed, NoOpenShift, BadAmount.
    """
    codes = ChargeCode.objects.in_bulk({p.charge_code_id for p in postings if p.charge_code_id})
    routes = routing.routes_of(postings, codes)
    folio_ids = {posting.folio_id for posting in postings} | {route.folio_id for route in routes.values()}
    desk = at_desk(folio_ids, by=by, at=at)
    for posting in postings:
        is_nothing = not posting.amount and not posting.night_id
        if is_nothing or abs(posting.amount) > MOST or posting.amount != cents(posting.amount):
            raise BadCharge(amount=str(posting.amount), most=str(MOST))
    routes = routing.affordable(desk, routes, postings)
    entries = [_charge(desk, p, codes.get(p.charge_code_id or 0), routes.get(nth)) for nth, p in enumerate(postings)]
    check_credit(desk, [(entry.folio_id, entry.amount) for entry in entries])
    desk.write(entries)
    of_nights = [(p.night_id, p.item_id, entry) for p, entry in zip(postings, entries, strict=True) if p.night_id]
    RoomCharge.objects.bulk_create(RoomCharge(night_id=night, entry=e) for night, item, e in of_nights if not item)
    PackageCharge.objects.bulk_create(
        PackageCharge(night_id=night, item_id=item, entry=e) for night, item, e in of_nights if item
    )
    desk.trace("folio.charged", entries)
    return entries


@transaction.atomic
def reverse(*, entry_ids: Collection[int], reason: str, by: Staff | None, at: dt.datetime) -> list[FolioEntry]:
    """Undo entries by entries of the opposite amount on today's business date, each once.

    A reversed room charge takes the packages of its night with it and lets the night be charged again, a reversed half
    of a transfer takes the other half with it, and a member gets back what was spent.

    Locks the folios. Raises ReasonNeeded, FolioClosed, AlreadyReversed, MovedAway, NoOpenShift, and
    RefundAbovePaid for a payment or deposit that was given back or applied meanwhile.
    """
    if not reason.strip():
        raise ReasonNeeded
    return _undo(_with_other_halves({*entry_ids, *_packages_of(entry_ids)}), reason, by, at)


def _undo(wanted: Sequence[FolioEntry], reason: str, by: Staff | None, at: dt.datetime) -> list[FolioEntry]:
    desk = at_desk({entry.folio_id for entry in wanted}, by=by, at=at)
    _refuse_done(wanted)
    _refuse_moved(wanted)
    undone = []
    for entry in wanted:
        undo = _copy(desk, entry, entry.folio_id, entry.kind, -1, ledger=entry.ledger, reference=entry.reference)
        undo.reverses, undo.reason, undo.transfer_id = entry, reason[:200], entry.transfer_id
        undone.append(undo)
    desk.write(undone)
    debtors = {pk for pk, folio in desk.folios.items() if folio.kind == FolioKind.COMPANY}
    _refuse_given_back({entry.folio_id for entry in wanted if entry.tender} - debtors)
    RoomCharge.objects.filter(entry__in=wanted).delete()
    PackageCharge.objects.filter(entry__in=wanted).delete()
    spending.give_back(wanted, reason=reason, by=by, at=at)
    desk.trace("folio.reversed", undone, reason)
    return undone


@transaction.atomic
def transfer(
    *, entry_ids: Collection[int], to_folio_id: int, reason: str, by: Staff | None, at: dt.datetime
) -> list[FolioEntry]:
    """Move charges to another folio: two linked entries each, out and in, that add up to nothing.

    Locks all folios concerned by primary key. Raises ReasonNeeded, FolioClosed, OtherHouse, NothingToTransfer,
    AlreadyReversed, and as check_credit does when it goes to a company.
    """
    if not reason.strip():
        raise ReasonNeeded
    wanted = list(FolioEntry.objects.filter(pk__in=entry_ids).order_by("pk"))
    desk = at_desk({entry.folio_id for entry in wanted} | {to_folio_id}, by=by, at=at)
    _refuse_unmovable(wanted, to_folio_id)
    check_credit(desk, [(to_folio_id, entry.amount) for entry in wanted])
    ids = entry_ids_for(2 * len(wanted))
    moved = []
    for entry, out_id, in_id in zip(wanted, ids[::2], ids[1::2], strict=True):
        for pk, folio_id, sign in ((out_id, entry.folio_id, -1), (in_id, to_folio_id, 1)):
            half = _copy(desk, entry, folio_id, EntryKind.TRANSFER, sign, reference=f"#{entry.pk}")
            half.pk, half.transfer_id, half.reason = pk, out_id, reason[:200]
            moved.append(half)
    desk.write(moved)
    desk.trace("folio.transferred", moved, reason)
    return moved


@transaction.atomic
def split(
    *, entry_id: int, parts: Sequence[Decimal], reason: str, by: Staff | None, at: dt.datetime
) -> list[FolioEntry]:
    """Replace a charge by parts that add up to it exactly, so that each can be moved on its own.

    The charge is reversed and the parts are posted, on the same folio. Locks it. Raises PartsDiffer, and as those do.
    """
    entry = FolioEntry.objects.get(pk=entry_id)
    if entry.kind != EntryKind.CHARGE:
        raise NothingToTransfer
    if sum(parts) != entry.amount or not all(parts):
        raise PartsDiffer(parts=str(sum(parts)), amount=str(entry.amount))
    if not reason.strip():
        raise ReasonNeeded
    package = PackageCharge.objects.filter(entry=entry).first()
    charge = package or RoomCharge.objects.filter(entry=entry).first()
    night = charge.night_id if charge else None
    _undo([entry], reason, by, at)  # its packages stay as they are
    postings = [
        Posting(
            folio_id=entry.folio_id,
            amount=part,
            charge_code_id=entry.charge_code_id,
            department=entry.department,
            text=entry.text,
            night_id=night if position == 0 else None,  # the first part stands for the night
            item_id=package.item_id if package and position == 0 else None,
            night_on=entry.night_on,
            reference=f"#{entry.pk}",
            stays_put=True,
            stay_id=entry.stay_id,
        )
        for position, part in enumerate(parts)
    ]
    return post(postings=postings, by=by, at=at)


def _charge(desk: Desk, posting: Posting, code: ChargeCode | None, route: routing.Route | None) -> FolioEntry:
    return desk.entry(
        route.folio_id if route else posting.folio_id,
        EntryKind.CHARGE,
        posting.amount,
        department=posting.department or (code.department if code else ""),
        charge_code=code,
        text=(posting.text or (code.name if code else ""))[:120],
        quantity=posting.quantity,
        tax_percent=code.tax_percent if code else 0,
        night_on=posting.night_on,
        reference=posting.reference,
        reason=posting.reason,
        stay_id=route.stay_id if route else posting.stay_id,
    )


def _copy(desk: Desk, entry: FolioEntry, folio_id: int, kind: str, sign: int, **fields: Any) -> FolioEntry:
    return desk.entry(
        folio_id,
        kind,
        sign * entry.amount,
        quantity=sign * entry.quantity,
        department=entry.department,
        charge_code_id=entry.charge_code_id,
        tender=entry.tender,
        text=entry.text,
        tax_percent=entry.tax_percent,
        night_on=entry.night_on,
        stay_id=entry.stay_id,
        **fields,
    )


def _packages_of(entry_ids: Collection[int]) -> list[int]:
    """Entries of what was charged with these room charges."""
    nights = RoomCharge.objects.filter(entry__in=entry_ids).values("night")
    return list(PackageCharge.objects.filter(night__in=nights).values_list("entry_id", flat=True))


def _with_other_halves(entry_ids: Collection[int]) -> list[FolioEntry]:
    wanted = FolioEntry.objects.filter(pk__in=entry_ids)
    transfers = set(wanted.exclude(transfer_id=None).values_list("transfer_id", flat=True))
    halves = FolioEntry.objects.filter(transfer_id__in=transfers, reverses=None) if transfers else []
    return sorted({entry.pk: entry for entry in (*wanted, *halves)}.values(), key=lambda entry: entry.pk)


def _refuse_done(entries: Collection[FolioEntry]) -> None:
    done = set(FolioEntry.objects.filter(reverses__in=entries).values_list("reverses_id", flat=True))
    for entry in entries:
        if entry.pk in done or entry.reverses_id:
            raise AlreadyReversed(entry=entry.pk)


def _refuse_moved(entries: Collection[FolioEntry]) -> None:
    """A charge that stands on another folio now can't be reversed at home, or the other folio would keep it."""
    if gone := _moved_away(entries):
        raise MovedAway(entry=min(gone))


def _refuse_given_back(folio_ids: Collection[int]) -> None:
    """A payment or deposit that was given back, or applied, can't be undone below nothing."""
    if not folio_ids:
        return
    for sums in (paid_by_tender(folio_ids), deposits_by_tender(folio_ids)):
        for tenders in sums.values():
            for tender, amount in tenders.items():
                if amount < 0:
                    raise RefundAbovePaid(paid="0.00", tender=TenderKind(tender).label, amount=str(-amount))


def _refuse_unmovable(entries: Collection[FolioEntry], to_folio_id: int) -> None:
    _refuse_done(entries)
    gone = _moved_away(entries)
    for entry in entries:
        is_outgoing = entry.transfer_id == entry.pk
        if (
            entry.kind not in MOVABLE
            or entry.tender
            or entry.folio_id == to_folio_id
            or is_outgoing
            or entry.pk in gone
        ):
            raise NothingToTransfer
    if not entries:
        raise NothingToTransfer


def _moved_away(entries: Collection[FolioEntry]) -> set[int]:
    """Those of the entries whose outgoing half stands un-reversed."""
    halves = FolioEntry.objects.filter(
        folio__in={entry.folio_id for entry in entries},
        reference__in=[f"#{entry.pk}" for entry in entries],
        kind=EntryKind.TRANSFER,
        reverses=None,
        reversed_by=None,
    )
    return {int(reference[1:]) for reference in halves.values_list("reference", flat=True)}
