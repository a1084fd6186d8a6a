"""Who stays: registering, changing, showing what is masked, blacklisting, making members."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from hotel.members import documents, names
from hotel.members.models import Guest, IdType, Member
from hotel.members.services.errors import (
    AlreadyMember,
    BadPerson,
    Blacklisted,
    DocumentTaken,
    GuestChanged,
    GuestGone,
    SayWhy,
)
from hotel.members.services.marks import trace
from oms.approvals import services as approvals
from oms.approvals.limits import needs_approval
from oms.lib.bulk import next_ids
from oms.lib.sealing import keyed_hash, seal, unseal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from oms.staff.models import Staff

LONGEST_NAME = 80
_ONE = Decimal(1)
REVEALED = ("phone", "id_number", "name", "born_on")


@dataclass(frozen=True, slots=True)
class Person:
    """What a guest says of themselves. Of a resident identity card's holder birthday and gender are read from it."""

    name: str
    id_type: str = IdType.NONE
    id_number: str = ""
    phone: str = ""
    gender: str = ""  # M, F or unknown
    born_on: dt.date | None = None
    nationality: str = "CN"


@transaction.atomic
def register_guest(
    *, branch_id: int, person: Person, by: Staff | None, at: dt.datetime, preferences: str = ""
) -> Guest:
    """The guest who is this person: the one with the document (or, without one, with name and phone), brought up to
    date; else a new one. Two clerks registering one document get the same guest.

    Locks the guest found. Raises BadPerson.
    """
    clean = checked(person, at.date())
    known = _same(branch_id, clean)
    if known is None:
        guest = Guest(branch_id=branch_id, created_at=at, preferences=preferences[:300])
        _fill(guest, clean)
        try:
            with transaction.atomic():
                guest.save()
        except IntegrityError:
            known = _same(branch_id, clean)
            if known is None:
                raise
        else:
            trace(guest, "guest.registered", by, at)
            return guest
    if changed := _fill(known, clean):
        known.version += 1
        known.save()
        trace(known, "guest.refreshed", by, at, data={"fields": changed})
    return known


@transaction.atomic
def change_guest(*, guest_id: int, version: int, person: Person, preferences: str, by: Staff, at: dt.datetime) -> Guest:
    """Save a guest's form: all of ``person`` as it is to be, so an empty phone takes the phone away.

    Locks the guest. Raises BadPerson, GuestGone, GuestChanged (somebody saved since ``version``), DocumentTaken.
    """
    clean = checked(person, at.date())
    guest = lock_guest(guest_id)
    if guest.version != version:
        raise GuestChanged(fields=", ".join(_differences(guest, clean, preferences)))
    changed = _fill(guest, clean, keep=False)
    if guest.preferences != preferences[:300]:
        guest.preferences = preferences[:300]
        changed.append("preferences")
    if not changed:
        return guest
    guest.version += 1
    try:
        with transaction.atomic():
            guest.save()
    except IntegrityError as taken:
        raise DocumentTaken from taken
    trace(guest, "guest.changed", by, at, data={"fields": changed})
    return guest


@transaction.atomic
def reveal(*, guest_id: int, field: str, by: Staff, at: dt.datetime, terminal: str = "") -> str:
    """One field of a guest in clear (phone, id_number, name, born_on), and the trace that ``by`` looked.

    Callers check hotel.reveal_guest. Raises GuestGone, KeyError for a field that is never masked.
    """
    if field not in REVEALED:
        raise KeyError(field)
    guest = Guest.objects.get(pk=guest_id)
    if guest.erased_at:
        raise GuestGone
    trace(guest, "guest.revealed", by, at, data={"field": field}, terminal=terminal)
    if field == "phone":
        return unseal(guest.phone_sealed) if guest.phone_sealed else ""
    if field == "id_number":
        return unseal(guest.id_sealed) if guest.id_sealed else ""
    return str(getattr(guest, field) or "")


