"""Everything personal of a guest goes; money stays, anonymous."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, Sum, Value
from django.db.models.functions import Replace
from django.utils.translation import gettext as _

from hotel.folios.models import Folio, FolioEntry, FolioKind, InvoiceRequest, PreAuthorisation
from hotel.members.models import Guest, IdType, LedgerKind, Member, MemberEntry
from hotel.members.services import ledger
from hotel.members.services.errors import CannotErase
from hotel.members.services.guests import lock_guest
from hotel.members.services.marks import trace
from hotel.rooms.models import DeskTrace, OperationLock
from hotel.stays.models import Booking, DeskNote, Occupancy, RoomNight, Sharer, Stay
from hotel.stays.states import StayStatus
from oms.approvals.models import Approval
from oms.lib.sealing import unseal
from oms.notices.models import Notice

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from django.db.models import QuerySet

    from oms.staff.models import Staff

AHEAD = (StayStatus.WAITLISTED, StayStatus.TENTATIVE, StayStatus.CONFIRMED, StayStatus.IN_HOUSE)
GONE = "—"
COPY_OF = re.compile(r"#(\d{1,18})")  # what the reference of a moved or split entry says
SHORTEST_NAME = 2  # a shorter one is found inside too many other words


@dataclass(frozen=True, slots=True)
class Erasing:
    """What erasing a guest takes away, for the dialog: how many of each, and what forbids it (empty: nothing)."""

    stays: int
    bookings: int
    merged: int
    points: int
    refusals: list[str]


def preview_erase(guest_id: int) -> Erasing:
    """What would go, and what stands against it. Changes nothing."""
    guest = Guest.objects.get(pk=guest_id)
    stays = Stay.objects.filter(guest__in=_rows(guest))
    member = Member.objects.filter(guest=guest).first()
    return Erasing(
        stays=stays.count(),
        bookings=_own_bookings(guest).count(),
        merged=Guest.objects.filter(merged_into=guest).count(),
        points=member.points if member else 0,
        refusals=_refusals(guest),
    )


@transaction.atomic
def erase_guest(*, guest_id: int, by: Staff, at: dt.datetime) -> Guest:
    """Take everything personal away: the guest's row and those merged into it, names on stays, bookings and folios,
    notes, what stands on invoice requests, the words of entries, traces and approvals; points and bonus lapse by
    entries. Money and dates stay as they were. What every text column holds is said in tests/hotel/members/personal.py.

    Locks the guest and the member. Raises GuestGone, CannotErase (in the house or expected, a folio that is not
    settled, an invoice that is not issued, stored value that is not paid back).
    """
    guest = lock_guest(guest_id)
    if refusals := _refusals(guest):
        raise CannotErase(fact=" ".join(refusals))
    rows = _rows(guest)
    stay_ids = list(Stay.objects.filter(guest__in=rows).values_list("pk", flat=True))
    names = _names(rows, stay_ids)
    near_ids = [*stay_ids, *Sharer.objects.filter(guest__in=rows).values_list("stay_id", flat=True)]
    _end_membership(guest, by, at)
    _erase_stays(guest, stay_ids, names)
    _strike_names(guest, near_ids, names)
    groups = Stay.objects.filter(pk__in=near_ids).values("booking_id")
    folio_ids = set(Folio.objects.filter(Q(stay__in=near_ids) | Q(booking__in=groups)).values_list("pk", flat=True))
    entry_ids = _followed(folio_ids, near_ids)
    reached = set(FolioEntry.objects.filter(pk__in=entry_ids).values_list("folio_id", flat=True)) | folio_ids
    _erase_money(stay_ids, reached, names)
    _erase_ledger_words(rows, near_ids, entry_ids, reached, names)
    Guest.objects.filter(pk__in=[row.pk for row in rows]).update(
        name="",
        name_keys="",
        gender="",
        id_type=IdType.NONE,
        id_sealed=None,
        id_hash=None,
        id_tail="",
        phone_sealed=None,
        phone_hash=None,
        phone_tail="",
        born_on=None,
        nationality="",
        preferences="",
        is_blacklisted=False,
        blacklist_reason="",
        erased_at=at,
        version=F("version") + 1,
    )
    trace(guest, "guest.erased", by, at, data={"stays": len(stay_ids)})
    guest.refresh_from_db()
    return guest


def _rows(guest: Guest) -> list[Guest]:
    """The guest and those merged into it (one level: merging points them all at the winner)."""
    return list(Guest.objects.filter(Q(pk=guest.pk) | Q(merged_into=guest)).order_by("pk"))


def _refusals(guest: Guest) -> list[str]:
    stays = Stay.objects.filter(guest=guest)
    shared = Sharer.objects.filter(guest=guest, left_at=None, stay__status__in=AHEAD)
    found = []
    if stays.filter(status=StayStatus.IN_HOUSE).exists() or shared.filter(stay__status=StayStatus.IN_HOUSE).exists():
        found.append(_("The guest is in the house."))
    elif stays.filter(status__in=AHEAD).exists() or shared.exists():
        found.append(_("The guest is expected: cancel the booking first."))
    sums = FolioEntry.objects.filter(folio=OuterRef("pk")).order_by().values("folio", "ledger")
    open_ledger = sums.annotate(sum=Sum("amount")).exclude(sum=0)
    if Folio.objects.filter(Exists(open_ledger), stay__guest=guest).exists():
        found.append(_("A folio is not settled."))
    if InvoiceRequest.objects.filter(folio__stay__guest=guest, issued_at=None).exists():
        found.append(_("An invoice has still to be issued."))
    member = Member.objects.filter(guest=guest).first()
    if member and member.stored_value:
        found.append(_("Stored value of %(value)s has to be paid back first.") % {"value": member.stored_value})
    return found


def _end_membership(guest: Guest, by: Staff, at: dt.datetime) -> None:
    rows = Member.objects.select_for_update(of=("self",), no_key=True).select_related("guest", "level")
    for member in rows.filter(guest=guest).order_by("pk"):
        if member.points or member.bonus_value:
            ledger.move(
                member, LedgerKind.ADJUST, by, at, points=-member.points, bonus=-member.bonus_value, note="erased"
            )
        Member.objects.filter(pk=member.pk).update(is_active=False)


def _own_bookings(guest: Guest) -> QuerySet[Booking]:
    """Bookings all of whose stays are this guest's."""
    others = Stay.objects.filter(booking=OuterRef("pk")).exclude(guest__in=_rows(guest))
    return Booking.objects.filter(~Exists(others), stays__guest__in=_rows(guest)).distinct()


