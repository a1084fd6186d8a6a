"""The guardian: one small process per set-up that runs the servers for as long as somebody needs them.

Who needs them keeps a connection to its socket open; the kernel closes that connection however the process ends, so
nothing stays behind. A process may also name process groups of its own (web, worker …) that are ended with it. The
servers are the guardian's children and are signalled by the kernel if the guardian itself is killed.

Lines it reads: ``need postgres redis``, ``group <id>``, ``bye``. Lines it writes: ``say …``, ``ready``, ``fail …``.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from oms.embedded.account import servers_account
from oms.embedded.children import end_groups
from oms.embedded.errors import EmbeddedError
from oms.embedded.layout import Layout, make_folder
from oms.embedded.postgres import READY_WITHIN, Postgres
from oms.embedded.redis_server import Redis
from oms.embedded.wheels import reachable_programs

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

KINDS: dict[str, type[Postgres | Redis]] = {"postgres": Postgres, "redis": Redis}
TICK = 0.25  # seconds between looks at the servers
FIRST_CLIENT_WITHIN = 30  # seconds
STOP_WITHIN = 60  # seconds; PostgreSQL writes everything out
GROUPS_END_WITHIN = 10  # seconds
RESTARTS = 5  # within RESTART_WINDOW, then give up
RESTART_WINDOW = 60  # seconds


@dataclass(eq=False)
class Client:
    """A process that needs the servers."""

    connection: socket.socket
    unread: bytes = b""
    groups: set[int] = field(default_factory=set)
    said_bye: bool = False

    def tell(self, line: str) -> None:
        """Send one line; a client that has gone is noticed when it is read from."""
        with contextlib.suppress(OSError):
            self.connection.sendall(line.replace("\n", " ").encode() + b"\n")


@dataclass
class Running:
    """A server and its process."""

    server: Postgres | Redis
    process: subprocess.Popen[bytes]
    restarts: list[float] = field(default_factory=list)


class Guardian:
    """Runs the servers while it has clients."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.running: dict[str, Running] = {}
        self.clients: set[Client] = set()
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket(socket.AF_UNIX)
        self.stopping = False

    def listen(self) -> None:
        """Open the socket; the lock is ours, so one that is there belongs to nobody."""
        path = self.layout.guardian_socket
        path.unlink(missing_ok=True)
        self.listener.bind(str(path))
        path.chmod(0o600)
        self.listener.listen(64)
        self.selector.register(self.listener, selectors.EVENT_READ)

    def serve(self) -> None:
        """Work until the last client has gone."""
        deadline = time.monotonic() + FIRST_CLIENT_WITHIN
        while not self.stopping:
            for key, _events in self.selector.select(TICK):
                if key.data is None:
                    self._welcome()
                else:
                    self._read(key.data)
            self._revive()
            if self.clients:
                deadline = 0
            elif time.monotonic() > deadline:
                break
        self.close()

    def close(self) -> None:
        """Stop everything; who waits for that sees its connection close last."""
        self.layout.guardian_socket.unlink(missing_ok=True)  # from here on, newcomers start a guardian of their own
        self.listener.close()
        for running in self.running.values():
            with contextlib.suppress(ProcessLookupError):
                running.process.send_signal(running.server.death_signal)
        for running in self.running.values():
            self._await_end(running)
        for client in self.clients:
            client.connection.close()

    def _welcome(self) -> None:
        connection, _address = self.listener.accept()
        client = Client(connection)
        self.clients.add(client)
        self.selector.register(connection, selectors.EVENT_READ, client)

    def _read(self, client: Client) -> None:
        try:
            data = client.connection.recv(4096)
        except OSError:
            data = b""
        if not data:
            self._farewell(client)
            return
        *lines, client.unread = (client.unread + data).split(b"\n")
        for line in lines:
            word, _, rest = line.decode().partition(" ")
            if word == "need":
                self._provide(client, rest.split())
            elif word == "group":
                client.groups.add(int(rest))
            elif word == "bye":
                client.said_bye = True
                self._farewell(client)
                return

    def _farewell(self, client: Client) -> None:
        self.selector.unregister(client.connection)
        if not client.said_bye:
            end_groups(client.groups, GROUPS_END_WITHIN)
        if len(self.clients) > 1:
            self.clients.discard(client)
            client.connection.close()
        else:
            self.stopping = True  # it is told by the closing connection, once the servers are down

    def _provide(self, client: Client, names: list[str]) -> None:
        try:
            missing = [name for name in names if name not in self.running]
            if missing:
                self._start(missing, lambda line: client.tell(f"say {line}"))
        except EmbeddedError as exc:
            client.tell(f"fail {exc}")
        except Exception as exc:  # noqa: BLE001 -- told to who asked; the traceback is in the log
            traceback.print_exc()
            client.tell(f"fail {type(exc).__name__}: {exc} (see {self.layout.logs}/guardian.log)")
        else:
            client.tell("ready")

    def _start(self, names: list[str], say: Callable[[str], None]) -> None:
        account = servers_account(say)
        if not self.layout.servers.exists():
            make_folder(self.layout.servers, 0o700)
            if account:
                os.chown(self.layout.servers, account.pw_uid, account.pw_gid)
        programs = reachable_programs(self.layout, say)
        servers = {name: KINDS[name](self.layout, programs, account) for name in names}
        for server in servers.values():
            server.prepare(say)
        started = {name: Running(server, server.start()) for name, server in servers.items()}
        self.running |= started
        for name, running in started.items():
            self._await_ready(name, running)

    def _await_ready(self, name: str, running: Running) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while not running.server.is_ready():
            if running.process.poll() is not None or time.monotonic() > deadline:
                self._await_end(self.running.pop(name))
                raise EmbeddedError(f"{running.server.name} did not start: {_last_lines(running.server.log)}")
            time.sleep(0.01)

    def _await_end(self, running: Running) -> None:
        try:
            running.process.wait(STOP_WITHIN)
        except TimeoutError:
            running.process.kill()
            running.process.wait()

    def _revive(self) -> None:
        """Start a server again that was killed; PostgreSQL recovers from its log, Redis from its file."""
        for running in list(self.running.values()):
            if self.stopping or running.process.poll() is None:
                continue
            now = time.monotonic()
            running.restarts = [*(at for at in running.restarts if now - at < RESTART_WINDOW), now]
            if len(running.restarts) > RESTARTS:
                print(f"{running.server.name} keeps ending: giving up.", flush=True)
                self.stopping = True
                return
            print(f"{running.server.name} ended with {running.process.returncode}: starting it again.", flush=True)
            running.server.prepare(print)
            running.process = running.server.start()
            self._await_revival(running)

    def _await_revival(self, running: Running) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while running.process.poll() is None and time.monotonic() < deadline and not running.server.is_ready():
            time.sleep(0.01)


