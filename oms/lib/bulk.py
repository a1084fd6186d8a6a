"""Many rows at once: COPY through Django's connection, ids from a table's sequence."""

from __future__ import annotations

import io
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import Model

Row = tuple[Any, ...]
_NULL = "\\N"


def copy_rows(*, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write rows (in the order of ``columns``) by COPY, in the caller's transaction.

    A value is what PostgreSQL's text form reads: str, int, bool, Decimal, datetime, JSON already dumped; None is NULL.
    """
    text = copy_text(rows, len(columns))
    sql = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(sql, io.BytesIO(text), 1 << 20)


def copy_models(objects: Sequence[Model]) -> None:
    """Write new objects of one model by COPY, as ``bulk_create`` would; those without an id get the next ones.

    What they refer to must have been written before. Values go as they are: no JSON fields.
    """
    if not objects:
        return
    meta = objects[0]._meta
    table, names = meta.db_table, [field.attname for field in meta.concrete_fields]
    new = [one for one in objects if one.pk is None]
    for one, pk in zip(new, next_ids(table=table, count=len(new)), strict=True):
        one.pk = pk
    columns = [f'"{field.column}"' for field in meta.concrete_fields]
    copy_rows(table=table, columns=columns, rows=map(itemgetter(*names), map(vars, objects)))
    alias = connection.alias
    for one in objects:
        state = vars(one)["_state"]
        state.adding, state.db = False, alias


def copy_text(rows: Iterable[Row], width: int) -> bytes:
    """Rows of ``width`` values in COPY's text format."""
    pattern, tabs = "\t".join(["%s"] * width) + "\n", width - 1
    lines = []
    for row in rows:
        line = pattern % row
        # NULL and escaping are rare, so look for them in the whole line first (comparing each value is far slower).
        nulls = 0
        if "None" in line:
            values = tuple([_NULL if value is None else value for value in row])
            nulls = sum([1 for value in row if value is None])
            line = pattern % values
        if line.count("\\") != nulls or line.count("\t") != tabs or line.count("\n") != 1 or "\r" in line:
            line = "\t".join([_NULL if value is None else _escape(str(value)) for value in row]) + "\n"
        lines.append(line)
    return "".join(lines).encode()


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def insert_rows(*, tables: Sequence[tuple[str, Sequence[str], Sequence[Row]]]) -> None:
    """Write a few rows of several tables (name, columns, rows) in one statement, in the caller's transaction.

    One round trip instead of one per table: cheaper than COPY for a handful of rows, dearer from two orders on.
    """
    parts: list[str] = []
    values: list[Any] = []
    for table, columns, rows in tables:
        one = f"({','.join(['%s'] * len(columns))})"
        parts.append(f"INSERT INTO {table} ({','.join(columns)}) VALUES {','.join([one] * len(rows))}")
        for row in rows:
            values += row
    *first, last = parts
    named = [f"w{number} AS ({part})" for number, part in enumerate(first)]
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {', '.join(named)} {last}" if named else last, values)


def next_ids(*, table: str, count: int) -> list[int]:
    """``count`` fresh ids of a table, ascending, never handed out again."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [row[0] for row in cursor.fetchall()]
