"""Proof that the books are right: every invariant as a query for its breaches."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Invariant:
    """A rule that never breaks. ``sql`` selects its breaches as two columns: reference, fact."""

    name: str
    sql: str


@dataclass(frozen=True)
class Finding:
    """How one invariant fared. ``breaches`` holds at most the first hundred (reference, fact)."""

    invariant: Invariant
    breaches: list[tuple[str, str]]


def all_invariants() -> list[Invariant]:
    """Invariants of every room, in the order of settings.OMS_INVARIANTS. Raises ValueError on a name used twice."""
    found = [invariant for path in settings.OMS_INVARIANTS for invariant in import_module(path).INVARIANTS]
    names = [invariant.name for invariant in found]
    if len(set(names)) != len(names):
        message = "two invariants have one name"
        raise ValueError(message)
    return found


def prove_books() -> Iterator[Finding]:
    """Run every invariant over the whole database, in one repeatable-read, read-only transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        if not connection.savepoint_ids:  # in a test's transaction the level can't be changed any more
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for invariant in all_invariants():
            cursor.execute(f"SELECT reference::text, fact::text FROM ({invariant.sql}) breach LIMIT 100")
            yield Finding(invariant, cursor.fetchall())


def breaches() -> list[str]:
    """All breaches as lines; empty when the books are right. For tests."""
    return [f"{f.invariant.name}: {ref}: {fact}" for f in prove_books() for ref, fact in f.breaches]
