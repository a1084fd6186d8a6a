"""The run: lease a chunk of workable orders, pass it through the stages, write down what happened."""

from __future__ import annotations

import datetime as dt
import json
import logging
import secrets
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils.module_loading import import_string

from oms.lib.bulk import copy_rows
from orders.conveyor import statements
from orders.conveyor.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LIMIT = 500
LEASE = dt.timedelta(minutes=2)  # a walk takes a second; whoever needs longer has died
TRIES = 3  # a deadlock or a lock lost is cured by the same again
REST = dt.timedelta(minutes=1)  # the first pause of an order whose stage failed; doubles each time
LONGEST_REST = dt.timedelta(hours=4)
ERROR = "error "  # how the reason of a failed walk begins; its id follows
log = logging.getLogger(__name__)


class Stage(Protocol):
    """One step of the conveyor: set-based, idempotent, in transactions of its own that begin with ``batch.lock()``."""

    name: str

    def run(self, batch: Batch) -> None:
        """Work on ``batch.order_ids``; take out what goes no further."""


@dataclass(slots=True)
class RunResult:
    """What a run did. ``stopped`` counts by (stage, reason); ``seconds`` by stage; ``errors`` are error ids."""

    leased: int = 0
    passed: int = 0
    stopped: Counter[tuple[str, str]] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, other: RunResult) -> None:
        """Sum up with another run."""
        self.leased += other.leased
        self.passed += other.passed
        self.stopped += other.stopped
        self.errors += other.errors
        for stage, seconds in other.seconds.items():
            self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds


@cache
def stages() -> tuple[Stage, ...]:
    """The stages of settings.OMS_STAGES, in their order."""
    return tuple(import_string(path)() for path in settings.OMS_STAGES)


@transaction.atomic
def lease_orders(*, at: dt.datetime, limit: int) -> Batch:
    """Claim the oldest workable orders for two minutes; two workers never get the same one, and never wait."""
    until = at + LEASE
    with connection.cursor() as cursor:
        cursor.execute(statements.LEASE, {"at": at, "limit": limit, "until": until})
        return Batch(at, until, dict(sorted(cursor.fetchall())))


def run_chunk(*, at: dt.datetime, limit: int = LIMIT) -> RunResult:
    """Lease up to ``limit`` orders and pass them through all stages; one Walk row each, claims cleared at the end.

    Each stage commits on its own. A crash in between only means that the orders walk again when their lease ends. A
    stage that raises is tried on halves of the chunk until the order it fails on is alone: that one is stopped with an
    error id, rests (1, 2, 4 … minutes, at most 4 hours), and blocks nobody.
    """
    batch = lease_orders(at=at, limit=limit)
    result = RunResult(leased=len(batch.versions))
    if not result.leased:
        return result
    for stage in stages():
        if batch.versions:
            began = time.perf_counter()
            batch.stage = stage.name
            _pass(stage, batch, result)
            result.seconds[stage.name] = time.perf_counter() - began
    began = time.perf_counter()
    _finish(batch)
    result.seconds["finish"] = time.perf_counter() - began
    result.passed = len(batch.versions)
    result.stopped = Counter((stop.stage, stop.reason) for stop in batch.stops.values())
    return result


def run_until_idle(
    *,
    clock: Callable[[], dt.datetime],
    limit: int = LIMIT,
    most_chunks: int | None = None,
    told: Callable[[RunResult], None] | None = None,
) -> RunResult:
    """Run chunks until no order is workable, or ``most_chunks`` were run; ``told`` hears the sum after each."""
    total, chunks = RunResult(), 0
    while most_chunks is None or chunks < most_chunks:
        result = run_chunk(at=clock(), limit=limit)
        if not result.leased:
            break
        total.add(result)
        chunks += 1
        if told:
            told(total)
    return total


