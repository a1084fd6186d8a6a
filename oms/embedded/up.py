"""``manage.py up``: everything a checkout needs to be used, in one process that can be stopped with Ctrl-C."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import sys
import time
from typing import TYPE_CHECKING

from django.core.management import call_command, get_commands
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from oms.embedded import CHECKOUT, current_lease, data_dir, hold_services
from oms.embedded.errors import EmbeddedError
from oms.embedded.layout import Layout, make_folder
from oms.embedded.ports import HOST, OnlyOne, require_free
from oms.embedded.supervisor import Program, Supervisor, say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WEB_WORKERS = 2
WEB_THREADS = 8  # per worker: concurrent API orders wait for each other to share a transaction
FIRST_PAGE_WITHIN = 90  # seconds
DEMO_COMPANY = "栖木"
STALE_AFTER = 60  # seconds: a clone writes .po and .mo files in any order
QUIET_STEP = 0.5  # seconds: shorter steps are not worth a line


def run_everything(*, port: int, demo: bool) -> int:
    """Prepare the database, start all processes, and watch them until told to stop; returns the exit code."""
    began = time.monotonic()
    logs = _logs()
    only = OnlyOne(data_dir() / "up.lock")
    for wanted in (port, port + 1):
        require_free(wanted)
    address = f"http://{HOST}:{port}"
    only.note(pid=os.getpid(), address=address)
    if demo:
        os.environ.setdefault("OMS_COMPANY", DEMO_COMPANY)
    compile_stale_messages(CHECKOUT / "locale")
    prepare_database(demo=demo)
    supervisor = Supervisor(cwd=CHECKOUT, logs=logs, env=_environment(port))
    supervisor.catch_signals()
    try:
        web, *others = programs(port)
        supervisor.start(web)
        if _wait_for_first_page(supervisor, port):
            for program in others:
                supervisor.start(program)
            _announce(address, demo=demo, seconds=time.monotonic() - began)
        return supervisor.run(each_tick=lambda: _keep_services(supervisor))
    finally:
        say("Stopping …")
        supervisor.stop()
        lease = current_lease()
        if lease:
            lease.release()
        say("Everything is stopped.")


def programs(port: int) -> list[Program]:
    """Return what runs, the web server first."""
    python = sys.executable
    web = [python, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port)]
    web += ["--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS), "--backpressure", "64"]
    web += ["--workers-kill-timeout", "5", "--no-ws", "--log-level", "warning", "oms.wsgi:application"]
    celery = [python, "-m", "celery", "--app", "oms.celery", "--quiet"]
    schedule = data_dir() / "celerybeat-schedule"
    schedule.unlink(missing_ok=True)  # plain intervals: nothing to remember, and a torn file stops it
    live = [python, "-m", "uvicorn", "oms.asgi:application", "--host", HOST, "--port", str(port + 1)]
    return [
        Program("web", web),
        Program("worker-fast", _worker(celery, "fast", "fast")),
        Program("worker-slow", _worker(celery, "slow", "slow,fast")),
        Program("scheduler", [*celery, "beat", "--schedule", str(schedule), "--pidfile", ""]),
        Program("live", [*live, "--log-level", "warning", "--timeout-graceful-shutdown", "2"], optional=True),
    ]


def prepare_database(*, demo: bool) -> None:
    """Bring tables and roles up to date; make the demo company and hotel when asked."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        with step("Preparing the database"):
            call_command("migrate", verbosity=0, interactive=False)
    if "sync_roles" in get_commands():
        with step("Syncing roles"):
            call_command("sync_roles", verbosity=0)
    if demo:
        with step("Making the demo company"):
            call_command("seed_demo")
        with step("Making the demo hotel"):
            call_command("seed_hotel")
    connections.close_all()


def compile_stale_messages(folder: Path) -> None:
    """Compile translations that were edited after they were compiled; the compiled ones are in the repository."""
    stale = [po for po in folder.glob("*/LC_MESSAGES/*.po") if _is_stale(po)]
    if stale and shutil.which("msgfmt"):
        with step("Compiling translations"):
            call_command("compilemessages", verbosity=0, ignore=[".venv", "node_modules"])


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    say(f"{title} …")
    began = time.monotonic()
    yield
    seconds = time.monotonic() - began
    if seconds > QUIET_STEP:
        say(f"{title}: {seconds:.1f} s")


def _logs() -> Path:
    make_folder(data_dir(), 0o700)
    logs = data_dir() / "log"
    make_folder(logs, 0o700)
    return logs


def _environment(port: int) -> dict[str, str]:
    mine = {"OMS_LIVE_URL": f"http://{HOST}:{port + 1}/live/", "PYTHONUNBUFFERED": "1"}
    return {**os.environ, **mine, "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "oms.settings")}


def _worker(celery: list[str], name: str, queues: str) -> list[str]:
    words = [*celery, "worker", "--pool", "solo", "--queues", queues, "--hostname", f"{name}@oms"]
    return [*words, "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"]


def _is_stale(po: Path) -> bool:
    compiled = po.with_suffix(".mo")
    return not compiled.exists() or po.stat().st_mtime > compiled.stat().st_mtime + STALE_AFTER


def _wait_for_first_page(supervisor: Supervisor, port: int) -> bool:
    deadline = time.monotonic() + FIRST_PAGE_WITHIN
    while not supervisor.stopping and time.monotonic() < deadline:
        supervisor.look()
        status = page_status(port)
        if status:
            return True
        time.sleep(0.05)
    if not supervisor.stopping:
        raise EmbeddedError(f"No page within {FIRST_PAGE_WITHIN} s: see {supervisor.logs}/web.log.")
    return False


def page_status(port: int, path: str = "/") -> int:
    """Return the status of a page served on ``port``; 0 when nobody answers."""
    client = http.client.HTTPConnection(HOST, port, timeout=30)
    try:
        client.request("GET", path)
        return client.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        client.close()


def _announce(address: str, *, demo: bool, seconds: float) -> None:
    say(f"\n  OMS is running at {address}  (started in {seconds:.1f} s)")
    say("  Sign-ins are listed above." if demo else "  First time: `.venv/bin/python manage.py createsuperuser`.")
    say(f"  Logs: {data_dir()}/log    Stop: Ctrl-C\n")


def _keep_services(supervisor: Supervisor) -> None:
    """Start the guardian and its servers again when they were killed."""
    lease = current_lease()
    if lease is None or lease.is_alive() or supervisor.stopping:
        return
    say("The embedded servers were ended from outside: starting them again.")
    wanted = [name for name, variable in (("postgres", "DATABASE_URL"), ("redis", "REDIS_URL")) if _is_ours(variable)]
    try:
        fresh = hold_services(Layout.at(data_dir()), wanted)
    except EmbeddedError as exc:
        say(f"They do not start: {exc}")
        time.sleep(1)  # the next look tries again
        return
    for program in supervisor.programs:
        if program.process:
            fresh.add_group(program.process.pid)


def _is_ours(variable: str) -> bool:
    return str(Layout.at(data_dir()).servers) in os.environ[variable]
