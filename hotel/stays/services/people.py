"""Who a stay is for, who shares the room, and what the desk keeps in mind for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from hotel.folios import services as folios
from hotel.folios.models import FolioKind
from hotel.members.models import Guest, Member
from hotel.stays.models import DeskNote, NoteKind, Sharer, Stay
from hotel.stays.moments import local
from hotel.stays.services.desk import TO_ARRIVE, finish, lock_stay, save, trace_of
from hotel.stays.services.errors import Blacklisted, RoomFull
from hotel.stays.services.reminding import tell_seen_to
from hotel.stays.states import StayStatus
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt

    from oms.staff.models import Staff

LEFT_BEHIND = (NoteKind.LUGGAGE, NoteKind.LOAN)  # what check-out asks about


class SharesAlready(DomainError):
    """The guest has the room already, or shares it."""

    code = "stay_shares_already"
    message = _("%(guest)s is in this room already.")


class UnknownGuest(DomainError):
    """There is no such guest, or not any more."""

    code = "stay_guest_unknown"
    message = _("This guest is not known any more. Find or register them again.")


class OtherBranch(DomainError):
    """The guest is not one of the house's."""

    code = "stay_guest_of_another_branch"
    message = _("This guest belongs to another branch. Register them here first.")


class WrongHour(DomainError):
    """A call before now, or for a day on which the guest is gone."""

    code = "stay_wrong_hour"
    message = _("A wake-up call lies between now and the departure on %(date)s.")


@transaction.atomic
def name_guest(*, stay_id: int, guest_id: int, by: Staff | None, at: dt.datetime) -> Stay:
    """Say which guest the stay is for; a member's level counts from now on, prices stay. Locks the stay.

    Raises WrongStatus, UnknownGuest, OtherBranch.
    """
    stay = lock_stay(stay_id, *TO_ARRIVE, StayStatus.WAITLISTED, StayStatus.IN_HOUSE)
    guest = _guest(stay, guest_id)
    before = stay.guest_name
    stay.guest, stay.guest_name = guest, guest.name
    stay.member = Member.objects.filter(guest=guest, is_active=True).first()
    save(stay, "guest", "guest_name", "member")
    finish([trace_of(stay, "guest_named", before=before, after=guest.name)], by=by, at=at)
    return stay


@transaction.atomic
def add_sharer(*, stay_id: int, guest_id: int, by: Staff | None, at: dt.datetime, own_folio: bool = False) -> Sharer:
    """Another guest shares the room, with a folio window of their own if they want one. Locks the stay.

    Raises WrongStatus, UnknownGuest, OtherBranch, SharesAlready, RoomFull, Blacklisted.
    """
    stay = lock_stay(stay_id, *TO_ARRIVE, StayStatus.IN_HOUSE)
    guest = _guest(stay, guest_id)
    if guest.is_blacklisted:
        raise Blacklisted(guest=guest.name, reason=guest.blacklist_reason)
    there = stay.sharers.filter(left_at=None)
    if stay.guest_id == guest.pk or there.filter(guest=guest).exists():
        raise SharesAlready(guest=guest.name)
    if there.count() + 2 > stay.room_type.most_persons:
        raise RoomFull(type=str(stay.room_type), most=stay.room_type.most_persons)
    sharer, _created = Sharer.objects.update_or_create(
        stay=stay, guest=guest, defaults={"added_at": at, "left_at": None}
    )
    if own_folio:
        folios.open_folio(
            property_id=stay.property_id, kind=FolioKind.STAY, stay_id=stay.pk, title=guest.name, by=by, at=at
        )
    finish([trace_of(stay, "sharer_added", after=guest.name)], by=by, at=at)
    return sharer


@transaction.atomic
def remove_sharer(*, stay_id: int, sharer_id: int, by: Staff | None, at: dt.datetime) -> None:
    """The other guest has left; their window stays. Locks the stay. Raises Sharer.DoesNotExist."""
    stay = lock_stay(stay_id, *TO_ARRIVE, StayStatus.IN_HOUSE)
    sharer = Sharer.objects.select_related("guest").get(pk=sharer_id, stay=stay, left_at=None)
    sharer.left_at = at
    sharer.save(update_fields=["left_at"])
    finish([trace_of(stay, "sharer_left", before=sharer.guest.name)], by=by, at=at)


@transaction.atomic
def note_down(
    *,
    stay_id: int,
    kind: str,
    by: Staff | None,
    at: dt.datetime,
    text: str = "",
    pieces: int = 1,
    due_at: dt.datetime | None = None,
) -> DeskNote:
    """Keep something in mind for the stay: a wake-up call, luggage, something lent, a message. Locks the stay.

    Raises WrongStatus, WrongHour (a call in the past or after the day of departure).
    """
    stay = lock_stay(stay_id, *TO_ARRIVE, StayStatus.IN_HOUSE, StayStatus.CHECKED_OUT)
    if due_at and not (at <= due_at and local(stay.property, due_at).date() <= _last_day(stay)):
        raise WrongHour(date=str(stay.departure_on))
    note = DeskNote.objects.create(
        stay=stay, kind=kind, text=text[:200], pieces=pieces, due_at=due_at, made_at=at, made_by=by
    )
    finish([trace_of(stay, "noted", kind=kind, text=text[:100])], by=by, at=at)
    return note


@transaction.atomic
def settle_note(*, stay_id: int, note_id: int, by: Staff | None, at: dt.datetime) -> None:
    """The call was made, the luggage fetched, the thing given back. Idempotent. Locks the stay."""
    stay = Stay.objects.select_for_update(of=("self",), no_key=True).get(pk=stay_id)
    note = DeskNote.objects.filter(pk=note_id, stay=stay, done_at=None).first()
    if note is None:
        return
    note.done_at, note.done_by = at, by
    note.save(update_fields=["done_at", "done_by"])
    finish([trace_of(stay, "note_done", kind=note.kind, text=note.text[:100])], by=by, at=at)
    if note.due_at and note.due_at <= at:
        tell_seen_to(stay)


def _last_day(stay: Stay) -> dt.date:
    return max(stay.departure_on, local(stay.property, stay.due_out_at).date())


def _guest(stay: Stay, guest_id: int) -> Guest:
    guest = Guest.objects.filter(pk=guest_id, merged_into=None, erased_at=None).first()
    if guest is None:
        raise UnknownGuest
    if guest.branch_id != stay.property.branch_id:
        raise OtherBranch
    return guest