@transaction.atomic
def blacklist_guest(*, guest_id: int, reason: str, by: Staff, at: dt.datetime) -> Guest:
    """Refuse the guest from now on; an empty reason is refused. Locks the guest. Raises SayWhy, GuestGone."""
    if not reason.strip():
        raise SayWhy
    guest = lock_guest(guest_id)
    guest.is_blacklisted, guest.blacklist_reason = True, reason.strip()[:200]
    guest.version += 1
    guest.save(update_fields=["is_blacklisted", "blacklist_reason", "version"])
    trace(guest, "guest.blacklisted", by, at, reason=reason)
    return guest


@transaction.atomic
def clear_blacklist(*, guest_id: int, reason: str, by: Staff, at: dt.datetime) -> Guest:
    """Welcome the guest again. Locks the guest. Raises SayWhy, GuestGone."""
    if not reason.strip():
        raise SayWhy
    guest = lock_guest(guest_id)
    guest.is_blacklisted, guest.blacklist_reason = False, ""
    guest.version += 1
    guest.save(update_fields=["is_blacklisted", "blacklist_reason", "version"])
    trace(guest, "guest.unblacklisted", by, at, reason=reason)
    return guest


def admit(
    *, guest_ids: Collection[int], by: Staff | None, at: dt.datetime, approval_id: int | None = None, reason: str = ""
) -> None:
    """The hard stop of check-in: raises Blacklisted for the first guest on the list, inside the caller's transaction.

    Let in by people without a limit of ``blacklist`` who say a ``reason``, or with an approval of action ``blacklist``
    and facts ``{"guest": id}``; either leaves a trace.
    """
    for guest in Guest.objects.filter(pk__in=guest_ids, is_blacklisted=True).order_by("pk"):
        if approval_id is not None and by is not None:
            approvals.use(approval_id=approval_id, action="blacklist", facts={"guest": guest.pk}, by=by, at=at)
        elif by is None or not reason.strip() or needs_approval(by, "blacklist", _ONE):
            raise Blacklisted(guest=guest.name, reason=guest.blacklist_reason, guest_id=guest.pk)
        trace(guest, "guest.admitted", by, at, reason=reason, data={"approval": approval_id})


@transaction.atomic
def enrol(*, guest_id: int, level_id: int, by: Staff | None, at: dt.datetime) -> Member:
    """Make a guest a member of a level. Number M + eight digits. Locks the guest. Raises GuestGone, AlreadyMember."""
    guest = lock_guest(guest_id)
    known = Member.objects.filter(guest=guest).first()
    if known:
        raise AlreadyMember(number=known.number)
    (pk,) = next_ids(table="hotel_member", count=1)
    member = Member.objects.create(pk=pk, guest=guest, number=f"M{pk:08}", level_id=level_id, joined_at=at)
    trace(guest, "member.enrolled", by, at, reference=member.number)
    return member


@transaction.atomic
def set_level(*, member_id: int, level_id: int, reason: str, by: Staff, at: dt.datetime) -> Member:
    """Give a member another level by hand. Locks the member. Raises SayWhy."""
    if not reason.strip():
        raise SayWhy
    member = Member.objects.select_for_update(of=("self",), no_key=True).select_related("guest").get(pk=member_id)
    before, member.level_id = member.level_id, level_id
    member.save(update_fields=["level"])
    data = {"before": before, "after": level_id}
    trace(member.guest, "member.level", by, at, reference=member.number, reason=reason, data=data)
    return member


def lock_guest(guest_id: int) -> Guest:
    """The guest, locked. Raises GuestGone when erased or merged."""
    guest = Guest.objects.select_for_update(of=("self",), no_key=True).get(pk=guest_id)
    if guest.erased_at or guest.merged_into_id:
        raise GuestGone
    return guest