def _last_lines(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-3:] if log.exists() else []
    return " ".join(lines) or f"see {log}"


def take_lock(layout: Layout) -> int | None:
    """Become the only guardian of this set-up; None when another one answers already."""
    descriptor = os.open(layout.home / "guardian.lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + STOP_WITHIN + 5  # one that is stopping still holds it
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if answers(layout):
                return None
            if time.monotonic() > deadline:
                raise EmbeddedError(f"Another guardian of {layout.home} neither answers nor ends.") from None
            time.sleep(0.02)
        else:
            return descriptor


def answers(layout: Layout) -> bool:
    """Tell whether a guardian accepts connections."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(layout.guardian_socket))
            probe.sendall(b"bye\n")
        except OSError:
            return False
    return True


def main(data: str) -> None:
    """Detach, take the lock, listen, and only then let the caller go on."""
    layout = Layout.at(Path(data))
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        with os.fdopen(reading) as pipe:
            sys.exit(pipe.read() or None)  # what went wrong; nothing when it listens
    os.setsid()
    os.close(reading)
    try:
        held = take_lock(layout)
        guardian = Guardian(layout)
        if held is not None:
            guardian.listen()
    except (EmbeddedError, OSError) as exc:
        os.write(writing, str(exc).encode())
        os._exit(1)
    os.close(writing)
    log = os.open(layout.logs / "guardian.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for descriptor, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(descriptor, target)
    if held is None:
        os._exit(0)
    signal.signal(signal.SIGTERM, lambda *_: setattr(guardian, "stopping", True))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    guardian.serve()


if __name__ == "__main__":
    main(sys.argv[1])
