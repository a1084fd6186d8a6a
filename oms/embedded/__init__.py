"""PostgreSQL and Redis out of wheels, for a checkout on one machine that names no servers of its own.

``ensure_services`` is called before Django loads: by manage.py, the web and live processes and Celery. It imports
nothing of Django. Servers run under a small guardian process (guardian.py) that ends them when the last process that
needs them has gone, however it went.
"""

from __future__ import annotations

import atexit
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from oms.embedded.errors import EmbeddedError

if TYPE_CHECKING:
    from oms.embedded.client import Lease
    from oms.embedded.layout import Layout

CHECKOUT = Path(__file__).resolve().parent.parent.parent
ADDRESSES = {"postgres": "DATABASE_URL", "redis": "REDIS_URL"}
# Commands that never talk to a server: they get its address, and do not wait for it to start.
SERVERLESS = {"", "check", "collectstatic", "compilemessages", "diffsettings", "help", "makemessages", "version"}

_lease: Lease | None = None


def ensure_services() -> None:
    """Start or join the embedded servers that the environment does not name, and set their addresses and SECRET_KEY.

    Does nothing when DATABASE_URL and REDIS_URL are both set. Ends the process with one clear line when it cannot.
    """
    missing = [name for name, variable in ADDRESSES.items() if not os.environ.get(variable)]
    if not missing:
        return
    try:
        layout = _prepared_layout()
        if not _is_serverless(sys.argv):
            hold_services(layout, missing)
    except EmbeddedError as exc:
        sys.exit(f"oms: {exc}")
    addresses = {"DATABASE_URL": layout.database_url, "REDIS_URL": layout.redis_url}
    os.environ.update({ADDRESSES[name]: addresses[ADDRESSES[name]] for name in missing})
    os.environ.setdefault("OMS_EMBEDDED", "1")
    if not os.environ.get("SECRET_KEY"):
        os.environ["SECRET_KEY"] = layout.secret_key()


def hold_services(layout: Layout, names: list[str]) -> Lease:
    """Make this process one that needs ``names`` until it ends; returns its connection to the guardian."""
    global _lease  # noqa: PLW0603 -- one per process, closed when it ends
    from oms.embedded.client import join_guardian

    _lease = join_guardian(layout, names, say=lambda line: print(line, file=sys.stderr, flush=True))
    atexit.register(_lease.release)
    return _lease


def current_lease() -> Lease | None:
    """Return this process's connection to the guardian; None when the servers are somebody else's."""
    return _lease


def data_dir() -> Path:
    """Return the folder that the embedded set-up keeps its data in."""
    return Path(os.environ.get("OMS_DATA_DIR") or CHECKOUT / ".data").absolute()


def _prepared_layout() -> Layout:
    from oms.embedded.layout import Layout

    layout = Layout.at(data_dir())
    layout.make_folders()
    return layout


def _is_serverless(argv: list[str]) -> bool:
    if Path(argv[0]).name not in {"manage.py", "django-admin"}:
        return False
    command = next((word for word in argv[1:] if not word.startswith("-")), "")
    return command in SERVERLESS and "--database" not in argv and "--deploy" not in argv