def checked(person: Person, today: dt.date) -> Person:
    """``person`` in the form it is stored in. Raises BadPerson with the field that can't be right."""
    name = " ".join(unicodedata.normalize("NFC", person.name).split())
    if not name or len(name) > LONGEST_NAME or not any(c.isalpha() for c in name):
        raise BadPerson(field="name", fact=_("A guest needs a name of at most 80 characters."))
    phone = documents.plain_phone(person.phone)
    if phone and not documents.is_phone(phone):
        raise BadPerson(field="phone", fact=_("This is no telephone number."))
    clean = replace(person, name=name, phone=phone, nationality=(person.nationality or "CN").upper()[:2])
    return _checked_document(clean, today)


def _checked_document(person: Person, today: dt.date) -> Person:
    number = documents.plain_number(person.id_number)
    if not number or person.id_type == IdType.NONE:
        if number or person.id_type != IdType.NONE:
            raise BadPerson(field="id_number", fact=_("A document needs both its kind and its number."))
        return replace(person, id_number="")
    if person.id_type != IdType.RESIDENT_ID:
        if not documents.fits(person.id_type, number):
            raise BadPerson(field="id_number", fact=_("This is no number of such a document."))
        return replace(person, id_number=number)
    told = documents.resident_id(number, today)
    if told is None:
        raise BadPerson(field="id_number", fact=_("This identity card number is wrong: check the digits."))
    return replace(person, id_number=number, born_on=told.born_on, gender=told.gender)


def _same(branch_id: int, person: Person) -> Guest | None:
    alive = Guest.objects.select_for_update(of=("self",), no_key=True).filter(
        branch=branch_id, merged_into=None, erased_at=None
    )
    if person.id_number:
        known = alive.filter(id_type=person.id_type, id_hash=keyed_hash(person.id_number)).first()
        if known:
            return known
    if not person.phone:
        return None
    # Without a document on file, name and phone together are taken for the same person.
    by_phone = alive.filter(phone_hash=keyed_hash(person.phone), name=person.name)
    return by_phone.filter(id_hash=None).order_by("pk").first() or (
        None if person.id_number else by_phone.order_by("pk").first()
    )


def _fill(guest: Guest, person: Person, *, keep: bool = True) -> list[str]:
    """Write a checked person into the row; returns what changed. ``keep``: what was not said stays as it was."""
    changed = []
    if guest.name != person.name:
        guest.name, guest.name_keys = person.name, " ".join(names.keys_of(person.name))
        changed.append("name")
    if (person.phone or not keep) and _seal(guest, "phone", person.phone):
        changed.append("phone")
    if person.id_number or not keep:
        is_new_type = guest.id_type != person.id_type
        guest.id_type = person.id_type
        if _seal(guest, "id", person.id_number) or is_new_type:
            changed.append("id_number")
    for field in ("gender", "born_on", "nationality"):
        said = getattr(person, field)
        if (said or not keep) and getattr(guest, field) != said:
            setattr(guest, field, said)
            changed.append(field)
    return changed


def _seal(guest: Guest, what: str, text: str) -> bool:
    new = keyed_hash(text) if text else None
    old = getattr(guest, f"{what}_hash")
    if (bytes(old) if old is not None else None) == new:
        return False
    setattr(guest, f"{what}_hash", new)
    setattr(guest, f"{what}_sealed", seal(text) if text else None)
    setattr(guest, f"{what}_tail", text[-4:])
    return True


def _differences(guest: Guest, person: Person, preferences: str) -> list[str]:
    """Names of the fields in which the row differs from what was typed."""
    copy = Guest.objects.get(pk=guest.pk)
    found = _fill(copy, person, keep=False)
    found += ["preferences"] if guest.preferences != preferences else []
    return [field_label(field) for field in found] or [_("version")]


def field_label(field: str) -> str:
    """What people call a field of Person."""
    labels = {
        "name": _("full name"),
        "id_number": _("identity document"),
        "phone": _("phone"),
        "gender": _("gender"),
        "born_on": _("born"),
        "nationality": _("nationality"),
        "preferences": _("preferences"),
    }
    return labels[field]
