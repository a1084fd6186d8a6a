"""``manage.py up``: one process that starts everything and takes it down again."""

from __future__ import annotations

import os
import signal
import socket
import time
from typing import TYPE_CHECKING

import pytest

from oms.embedded.up import page_status

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

NAMES = ["granian", "worker", "beat", "guardian", "bin/postgres", "redis-server"]


@pytest.fixture
def port():
    """Two neighbouring ports that are free."""
    for candidate in range(18000 + os.getpid() % 1000 * 2, 60000, 2):
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", candidate))
                second.bind(("127.0.0.1", candidate + 1))
            except OSError:
                continue
        return candidate
    raise AssertionError


@pytest.fixture
def started(set_up, port) -> Iterator[subprocess.Popen]:
    """`manage.py up` on that port, its pages being served."""
    process = set_up.start("manage.py", "up", "--port", str(port))
    seen = []
    for line in process.stdout:
        seen.append(line)
        if f"http://127.0.0.1:{port}" in line:
            break
    else:
        raise AssertionError("".join(seen))
    await_all(set_up)
    yield process
    if process.poll() is None:  # the test failed
        process.kill()
        process.communicate()
        set_up.assert_nothing_left()


def await_all(set_up) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        lines = " ".join(set_up.processes().values())
        if all(name in lines for name in NAMES):
            return
        time.sleep(0.1)
    raise AssertionError(lines)


def test_serves_pages_refuses_a_second_one_and_stops_on_ctrl_c(set_up, port, started):
    assert page_status(port) in {200, 302}

    second = set_up.start("manage.py", "up", "--port", str(port + 2))
    said, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert f"OMS runs already: http://127.0.0.1:{port} (process {started.pid})" in said

    started.send_signal(signal.SIGINT)
    said, _ = started.communicate(timeout=60)
    assert started.returncode == 0, said
    set_up.assert_nothing_left(within=0)


def test_killed_outright_it_leaves_nothing_behind(set_up, started):
    started.kill()
    started.communicate()

    set_up.assert_nothing_left(within=30)


def test_a_killed_web_server_is_started_again(set_up, port, started):
    for pid, line in set_up.processes().items():
        if "granian" in line:
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while not page_status(port) and time.monotonic() < deadline:
        time.sleep(0.1)

    assert page_status(port)
    started.send_signal(signal.SIGTERM)
    started.communicate(timeout=60)
    set_up.assert_nothing_left(within=0)


@pytest.mark.parametrize("offset", [0, 1])
def test_a_taken_port_is_named_with_the_way_out(set_up, port, offset):
    with socket.socket() as other:
        other.bind(("127.0.0.1", port + offset))
        other.listen()
        process = set_up.start("manage.py", "up", "--port", str(port))
        said, _ = process.communicate(timeout=60)

    assert process.returncode == 1
    assert f"Port {port + offset} is taken by another program" in said
    assert "PORT=" in said
    assert "--port" in said
    set_up.assert_nothing_left(within=0)
