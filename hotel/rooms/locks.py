"""操作锁: someone is working on this room. A lease that frees itself; a late save is refused, not lost."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from hotel.rooms import traces
from hotel.rooms.models import OperationLock, Room
from hotel.rooms.telling import tell_of
from hotel.rooms.traces import Trace
from oms.lib.errors import DomainError
from oms.notices.services import notify

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from oms.staff.models import Staff

LEASE = dt.timedelta(seconds=90)  # renewed every 20 s while the page is open and visible
LAPSED = dt.timedelta(microseconds=1)  # how long after its last renewal a lock that was given back had been held


class LockHeld(DomainError):
    """Somebody else works on the room."""

    code = "room_lock_held"
    message = _(
        "%(holder)s has been working on room %(room)s since %(since)s (%(purpose)s). Free by itself in %(seconds)s s."
    )


class LockLost(DomainError):
    """The lock this form was opened under is no longer ours: another has worked on the room since."""

    code = "room_lock_lost"
    message = _(
        "%(holder)s has worked on room %(room)s since you opened it. Nothing you typed is lost; look at the difference."
    )


class ReasonMissing(DomainError):
    """Forcing a lock open needs a reason."""

    code = "room_lock_reason_missing"
    message = _("Say why the lock has to be forced open.")


@transaction.atomic
def acquire(*, room_id: int, session_key: str, purpose: str, by: Staff, at: dt.datetime) -> OperationLock:
    """Take the room's lock, or renew it if this session holds it. Locks the room row. Raises LockHeld.

    An expired lock is free at read: no clean-up has to run first. A new holder gets a higher ``token``.
    """
    room = Room.objects.select_for_update(of=("self",), no_key=True).get(pk=room_id)
    lock = OperationLock.objects.select_related("holder").filter(room=room).first()
    if lock and lock.session_key == session_key and lock.holder_id == by.pk:
        return _renew(lock, at)
    if lock and lock.expires_at > at:
        raise LockHeld(**_facts(lock, room, at))
    fresh, _created = OperationLock.objects.update_or_create(
        room=room,
        defaults={
            "holder": by,
            "session_key": session_key,
            "purpose": purpose,
            "token": (lock.token if lock else room.pk * 1_000_000) + 1,
            "acquired_at": at,
            "renewed_at": at,
            "expires_at": at + LEASE,
            "draft": {},
        },
    )
    tell_of([room])
    return fresh


@transaction.atomic
def renew(*, room_id: int, token: int, at: dt.datetime, draft: dict[str, Any] | None = None) -> OperationLock:
    """Keep the lock while the page lives; ``draft`` is what was typed so far. Locks the room. Raises LockLost.

    A lapsed lock that nobody else took comes back to its holder.
    """
    lock = fence(room_id=room_id, token=token)
    if draft is not None:
        lock.draft = draft
    return _renew(lock, at)


@transaction.atomic
def release(*, room_id: int, token: int) -> bool:
    """Give the lock back; False when it was not ours any more. Idempotent."""
    room = Room.objects.select_for_update(of=("self",), no_key=True).get(pk=room_id)
    lock = OperationLock.objects.filter(room=room, token=token).first()
    if lock is None:
        return False
    _lapse(OperationLock.objects.filter(pk=lock.pk))
    tell_of([room])
    return True


@transaction.atomic
def force(*, room_id: int, reason: str, session_key: str, by: Staff, at: dt.datetime) -> OperationLock:
    """Take the lock from whoever holds it; the loser is told and their next save is refused with the difference.

    Locks the room. Traces who, whom, why. Raises ReasonMissing. The loser's draft stays on the lock.
    """
    if not reason.strip():
        raise ReasonMissing
    room = Room.objects.select_for_update(of=("self",), no_key=True).get(pk=room_id)
    lock = OperationLock.objects.select_related("holder").get(room=room)
    loser = lock.holder
    lock.holder, lock.session_key, lock.token = by, session_key, lock.token + 1
    lock.acquired_at = lock.renewed_at = at
    lock.expires_at = at + LEASE
    lock.save()
    data = {"loser": loser.pk, "purpose": lock.purpose}
    line = Trace(room.property_id, "room.lock_forced", room_id=room.pk, reference=room.number, reason=reason, data=data)
    traces.write(lines=[line], by=by, at=at)
    if loser.pk != by.pk:
        notify(
            staff_ids=[loser.pk],
            text=gettext_noop("%(who)s took over room %(room)s: %(reason)s"),
            params={"who": str(by), "room": room.number, "reason": reason},
            icon="lock-open",
            at=at,
        )
    tell_of([room])
    return lock


def fence(*, room_id: int, token: int) -> OperationLock:
    """The lock, if ``token`` is still the newest; called inside a command. Locks the room. Raises LockLost."""
    room = Room.objects.select_for_update(of=("self",), no_key=True).get(pk=room_id)
    lock = OperationLock.objects.select_related("holder").filter(room=room).first()
    if lock is None or lock.token != token:
        raise LockLost(holder=str(lock.holder) if lock else "—", room=room.number)
    return lock


def _renew(lock: OperationLock, at: dt.datetime) -> OperationLock:
    lock.renewed_at, lock.expires_at = at, at + LEASE
    lock.save(update_fields=["renewed_at", "expires_at", "draft"])
    return lock


def _facts(lock: OperationLock, room: Room, at: dt.datetime) -> dict[str, Any]:
    return {
        "holder": str(lock.holder),
        "room": room.number,
        "since": f"{lock.acquired_at:%H:%M}",
        "purpose": lock.purpose,
        "seconds": int((lock.expires_at - at).total_seconds()),
    }


@transaction.atomic
def release_session(*, session_key: str) -> int:
    """A session ended: what it held is free at once; returns how many. Locks the rooms by primary key."""
    held = OperationLock.objects.filter(session_key=session_key, expires_at__gt=F("renewed_at") + LAPSED)
    rooms = list(Room.objects.select_for_update(of=("self",), no_key=True).filter(lock__in=held).order_by("pk"))
    _lapse(OperationLock.objects.filter(session_key=session_key, room__in=rooms))
    tell_of(rooms)
    return len(rooms)


def _lapse(held: QuerySet[OperationLock]) -> None:
    # The row stays, expired: its token must never be given out again.
    held.update(expires_at=F("renewed_at") + LAPSED, draft={})
