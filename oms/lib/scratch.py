"""A database of one's own for a benchmark: made from the migrations, thrown away at the end."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from django.core.management import call_command
from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterator


def database_url() -> str:
    """URL of the database this process talks to, for a child's DATABASE_URL."""
    facts = connection.settings_dict
    user = quote(facts["USER"], safe="") + (f":{quote(facts['PASSWORD'], safe='')}" if facts["PASSWORD"] else "")
    port = f":{facts['PORT']}" if facts["PORT"] else ""
    host = facts["HOST"] if not facts["HOST"].startswith("/") else ""
    options = dict(facts["OPTIONS"])
    if facts["HOST"].startswith("/"):
        options["host"] = facts["HOST"]
    query = f"?{urlencode(options)}" if options else ""
    return f"postgres://{user}@{host}{port}/{quote(facts['NAME'], safe='')}{query}"


@contextmanager
def scratch_database(name: str) -> Iterator[str]:
    """Create ``bench_<name>`` on the same server, migrate it, make it this process's default; drop it at the end.

    Yields its URL, for child processes, which find it in the environment as DATABASE_URL as well.
    """
    home, scratch = connection.settings_dict["NAME"], f"bench_{name}"
    home_url = os.environ.get("DATABASE_URL")
    _administer(f'DROP DATABASE IF EXISTS "{scratch}" WITH (FORCE)', f'CREATE DATABASE "{scratch}"')
    _switch(scratch)
    os.environ["DATABASE_URL"] = database_url()
    try:
        call_command("migrate", verbosity=0)
        yield database_url()
    finally:
        _switch(home)
        if home_url is None:
            os.environ.pop("DATABASE_URL")
        else:
            os.environ["DATABASE_URL"] = home_url
        _administer(f'DROP DATABASE IF EXISTS "{scratch}" WITH (FORCE)')


def _switch(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def _administer(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
