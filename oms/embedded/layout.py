"""Where the embedded servers keep their files.

As a user everything lies in ``.data/``. PostgreSQL refuses to run as root, so root's servers run as a system user who
may be unable to enter the checkout: what they need lies in ``/var/lib/oms-embedded/<instance>/`` then, and ``.data/``
holds the instance's name. No folder that was there before ever changes its owner or permissions.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from oms.embedded.errors import EmbeddedError

ROOTS_HOME = Path("/var/lib/oms-embedded")
LONGEST_SOCKET = "servers/.s.PGSQL.5432"
SOCKET_PATH_LIMIT = 107  # bytes in sockaddr_un, without the final zero
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")


@dataclass(frozen=True)
class Layout:
    """The paths of one embedded set-up."""

    data: Path  # .data of the checkout: logs, secret key, media
    home: Path  # what the servers must reach
    run: Path  # sockets
    shared: Path  # copies of the servers' programs, for root only
    as_root: bool

    @classmethod
    def at(cls, data: Path) -> Layout:
        """Return the layout for ``data``; makes the folder and its instance name when they are missing."""
        as_root = os.geteuid() == 0
        shared = Path(os.environ.get("OMS_EMBEDDED_HOME") or ROOTS_HOME)
        make_folder(data, 0o755 if as_root else 0o700)
        instance = _instance(data)
        home = shared / instance if as_root else data
        return cls(data=data, home=home, run=_run_folder(home, instance), shared=shared, as_root=as_root)

    @property
    def servers(self) -> Path:
        """The folder of the servers' own sockets; only they (and root) may enter it."""
        return self.run / "servers"

    @property
    def database_url(self) -> str:
        """What DATABASE_URL becomes."""
        return f"postgres://oms@/oms?host={quote(str(self.servers), safe='/')}"

    @property
    def redis_url(self) -> str:
        """What REDIS_URL becomes."""
        return f"unix://{quote(str(self.redis_socket), safe='/')}?db=0"

    @property
    def redis_socket(self) -> Path:
        """Where Redis listens."""
        return self.servers / "redis.sock"

    @property
    def postgres_data(self) -> Path:
        """The database cluster."""
        return self.home / "postgres"

    @property
    def redis_data(self) -> Path:
        """The folder of Redis's append-only file."""
        return self.home / "redis"

    @property
    def guardian_socket(self) -> Path:
        """Where the guardian listens."""
        return self.run / "guardian.sock"

    @property
    def logs(self) -> Path:
        """One log file per process."""
        return self.data / "log"

    def make_folders(self) -> None:
        """Make the folders that only their maker needs; the servers' own are made by the guardian."""
        make_folder(self.logs, 0o700)
        if self.as_root:
            make_folder(self.shared, 0o755)
            make_folder(self.home, 0o755)
            _remember_owner(self.home, self.data)
        make_folder(self.run, 0o755 if self.as_root else 0o700)
        _refuse_foreign(self.run)

    def secret_key(self) -> str:
        """Return the signing key of this set-up, made on first use and readable by its owner only."""
        path = self.data / "secret_key"
        _write_once(path, secrets.token_urlsafe(48), 0o600)
        return _read(path)


def make_folder(path: Path, mode: int) -> None:
    """Make one folder with exactly ``mode``; a folder that is there already stays as it is."""
    try:
        path.mkdir(mode)
    except FileExistsError:
        return
    except FileNotFoundError:
        raise EmbeddedError(f"{path.parent} does not exist.") from None
    except PermissionError:
        raise EmbeddedError(
            f"{path} cannot be made: {path.parent} belongs to {path.parent.stat().st_uid}. "
            "Run as its owner, or set OMS_DATA_DIR to a folder of your own."
        ) from None
    path.chmod(mode)  # mkdir's mode went through the umask


def _instance(data: Path) -> str:
    """Return the name of this set-up, which stays with the folder when the checkout is moved."""
    path = data / "instance"
    _write_once(path, secrets.token_hex(6), 0o644)
    return _read(path)


def _write_once(path: Path, text: str, mode: int) -> None:
    """Write a file that is complete from the moment it is there; of two starts at once, the first one's stays."""
    if path.exists():
        return
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except PermissionError:
        raise EmbeddedError(f"{path} belongs to another user: run as that user, or remove {path.parent}.") from None


def _remember_owner(home: Path, data: Path) -> None:
    """Note whose data this is, and refuse a second checkout that was copied together with its ``.data/``."""
    note = home / "owner"
    if note.exists():
        owner = Path(note.read_text())
        if owner != data and (owner / "instance").exists() and _read(owner / "instance") == home.name:
            raise EmbeddedError(f"{data} is a copy of {owner} and would share its database: remove {data}/instance.")
    note.write_text(str(data))


def _run_folder(home: Path, instance: str) -> Path:
    run = home / "run"
    fits = len(os.fsencode(run / LONGEST_SOCKET)) <= SOCKET_PATH_LIMIT and PLAIN_PATH.fullmatch(str(run))
    return run if fits else Path("/tmp") / f"oms-{os.geteuid()}-{instance}"  # noqa: S108 -- see _refuse_foreign


def _refuse_foreign(run: Path) -> None:
    """Refuse a folder under /tmp that somebody else put there before us."""
    facts = run.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid() or facts.st_mode & 0o022:
        raise EmbeddedError(f"{run} is not a folder of this user alone: remove it.")
