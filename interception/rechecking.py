"""Running checks again: who is mended flows on, the others stay with the fresh reason."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from psycopg2.extras import Json

from interception import holds
from interception.models import Interception, InterceptionStatus, Kind
from interception.registry import checks
from oms.notices.live import publish
from oms.outbox.services import emit
from orders.order.states import OPEN, EventKind

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet

    from interception.checks.base import Evidence
    from oms.staff.models import Staff

CHUNK = 500
STALE = dt.timedelta(minutes=4)
MOST = 20_000  # per scheduled run
MENDED = "mended"

REFRESH = """
UPDATE interception_interception i
   SET cause = f.cause, evidence = f.evidence::jsonb, facts = f.facts, checked_at = %(at)s
  FROM unnest(%(ids)s::bigint[], %(causes)s::text[], %(evidence)s::text[], %(facts)s::text[])
       f(id, cause, evidence, facts) WHERE i.id = f.id
"""


@dataclass(slots=True)
class Handled:
    """What running the checks again brought, as interception ids. ``changed``: those of ``still`` with a new cause."""

    released: list[int] = field(default_factory=list)
    still: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)

    def add(self, other: Handled) -> None:
        """Sum up with another chunk."""
        self.released += other.released
        self.still += other.still
        self.changed += other.changed


@transaction.atomic
def mark_handled(
    *, interception_ids: Collection[int], by: Staff | None, at: dt.datetime, kinds: Collection[str] = (Kind.SYSTEM,)
) -> Handled:
    """Run each open interception's check again on its order; only those whose problem is gone are released.

    What the cause kept from being done (mapping, reserving) is done first. The others get fresh evidence. One query per
    check, whatever the number. Locks orders, then interceptions, then (through inventory) bins.
    Emits orders.order.released.
    """
    wanted = Interception.objects.filter(pk__in=interception_ids, status=InterceptionStatus.OPEN, kind__in=kinds)
    standing = holds.lock(list(wanted.values_list("order_id", flat=True)))
    rows = [row for row in wanted.select_for_update(no_key=True).order_by("pk") if standing.get(row.order_id) in OPEN]
    handled, found = Handled(), _find_again(rows, at)
    for row in rows:
        evidence = found.get((row.order_id, row.check_code))
        if evidence is None:
            handled.released.append(row.pk)
            continue
        handled.still.append(row.pk)
        if evidence.cause != row.cause:
            handled.changed.append(row.pk)
    _refresh([(row, found[row.order_id, row.check_code]) for row in rows if row.pk in set(handled.still)], at)
    _release([row for row in rows if row.pk in set(handled.released)], by, at)
    return handled


def _find_again(rows: Collection[Interception], at: dt.datetime) -> dict[tuple[int, str], Evidence]:
    by_check: dict[str, list[int]] = {}
    for row in rows:
        by_check.setdefault(row.check_code, []).append(row.order_id)
    found = {}
    for check in checks().values():  # in their order: mapped first, then reserved
        order_ids = by_check.get(check.code)
        if order_ids:
            check.prepare(order_ids, at)
            found.update({(pk, check.code): evidence for pk, evidence in check.find(order_ids).items()})
    return found


def _refresh(still: list[tuple[Interception, Evidence]], at: dt.datetime) -> None:
    if not still:
        return
    params: dict[str, Any] = {
        "ids": [row.pk for row, _ in still],
        "causes": [evidence.cause[:120] for _, evidence in still],
        "evidence": [Json(evidence.data) for _, evidence in still],
        "facts": [evidence.facts for _, evidence in still],
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(REFRESH, params)


def _release(rows: list[Interception], by: Staff | None, at: dt.datetime) -> None:
    if not rows:
        return
    Interception.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=InterceptionStatus.RELEASED, closed_at=at, closed_by=by, checked_at=at, reason=MENDED
    )
    why = {row.order_id: f"{row.check_code}: {MENDED}" for row in rows}
    freed = holds.settle(order_ids=why, kind=EventKind.RELEASED, by=by, at=at, reasons=why)
    if freed:
        emit(topic="orders.order.released", key="interception", payload={"order_ids": freed})
    publish(channel="queue:review", event="queue", data={"closed": len(rows)})


def open_locks() -> QuerySet[Interception]:
    """Open system interceptions."""
    return Interception.objects.filter(status=InterceptionStatus.OPEN, kind=Kind.SYSTEM)


# Open interceptions are few whatever the table holds, so citing is looked up in their evidence.
CITING = {
    "sku_ids": """i.check_code = 'stock_short' AND EXISTS (
        SELECT FROM jsonb_array_elements(i.evidence -> 'short') s WHERE (s ->> 'sku_id')::bigint = ANY(%(sku_ids)s))""",
    "codes": """i.check_code = 'sku_unmapped' AND EXISTS (
        SELECT FROM jsonb_array_elements_text(i.evidence -> 'codes') c WHERE c = ANY(%(codes)s))""",
    "order_ids": "i.order_id = ANY(%(order_ids)s)",
}
CITED = """
SELECT i.id FROM interception_interception i JOIN orders_order o ON o.id = i.order_id
 WHERE i.status = 'open' AND ({condition}) ORDER BY o.placed_at, o.id, i.id
"""


def recheck_citing(
    *,
    at: dt.datetime,
    sku_ids: Collection[int] = (),
    codes: Collection[str] = (),
    order_ids: Collection[int] = (),
) -> Handled:
    """Run the checks again whose evidence names one of these facts: goods came, a code was mapped, an order was edited.

    The earliest order first, so that new stock goes to who waits longest. An edited order's reviews are run again too:
    what is no longer found is released.
    """
    given: dict[str, Any] = {"sku_ids": list(sku_ids), "codes": list(codes), "order_ids": list(order_ids)}
    conditions = [CITING[name] for name, values in given.items() if values]
    if not conditions:
        return Handled()
    with connection.cursor() as cursor:
        cursor.execute(CITED.format(condition=" OR ".join(f"({condition})" for condition in conditions)), given)
        ids = [row[0] for row in cursor.fetchall()]
    kinds = (Kind.SYSTEM, Kind.REVIEW) if order_ids else (Kind.SYSTEM,)
    total = Handled()
    for first in range(0, len(ids), CHUNK):
        total.add(mark_handled(interception_ids=ids[first : first + CHUNK], by=None, at=at, kinds=kinds))
    return total


def recheck_stale(*, at: dt.datetime) -> Handled:
    """The scheduled re-check: every system lock not looked at for four minutes, 500 at a time."""
    total = Handled()
    stale = open_locks().filter(checked_at__lt=at - STALE).order_by("order__placed_at", "order_id", "pk")
    ids = list(stale.values_list("pk", flat=True)[:MOST])
    for first in range(0, len(ids), CHUNK):
        total.add(mark_handled(interception_ids=ids[first : first + CHUNK], by=None, at=at))
    return total
