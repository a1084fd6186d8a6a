"""How long a newcomer waits for the first page."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oms.embedded import CHECKOUT
from oms.embedded.up import page_status
from oms.lib.bench import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 15
PATIENCE = 180  # seconds
OK = 200
OURS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "OMS_", "DEBUG", "MAKE", "MFLAGS")


def start_up(short: bool) -> Result:
    """``make up`` on an existing set-up until the sign-in page is served, in times of a bare ``manage.py check``."""
    measured = measure_start_up(rounds=3 if short else 7)
    return Result(measured["ratio"], "x check", LIMIT, "lower", measured)


def measure_start_up(*, rounds: int) -> dict[str, Any]:
    """Start and stop a set-up of its own ``rounds`` times, a check before each; medians in seconds."""
    with _set_up() as (env, port):
        first = _time_start(env, port)  # makes the database
        pairs = [(_time_check(env), _time_start(env, port)) for _ in range(rounds)]
    check = statistics.median(pair[0] for pair in pairs)
    start = statistics.median(pair[1] for pair in pairs)
    return {
        "ratio": start / check,
        "start_seconds": round(start, 2),
        "check_seconds": round(check, 2),
        "first_start_seconds": round(first, 2),
        "rounds": rounds,
    }


@contextlib.contextmanager
def _set_up() -> Iterator[tuple[dict[str, str], int]]:
    place = Path(tempfile.mkdtemp(prefix="oms-bench-", dir="/var/tmp"))
    place.chmod(0o755)  # root's servers run as another user
    env = {key: value for key, value in os.environ.items() if not key.startswith(OURS)}
    env |= {"OMS_DATA_DIR": str(place / "data"), "OMS_EMBEDDED_HOME": str(place / "home")}
    try:
        yield env, _free_port()
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _time_check(env: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "manage.py", "check"], cwd=CHECKOUT, env=env, check=True, capture_output=True)
    return time.perf_counter() - began


def _time_start(env: dict[str, str], port: int) -> float:
    argv = ["make", "-s", "up"] if shutil.which("make") else [sys.executable, "manage.py", "up"]
    began = time.perf_counter()
    process = subprocess.Popen(
        argv, cwd=CHECKOUT, env=env | {"PORT": str(port)}, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    try:
        while page_status(port, "/sign-in/") != OK:
            if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                message = f"`{' '.join(argv)}` served no page"
                raise RuntimeError(message)
            time.sleep(0.01)
        return time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


BENCHES = {"start_up": start_up}
