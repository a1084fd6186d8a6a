"""Make two commands overlap, so that a missing lock fails on every run."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from django.db import connection, transaction

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 60  # seconds a slow machine gets; nothing waits so long that goes as it should
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
    with transaction.atomic():
        first()
        thread.start()
        blocked = waits_for_me(thread)
    thread.join(PATIENCE)
    assert blocked, "the second command never waited: nothing it needs is locked"
    assert not thread.is_alive(), "the second command never ended"
    return raised[0] if raised else None


def waits_for_me(thread: threading.Thread) -> bool:
    """Whether the thread came to wait for a lock that this connection holds; False once it has ended without."""
    until = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while thread.is_alive() and time.monotonic() < until:
            cursor.execute(BLOCKED_BY_ME)
            if cursor.fetchone()[0]:
                return True
            time.sleep(0.005)
    return False
