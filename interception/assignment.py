"""Who gets a review: whoever of the branch's reviewers has the fewest open ones."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Q

from oms.staff.models import Staff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

PERMISSION = "review_interception"
REVIEWERS = """
WITH reviewer AS (
    SELECT ug.staff_id AS id FROM oms_staff_groups ug
      JOIN auth_group_permissions gp ON gp.group_id = ug.group_id
      JOIN auth_permission p ON p.id = gp.permission_id AND p.codename = %(permission)s
    UNION
    SELECT up.staff_id FROM oms_staff_user_permissions up
      JOIN auth_permission p ON p.id = up.permission_id AND p.codename = %(permission)s)
SELECT sb.branch_id, s.id, (SELECT count(*) FROM interception_interception i
                             WHERE i.assigned_to_id = s.id AND i.status = 'open' AND i.kind = 'review')
  FROM reviewer r JOIN oms_staff s ON s.id = r.id AND s.is_active JOIN oms_staff_branches sb ON sb.staff_id = s.id
 ORDER BY sb.branch_id, s.id
"""
BRANCHES = """
SELECT o.id, c.branch_id FROM orders_order o JOIN inventory_channel c ON c.id = o.channel_id WHERE o.id = ANY(%s)
"""


def assign(order_ids: Sequence[int]) -> dict[int, int]:
    """A reviewer per order, round robin by load; orders whose branch has no reviewer are left to be claimed.

    Two queries. An order's reviews go to one person. Somebody of several branches carries one load.
    """
    with connection.cursor() as cursor:
        cursor.execute(REVIEWERS, {"permission": PERMISSION})
        people = cursor.fetchall()
        if not people:
            return {}
        cursor.execute(BRANCHES, [list(order_ids)])
        branch_of = dict(cursor.fetchall())
    load = {staff_id: count for _branch, staff_id, count in people}
    queues: dict[int, list[tuple[int, int]]] = {}
    for branch_id, staff_id, count in people:
        heapq.heappush(queues.setdefault(branch_id, []), (count, staff_id))
    chosen = {}
    for order_id in order_ids:
        queue = queues.get(branch_of.get(order_id, 0))
        if queue:
            chosen[order_id] = _least_loaded(queue, load)
    return chosen


def _least_loaded(queue: list[tuple[int, int]], load: dict[int, int]) -> int:
    while queue[0][0] != load[queue[0][1]]:  # got work through another branch meanwhile
        _stale, staff_id = heapq.heappop(queue)
        heapq.heappush(queue, (load[staff_id], staff_id))
    staff_id = queue[0][1]
    load[staff_id] += 1
    heapq.heapreplace(queue, (load[staff_id], staff_id))
    return staff_id


def reviewers_of(branch_id: int) -> QuerySet[Staff]:
    """Active people of a branch who may decide reviews."""
    may = Q(groups__permissions__codename=PERMISSION) | Q(user_permissions__codename=PERMISSION)
    return Staff.objects.filter(may, branches=branch_id, is_active=True).distinct().order_by("display_name", "pk")
