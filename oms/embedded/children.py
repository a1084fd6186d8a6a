"""Child processes that never outlive their parent."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pwd
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

PR_SET_PDEATHSIG = 1
KEEP_LOG_BYTES = 20_000_000

_libc = ctypes.CDLL(None)


def spawn(
    argv: list[str],
    *,
    log: Path,
    cwd: Path,
    account: pwd.struct_passwd | None = None,
    env: Mapping[str, str] | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a program in its own process group, output into ``log``; the kernel signals it when this process dies."""
    turn_over(log)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    try:
        return subprocess.Popen(  # type: ignore[call-overload]
            argv,
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            cwd=cwd,
            env=env,
            process_group=0,
            preexec_fn=die_with_parent(death_signal),  # noqa: PLW1509 -- no threads here
            **identity,
        )
    finally:
        os.close(descriptor)


def turn_over(log: Path) -> None:
    """Keep one older log beside a log that has grown large."""
    if log.exists() and log.stat().st_size > KEEP_LOG_BYTES:
        log.replace(log.with_suffix(log.suffix + ".1"))


def end_groups(groups: Iterable[int], patience: float, reap: Callable[[], object] = lambda: None) -> None:
    """Ask process groups to end, wait up to ``patience`` seconds, then end them.

    ``reap`` collects those that are the caller's children: until then their groups seem to live.
    """
    left = [group for group in groups if _signal_group(group, signal.SIGTERM)]
    deadline = time.monotonic() + patience
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        reap()
        left = [group for group in left if _signal_group(group, 0)]
    for group in left:
        _signal_group(group, signal.SIGKILL)


def _signal_group(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def die_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """Return what a child does before its program starts, to be signalled when this process ends."""
    parent = os.getpid()

    def prepare() -> None:
        # After the change of user, which would clear it.
        _libc.prctl(PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return prepare
