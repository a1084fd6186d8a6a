"""A process's side of the connection to the guardian."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from oms.embedded.errors import EmbeddedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from oms.embedded.layout import Layout

CHECKOUT = Path(__file__).resolve().parent.parent.parent
JOIN_WITHIN = 180  # seconds: the first start of all, on a slow machine
STOP_WITHIN = 75  # seconds


class Lease:
    """While this is open, the servers run."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.pid = os.getpid()

    def add_group(self, group: int) -> None:
        """Have a process group ended with this process, should it be killed."""
        self.connection.sendall(f"group {group}\n".encode())

    def is_alive(self) -> bool:
        """Tell whether the guardian is there; it sends nothing more, so anything to read is its end."""
        try:
            return bool(self.connection.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def release(self) -> None:
        """Let go; the last one to do so waits until the servers are down."""
        if os.getpid() != self.pid:  # a fork's end is not ours
            return
        with contextlib.suppress(OSError):
            self.connection.sendall(b"bye\n")
            self.connection.settimeout(STOP_WITHIN)
            while self.connection.recv(4096):
                pass
        self.connection.close()


def join_guardian(layout: Layout, names: list[str], *, say: Callable[[str], None]) -> Lease:
    """Ask the guardian for servers, starting one where there is none; returns when they answer.

    Raises EmbeddedError with the reason when they cannot run.
    """
    deadline = time.monotonic() + JOIN_WITHIN
    while time.monotonic() < deadline:
        connection = _connect(layout)
        if connection is None:
            _launch(layout)
            continue
        try:
            _ask(connection, names, say)
        except OSError:  # it was about to stop
            connection.close()
            continue
        except BaseException:
            connection.close()
            raise
        return Lease(connection)
    raise EmbeddedError(f"The embedded servers did not answer within {JOIN_WITHIN} s: see {layout.logs}.")


def _connect(layout: Layout) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(layout.guardian_socket))
    except PermissionError:
        connection.close()
        raise EmbeddedError(f"{layout.run} belongs to another user.") from None
    except OSError:
        connection.close()
        return None
    return connection


def _launch(layout: Layout) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "oms.embedded.guardian", str(layout.data)],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise EmbeddedError(done.stderr.strip() or f"the guardian ended with {done.returncode}")


def _ask(connection: socket.socket, names: list[str], say: Callable[[str], None]) -> None:
    connection.settimeout(JOIN_WITHIN)
    connection.sendall(f"need {' '.join(names)}\n".encode())
    with connection.makefile("r") as lines:
        for line in lines:
            word, _, rest = line.rstrip("\n").partition(" ")
            if word == "say":
                say(rest)
            elif word == "fail":
                raise EmbeddedError(rest)
            elif word == "ready":
                connection.settimeout(None)
                return
    raise ConnectionResetError
