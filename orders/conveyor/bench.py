"""`manage.py bench conveyor`: what the stages cost above the rows they leave behind."""

from __future__ import annotations

import multiprocessing
import time
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone

from oms.lib.bench import Result
from oms.lib.scratch import scratch_database
from orders.conveyor import bench_data as data
from orders.conveyor.services import LIMIT, run_chunk, run_until_idle

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.synchronize import Barrier

ROUNDS = 3  # interleaved; the best of each side counts: other work on the machine only ever slows down
WARM = 50  # orders with which each worker warms up: it and its connection live for days, not for one measurement


def conveyor(short: bool) -> list[Result]:
    """One worker against the floor; two against one; with many older orders against few.

    The databases with few and with many older orders are there at the same time, so that all rounds are interleaved.
    """
    part, few, many = (3_000, 3_000, 100_000) if short else (10_000, 10_000, 1_000_000)
    with scratch_database("conveyor_many"):
        _fill(many)
        full = connection.settings_dict["NAME"]
        with scratch_database("conveyor"):
            _fill(few)
            lean = connection.settings_dict["NAME"]
            ours, floor, two, late = [], [], [], []
            for n in range(ROUNDS):
                ours.append(_walk(f"A{n}-", part, 1))
                floor.append(_floor(f"B{n}-", part))
                two.append(_walk(f"C{n}-", part, 2))
                _use(full)
                late.append(_walk(f"D{n}-", part, 1))
                _use(lean)
            seconds = _stages("E-", part)
    sizes = {"orders": part * ROUNDS, "few": few, "many": many}
    return _results(max(ours), max(floor), max(two), max(late), sizes, seconds)


def _results(
    one: float, bare: float, pair: float, late: float, sizes: dict[str, int], seconds: dict[str, float]
) -> list[Result]:
    rates = {"one_worker": round(one), "two_workers": round(pair), "floor": round(bare), "orders": sizes["orders"]}
    growth = {"older": sizes["many"], "before": round(one), "after": round(late)}
    return [
        Result(one / bare, "of the floor", 0.30, "higher", {"part": "conveyor", **rates, "ms_per_500": seconds}),
        Result(pair / one, "times one worker", 1.6, "higher", {"part": "conveyor_two_workers", **rates}),
        Result(
            late / one,
            f"of the rate with {sizes['few']:,} older orders",
            0.85,
            "higher",
            {"part": "conveyor_growth", **growth},
        ),
    ]


def _fill(older: int) -> None:
    data.run(data.PLACES)
    data.make_orders("OLD-", older, "closed")
    data.make_orders("WARM-", LIMIT)
    data.settle()
    _workers(1)


def _use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def _walk(mark: str, count: int, workers: int) -> float:
    """Orders per second of so many workers, each a process of its own."""
    data.make_orders(f"W{mark}", WARM * workers)  # older than the others, so they are taken first
    data.make_orders(mark, count)
    data.settle()
    return count / _workers(workers)


def _workers(count: int) -> float:
    connection.close()
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(count + 1)
    workers = [context.Process(target=_work, args=(barrier,)) for _ in range(count)]
    for worker in workers:
        worker.start()
    barrier.wait()
    began = time.perf_counter()
    for worker in workers:
        worker.join()
    taken = time.perf_counter() - began
    if any(worker.exitcode for worker in workers):
        message = "a worker failed"
        raise RuntimeError(message)
    return taken


def _work(barrier: Barrier) -> None:
    run_chunk(at=timezone.now(), limit=WARM)
    barrier.wait()
    run_until_idle(clock=timezone.now)


def _floor(mark: str, count: int) -> float:
    data.make_orders(mark, count)
    data.run("DROP TABLE IF EXISTS bench_answer")
    data.run(data.ANSWERS, mark=mark)
    data.settle()
    began = time.perf_counter()
    for first in range(0, count, LIMIT):
        with transaction.atomic():
            for sql in data.FLOOR:
                data.run(sql, first=first, last=first + LIMIT, at=timezone.now())
    return count / (time.perf_counter() - began)


def _stages(mark: str, count: int) -> dict[str, float]:
    """Where the time of one worker goes, in milliseconds per 500 orders."""
    data.make_orders(mark, count)
    data.settle()
    result = run_until_idle(clock=timezone.now)
    chunks = max(1, count / LIMIT)
    return {stage: round(1000 * seconds / chunks, 1) for stage, seconds in result.seconds.items()}


BENCHES: dict[str, Callable[[bool], list[Result]]] = {"conveyor": conveyor}