def _erase_stays(guest: Guest, stay_ids: list[int], names: list[str]) -> None:
    """What was written for the guest goes whole."""
    booking_ids = set(Stay.objects.filter(pk__in=stay_ids).values_list("booking_id", flat=True))
    own = set(_own_bookings(guest).values_list("pk", flat=True))
    Stay.objects.filter(pk__in=stay_ids).update(guest_name="", note="", version=F("version") + 1)
    DeskNote.objects.filter(stay__in=stay_ids).update(text="")
    Occupancy.objects.filter(stay__in=stay_ids).update(note="")
    Booking.objects.filter(pk__in=own).update(contact_name="", contact_phone="", note="")
    Booking.objects.filter(pk__in=own, kind="individual").update(title="")
    Booking.objects.filter(pk__in=booking_ids - own, contact_name__in=names).update(contact_name="", contact_phone="")


def _strike_names(guest: Guest, near_ids: list[int], names: list[str]) -> None:
    """Where others are spoken of as well, only the name goes: bookings and rooms that were shared, approvals, bells."""
    stays = Stay.objects.filter(pk__in=near_ids)
    bookings = Booking.objects.filter(pk__in=stays.values("booking_id"))
    _strike(bookings, names, "title", "contact_name", "contact_phone", "note")
    _strike(stays, names, "note")
    _strike(DeskNote.objects.filter(stay__in=near_ids), names, "text")
    _strike(RoomNight.objects.filter(stay__in=near_ids), names, "reason", by=GONE)
    asked = Approval.objects.filter(branch_id=guest.branch_id)
    _strike(asked, names, "subject", "reason", "decision_note")
    for name in names:
        for approval in asked.filter(facts__icontains=name):
            approval.facts = json.loads(json.dumps(approval.facts, ensure_ascii=False).replace(name, ""))
            approval.save(update_fields=["facts"])
        Notice.objects.filter(Q(params__icontains=name) | Q(text__contains=name)).delete()
        typed = OperationLock.objects.filter(room__room_type__property__branch=guest.branch_id, draft__icontains=name)
        typed.update(draft={})


