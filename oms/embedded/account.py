"""The system user that the servers run as when they are started by root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from typing import TYPE_CHECKING

from oms.embedded.errors import EmbeddedError

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "oms-servers"
WAYS = [
    ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME],
    ["adduser", "--system", "--group", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME],
]


def servers_account(say: Callable[[str], None]) -> pwd.struct_passwd | None:
    """Return whom the servers run as: None for "as whoever started them", a system user for root."""
    if os.geteuid() != 0:
        return None
    return _known() or _create(say)


def _known() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        return None


def _create(say: Callable[[str], None]) -> pwd.struct_passwd:
    say(f"Creating the system user {NAME}: PostgreSQL refuses to run as root")
    problem = "neither useradd nor adduser is installed"
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    for argv in WAYS:
        program = shutil.which(argv[0], path=path)
        if program is None:
            continue
        done = subprocess.run([program, *argv[1:]], capture_output=True, text=True, check=False)
        account = _known()  # made by us, or by another start at the same moment
        if account:
            return account
        problem = done.stderr.strip()
    raise EmbeddedError(
        f"The system user {NAME} cannot be created ({problem}). "
        "Run as an ordinary user, or name your own servers in DATABASE_URL and REDIS_URL."
    )
