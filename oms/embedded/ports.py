"""Whether a port is free, and whose it is."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
from typing import TYPE_CHECKING, Any

from oms.embedded.errors import EmbeddedError

if TYPE_CHECKING:
    from pathlib import Path

HOST = "127.0.0.1"
HIGHEST_PORT = 65535


def require_free(port: int) -> None:
    """Raise EmbeddedError when something listens on ``port`` already, or it may not be used."""
    advice = f"Choose another one: `make up PORT={port + 100 if port + 100 < HIGHEST_PORT else 8100}` (or --port)."
    if not 0 < port < HIGHEST_PORT:
        raise EmbeddedError(f"{port} is not a port number between 1 and {HIGHEST_PORT - 1}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as exc:
            if exc.errno == errno.EADDRINUSE:
                raise EmbeddedError(f"Port {port} is taken by another program. {advice}") from None
            raise EmbeddedError(f"Port {port} cannot be used ({exc.strerror}). {advice}") from None


class OnlyOne:
    """The right to run the processes of one checkout; the kernel returns it however its holder ends."""

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = self._read()
            os.close(self.descriptor)
            where = other.get("address", "its address is not known yet")
            raise EmbeddedError(
                f"OMS runs already: {where} (process {other.get('pid', '?')}). Stop it with Ctrl-C there."
            ) from None
        self.note(pid=os.getpid())

    def note(self, **facts: Any) -> None:
        """Tell whoever comes second about this one."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, json.dumps(facts).encode(), 0)

    def _read(self) -> dict[str, Any]:
        try:
            facts: dict[str, Any] = json.loads(os.pread(self.descriptor, 4096, 0))
        except ValueError:
            return {}
        return facts
