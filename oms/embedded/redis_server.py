"""The embedded Redis: a plain server on a socket that only its user may open; never on the network."""

from __future__ import annotations

import os
import signal
import socket
from typing import TYPE_CHECKING

from oms.embedded.children import spawn
from oms.embedded.layout import make_folder

if TYPE_CHECKING:
    import pwd
    import subprocess
    from collections.abc import Callable

    from oms.embedded.layout import Layout
    from oms.embedded.wheels import Programs


class Redis:
    """One Redis with an append-only file."""

    name = "Redis"
    death_signal = signal.SIGTERM

    def __init__(self, layout: Layout, programs: Programs, account: pwd.struct_passwd | None) -> None:
        self.layout = layout
        self.program = programs.redis_server
        self.account = account
        self.log = layout.logs / "redis.log"

    def prepare(self, say: Callable[[str], None]) -> None:
        """Make Redis's folder, and forget the socket of a server that was killed."""
        folder = self.layout.redis_data
        if not folder.exists():
            make_folder(folder, 0o700)
            if self.account:
                os.chown(folder, self.account.pw_uid, self.account.pw_gid)
        self.layout.redis_socket.unlink(missing_ok=True)

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server; ``is_ready`` tells when it answers."""
        options = {
            "port": "0",
            "unixsocket": str(self.layout.redis_socket),
            "unixsocketperm": "600",
            "daemonize": "no",
            "dir": str(self.layout.redis_data),
            "appendonly": "yes",
            "appendfsync": "no" if os.environ.get("OMS_EMBEDDED_UNSAFE") else "everysec",
            "save": "",
            "loglevel": "warning",
        }
        words = [word for key, value in options.items() for word in (f"--{key}", value)]
        return spawn(
            [str(self.program), *words],
            log=self.log,
            cwd=self.layout.redis_data,
            account=self.account,
            death_signal=self.death_signal,
        )

    def is_ready(self) -> bool:
        """Tell whether the server answers; while it reads its file back, it does not."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            try:
                client.connect(str(self.layout.redis_socket))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
            except OSError:
                return False
