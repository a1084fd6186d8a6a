"""Check-out, and the mark that a guest is about to leave."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import F, Q

from hotel.folios import services as folios
from hotel.stays import inventory
from hotel.stays.models import RoomNight, Stay
from hotel.stays.services.day_use import unposted_day_use
from hotel.stays.services.desk import Results, finish, lock_stays, trace_of, wrong_status
from hotel.stays.services.errors import BalanceOpen, DepositHeld, NightUnposted
from hotel.stays.services.reminding import tell_leaving
from hotel.stays.states import StayStatus
from oms.outbox.services import emit

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Sequence

    from hotel.rooms.traces import Trace
    from oms.lib.errors import DomainError
    from oms.staff.models import Staff

# A stay that ends before its first night becomes a day use: it took the room and slept no night.
_LEAVE = """
WITH gone AS (
    SELECT * FROM unnest(%(stays)s::bigint[], %(departures)s::date[], %(hours)s::int[]) AS g(stay, departure, hours)),
days AS (UPDATE hotel_occupancy o SET kind = 'day_use' FROM gone g
          WHERE o.stay_id = g.stay AND g.hours > 0 AND o.kind = 'stay')
UPDATE hotel_stay s SET status = 'checked_out', checked_out_at = %(at)s, departure_on = g.departure,
       is_day_use = s.is_day_use OR g.hours > 0,
       hours = CASE WHEN g.hours > 0 THEN g.hours ELSE s.hours END, version = s.version + 1
  FROM gone g WHERE s.id = g.stay
"""
_STILL_OPEN = "SELECT id FROM hotel_folio WHERE stay_id = ANY (%s) AND closed_at IS NULL ORDER BY id"
_UNPOSTED = """
SELECT n.stay_id, n.date FROM hotel_roomnight n
 WHERE n.stay_id = ANY (%s) AND n.date < %s AND n.price > 0
   AND NOT EXISTS (SELECT FROM hotel_roomcharge c WHERE c.night_id = n.id) ORDER BY n.date
"""
# The first window of a stay is its result: it comes last.
_UNSETTLED = """
SELECT f.stay_id, e.owed, e.held FROM hotel_folio f CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount) FILTER (WHERE ledger <> 'deposit'), 0) AS owed,
           coalesce(sum(amount) FILTER (WHERE ledger = 'deposit'), 0) AS held
      FROM hotel_folioentry WHERE folio_id = f.id) e
 WHERE f.stay_id = ANY (%s) AND f.closed_at IS NULL AND (e.owed <> 0 OR e.held <> 0) ORDER BY f.id DESC
"""
_LEFT = """
UPDATE hotel_room r SET housekeeping = 'dirty', housekeeping_at = %(at)s, version = r.version + 1,
       nights_sold = r.nights_sold + l.nights
  FROM (SELECT room, sum(n) AS nights FROM unnest(%(rooms)s::bigint[], %(nights)s::int[]) AS l(room, n) GROUP BY room) l
 WHERE r.id = l.room
