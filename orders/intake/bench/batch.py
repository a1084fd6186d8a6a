"""intake_batch: the real intake against COPY of ready-made rows into the same tables."""

from __future__ import annotations

import io
import multiprocessing
import time
from typing import TYPE_CHECKING, Any

import psycopg2
from django.db import connection
from django.utils import timezone

from inventory.stock.services import statements
from inventory.stock.services.statements import int_array
from oms.lib.bench import Result
from oms.lib.bulk import copy_text
from oms.lib.scratch import scratch_database
from orders.intake import services, storing
from orders.intake.bench.world import build_world, order_texts
from orders.intake.drafting import Draft, read_message, write_rows
from orders.intake.queries import channel_facts
from orders.intake.schema import read_order
from orders.intake.services import Message, take_orders

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from orders.intake.bench.world import World

TARGET = 0.30
CHUNK = services.CHUNK
COPIES = (
    ("orders_order", storing.ORDER_COLUMNS),
    ("orders_orderline", storing.LINE_COLUMNS),
    ("orders_payment", storing.PAYMENT_COLUMNS),
    ("orders_orderevent", storing.EVENT_COLUMNS),
    ("orders_intakemessage", storing.MESSAGE_COLUMNS),
)


def intake_batch(short: bool) -> list[Result]:
    """Orders a second through take_orders ÷ orders a second by bare COPY, on one connection and on two."""
    count, rounds = (4_000, 2) if short else (20_000, 3)
    at = timezone.now().replace(microsecond=0)
    with scratch_database("intake_batch"):
        world = build_world(skus=2_000, at=at)
        return [_measure(world, count, rounds, connections, at) for connections in (1, 2)]


def _measure(world: World, count: int, rounds: int, connections: int, at: dt.datetime) -> Result:
    ours: list[float] = []
    floors: list[float] = []
    share = count // connections
    for number in range(rounds):  # interleaved, so that a slow minute hits both
        for rates, work in ((floors, floor_work), (ours, intake_work)):
            prefix = f"{work.__name__[0]}{connections}{number}"
            jobs = [work(world, f"{prefix}{part}", share, at) for part in range(connections)]
            rates.append(count / in_parallel(jobs))
    ratio = max(ours) / max(floors)
    detail = {
        "part": f"intake_batch_{connections}",
        "orders_per_second": round(max(ours)),
        "floor_per_second": round(max(floors)),
        "all_rates": [round(rate) for rate in ours],
        "all_floors": [round(rate) for rate in floors],
        "orders": count,
        "connections": connections,
        "chunk": CHUNK,
    }
    return Result(ratio, "x floor", TARGET, "higher", detail)


def in_parallel(jobs: Sequence[Callable[[], None]]) -> float:
    """Seconds from the common start until the last of these jobs, each in a process of its own, is done."""
    connection.close()
    context = multiprocessing.get_context("fork")
    ready, ended = context.Barrier(len(jobs) + 1), context.Queue()

    def run(job: Callable[[], None]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        ready.wait()
        try:
            job()
        finally:
            ended.put(time.monotonic())
            connection.close()

    children = [context.Process(target=run, args=(job,)) for job in jobs]
    for child in children:
        child.start()
    ready.wait()
    began = time.monotonic()
    last = max(ended.get(timeout=600) for _child in children)
    for child in children:
        child.join()
        if child.exitcode:
            message = "a worker of the benchmark failed"
            raise RuntimeError(message)
    return last - began


def intake_work(world: World, prefix: str, count: int, at: dt.datetime) -> Callable[[], None]:
    """Read, check, map, store and reserve, from JSON text on."""
    texts = order_texts(world, prefix=prefix, count=count, at=at)

    def work() -> None:
        for first in range(0, count, CHUNK):
            messages = [Message(read_order(text), text) for text in texts[first : first + CHUNK]]
            results = take_orders(messages=messages, source="api", by=None, at=at)
            if any(result.outcome != "stored" for result in results):
                message = "an order of the benchmark was not stored"
                raise RuntimeError(message)

    return work


def floor_work(world: World, prefix: str, count: int, at: dt.datetime) -> Callable[[], None]:
    """The same rows made beforehand; timed are only COPY, the reserving statement, the outbox row and COMMIT."""
    from inventory.catalog.queries import mapped_codes

    channels = channel_facts(world.channels)
    texts = order_texts(world, prefix=prefix, count=count, at=at)
    pairs = {(facts.id, code) for facts in channels.values() for code in [*world.codes, world.hot]}
    mapped = mapped_codes(pairs)
    chunks = []
    for first in range(0, count, CHUNK):
        drafts = [Draft(i, read_order(text), text) for i, text in enumerate(texts[first : first + CHUNK])]
        for draft in drafts:
            read_message(draft, channels, at)
            write_rows(draft, mapped)
        storing.number_drafts(drafts, at)
        chunks.append(_ready(drafts, at))
    dsn = {**connection.get_connection_params()}

    def work() -> None:
        params = {key: dsn[key] for key in ("dbname", "user", "password", "host", "port") if dsn.get(key)}
        bare = psycopg2.connect(**params)
        with bare.cursor() as cursor:
            for copies, reserve in chunks:
                for sql, text in copies:
                    cursor.copy_expert(sql, io.BytesIO(text), 1 << 20)
                cursor.execute(
                    "INSERT INTO oms_outboxmessage (topic, key, payload) VALUES ('bench', 'bench', '{}'::jsonb)"
                )
                cursor.execute(statements.RESERVE, reserve)
                bare.commit()
        bare.close()

    return work


def _ready(drafts: list[Draft], at: dt.datetime) -> tuple[list[tuple[str, bytes]], dict[str, Any]]:
    moment = str(at)
    rows = (
        [storing.order_row(draft, moment) for draft in drafts],
        [row for draft in drafts for row in storing.line_rows(draft)],
        [storing.payment_row(draft) for draft in drafts],
        [storing.event_row(draft, '{"source": "api"}', None, moment) for draft in drafts],
        [storing.message_row(draft, "api", "stored", moment) for draft in drafts],
    )
    copies = [
        (f"COPY {table} ({', '.join(columns)}) FROM STDIN", copy_text(some, len(columns)))
        for (table, columns), some in zip(COPIES, rows, strict=True)
    ]
    lines = [
        (line_id, draft.channel.id, line.sku_id, line.quantity)  # type: ignore[union-attr]
        for draft in drafts
        for line_id, line in zip(draft.line_ids, draft.lines, strict=True)
    ]
    ids, channels, skus, quantities = zip(*lines, strict=True)
    reserve = {
        "lines": int_array(ids),
        "channels": int_array(channels),
        "skus": int_array(skus),
        "quantities": int_array(quantities),
        "sku_set": int_array(sorted(set(skus))),
        "channel_set": int_array(sorted(set(channels))),
        "reference": "",
        "references": None,
        "by": None,
        "at": at,
    }
    return copies, reserve
