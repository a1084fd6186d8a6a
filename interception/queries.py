"""What is asked of interceptions: queues, causes, counts. Everything people see goes through ``visible_to``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Count, F, Min, Q

from interception.models import Interception, InterceptionStatus, Kind
from orders.order.states import OPEN as OPEN_ORDERS

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

    from interception.checks.base import Check
    from oms.staff.models import Staff
    from orders.order.models import Order

COUNTED = 10_000
SAMPLE_CAUSES = 3
ENDED = """
SELECT i.order_id FROM interception_interception i JOIN orders_order o ON o.id = i.order_id
 WHERE i.status = 'open' AND NOT o.status = ANY(%s) LIMIT 5000
"""


def ended_but_open() -> list[int]:
    """Orders that left the game while an interception is still open."""
    with connection.cursor() as cursor:
        cursor.execute(ENDED, [sorted(OPEN_ORDERS)])
        return [row[0] for row in cursor.fetchall()]


def open_reviews(staff: Staff) -> QuerySet[Interception]:
    """Open reviews the person sees, the most urgent first."""
    rows = Interception.objects.visible_to(staff).filter(status=InterceptionStatus.OPEN, kind=Kind.REVIEW)
    return rows.select_related("order__channel", "assigned_to").order_by("due_at", "pk")


def whose(rows: QuerySet[Interception], who: str, staff: Staff) -> QuerySet[Interception]:
    """Mine and unclaimed (the default), mine, unclaimed, or everybody's."""
    mine, free = Q(assigned_to=staff), Q(assigned_to=None)
    return {"mine": rows.filter(mine), "free": rows.filter(free), "all": rows}.get(who, rows.filter(mine | free))


def open_of_order(order_id: int, staff: Staff) -> list[Interception]:
    """All open interceptions of one order, in the order in which they were opened."""
    rows = Interception.objects.visible_to(staff).filter(order_id=order_id, status=InterceptionStatus.OPEN)
    return list(rows.select_related("order__channel", "assigned_to").order_by("pk"))


def all_of_order(order_id: int, staff: Staff) -> list[Interception]:
    """Every interception of one order, open ones first, then the newest."""
    rows = Interception.objects.visible_to(staff).filter(order_id=order_id).select_related("assigned_to", "closed_by")
    return list(rows.order_by(F("closed_at").desc(nulls_first=True), "-pk")[:50])


def locks(staff: Staff, check: str = "", cause: str = "") -> QuerySet[Interception]:
    """Open system locks the person sees, of one check or cause, the oldest first."""
    rows = Interception.objects.visible_to(staff).filter(status=InterceptionStatus.OPEN, kind=Kind.SYSTEM)
    rows = rows.filter(check_code=check) if check else rows
    rows = rows.filter(cause=cause) if cause else rows
    return rows.select_related("order__channel").order_by("pk")


def review_count(staff: Staff) -> int:
    """Open reviews for the badge, counting no further than a bound."""
    return open_reviews(staff).order_by()[: COUNTED + 1].count()


def my_review_count(staff: Staff) -> int:
    """Open reviews that are the person's or nobody's."""
    return whose(open_reviews(staff), "", staff).order_by()[: COUNTED + 1].count()


def due_before(staff: Staff, moment: dt.datetime) -> int:
    """Open reviews, the person's or nobody's, that are due before a moment."""
    return whose(open_reviews(staff), "", staff).filter(due_at__lt=moment).order_by()[: COUNTED + 1].count()


def cause_count(staff: Staff) -> int:
    """How many causes the open locks have."""
    return locks(staff).select_related(None).order_by().values("check_code", "cause").distinct()[:COUNTED].count()


def lock_count(staff: Staff) -> int:
    """Open system locks for the badge, counting no further than a bound."""
    return locks(staff).order_by()[: COUNTED + 1].count()


@dataclass(slots=True)
class CauseGroup:
    """The open locks of one check and cause."""

    cause: str
    text: str
    count: int
    oldest: dt.datetime


@dataclass(slots=True)
class CheckGroup:
    """The open locks of one check, with its causes, the most frequent first."""

    code: str
    check: Check | None
    count: int = 0
    oldest: dt.datetime | None = None
    causes: list[CauseGroup] = field(default_factory=list)

    @property
    def samples(self) -> list[CauseGroup]:
        """The first few causes."""
        return self.causes[:SAMPLE_CAUSES]

    @property
    def others(self) -> int:
        """How many causes are not among the first few."""
        return max(0, len(self.causes) - SAMPLE_CAUSES)


def locks_by_cause(staff: Staff) -> list[CheckGroup]:
    """Open locks grouped by check and cause, the most frequent first. One query."""
    from interception.registry import checks

    rows = (
        locks(staff)
        .select_related(None)
        .values("check_code", "cause")
        .annotate(count=Count("pk"), oldest=Min("opened_at"))
        .order_by("-count", "check_code", "cause")[:500]
    )
    groups: dict[str, CheckGroup] = {}
    for row in rows:
        check = checks().get(row["check_code"])
        group = groups.setdefault(row["check_code"], CheckGroup(row["check_code"], check))
        text = check.explain_cause(row["cause"]) if check else row["cause"]
        group.causes.append(CauseGroup(row["cause"], text, row["count"], row["oldest"]))
        group.count += row["count"]
        group.oldest = row["oldest"] if group.oldest is None else min(group.oldest, row["oldest"])
    return sorted(groups.values(), key=lambda group: (-group.count, group.code))


def closed(staff: Staff) -> QuerySet[Interception]:
    """What was decided, released or ended, newest first."""
    rows = Interception.objects.visible_to(staff).exclude(status=InterceptionStatus.OPEN)
    return rows.select_related("order__channel", "closed_by").order_by("-pk")


DAY = """
SELECT count(*), count(*) FILTER (WHERE i.status <> 'open'),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM i.closed_at - i.opened_at))
       FILTER (WHERE i.closed_by_id IS NOT NULL)
  FROM (SELECT * FROM interception_interception ORDER BY id DESC LIMIT 20000) i
  JOIN orders_order o ON o.id = i.order_id JOIN inventory_channel c ON c.id = o.channel_id
 WHERE i.kind = 'review' AND i.opened_at >= %(since)s
   AND (%(branches)s::bigint[] IS NULL OR c.branch_id = ANY(%(branches)s::bigint[]))
"""


def day_of_reviews(staff: Staff, since: dt.datetime) -> dict[str, Any]:
    """Reviews opened since a moment: how many, how many are done, the median seconds of those a person decided."""
    with connection.cursor() as cursor:
        cursor.execute(DAY, {"since": since, "branches": staff.branch_ids})
        opened, done, median = cursor.fetchone()
    return {"opened": opened, "done": done, "median": median}


def lines_of(order: Order) -> list[dict[str, Any]]:
    """The order's lines with what is promised to each. One query."""
    with connection.cursor() as cursor:
        cursor.execute(LINES, [order.pk])
        names = ("name", "merchant_code", "sku", "quantity", "amount", "is_gift", "reserved")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


LINES = """
SELECT l.name, l.merchant_code, s.code, l.quantity, l.amount, l.is_gift,
       coalesce((SELECT sum(r.quantity) FROM inventory_reservation r WHERE r.order_line_id = l.id), 0)::int
  FROM orders_orderline l LEFT JOIN inventory_sku s ON s.id = l.sku_id WHERE l.order_id = %s ORDER BY l.position, l.id
"""