"""


@transaction.atomic
def check_out(*, stay_ids: Collection[int], by: Staff | None, at: dt.datetime) -> dict[int, DomainError | None]:
    """The guests have left: the room ends at ``at`` and is dirty, folios close, nights not slept are for sale again.

    A result per stay. Locks the stays, date rows, rooms, folios. Refusals: WrongStatus, NightUnposted, DayUseUnposted,
    BalanceOpen, DepositHeld, and those of ``folios.close_folios``. Event hotel.stay_checked_out. A stay
    that leaves before its first night becomes a day use; what it was is in its trace, for ``restore_check_out``.
    """
    stays = lock_stays(stay_ids)
    results: Results = {pk: wrong_status(stay, [StayStatus.IN_HOUSE]) for pk, stay in stays.items()}
    _refuse_unposted([stay for pk, stay in stays.items() if results[pk] is None], results)
    results |= unposted_day_use([stay for pk, stay in stays.items() if results[pk] is None], at)
    _refuse_unsettled([stay for pk, stay in stays.items() if results[pk] is None], results)
    gone = [stay for pk, stay in stays.items() if results[pk] is None]
    if gone:
        leave(gone, by, at)
    return results


def leave(gone: Sequence[Stay], by: Staff | None, at: dt.datetime, settle: Callable[[], object] = lambda: None) -> None:
    """End locked stays: dates and rooms first, then their folios, which ``settle`` leaves even."""
    lines = _shorten(gone, at)
    inventory.end_stays(stay_ids=[stay.pk for stay in gone], at=at)
    with connection.cursor() as cursor:
        nights = [max(0, (stay.departure_on - stay.arrival_on).days) for stay in gone]
        cursor.execute(_LEFT, {"rooms": [stay.room_id for stay in gone], "nights": nights, "at": at})
    settle()
    with connection.cursor() as cursor:
        cursor.execute(_STILL_OPEN, [[stay.pk for stay in gone]])
        still_open = [pk for (pk,) in cursor.fetchall()]
    for refusal in folios.close_folios(folio_ids=still_open, by=by, at=at).values():
        if refusal:  # somebody posted since we looked
            raise refusal
    finish(lines, by=by, at=at)
    told = [{"stay": stay.pk, "room": stay.room_id, "guest": stay.guest_id} for stay in gone]
    house = gone[0].property_id
    emit(topic="hotel.stay_checked_out", key=f"property:{house}", payload={"property": house, "stays": told})


def _shorten(gone: Sequence[Stay], at: dt.datetime) -> list[Trace]:
    """Give back the nights from today on that carry no charge, and end the stays; traces say what was before."""
    unslept = _unslept(gone)
    lines, departures, hours = [], [], []
    for stay in gone:
        before = {"departure_on": str(stay.departure_on), "is_day_use": stay.is_day_use, "hours": stay.hours}
        nights = unslept.get(stay.pk, [])
        if nights:
            stay.departure_on = nights[0].date
        slept_none = stay.departure_on == stay.arrival_on and not stay.is_day_use
        departures.append(stay.departure_on)
        hours.append(max(1, math.ceil((at - (stay.checked_in_at or at)).total_seconds() / 3600)) if slept_none else 0)
        given = [[str(n.date), n.room_type_id, str(n.price), n.source, n.reason, n.approval_id] for n in nights]
        lines.append(trace_of(stay, "checked_out", before=before, nights=given))
    returned = [night for nights in unslept.values() for night in nights]
    inventory.give_back((night.room_type_id, night.date) for night in returned)
    if returned:
        RoomNight.objects.filter(pk__in=[night.pk for night in returned]).delete()
    with connection.cursor() as cursor:
        ids = [stay.pk for stay in gone]
        cursor.execute(_LEAVE, {"stays": ids, "departures": departures, "hours": hours, "at": at})
    return lines


def _unslept(gone: Sequence[Stay]) -> dict[int, list[RoomNight]]:
    """Nights from today on, after the last one that is charged already: a stay has no holes."""
    early = {stay.pk: stay for stay in gone if stay.departure_on > stay.property.business_date}
    if not early:
        return {}
    today = min(stay.property.business_date for stay in early.values())
    nights = RoomNight.objects.filter(stay__in=early, date__gte=today).order_by("stay_id", "date")
    unslept: dict[int, list[RoomNight]] = defaultdict(list)
    for night in nights.annotate(is_charged=Q(charge__isnull=False)):
        if night.is_charged or night.date < early[night.stay_id].property.business_date:
            unslept[night.stay_id].clear()
        else:
            unslept[night.stay_id].append(night)
    return unslept


def _refuse_unposted(stays: Sequence[Stay], results: Results) -> None:
    """Nights slept and not charged: the audit, or the desk, has to post them first."""
    known = {stay.pk: stay for stay in stays}
    missing: dict[int, list[dt.date]] = defaultdict(list)
    today = max((stay.property.business_date for stay in stays), default=None)
    with connection.cursor() as cursor:
        cursor.execute(_UNPOSTED, [list(known), today])
        for stay_id, date in cursor.fetchall():
            if date < known[stay_id].property.business_date:
                missing[stay_id].append(date)
    for stay_id, dates in missing.items():
        results[stay_id] = NightUnposted(stay=known[stay_id].number, dates=", ".join(map(str, dates)))


def _refuse_unsettled(stays: Sequence[Stay], results: Results) -> None:
    numbers = {stay.pk: stay.number for stay in stays}
    with connection.cursor() as cursor:
        cursor.execute(_UNSETTLED, [list(numbers)])
        rows = cursor.fetchall()
    for stay_id, owed, held in rows:
        if owed:
            results[stay_id] = BalanceOpen(stay=numbers[stay_id], balance=str(owed))
        else:
            results[stay_id] = DepositHeld(stay=numbers[stay_id], amount=str(-held))


@transaction.atomic
def mark_departure(
    *, stay_ids: Collection[int], is_leaving: bool, by: Staff | None, at: dt.datetime
) -> dict[int, DomainError | None]:
    """预离: the guest said they are leaving, or not after all. Housekeeping and the desk see it on the board at once;
    the others at the desk hear of guests that were not marked before.

    Locks the stays. Refusals: WrongStatus.
    """
    stays = lock_stays(stay_ids)
    results: Results = {pk: wrong_status(stay, [StayStatus.IN_HOUSE]) for pk, stay in stays.items()}
    marked = [stay for pk, stay in stays.items() if results[pk] is None]
    Stay.objects.filter(pk__in=[stay.pk for stay in marked]).update(
        departure_marked_at=at if is_leaving else None, version=F("version") + 1
    )
    action = "departure_marked" if is_leaving else "departure_unmarked"
    finish([trace_of(stay, action) for stay in marked], by=by, at=at)
    if news := [stay for stay in marked if is_leaving and stay.departure_marked_at is None]:
        tell_leaving(news, by=by, at=at)
    return results
