"""Intercepting, deciding, passing on. ``mark_handled`` and the re-checks live in ``rechecking`` and are named here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import F
from psycopg2.extras import Json

from interception import assignment, holds
from interception.models import Interception, InterceptionStatus, Kind
from interception.rechecking import Handled, mark_handled, recheck_citing, recheck_stale
from interception.refusals import NotAColleague, NotOpen, NotReviewable, StillWrong, TooLateToUndo
from interception.registry import checks
from oms.notices.live import publish
from oms.outbox.services import emit
from orders.order.models import Order
from orders.order.states import OPEN, WORKABLE, EventKind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from interception.checks.base import Evidence
    from oms.lib.errors import DomainError
    from oms.staff.models import Staff

__all__ = [
    "Finding",
    "Handled",
    "NotAColleague",
    "NotOpen",
    "NotReviewable",
    "StillWrong",
    "TooLateToUndo",
    "approve",
    "claim",
    "close_for_cancelled",
    "intercept",
    "mark_handled",
    "pass_on",
    "recheck_citing",
    "recheck_stale",
    "undo_approval",
]

DUE = dt.timedelta(minutes=30)
UNDO = dt.timedelta(seconds=10)  # a decided order waits so long before it flows, so that "undo" means something
GRACE = dt.timedelta(seconds=3)  # the click was in time, the request came late

OPEN_OR_REFRESH = """
INSERT INTO interception_interception (order_id, check_code, kind, status, cause, evidence, facts, opened_at,
                                       checked_at, due_at, assigned_to_id, reason)
SELECT order_id, code, kind, 'open', cause, evidence::jsonb, facts, %(at)s, %(at)s, due, assigned, ''
  FROM unnest(%(orders)s::bigint[], %(codes)s::text[], %(kinds)s::text[], %(causes)s::text[], %(evidence)s::text[],
              %(facts)s::text[], %(due)s::timestamptz[], %(assigned)s::bigint[])
       f(order_id, code, kind, cause, evidence, facts, due, assigned)
 ORDER BY order_id, code
ON CONFLICT (order_id, check_code) WHERE status = 'open'
DO UPDATE SET cause = excluded.cause, evidence = excluded.evidence, facts = excluded.facts,
              checked_at = excluded.checked_at
RETURNING order_id, check_code
"""
WAIVED = """
SELECT DISTINCT i.order_id, i.check_code
  FROM interception_interception i
  JOIN unnest(%s::bigint[], %s::text[], %s::text[]) f(order_id, code, facts)
    ON i.order_id = f.order_id AND i.check_code = f.code AND i.facts = f.facts
 WHERE i.order_id = ANY(%s) AND i.status = 'approved'
"""
NOT_AUDITED = "UPDATE orders_order SET audited_at = NULL WHERE id = ANY(%s) AND audited_at IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found on an order."""

    order_id: int
    check_code: str
    evidence: Evidence


@transaction.atomic(savepoint=False)
def intercept(*, findings: Sequence[Finding], at: dt.datetime) -> dict[int, list[str]]:
    """Stop orders: one open interception per check, the hold of the most severe; {order id: codes that stop it}.

    A review that somebody approved on the same facts is waived. An interception that is open already is refreshed.
    New reviews are due in 30 minutes and go to the least loaded reviewer of the branch. Locks the orders; those that
    have left the house are let be. Logs an event per order; tells the open queue pages.
    """
    standing = holds.lock({finding.order_id for finding in findings})
    there = [finding for finding in findings if standing.get(finding.order_id) in OPEN]
    valid = _without_waived(there)
    if not valid:
        return {}
    known = checks()
    reviews = [f.order_id for f in valid if known[f.check_code].kind == Kind.REVIEW]
    assigned = assignment.assign(list(dict.fromkeys(reviews))) if reviews else {}
    rows = [_row(finding, known[finding.check_code].kind, assigned, at) for finding in valid]
    stopped: dict[int, list[str]] = {}
    with connection.cursor() as cursor:
        columns = dict(zip(_COLUMNS, (list(column) for column in zip(*rows, strict=True)), strict=True))
        cursor.execute(OPEN_OR_REFRESH, {**columns, "at": at})
        for order_id, code in cursor.fetchall():
            stopped.setdefault(order_id, []).append(code)
        cursor.execute(NOT_AUDITED, [list(stopped)])
    why = {f.order_id: f"{f.check_code}: {f.evidence.cause}" for f in reversed(valid)}
    holds.settle(order_ids=stopped, kind=EventKind.INTERCEPTED, by=None, at=at, reasons=why)
    if reviews:
        publish(channel="queue:review", event="queue", data={"new": len(set(reviews))})
    return stopped


