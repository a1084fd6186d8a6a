"""Finding guests by whatever the clerk has, and what is known of one."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q

from hotel.members import documents, names
from hotel.members.models import Guest
from hotel.rooms.models import DeskTrace
from hotel.stays.models import RoomNight, Stay
from hotel.stays.states import StayStatus
from oms.lib.sealing import keyed_hash
from oms.staff.models import in_branches_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from oms.staff.models import Staff

TAIL = 4
CANDIDATES = 200  # of one way of looking; the newest of them are shown


@dataclass(frozen=True, slots=True)
class GuestHit:
    """One line of a pick list. Nothing in it is personal beyond the name: numbers are tails."""

    guest_id: int
    name: str
    phone: str  # •••• 1234
    id_number: str
    id_type: str
    member_id: int | None
    member_number: str
    level_id: int | None
    level: str
    is_blacklisted: bool
    blacklist_reason: str
    preferences: str
    in_house: str  # room number, when the guest is in the house now
    last_stay_id: int | None
    last_arrival_on: dt.date | None
    last_room: str
    last_room_type: str
    score: int  # 0: the number itself, 1: a tail, 2: the whole name or key, 3: the beginning of one


# Ways of looking: (score, condition on g, what it needs). Each is limited by itself, so that "zhang" costs no more.
_BY_PHONE = (0, "g.phone_hash = %(phone)s")
_BY_ID = (0, "g.id_hash = %(id)s")
_BY_MEMBER = (0, "g.id = (SELECT m.guest_id FROM hotel_member m WHERE m.number = %(upper)s)")
_BY_PHONE_TAIL = (1, "g.phone_tail = %(upper)s")
_BY_ID_TAIL = (1, "g.id_tail = %(upper)s")
_BY_NAME = (2, "g.name = %(text)s")
_BY_KEY = (2, "array_to_tsvector(string_to_array(g.name_keys, ' ')) @@ %(key)s::tsquery")
_BY_NAME_START = (3, "g.name >= %(text)s AND g.name < %(text_end)s")
_BY_KEY_START = (3, "array_to_tsvector(string_to_array(g.name_keys, ' ')) @@ %(key_start)s::tsquery")

_WAY = """(SELECT g.id, {score} AS score FROM hotel_guest g
    WHERE g.branch_id = %(branch)s AND g.merged_into_id IS NULL AND g.erased_at IS NULL AND {condition}
    LIMIT {candidates})"""
_FIND = """
WITH found AS MATERIALIZED (SELECT id, min(score) AS score FROM ({ways}) w GROUP BY id)
SELECT g.id, g.name, g.phone_tail, g.id_tail, g.id_type, m.id, coalesce(m.number, ''), m.level_id,
       coalesce(l.name, ''), g.is_blacklisted, g.blacklist_reason, g.preferences,
       CASE WHEN s.status = 'in_house' THEN coalesce(r.number, '') ELSE '' END, s.id, s.arrival_on,
       coalesce(r.number, ''), coalesce(t.name, ''), f.score
  FROM found f
  JOIN hotel_guest g ON g.id = f.id
  LEFT JOIN hotel_member m ON m.guest_id = g.id AND m.is_active
  LEFT JOIN hotel_memberlevel l ON l.id = m.level_id
  LEFT JOIN LATERAL (
      SELECT s.id, s.status, s.arrival_on, s.room_id, s.room_type_id FROM hotel_stay s
       WHERE s.guest_id = g.id AND s.status IN ('in_house', 'checked_out')
       ORDER BY s.arrival_on DESC, s.id DESC LIMIT 1) s ON true
  LEFT JOIN hotel_room r ON r.id = s.room_id
  LEFT JOIN hotel_roomtype t ON t.id = s.room_type_id
 ORDER BY f.score, s.arrival_on DESC NULLS LAST, g.id DESC
 LIMIT %(limit)s