def _names(rows: list[Guest], stay_ids: list[int]) -> list[str]:
    """What the guest is called in others' words, the longest first: names, those of earlier stays too, and numbers."""
    called = {row.name for row in rows}
    called |= set(Stay.objects.filter(pk__in=stay_ids).values_list("guest_name", flat=True))
    called |= {unseal(sealed) for row in rows for sealed in (row.phone_sealed, row.id_sealed) if sealed}
    return sorted((name for name in called if len(name) >= SHORTEST_NAME), key=lambda name: (-len(name), name))


def _followed(folio_ids: Collection[int], near_ids: list[int]) -> set[int]:
    """Entries of these folios and stays, and all that came of them or brought them: moved on, however often, split,
    reversed. Each copied the words of the one before.
    """
    found: set[int] = set()
    fresh = set(FolioEntry.objects.filter(Q(folio__in=folio_ids) | Q(stay__in=near_ids)).values_list("pk", flat=True))
    while fresh:
        found |= fresh
        rows = FolioEntry.objects.filter(pk__in=fresh)
        facts = list(rows.values_list("folio_id", "transfer_id", "reverses_id", "reference"))
        before = {reverses for _folio, _pair, reverses, _reference in facts if reverses}
        before |= {int(mark[1]) for *_ids, reference in facts if (mark := COPY_OF.fullmatch(reference))}
        linked = FolioEntry.objects.filter(
            Q(pk__in=before)
            | Q(transfer_id__in={pair for _folio, pair, _reverses, _reference in facts if pair})
            | Q(reverses__in=fresh)
            | Q(folio__in={folio for folio, *_rest in facts}, reference__in=[f"#{pk}" for pk in fresh])
        )
        fresh = set(linked.values_list("pk", flat=True)) - found
    return found


def _erase_money(stay_ids: list[int], reached: Collection[int], names: list[str]) -> None:
    """Folios and invoices: sums stay, whose they were goes."""
    Folio.objects.filter(Q(stay__in=stay_ids) | Q(pk__in=reached, title__in=names)).update(title="")
    asked = InvoiceRequest.objects.filter(Q(folio__stay__in=stay_ids) | Q(folio__in=reached, title__in=names))
    asked.update(title="", tax_no="", email="")
    _strike(PreAuthorisation.objects.filter(folio__in=reached), names, "reference", by=GONE)


def _erase_ledger_words(
    rows: list[Guest], near_ids: list[int], entry_ids: Collection[int], reached: Collection[int], names: list[str]
) -> None:
    """Entries and traces are only ever added; their words go. The triggers let just that through."""
    # A company's folio speaks of many people: there only what came of the guest's own entries.
    spoken = Folio.objects.filter(pk__in=reached).exclude(kind=FolioKind.COMPANY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('oms.erasing', 'on', true)")
        for entries in (FolioEntry.objects.filter(pk__in=entry_ids), FolioEntry.objects.filter(folio__in=spoken)):
            _strike(entries, names, "text", "reference")
            _strike(entries, names, "reason", by=GONE)
        MemberEntry.objects.filter(member__guest__in=rows).exclude(note="").update(note="")
        _strike(MemberEntry.objects.filter(folio_entry_id__in=entry_ids), names, "note")
        about = Q(guest_id__in=[row.pk for row in rows])
        DeskTrace.objects.filter(about).update(reference="", reason="", data=None)
        near = Q(stay_id__in=near_ids) | Q(folio_id__in=reached)
        for name in names:
            told = Q(reference__contains=name) | Q(reason__contains=name) | Q(data__icontains=name)
            DeskTrace.objects.filter(near, told).update(reference="", reason="", data=None)
        cursor.execute("SELECT set_config('oms.erasing', '', true)")


def _strike(rows: QuerySet[Any], names: list[str], *fields: str, by: str = "") -> None:
    """Take the names out of text; ``by`` stands in their place where a text may not be empty."""
    for name in names:
        for field in fields:
            found = rows.filter(**{f"{field}__contains": name})
            found.update(**{field: Replace(field, Value(name), Value(by))})