_COLUMNS = ("orders", "codes", "kinds", "causes", "evidence", "facts", "due", "assigned")


def _row(finding: Finding, kind: str, assigned: dict[int, int], at: dt.datetime) -> tuple[Any, ...]:
    evidence, review = finding.evidence, kind == Kind.REVIEW
    return (
        finding.order_id,
        finding.check_code,
        kind,
        evidence.cause[:120],
        Json(evidence.data),
        evidence.facts,
        at + DUE if review else None,
        assigned.get(finding.order_id) if review else None,
    )


def _without_waived(findings: Sequence[Finding]) -> list[Finding]:
    known = checks()
    reviews = [f for f in findings if known[f.check_code].kind == Kind.REVIEW]
    if not reviews:
        return list(findings)
    ids, codes = [f.order_id for f in reviews], [f.check_code for f in reviews]
    with connection.cursor() as cursor:
        cursor.execute(WAIVED, [ids, codes, [f.evidence.facts for f in reviews], sorted(set(ids))])
        waived = set(cursor.fetchall())
    return [f for f in findings if (f.order_id, f.check_code) not in waived]


def _lock(interception_ids: Collection[int]) -> tuple[dict[int, str], list[Interception]]:
    """The orders, then their interceptions, both locked; statuses of the orders."""
    wanted = Interception.objects.filter(pk__in=interception_ids)
    standing = holds.lock(list(wanted.values_list("order_id", flat=True)))
    rows = wanted.select_for_update(no_key=True).order_by("pk")
    return standing, list(rows)


def _numbers(interceptions: Collection[Interception]) -> dict[int, str]:
    return dict(Order.objects.filter(pk__in={i.order_id for i in interceptions}).values_list("pk", "number"))


@transaction.atomic
def approve(
    *, interception_ids: Collection[int], reason: str, by: Staff, at: dt.datetime
) -> dict[int, DomainError | None]:
    """Let reviews pass: each check is waived for its order while its facts stay as they are.

    Per interception None, or the refusal (NotReviewable, NotOpen). An order without open interceptions flows again ten
    seconds later (time to undo). Locks orders, then interceptions. Emits orders.order.released.
    """
    _standing, rows = _lock(interception_ids)
    numbers = _numbers(rows)
    answers: dict[int, DomainError | None] = {}
    for row in rows:
        number = numbers[row.order_id]
        if row.kind != Kind.REVIEW:
            answers[row.pk] = NotReviewable(number=number)
        else:
            answers[row.pk] = None if row.status == InterceptionStatus.OPEN else NotOpen(number=number)
    passed = [row for row in rows if answers[row.pk] is None]
    if passed:
        _close(passed, InterceptionStatus.APPROVED, reason, by, at)
        codes = {row.order_id: row.check_code for row in passed}
        why = {pk: f"{code}: {reason}" if reason else code for pk, code in codes.items()}
        freed = holds.settle(order_ids=codes, kind=EventKind.APPROVED, by=by, at=at, reasons=why)
        Order.objects.filter(pk__in=freed).update(claimed_until=at + UNDO)
        tell_released(freed)
    return answers


def _close(rows: Collection[Interception], status: str, reason: str, by: Staff | None, at: dt.datetime) -> None:
    Interception.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=status, closed_at=at, closed_by=by, reason=reason[:300]
    )


def tell_released(order_ids: Collection[int]) -> None:
    """Wake the conveyor for orders that flow again, and the pages that count them."""
    if order_ids:
        emit(topic="orders.order.released", key="interception", payload={"order_ids": sorted(order_ids)})
    publish(channel="queue:review", event="queue", data={"closed": len(order_ids)})


