"""Check-in: of one, of many, of a group, always the same command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _

from hotel.folios import services as folios
from hotel.rooms import locks
from hotel.stays import inventory
from hotel.stays.services.desk import (
    READY,
    TO_ARRIVE,
    Results,
    clock,
    finish,
    is_due_today,
    lock_stays,
    trace_of,
    wish_of,
    wrong_status,
)
from hotel.stays.services.errors import (
    Blacklisted,
    NoGuest,
    NoRoom,
    NotPermitted,
    NotToday,
    Overdue,
    ReasonMissing,
    RoomNotReady,
)
from hotel.stays.states import StayStatus
from oms.outbox.services import emit

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from hotel.stays.models import Stay
    from oms.lib.errors import DomainError
    from oms.staff.models import Staff

OVERRIDE = "hotel.override_blacklist"
_BANNED_SHARERS = """
SELECT s.stay_id, g.name, g.blacklist_reason FROM hotel_sharer s JOIN hotel_guest g ON g.id = s.guest_id
 WHERE s.stay_id = ANY (%s) AND s.left_at IS NULL AND g.is_blacklisted
"""
_ARRIVE = """
UPDATE hotel_stay SET status = 'in_house', checked_in_at = %s, version = version + 1 WHERE id = ANY (%s)
"""


@transaction.atomic
def check_in(
    *,
    stay_ids: Collection[int],
    by: Staff | None,
    at: dt.datetime,
    token: int | None = None,
    anyway: bool = False,
    override_reason: str = "",
) -> dict[int, DomainError | None]:
    """The guests are in: the room is theirs from ``at``, folio window 1 is open. A result per stay.

    ``token`` fences a late save under the room's operation lock (one stay). ``anyway``: into a room that is not clean.
    ``override_reason``: let a blacklisted guest in; needs hotel.override_blacklist.
    Locks the stays, then the rooms, then the folios. Refusals: WrongStatus, NotToday, NoGuest, Blacklisted, NoRoom,
    RoomNotReady, Overdue, RoomTaken. Raises LockLost, ReasonMissing, NotPermitted. Event hotel.stay_checked_in.
    """
    stays = lock_stays(stay_ids)
    _fence(stays, token)
    may_override = _may_override(override_reason, by)
    banned = {} if may_override else _banned(stays)
    results: Results = {pk: _refusal(stay, banned, at, anyway=anyway) for pk, stay in stays.items()}
    able = [stay for pk, stay in stays.items() if results[pk] is None]
    for stay in able:
        _plan_day_use(stay, at)
    for position, refusal in inventory.retime(
        [wish_of(stay, at, stay.due_out_at) for stay in able], entering=True
    ).items():
        results[able[position].pk] = refusal
    arrived = [stay for stay in able if results[stay.pk] is None]
    if arrived:
        _arrive(arrived, by, at, override_reason=override_reason)
    return results


def _arrive(arrived: Sequence[Stay], by: Staff | None, at: dt.datetime, *, override_reason: str) -> None:
    ids = [stay.pk for stay in arrived]
    with connection.cursor() as cursor:
        cursor.execute(_ARRIVE, [at, ids])
    for stay in arrived:
        stay.status, stay.checked_in_at = StayStatus.IN_HOUSE, at
        if stay.is_day_use:
            stay.save(update_fields=["due_in_at", "due_out_at"])
    opened = folios.ensure_folios(stay_ids=ids)
    finish([*opened, *(trace_of(stay, "checked_in", reason=override_reason) for stay in arrived)], by=by, at=at)
    told = [{"stay": s.pk, "room": s.room_id, "guest": s.guest_id, "until": s.due_out_at.isoformat()} for s in arrived]
    house = arrived[0].property_id
    emit(topic="hotel.stay_checked_in", key=f"property:{house}", payload={"property": house, "stays": told})


def _fence(stays: dict[int, Stay], token: int | None) -> None:
    if token is None:
        return
    (stay,) = stays.values()
    if stay.room_id:
        locks.fence(room_id=stay.room_id, token=token)


def _may_override(reason: str, by: Staff | None) -> bool:
    if not reason:
        return False
    if not reason.strip():
        raise ReasonMissing
    if by is None or not by.has_perm(OVERRIDE):
        raise NotPermitted(what=str(_("letting a blacklisted guest in")))
    return True


def _banned(stays: dict[int, Stay]) -> dict[int, Blacklisted]:
    """The refusal of each stay one of whose people is blacklisted."""
    with connection.cursor() as cursor:
        cursor.execute(_BANNED_SHARERS, [list(stays)])
        found = {stay_id: Blacklisted(guest=name, reason=why) for stay_id, name, why in cursor.fetchall()}
    for stay in stays.values():
        if stay.guest and stay.guest.is_blacklisted:
            found[stay.pk] = Blacklisted(guest=stay.guest.name, reason=stay.guest.blacklist_reason)
    return found


def _refusal(stay: Stay, banned: dict[int, Blacklisted], at: dt.datetime, *, anyway: bool) -> DomainError | None:
    if refusal := wrong_status(stay, TO_ARRIVE):
        return refusal
    if not is_due_today(stay):
        return NotToday(stay=stay.number, arrival=str(stay.arrival_on), today=str(stay.property.business_date))
    if stay.guest_id is None:
        return NoGuest(stay=stay.number)
    return banned.get(stay.pk) or _room_refusal(stay, at, anyway=anyway)


def _room_refusal(stay: Stay, at: dt.datetime, *, anyway: bool) -> DomainError | None:
    if stay.room is None:
        return NoRoom(stay=stay.number)
    if at >= stay.due_out_at and not stay.is_day_use:
        return Overdue(stay=stay.number, until=clock(stay, stay.due_out_at))
    if stay.room.housekeeping not in READY and not anyway:
        return RoomNotReady(room=stay.room.number, status=str(stay.room.get_housekeeping_display()))
    return None


def _plan_day_use(stay: Stay, at: dt.datetime) -> None:
    """The hours count from the moment the guest comes."""
    if stay.is_day_use:
        length = stay.due_out_at - stay.due_in_at
        stay.due_in_at, stay.due_out_at = at, at + length