def _pass(stage: Stage, batch: Batch, result: RunResult) -> None:
    """Run one stage; on an error close in on the order that causes it."""
    work: list[Sequence[int]] = [batch.order_ids]
    while work:
        ids = work.pop()
        part = batch.part(ids)
        try:
            _run_again(stage, part)
        except OperationalError:
            raise  # the database, not an order: the lease ends, the chunk walks again
        except Exception as failure:  # noqa: BLE001 -- logged with its id; one order must not stop the others
            if len(ids) > 1:
                middle = len(ids) // 2
                work += [ids[middle:], ids[:middle]]
                continue
            _stop_failed(stage, batch, ids[0], failure, result)
        else:
            batch.merge(part)


def _run_again(stage: Stage, part: Batch) -> None:
    fresh, audited = dict(part.versions), set(part.audited)
    for left in reversed(range(TRIES)):
        try:
            stage.run(part)
        except OperationalError as problem:
            if not left or getattr(problem.__cause__, "pgcode", None) not in {"40P01", "40001"}:
                raise
            part.versions, part.stops, part.notes, part.freed = dict(fresh), {}, {}, set()
            part.audited = set(audited)
        else:
            return


def _stop_failed(stage: Stage, batch: Batch, order_id: int, failure: Exception, result: RunResult) -> None:
    error_id = secrets.token_hex(4)
    log.error("conveyor %s: order %s stopped, error %s", stage.name, order_id, error_id, exc_info=failure)
    since = batch.at - dt.timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(statements.FAILURES, {"orders": [order_id], "reason": ERROR + "%", "since": since})
        failed = dict(cursor.fetchall()).get(order_id, 0)
    rest = min(REST * 2 ** min(failed, 10), LONGEST_REST)
    batch.take_out(order_id, f"{ERROR}{error_id}: {type(failure).__name__}", again_at=batch.at + rest)
    result.errors.append(error_id)


@transaction.atomic
def _finish(batch: Batch) -> None:
    """Write the walks, and end the claims that no stage ended with its own last update."""
    names = [stage.name for stage in stages()]
    moment = str(batch.at)
    rows = [(pk, moment, _passage(names, batch, pk, None), "", "") for pk in batch.versions]
    for pk, stop in batch.stops.items():
        rows.append((pk, moment, _passage(names, batch, pk, stop.stage), stop.stage, stop.reason[:300]))
    rows.sort(key=lambda row: row[0])
    now = [pk for pk in batch.versions if pk not in batch.freed]
    now += [pk for pk, stop in batch.stops.items() if stop.again_at is None]
    later = {pk: stop.again_at for pk, stop in batch.stops.items() if stop.again_at is not None}
    unstamped = [pk for pk in batch.versions if pk in batch.audited]
    with connection.cursor() as cursor:
        if unstamped:  # only where no stage after the audit wrote the order's row
            cursor.execute(statements.AUDITED, {"orders": unstamped, "at": batch.at})
        if now:
            cursor.execute(statements.FREE, {"orders": sorted(now), "lease": batch.lease_until})
        if later:
            params: dict[str, Any] = {"orders": list(later), "until": list(later.values()), "lease": batch.lease_until}
            cursor.execute(statements.REST, params)
    copy_rows(table="orders_walk", columns=("order_id", "at", "stages", "stopped_at", "reason"), rows=rows)


def _passage(names: Sequence[str], batch: Batch, order_id: int, stopped_at: str | None) -> str:
    """[{stage, result, facts}] as JSON: what the stage noted, else passed; the stage that stopped it is last."""
    said: dict[str, list[dict[str, Any]]] = {}
    for stage, code, facts in batch.notes.get(order_id, ()):
        note = {"stage": stage, "result": code, "facts": facts} if facts else {"stage": stage, "result": code}
        said.setdefault(stage, []).append(note)
    passage: list[dict[str, Any]] = []
    for name in names:
        stops = name == stopped_at
        passage += said.get(name) or [{"stage": name, "result": "stopped" if stops else "passed"}]
        if stops:
            break
    return json.dumps(passage, ensure_ascii=False)
