"""Rows on their way in, kept by the database: grouped into orders however far apart they stand, in bounded memory."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection
from pydantic_core import from_json, to_json

from oms.lib.bulk import copy_rows
from orders.intake.files.problems import Problem
from orders.intake.schema import MAX_LINES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orders.intake.files.assembly import Assembler, FileRow
    from orders.intake.files.table import Row, Table

ROWS_A_STEP = 10_000
TEXT_A_STEP = 8 * 1024 * 1024
ORDERS_A_STEP = 500
LINES_A_STEP = 20_000
LEAST_WINDOW = 1_000

COLUMNS = ("job_id", "row_no", "order_key", "cells", "error")
# A window of rows, its order numbers, and those of them that have no earlier row. min(), not NOT EXISTS: the planner
# may turn the latter into a hash join over the whole file, for every step.
FIRST_ROWS = """
WITH shown AS MATERIALIZED (
    SELECT order_key, row_no FROM orders_importrow
     WHERE job_id = %(job)s AND row_no > %(row)s ORDER BY row_no LIMIT %(window)s),
firsts AS MATERIALIZED (
    SELECT order_key, row_no FROM (SELECT order_key, min(row_no) AS row_no FROM shown GROUP BY 1) here
     WHERE order_key <> ''
       AND row_no = (SELECT min(row_no) FROM orders_importrow there
                      WHERE there.job_id = %(job)s AND there.order_key = here.order_key)
     ORDER BY row_no LIMIT %(limit)s)
SELECT firsts.row_no, firsts.order_key, count(*), NULL::bigint
  FROM firsts JOIN orders_importrow every ON every.job_id = %(job)s AND every.order_key = firsts.order_key
 GROUP BY 1, 2
 UNION ALL SELECT NULL, NULL, 0, max(row_no) FROM shown
 ORDER BY 1 NULLS LAST"""
ROWS_OF = """
SELECT order_key, row_no, cells::text, error FROM orders_importrow
 WHERE job_id = %s AND order_key = ANY(%s) ORDER BY order_key, row_no"""
MARK_ROWS = """
UPDATE orders_importrow mine SET error = found.error FROM unnest(%s::int[], %s::text[]) found(row_no, error)
 WHERE mine.job_id = %s AND mine.row_no = found.row_no"""
MARK_SIBLINGS = """
UPDATE orders_importrow mine SET error = found.error FROM unnest(%s::text[], %s::text[]) found(order_key, error)
 WHERE mine.job_id = %s AND mine.order_key = found.order_key AND mine.error = ''"""


class Staged(NamedTuple):
    """What one step of reading did. ``lost``: rows whose order number can't be read."""

    rows: int
    lost: int
    finished: bool


class StagedOrder(NamedTuple):
    """The rows of one order, in file order. ``raw``: as JSON. ``bad``: rows that can't be read, and why (packed)."""

    key: str
    rows: list[FileRow]
    raw: list[str]
    bad: dict[int, str]


class Step(NamedTuple):
    """Orders to take now; the row to go on behind (None: no rows are left); how many rows to look at next time."""

    orders: list[StagedOrder]
    last: int | None
    window: int


def stage_rows(*, job_id: int, table: Table, assembler: Assembler) -> Staged:
    """Write the next rows of the file, in the caller's transaction."""
    rows, lost, text = [], 0, 0
    finished = True
    for row in table.rows():
        key, error = _keyed(row, assembler)
        cells = to_json(row.cells).decode()
        rows.append((job_id, row.no, key, cells, error))
        lost += not key
        text += len(cells)
        if len(rows) == ROWS_A_STEP or text > TEXT_A_STEP:
            finished = False
            break
    copy_rows(table="orders_importrow", columns=COLUMNS, rows=rows)
    return Staged(len(rows), lost, finished=finished)


def _keyed(row: Row, assembler: Assembler) -> tuple[str, str]:
    problem = Problem(row.problem) if row.problem else None
    try:
        key = assembler.order_key(row.cells)
    except (Problem, IndexError) as failure:
        key, problem = "", problem or (failure if isinstance(failure, Problem) else Problem("missing", "external_no"))
    return key, problem.pack() if problem else ""


