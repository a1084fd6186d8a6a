"""How much memory a web worker holds after a day of requests."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.urls import reverse

from oms.lib.bench import Result
from oms.staff.models import Staff

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = ("workbench", "orders:order-list", "stock-list", "interception:queue", "job-list", "notice-list")
HOTEL_PAGES = ("rooms:board", "chart:chart", "stays:booking-list", "folios:list", "members:list", "audit:rehearsal")
CLIENTS = 4
LIMIT_MB = 200
BACKEND = "django.contrib.auth.backends.ModelBackend"


def web_memory(short: bool) -> Result:
    """Peak resident memory of the largest web worker after 10,000 requests (short: 1,000), in MB.

    Requests go over HTTP to a granian of this checkout, signed in as a superuser who is made for it and removed again;
    the pages show whatever the database holds, those of the hotel where there is one.
    """
    requests = 1_000 if short else 10_000
    with _signed_in() as cookie, _web_server() as (port, pid):
        hotel = [path for path in map(reverse, HOTEL_PAGES) if _answers(port, cookie, path)]
        paths = [*map(reverse, PAGES), *hotel]
        seconds, failures = _hammer(port, cookie, paths, requests)
        workers = [_peak_mb(child) for child in _children(pid)]
    detail = {
        "requests": requests,
        "requests_per_second": round(requests / seconds),
        "failures": failures,
        "workers_mb": workers,
        "pages": paths,
    }
    return Result(max(workers), "MB", LIMIT_MB, "lower", detail)


def _answers(port: int, cookie: str, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"Cookie": cookie})
    status = connection.getresponse().status
    connection.close()
    return status == http.client.OK


@contextlib.contextmanager
def _signed_in() -> Iterator[str]:
    person = Staff.objects.create(username=f"bench-{os.getpid()}", is_superuser=True, is_staff=True)
    person.set_unusable_password()
    person.save(update_fields=["password"])
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(person.pk), BACKEND
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    try:
        yield f"sessionid={session.session_key}"
    finally:
        session.delete()
        person.delete()


@contextlib.contextmanager
def _web_server() -> Iterator[tuple[int, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "2", "--blocking-threads", "8", "--log-level", "warning", "oms.wsgi:application"]
    server = subprocess.Popen(command)
    try:
        _wait(port)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    message = "the web server did not start within 30 s"
    raise RuntimeError(message)


def _hammer(port: int, cookie: str, paths: list[str], requests: int) -> tuple[float, int]:
    failures = [0] * CLIENTS

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for n in range(requests // CLIENTS):
            connection.request("GET", paths[n % len(paths)], headers={"Cookie": cookie})
            answer = connection.getresponse()
            answer.read()
            failures[number] += answer.status != http.client.OK
        connection.close()

    began = time.monotonic()
    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began, sum(failures)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


def _peak_mb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024


BENCHES = {"web_memory": web_memory}
