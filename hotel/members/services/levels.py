"""Levels that members earn by staying."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import connection, transaction

from hotel.members.models import Member, MemberLevel
from hotel.members.services.marks import trace

if TYPE_CHECKING:
    from oms.staff.models import Staff

YEAR = dt.timedelta(days=365)

# Nights slept and points earned in the year before a date, and the highest level either of them reaches.
_EARNED = """
WITH nights AS (
    SELECT s.guest_id, count(*) AS n FROM hotel_roomnight n JOIN hotel_stay s ON s.id = n.stay_id
      JOIN hotel_guest g ON g.id = s.guest_id AND g.branch_id = %(branch)s
     WHERE n.date >= %(since)s AND n.date < %(on)s AND s.status IN ('in_house', 'checked_out')
     GROUP BY s.guest_id),
points AS (
    SELECT e.member_id, sum(e.points) AS n FROM hotel_memberentry e
     WHERE e.business_date >= %(since)s AND e.business_date < %(on)s
       AND (e.kind = 'earn' OR e.kind = 'reverse' AND e.points < 0)
     GROUP BY e.member_id)
SELECT DISTINCT ON (m.id) m.id, l.id, coalesce(n.n, 0), coalesce(p.n, 0)
  FROM hotel_member m
  JOIN hotel_guest g ON g.id = m.guest_id AND g.branch_id = %(branch)s AND g.erased_at IS NULL
  JOIN hotel_memberlevel old ON old.id = m.level_id
  LEFT JOIN nights n ON n.guest_id = m.guest_id
  LEFT JOIN points p ON p.member_id = m.id
  JOIN hotel_memberlevel l ON l.branch_id = %(branch)s AND l.rank > old.rank
   AND (l.upgrade_nights <= coalesce(n.n, 0) OR l.upgrade_points <= coalesce(p.n, 0))
 WHERE m.is_active
 ORDER BY m.id, l.rank DESC
"""


@transaction.atomic
def upgrade_members(*, branch_id: int, on: dt.date, by: Staff | None, at: dt.datetime) -> list[int]:
    """Raise every active member to the highest level that nights slept or points earned in the 365 days before ``on``
    reach; nobody falls. Returns the members raised. One statement looks, one per level reached writes.

    Locks those members by primary key. A trace each.
    """
    with connection.cursor() as cursor:
        cursor.execute(_EARNED, {"branch": branch_id, "on": on, "since": on - YEAR})
        found = {member: (level, nights, points) for member, level, nights, points in cursor.fetchall()}
    rows = Member.objects.select_for_update(of=("self",), no_key=True).select_related("guest", "level")
    members = list(rows.filter(pk__in=found).order_by("pk"))
    levels = MemberLevel.objects.in_bulk({level for level, _nights, _points in found.values()})
    raised = [m for m in members if levels[found[m.pk][0]].rank > m.level.rank]
    for level_id in {found[member.pk][0] for member in raised}:
        ids = [member.pk for member in raised if found[member.pk][0] == level_id]
        Member.objects.filter(pk__in=ids).update(level=level_id)
    for member in raised:
        level_id, nights, points = found[member.pk]
        data = {"before": member.level_id, "after": level_id, "nights": nights, "points": int(points)}
        trace(member.guest, "member.upgraded", by, at, reference=member.number, data=data)
    return [member.pk for member in raised]
