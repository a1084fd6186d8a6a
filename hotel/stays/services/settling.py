"""Settling and checking out in one step, for one stay or many."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q

from hotel.folios import services as folios
from hotel.folios.models import Folio, FolioKind, PreAuthorisation
from hotel.stays.models import DeskNote, NoteKind, RoomNight, Stay
from hotel.stays.services.day_use import charge_hours
from hotel.stays.services.desk import finish, lock_stays, trace_of, wrong_status
from hotel.stays.services.errors import HoldOpen, NotesOpen
from hotel.stays.services.leaving import leave
from hotel.stays.services.packaging import charge_nights
from hotel.stays.states import StayStatus
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping, Sequence
    from decimal import Decimal

    from django.db.models import QuerySet

    from hotel.folios.models import FolioEntry
    from hotel.folios.services import Account, Paying
    from oms.staff.models import Staff


@dataclass(frozen=True, slots=True)
class Departure:
    """Who leaves and how it is paid.

    ``captures``: taken from pre-authorisations, by their id; others of these folios are released. ``notes_done``: notes
    that are seen to; ``notes_seen``: what is still open after that stays open knowingly. ``master_ids``: folios of the
    groups that are settled and closed as well.
    """

    stay_ids: Collection[int]
    payings: Sequence[Paying] = ()
    captures: Mapping[int, Decimal] = field(default_factory=dict)
    notes_done: Collection[int] = ()
    notes_seen: bool = False
    master_ids: Collection[int] = ()
    approval_id: int | None = None


@transaction.atomic
def settle_and_check_out(*, departure: Departure, by: Staff | None, at: dt.datetime) -> list[Stay]:
    """Charge what is not charged yet, settle every window, check out: all of the stays or none.

    Locks as ``check_out`` does: stays, date rows, rooms, folios. Event hotel.stay_checked_out. Raises WrongStatus,
    NotesOpen, TendersDiffer, and as ``folios.settle_together`` and ``check_out`` do.
    """
    stays = lock_stays(departure.stay_ids)
    for stay in stays.values():
        if refusal := wrong_status(stay, [StayStatus.IN_HOUSE]):
            raise refusal
    _see_to(departure, stays, by, at)
    if stays:
        leave(list(stays.values()), by, at, settle=lambda: _settle(departure, stays, by, at))
    return list(stays.values())


def obstacles(stay_ids: Collection[int]) -> dict[int, DomainError]:
    """What the guest still has of ours, or we of theirs, and money a bank holds: a check-out in passing won't do.

    Two statements.
    """
    facts: dict[int, list[str]] = defaultdict(list)
    for note in open_notes(stay_ids):
        facts[note.stay_id].append(f"{NoteKind(note.kind).label} {note.text}".strip())
    found: dict[int, DomainError] = {pk: NotesOpen(facts=", ".join(words)) for pk, words in facts.items()}
    holds = open_holds(Q(folio__stay__in=stay_ids))
    for stay_id, amount in holds.values_list("folio__stay_id", "amount"):
        found.setdefault(stay_id or 0, HoldOpen(amount=str(amount)))
    return found


def open_notes(stay_ids: Collection[int]) -> list[DeskNote]:
    """Calls, luggage and loans of the stays that nobody has seen to. One statement."""
    notes = DeskNote.objects.filter(stay__in=stay_ids, done_at=None).exclude(kind=NoteKind.MESSAGE)
    return list(notes.order_by("stay_id", "pk"))


def open_holds(which: Q) -> QuerySet[PreAuthorisation]:
    """Pre-authorisations that are neither captured nor released, oldest first."""
    return PreAuthorisation.objects.filter(which, captured=None, released_at=None).order_by("pk")


def unposted_nights(stay_ids: Collection[int]) -> list[RoomNight]:
    """Nights slept that carry no charge, oldest first. One statement."""
    nights = RoomNight.objects.filter(
        stay__in=stay_ids, date__lt=F("stay__property__business_date"), charge=None, price__gt=0
    )
    return list(nights.order_by("stay_id", "date"))


@dataclass(frozen=True, slots=True)
class Bills:
    """Open folios of those who leave, where each stands, and what is charged with the check-out, or why it can't be."""

    folios: list[Folio]
    accounts: Mapping[int, Account]
    charged: list[FolioEntry]
    refusal: DomainError | None = None


def preview_bills(stays: Sequence[Stay], at: dt.datetime) -> Bills:
    """What settling would find at ``at``: what isn't charged yet is charged, looked at and taken back."""
    known = {stay.pk: stay for stay in stays}
    try:
        with transaction.atomic():
            charged = charge_rest(known, by=None, at=at)
            bills = _bills(known, charged)
            if charged:
                transaction.set_rollback(True)
    except DomainError as refusal:  # a folio was closed that should be charged
        return replace(_bills(known, []), refusal=refusal)
    return bills


def _bills(stays: Mapping[int, Stay], charged: list[FolioEntry]) -> Bills:
    found = folios_of(stays, Q())
    return Bills(found, folios.accounts_of([folio.pk for folio in found]), charged)


def folios_of(stays: Mapping[int, Stay], masters: Q) -> list[Folio]:
    """Open windows of the stays in order, and those masters of their groups. One statement."""
    groups = Q(kind=FolioKind.MASTER, booking__in={stay.booking_id for stay in stays.values()})
    found = Folio.objects.filter(Q(stay__in=stays) | groups & masters, closed_at=None).select_related("booking")
    return list(found.order_by("stay_id", "window", "pk"))


def charge_rest(stays: Mapping[int, Stay], *, by: Staff | None, at: dt.datetime) -> list[FolioEntry]:
    """Charge locked stays what they slept and nobody charged, as the night audit would, and the hours of day uses."""
    nights = unposted_nights(list(stays))
    posted = charge_nights(stays, nights, by=by, at=at)
    return [*posted, *charge_hours(stays.values(), by=by, at=at)]


def _see_to(departure: Departure, stays: Mapping[int, Stay], by: Staff | None, at: dt.datetime) -> None:
    notes = open_notes(list(stays))
    done = [note for note in notes if note.pk in departure.notes_done]
    left = [note for note in notes if note.pk not in departure.notes_done]
    if left and not departure.notes_seen:
        raise NotesOpen(facts=", ".join(f"{NoteKind(note.kind).label} {note.text}".strip() for note in left))
    DeskNote.objects.filter(pk__in=[note.pk for note in done]).update(done_at=at, done_by=by)
    lines = [trace_of(stays[note.stay_id], "note_done", kind=note.kind, text=note.text[:100]) for note in done]
    finish(lines, by=by, at=at)


def _settle(departure: Departure, stays: Mapping[int, Stay], by: Staff | None, at: dt.datetime) -> None:
    charge_rest(stays, by=by, at=at)
    found = folios_of(stays, Q(pk__in=departure.master_ids))
    folios.settle_together(
        folio_ids=[folio.pk for folio in found],
        payings=departure.payings,
        captures=departure.captures,
        approval_id=departure.approval_id,
        by=by,
        at=at,
    )
    masters = [folio.pk for folio in found if folio.kind == FolioKind.MASTER]
    for refusal in folios.close_folios(folio_ids=masters, by=by, at=at).values():
        if refusal:
            raise refusal
