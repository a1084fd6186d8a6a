"""Make two commands overlap, so that a missing lock fails on every run."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from django.db import connection, transaction

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCKED_BY_ME = """SELECT EXISTS (SELECT FROM pg_locks
    WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"""


def overlap(first: Callable[[], object], second: Callable[[], object]) -> BaseException | None:
    """Run ``first``, start ``second`` before it commits, and return what ``second`` raised."""
    raised: list[BaseException] = []

    def run_second() -> None:
        try:
            second()
        except Exception as exc:  # noqa: BLE001 -- handed back to the test
            raised.append(exc)
        finally:
            connection.close()

    thread = threading.Thread(target=run_second)
    with transaction.atomic(), connection.cursor() as cursor:
        first()
        thread.start()
        deadline, blocked = time.monotonic() + 3, False
        while not blocked and time.monotonic() < deadline:
            cursor.execute(BLOCKED_BY_ME)
            blocked = cursor.fetchone()[0]
    thread.join(timeout=10)
    assert blocked, "the second command never waited: nothing it needs is locked"
    return raised[0] if raised else None