def count_orders(*, job_id: int) -> int:
    """Orders among the staged rows; and tell the planner what the table looks like now."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_importrow")
        cursor.execute(
            "SELECT count(DISTINCT order_key) FROM orders_importrow WHERE job_id = %s AND order_key <> ''", [job_id]
        )
        return cursor.fetchone()[0]


def next_orders(*, job_id: int, after: int, window: int = LEAST_WINDOW) -> Step:
    """The orders that begin behind row ``after``, in file order, looking at ``window`` rows.

    An order with more lines than any order may have comes with its first row only.
    """
    firsts, last = _first_rows(job_id, after, window)
    wide = {key for _row, key, count in firsts if count > MAX_LINES}
    orders = _rows_of(job_id, [key for _row, key, _count in firsts if key not in wide])
    too_wide = [StagedOrder(key, [(row, [])] * (MAX_LINES + 1), [], {}) for row, key, _count in firsts if key in wide]
    by_key = {order.key: order for order in [*orders, *too_wide]}
    lines = sum(len(order.rows) for order in orders)
    return Step([by_key[key] for _row, key, _count in firsts], last, min(max(LEAST_WINDOW, 2 * lines), LINES_A_STEP))


def _first_rows(job_id: int, after: int, window: int) -> tuple[list[tuple[int, str, int]], int | None]:
    """First row, order number and number of rows of the next orders; and the row to go on behind."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST_ROWS, {"job": job_id, "row": after, "window": window, "limit": ORDERS_A_STEP})
        *found, (_row, _key, _count, last) = cursor.fetchall()
    firsts = [row[:3] for row in found]
    cut = _most_in_a_step([count for _row, _key, count in firsts])
    if cut < len(firsts) or len(firsts) == ORDERS_A_STEP:
        firsts = firsts[:cut]
        last = firsts[-1][0]  # orders of the window are left over
    return firsts, last


def _most_in_a_step(counts: Sequence[int]) -> int:
    """How many orders, one at least, may be taken without having too many lines in memory."""
    lines = 0
    for at, count in enumerate(counts):
        lines += min(count, MAX_LINES)
        if lines > LINES_A_STEP and at:
            return at
    return len(counts)


def _rows_of(job_id: int, keys: Sequence[str]) -> list[StagedOrder]:
    with connection.cursor() as cursor:
        cursor.execute(ROWS_OF, [job_id, list(keys)])
        found = cursor.fetchall()
    orders = []
    for key, group in groupby(found, key=itemgetter(0)):
        rows = list(group)
        bad = {no: error for _key, no, _cells, error in rows if error}
        pairs = [(no, from_json(cells)) for _key, no, cells, error in rows if not error]
        orders.append(StagedOrder(key, pairs, [f"[{no},{cells}]" for _key, no, cells, _error in rows], bad))
    return orders


def mark_refused(*, job_id: int, refused: dict[str, dict[int, str]]) -> None:
    """Keep why rows are refused (order key → row → packed problem); the other rows of those orders say so too."""
    if not refused:
        return
    found = [pair for rows in refused.values() for pair in rows.items()]
    siblings = [Problem("sibling", row=next(iter(rows))).pack() for rows in refused.values()]
    with connection.cursor() as cursor:
        cursor.execute(MARK_ROWS, [[no for no, _error in found], [error for _no, error in found], job_id])
        cursor.execute(MARK_SIBLINGS, [list(refused), siblings, job_id])


def forget_good_rows(*, job_id: int) -> None:
    """Only refused rows are kept once the import is over."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM orders_importrow WHERE job_id = %s AND error = ''", [job_id])


def forget_abandoned_rows() -> None:
    """Rows of imports that were stopped or failed."""
    with connection.cursor() as cursor:
        cursor.execute(
            """DELETE FROM orders_importrow mine USING oms_batchjob job
                WHERE job.id = mine.job_id AND job.kind = 'import_orders' AND job.status IN ('failed', 'cancelled')
                  AND mine.error = ''"""
        )
