"""``manage.py up``: one process that starts everything and takes it down again."""

from __future__ import annotations

import os
import signal
import socket
import time

import pytest

from oms.embedded.up import page_status


def test_serves_pages_refuses_a_second_one_and_stops_on_ctrl_c(set_up, port, started):
    assert page_status(port) in {200, 302}

    second = set_up.start("manage.py", "up", "--port", str(port + 2))
    said, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert f"OMS runs already: http://127.0.0.1:{port} (process {started.pid})" in said

    started.send_signal(signal.SIGINT)
    assert started.wait(timeout=60) == 0
    set_up.assert_nothing_left(within=8)  # the guardian is just leaving


def test_killed_outright_it_leaves_nothing_behind(set_up, started):
    started.kill()
    started.wait()

    set_up.assert_nothing_left(within=30)


def test_a_killed_web_server_is_started_again(set_up, port, started):
    for pid, line in set_up.processes().items():
        if "granian" in line:
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while not page_status(port) and time.monotonic() < deadline:
        time.sleep(0.1)

    assert page_status(port)
    started.send_signal(signal.SIGTERM)
    started.wait(timeout=60)
    set_up.assert_nothing_left(within=8)  # the guardian is just leaving


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
    set_up.assert_nothing_left(within=8)  # the guardian is just leaving