"""


def find_guests(branch_id: int, text: str, limit: int = 10) -> list[GuestHit]:
    """Guests of a branch by phone tail or whole phone, document tail or whole, member number, name, pinyin, initials.

    The surest match first, then who stayed last. Erased and merged guests are never found. One query.
    """
    text = " ".join(text.split())
    ways = ways_for(text)
    if not ways:
        return []
    upper, key = documents.plain_number(text), names.plain(text)
    parameters: dict[str, int | str | bytes] = {
        "branch": branch_id,
        "limit": limit,
        "text": text,
        "text_end": text[:-1] + chr(ord(text[-1]) + 1),
        "upper": upper,
        "key": f"'{key}'",
        "key_start": f"'{key}':*",
        "phone": keyed_hash(documents.plain_phone(text)),
        "id": keyed_hash(upper),
    }
    parts = [_WAY.format(score=score, condition=rule, candidates=CANDIDATES) for score, rule in ways]
    with connection.cursor() as cursor:
        cursor.execute(_FIND.format(ways=" UNION ALL ".join(parts)), parameters)
        return [_hit(row) for row in cursor.fetchall()]


def ways_for(text: str) -> list[tuple[int, str]]:
    """How ``text`` may be meant. Digits are numbers, Chinese is a name, letters are pinyin, a name or a number."""
    upper = documents.plain_number(text)
    ways: list[tuple[int, str]] = []
    if re.fullmatch(r"\+?[0-9()]{5,20}", upper):
        ways.append(_BY_PHONE)
    if re.fullmatch(r"[A-Z0-9]{4}", upper) and upper[:3].isdigit():
        ways += [_BY_PHONE_TAIL, _BY_ID_TAIL]
    elif re.fullmatch(r"[A-Z0-9]{4,30}", upper) and any(c.isdigit() for c in upper):
        ways += [_BY_ID, _BY_MEMBER, _BY_ID_TAIL] if len(upper) == TAIL else [_BY_ID, _BY_MEMBER]
    if names.is_chinese(text):
        return [*ways, _BY_NAME, _BY_NAME_START]
    if any(c.isalpha() for c in text) and names.plain(text):
        ways += [_BY_NAME, _BY_KEY, _BY_NAME_START, _BY_KEY_START]
    return ways


def _hit(row: tuple[Any, ...]) -> GuestHit:
    guest_id, name, phone_tail, id_tail, *rest = row
    return GuestHit(guest_id, name, masked_tail(phone_tail), masked_tail(id_tail), *rest)


def masked_tail(tail: str) -> str:
    """What is shown of a number that is sealed."""
    return f"•••• {tail}" if tail else ""


def guests_visible_to(staff: Staff) -> QuerySet[Guest]:
    """Guests of the person's branches; those merged into others are found through the others."""
    return in_branches_of(Guest.objects.filter(merged_into=None), staff)


def stays_of(guest: Guest) -> QuerySet[Stay]:
    """Stays of a guest, as the main guest or sharing a room, newest first."""
    own = Q(guest=guest) | Q(pk__in=guest.shared_stays.values("stay"))
    stays = Stay.objects.filter(own).select_related("room", "room_type", "booking", "rate_plan", "property")
    return stays.order_by("-arrival_on", "-pk")


def traces_of(guest: Guest) -> QuerySet[DeskTrace]:
    """What was done with a guest, and with those merged into it, newest first."""
    ids = [guest.pk, *guest.merged_from.values_list("pk", flat=True)]
    return DeskTrace.objects.filter(guest_id__in=ids).select_related("by").order_by("-pk")


def nights_in_year(guest: Guest, on: dt.date) -> int:
    """Nights slept in the 365 days before a business date."""
    nights = RoomNight.objects.filter(
        stay__guest=guest,
        stay__status__in=[StayStatus.IN_HOUSE, StayStatus.CHECKED_OUT],
        date__gte=on - dt.timedelta(365),
        date__lt=on,
    )
    return nights.count()