@transaction.atomic
def undo_approval(*, interception_ids: Collection[int], by: Staff, at: dt.datetime) -> dict[int, DomainError | None]:
    """Take back one's own approval within ten seconds, if the order has not moved. Locks orders, then interceptions.

    Per interception None, or TooLateToUndo. The order is held again; nothing of the decision stays but its events.
    """
    standing, rows = _lock(interception_ids)
    numbers = _numbers(rows)
    answers: dict[int, DomainError | None] = {}
    for row in rows:
        mine = row.status == InterceptionStatus.APPROVED and row.closed_by_id == by.pk
        fresh = row.closed_at is not None and at - row.closed_at <= UNDO + GRACE
        stands = standing.get(row.order_id) in WORKABLE
        answers[row.pk] = None if mine and fresh and stands else TooLateToUndo(number=numbers[row.order_id])
    back = [row for row in rows if answers[row.pk] is None]
    if back:
        Interception.objects.filter(pk__in=[row.pk for row in back]).update(
            status=InterceptionStatus.OPEN, closed_at=None, closed_by=None, reason=""
        )
        orders = {row.order_id for row in back}
        Order.objects.filter(pk__in=orders).update(claimed_until=None, audited_at=None)
        why = {row.order_id: f"{row.check_code}: {row.cause}" for row in back}
        holds.settle(order_ids=orders, kind=EventKind.INTERCEPTED, by=by, at=at, reasons=why)
    return answers


@transaction.atomic
def claim(*, interception_ids: Collection[int], by: Staff, at: dt.datetime) -> int:
    """Take open reviews that nobody has, or that are late; answers how many."""
    _standing, rows = _lock(interception_ids)
    free = [
        row.pk
        for row in rows
        if row.status == InterceptionStatus.OPEN
        and row.kind == Kind.REVIEW
        and (row.assigned_to_id is None or (row.due_at and row.due_at < at))
    ]
    return Interception.objects.filter(pk__in=free).update(assigned_to=by)


@transaction.atomic
def pass_on(*, interception_ids: Collection[int], to: Staff, by: Staff, at: dt.datetime) -> int:
    """Give open reviews to a colleague, with a notice; answers how many. Raises NotAColleague, nothing changed."""
    from oms.notices.services import notify

    _standing, rows = _lock(interception_ids)
    orders = {o.pk: o for o in Order.objects.filter(pk__in={r.order_id for r in rows}).select_related("channel")}
    allowed = {
        branch: set(assignment.reviewers_of(branch).values_list("pk", flat=True))
        for branch in {order.channel.branch_id for order in orders.values()}
    }
    for order in orders.values():
        if to.pk not in allowed[order.channel.branch_id]:
            raise NotAColleague(name=str(to), number=order.number)
    open_ids = [row.pk for row in rows if row.status == InterceptionStatus.OPEN and row.kind == Kind.REVIEW]
    passed = Interception.objects.filter(pk__in=open_ids).update(assigned_to=to)
    if passed:
        first = next(iter(orders.values()))
        notify(
            staff_ids=[to.pk],
            text="%(who)s passed the review of %(number)s on to you",
            params={"who": str(by), "number": first.number},
            url=f"/interceptions/?case={first.number}",
            icon="user-share",
            at=at,
        )
    return passed


@transaction.atomic
def close_for_cancelled(*, order_ids: Collection[int], at: dt.datetime) -> int:
    """Orders that left the game need no decision: their open interceptions end, their hold with them.

    Repeats do no harm. Orders still in the house are let be. Locks orders, then interceptions. Answers how many.
    """
    gone = [pk for pk, status in holds.lock(order_ids).items() if status not in OPEN]
    rows = Interception.objects.filter(order_id__in=gone, status=InterceptionStatus.OPEN)
    orders = set(rows.values_list("order_id", flat=True))
    closed = rows.update(status=InterceptionStatus.CANCELLED, closed_at=at, checked_at=F("checked_at"))
    if orders:
        holds.settle(order_ids=orders, kind=EventKind.RELEASED, by=None, at=at, reason="order ended")
        publish(channel="queue:review", event="queue", data={"closed": closed})
    return closed
