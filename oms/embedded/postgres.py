"""The embedded PostgreSQL: initdb, start, readiness, stop."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from oms.embedded.children import spawn
from oms.embedded.errors import EmbeddedError
from oms.embedded.layout import make_folder

if TYPE_CHECKING:
    import pwd
    from collections.abc import Callable

    from oms.embedded.layout import Layout
    from oms.embedded.wheels import Programs

MAJOR = "18"
MB = 1024 * 1024
SMALL_SHM = 256 * MB  # Docker's default of 64 MB is too little for parallel queries
READY_WITHIN = 120  # seconds; recovery after a crash included
ORPHANS_END_WITHIN = 20  # seconds
INITDB = [
    "--username=oms",
    "--auth=trust",  # the socket lies in a folder that only the servers' user enters
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
]
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_io_concurrency": "16",
    "random_page_cost": "1.1",
    "min_wal_size": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and details carry names and phone numbers; those stay out of the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
UNSAFE_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """One database cluster and its server."""

    name = "PostgreSQL"
    death_signal = signal.SIGINT  # "fast": roll back, write out, end

    def __init__(self, layout: Layout, programs: Programs, account: pwd.struct_passwd | None) -> None:
        self.layout = layout
        self.data = layout.postgres_data
        self.bin = programs.postgres_bin
        self.account = account
        self.log = layout.logs / "postgres.log"

    def prepare(self, say: Callable[[str], None]) -> None:
        """Create the cluster with an empty database ``oms`` unless it is there; refuse another major version's."""
        if not self.data.exists():
            say("Creating the database")
            self._create()
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise EmbeddedError(f"{self.data} was made by PostgreSQL {found}, this is {MAJOR}: see docs/OPERATIONS.md.")
        self._clear_stale_lock()

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server; ``is_ready`` tells when it answers."""
        settings = SETTINGS | _memory_settings() | {"unix_socket_directories": str(self.layout.servers)}
        if os.environ.get("OMS_EMBEDDED_UNSAFE"):  # tests: nothing to lose in a crash
            settings |= UNSAFE_SETTINGS
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        return spawn(
            [str(self.bin / "postgres"), "-D", str(self.data), *options],
            log=self.log,
            cwd=self.layout.home,
            account=self.account,
            env=self._environment(),
            death_signal=self.death_signal,
        )

    def is_ready(self) -> bool:
        """Tell whether the server answers: its own status line says so."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready"  # noqa: PLR2004 -- PM_STATUS in PostgreSQL's pidfile.h

    def _create(self) -> None:
        fresh = self.data.with_name(f"postgres.new.{os.getpid()}")
        make_folder(fresh, 0o700)
        try:
            if self.account:
                os.chown(fresh, self.account.pw_uid, self.account.pw_gid)
            hurry = ["--no-sync"] if os.environ.get("OMS_EMBEDDED_UNSAFE") else []
            self._run(["initdb", "--pgdata", str(fresh), *INITDB, *hurry])
            self._run(["postgres", "--single", "-D", str(fresh), "postgres"], b"create database oms\n")
            fresh.rename(self.data)  # from here on it is whole
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _run(self, argv: list[str], text: bytes = b"") -> None:
        identity = {"user": self.account.pw_uid, "group": self.account.pw_gid} if self.account else {}
        done = subprocess.run(  # type: ignore[call-overload]
            [str(self.bin / argv[0]), *argv[1:]],
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.layout.home,
            env=self._environment(),
            check=False,
            **identity,
        )
        if done.returncode:
            last = done.stdout.decode(errors="replace").strip().splitlines()[-3:]
            raise EmbeddedError(f"{argv[0]} failed: {' '.join(last)}")

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LD_"))}
        return kept | {"LANG": "C", "TZ": "UTC"}

    def _clear_stale_lock(self) -> None:
        """Remove the lock files of a server that was killed, once it and its children are certainly gone.

        PostgreSQL itself only looks whether a process of that number lives, whatever it is, and refuses while one of
        the old server's children is busy. The guardian's lock is ours, so whatever works here is an orphan.
        """
        lock = self.data / "postmaster.pid"
        deadline = time.monotonic() + ORPHANS_END_WITHIN
        while lock.exists() and (orphans := processes_in(self.data)):
            server = int(lock.read_text().split("\n", 1)[0] or 0)
            late = time.monotonic() > deadline
            for pid in {server} & orphans or orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL if late else self.death_signal if pid == server else signal.SIGQUIT)
            time.sleep(0.1)
        for stale in (lock, self.layout.servers / ".s.PGSQL.5432", self.layout.servers / ".s.PGSQL.5432.lock"):
            stale.unlink(missing_ok=True)


def processes_in(folder: Path) -> set[int]:
    """Return the living processes whose working folder is ``folder``."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):  # gone, or somebody else's
            if entry.readlink() == folder.resolve():
                found.add(int(entry.parent.name))
    return found


def _memory_settings() -> dict[str, str]:
    shared = max(128, min(1024, memory_bytes() // 4 // MB))
    settings = {"shared_buffers": f"{shared}MB", "effective_cache_size": f"{max(256, memory_bytes() // 2 // MB)}MB"}
    if _shm_bytes() < SMALL_SHM:
        settings["dynamic_shared_memory_type"] = "mmap"
    return settings


def memory_bytes() -> int:
    """Return the memory of this machine, or of this container when it has less."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            whole = min(whole, int(Path(limit).read_text()))
        except (OSError, ValueError):
            continue
    return whole


def _shm_bytes() -> int:
    try:
        facts = os.statvfs("/dev/shm")  # noqa: S108 -- asked for its size
    except OSError:
        return 0
    return facts.f_frsize * facts.f_bavail
