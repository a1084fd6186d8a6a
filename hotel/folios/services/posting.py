"""Entries: charging, reversing, moving, splitting. Nothing is ever changed or deleted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from hotel.folios.models import ChargeCode, EntryKind, Folio, FolioEntry, Ledger, RoomCharge, Shift
from hotel.folios.services.errors import (
    AlreadyReversed,
    BadAmount,
    FolioClosed,
    NoOpenShift,
    NothingToTransfer,
    PartsDiffer,
    ReasonNeeded,
)
from hotel.rooms import traces
from hotel.rooms.traces import Trace
from oms.lib.bulk import next_ids
from oms.lib.money import cents

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from oms.staff.models import Staff

MOST = Decimal("9999999.99")
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
    night_id: int | None = None  # the room night this is the charge of
    night_on: dt.date | None = None
    reference: str = ""
    reason: str = ""


def lock_folios(folio_ids: Collection[int]) -> dict[int, Folio]:
    """Folios by id, locked by primary key; those that are closed are refused. Raises FolioClosed."""
    locked = Folio.objects.select_for_update(of=("self",), no_key=True).select_related("property")
    folios = {folio.pk: folio for folio in locked.filter(pk__in=folio_ids).order_by("pk")}
    for folio in folios.values():
        if folio.closed_at:
            raise FolioClosed(folio=folio.number)
    return folios


def open_shift_of(by: Staff | None, folios: Collection[Folio]) -> Shift | None:
    """The person's open shift at the folios' property; the system (None) needs none. Raises NoOpenShift."""
    if by is None or not folios:
        return None
    house = next(iter(folios)).property_id
    shift = Shift.objects.filter(property_id=house, staff=by, closed_at=None).first()
    if shift is None:
        raise NoOpenShift
    return shift


@transaction.atomic
def post(*, postings: Sequence[Posting], by: Staff | None, at: dt.datetime) -> list[FolioEntry]:
    """Charge folios, on each property's business date; the entries come back in the order of the postings.

    Locks the folios by primary key, and (by trigger) shares the property's date with other posters. A room night that
    carries a charge already is refused by the primary key of RoomCharge. Raises FolioClosed, NoOpenShift, BadAmount.
    """
    folios = lock_folios({posting.folio_id for posting in postings})
    shift = open_shift_of(by, folios.values())
    codes = ChargeCode.objects.in_bulk({p.charge_code_id for p in postings if p.charge_code_id})
    for posting in postings:
        if not posting.amount or abs(posting.amount) > MOST or posting.amount != cents(posting.amount):
            raise BadAmount(amount=str(posting.amount), most=str(MOST))
    entries = [_charge(folios[p.folio_id], p, codes.get(p.charge_code_id or 0), shift, by, at) for p in postings]
    FolioEntry.objects.bulk_create(entries)
    RoomCharge.objects.bulk_create(
        RoomCharge(night_id=p.night_id, entry=entry)
        for p, entry in zip(postings, entries, strict=True)
        if p.night_id is not None
    )
    _trace("folio.charged", entries, by, at)
    return entries


@transaction.atomic
def reverse(*, entry_ids: Collection[int], reason: str, by: Staff | None, at: dt.datetime) -> list[FolioEntry]:
    """Undo entries by entries of the opposite amount on today's business date, each once; a reversed room charge lets
    its night be charged again, a reversed half of a transfer takes the other half with it.

    Locks the folios. Raises ReasonNeeded, FolioClosed, AlreadyReversed, NoOpenShift.
    """
    if not reason.strip():
        raise ReasonNeeded
    wanted = _with_other_halves(entry_ids)
    folios = lock_folios({entry.folio_id for entry in wanted})
    shift = open_shift_of(by, folios.values())
    done = set(FolioEntry.objects.filter(reverses__in=wanted).values_list("reverses_id", flat=True))
    for entry in wanted:
        if entry.pk in done or entry.reverses_id:
            raise AlreadyReversed(entry=entry.pk)
    ids = next_ids(table="hotel_folioentry", count=len(wanted))
    undone = []
    for pk, entry in zip(ids, wanted, strict=True):
        undo = _copy(entry, folios[entry.folio_id], shift, by, at)
        undo.pk, undo.amount, undo.quantity = pk, -entry.amount, -entry.quantity
        undo.reverses, undo.reason = entry, reason
        undo.transfer_id = entry.transfer_id
        undone.append(undo)
    FolioEntry.objects.bulk_create(undone)
    RoomCharge.objects.filter(entry__in=wanted).delete()
    _trace("folio.reversed", undone, by, at, reason=reason)
    return undone


@transaction.atomic
def transfer(
    *, entry_ids: Collection[int], to_folio_id: int, reason: str, by: Staff | None, at: dt.datetime
) -> list[FolioEntry]:
    """Move charges to another folio: two linked entries each, out and in, that add up to nothing.

    Locks all folios concerned by primary key. Raises ReasonNeeded, FolioClosed, NothingToTransfer, AlreadyReversed.
    """
    if not reason.strip():
        raise ReasonNeeded
    wanted = list(FolioEntry.objects.filter(pk__in=entry_ids).order_by("pk"))
    folios = lock_folios({entry.folio_id for entry in wanted} | {to_folio_id})
    shift = open_shift_of(by, folios.values())
    _refuse_unmovable(wanted, to_folio_id)
    ids = next_ids(table="hotel_folioentry", count=2 * len(wanted))
    moved = []
    for entry, out_id, in_id in zip(wanted, ids[::2], ids[1::2], strict=True):
        for pk, folio_id, sign in ((out_id, entry.folio_id, -1), (in_id, to_folio_id, 1)):
            half = _copy(entry, folios[folio_id], shift, by, at)
            half.pk, half.kind, half.amount, half.quantity = (
                pk,
                EntryKind.TRANSFER,
                sign * entry.amount,
                sign * entry.quantity,
            )
            half.transfer_id, half.reason, half.reference = out_id, reason, f"#{entry.pk}"
            moved.append(half)
    FolioEntry.objects.bulk_create(moved)
    _trace("folio.transferred", moved, by, at, reason=reason)
    return moved


@transaction.atomic
def split(
    *, entry_id: int, parts: Sequence[Decimal], reason: str, by: Staff | None, at: dt.datetime
) -> list[FolioEntry]:
    """Replace a charge by parts that add up to it exactly, so that each can be moved on its own.

    The charge is reversed and the parts are posted, on the same folio. Locks it. Raises PartsDiffer, and as those do.
    """
    entry = FolioEntry.objects.get(pk=entry_id)
    if sum(parts) != entry.amount or not all(parts):
        raise PartsDiffer(parts=str(sum(parts)), amount=str(entry.amount))
    night = RoomCharge.objects.filter(entry=entry).values_list("night_id", flat=True).first()
    reverse(entry_ids=[entry_id], reason=reason, by=by, at=at)
    postings = [
        Posting(
            folio_id=entry.folio_id,
            amount=part,
            charge_code_id=entry.charge_code_id,
            department=entry.department,
            text=entry.text,
            night_id=night if position == 0 else None,  # the first part stands for the night
            night_on=entry.night_on,
            reference=f"#{entry.pk}",
        )
        for position, part in enumerate(parts)
    ]
    return post(postings=postings, by=by, at=at)


def _charge(
    folio: Folio, posting: Posting, code: ChargeCode | None, shift: Shift | None, by: Staff | None, at: dt.datetime
) -> FolioEntry:
    return FolioEntry(
        folio=folio,
        property_id=folio.property_id,
        business_date=folio.property.business_date,
        shift=shift,
        ledger=Ledger.COMPANY if folio.kind == "company" else Ledger.GUEST,
        kind=EntryKind.CHARGE,
        department=posting.department or (code.department if code else ""),
        charge_code=code,
        text=posting.text or (code.name if code else ""),
        quantity=posting.quantity,
        amount=posting.amount,
        tax_percent=code.tax_percent if code else 0,
        night_on=posting.night_on,
        reference=posting.reference,
        reason=posting.reason,
        by=by,
        at=at,
    )


def _copy(entry: FolioEntry, folio: Folio, shift: Shift | None, by: Staff | None, at: dt.datetime) -> FolioEntry:
    return FolioEntry(
        folio=folio,
        property_id=folio.property_id,
        business_date=folio.property.business_date,
        shift=shift,
        ledger=entry.ledger,
        kind=entry.kind,
        department=entry.department,
        charge_code_id=entry.charge_code_id,
        tender=entry.tender,
        text=entry.text,
        tax_percent=entry.tax_percent,
        night_on=entry.night_on,
        reference=entry.reference,
        by=by,
        at=at,
    )


def _with_other_halves(entry_ids: Collection[int]) -> list[FolioEntry]:
    wanted = FolioEntry.objects.filter(pk__in=entry_ids)
    transfers = set(wanted.exclude(transfer_id=None).values_list("transfer_id", flat=True))
    halves = FolioEntry.objects.filter(transfer_id__in=transfers, reverses=None) if transfers else []
    return sorted({entry.pk: entry for entry in (*wanted, *halves)}.values(), key=lambda entry: entry.pk)


def _refuse_unmovable(entries: Sequence[FolioEntry], to_folio_id: int) -> None:
    done = set(FolioEntry.objects.filter(reverses__in=entries).values_list("reverses_id", flat=True))
    out = {int(ref[1:]) for ref in _moved_away(entries)}
    for entry in entries:
        if entry.pk in done or entry.reverses_id:
            raise AlreadyReversed(entry=entry.pk)
        if entry.kind not in MOVABLE or entry.folio_id == to_folio_id or entry.pk in out:
            raise NothingToTransfer
    if not entries:
        raise NothingToTransfer


def _moved_away(entries: Sequence[FolioEntry]) -> list[str]:
    """References of entries whose outgoing half stands un-reversed."""
    halves = FolioEntry.objects.filter(
        reference__in=[f"#{entry.pk}" for entry in entries], kind=EntryKind.TRANSFER, reverses=None, reversed_by=None
    )
    return list(halves.values_list("reference", flat=True))


def _trace(action: str, entries: Sequence[FolioEntry], by: Staff | None, at: dt.datetime, reason: str = "") -> None:
    sums: dict[int, Decimal] = defaultdict(Decimal)
    first: dict[int, FolioEntry] = {}
    for entry in entries:
        sums[entry.folio_id] += entry.amount
        first.setdefault(entry.folio_id, entry)
    lines = [
        Trace(
            entry.property_id,
            action,
            stay_id=entry.folio.stay_id,
            folio_id=folio_id,
            shift_id=entry.shift_id,
            reference=entry.folio.number,
            reason=reason,
            data={"amount": str(sums[folio_id]), "entries": sum(e.folio_id == folio_id for e in entries)},
        )
        for folio_id, entry in first.items()
    ]
    traces.write(lines=lines, by=by, at=at)
