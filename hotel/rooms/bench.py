"""The room board: its queries and time at 1,000 rooms, and how soon a change reaches every open board."""

from __future__ import annotations

import asyncio
import statistics
import threading
import time
from typing import TYPE_CHECKING, Self

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hotel.chart.bench import LARGE, SMALL, make_house
from hotel.rooms import queries, services
from hotel.rooms.drawing import Drawer
from hotel.rooms.models import Room
from hotel.rooms.states import HK_MOVES
from hotel.rooms.telling import channel_of
from oms.lib.bench import Result
from oms.lib.scratch import scratch_database
from oms.staff.models import Staff

if TYPE_CHECKING:
    from hotel.rooms.models import Property

BOARDS = 300
MOST_QUERIES = 8
MOST_SECONDS = 1.0
BACKEND = "django.contrib.auth.backends.ModelBackend"


def board(short: bool) -> list[Result]:
    """Queries of the board at 1,000 rooms; seconds until a change has reached the last of 300 open boards.

    The boards are SSE clients of the very live process (uvicorn), signed in; a change is the command that makes a room
    dirty, timed from its call until each client has read the event.
    """
    rounds = 5 if short else 20
    with scratch_database("board"):
        small, large = make_house(SMALL), make_house(LARGE)
        drawn = {str(size): _drawn(house) for size, house in ((SMALL, small), (LARGE, large))}
        reached = _reached(large, rounds)
    return [
        Result(drawn[str(LARGE)]["queries"], "queries", MOST_QUERIES, "lower", drawn),
        Result(reached["last_s_worst"], "s", MOST_SECONDS, "lower", reached),
    ]


def _drawn(house: Property) -> dict[str, float]:
    at = timezone.now()
    with CaptureQueriesContext(connection) as seen:
        queries.board(house.pk, at)
    spent = []
    for _each in range(5):
        begun = time.perf_counter()
        found = queries.board(house.pk, at)
        html = Drawer(house, at, names=True).draw(found)
        spent.append(1000 * (time.perf_counter() - begun))
    return {"queries": len(seen), "ms": round(statistics.median(spent), 1), "kb": round(len(html.encode()) / 1024)}


def _reached(house: Property, rounds: int) -> dict[str, float]:
    person = Staff.objects.create(username="bench-board", is_superuser=True)
    person.set_unusable_password()
    person.save()
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(person.pk), BACKEND
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    heard = _Boards(channel_of(house.pk), session.session_key or "")
    lasts, middles = [], []
    with heard:
        for room in Room.objects.filter(property=house).order_by("pk")[:rounds]:
            heard.reset()
            begun = time.perf_counter()
            to = min(HK_MOVES[room.housekeeping])
            services.set_housekeeping(room_ids=[room.pk], to=to, by=None, at=timezone.now())
            times = [moment - begun for moment in heard.wait()]
            lasts.append(max(times))
            middles.append(statistics.median(times))
    return {
        "boards": BOARDS,
        "rounds": rounds,
        "last_s_median": round(statistics.median(lasts), 3),
        "last_s_worst": round(max(lasts), 3),
        "middle_s_median": round(statistics.median(middles), 3),
    }


class _Boards:
    """Three hundred open boards: a thread with the live process, another with its clients."""

    def __init__(self, channel: str, session_key: str) -> None:
        self.channel, self.cookie = channel, f"sessionid={session_key}"
        self.moments: list[float] = []
        self.tasks: list[asyncio.Task] = []
        self.open = 0
        self.everybody = threading.Event()
        self.port = 0

    def __enter__(self) -> Self:
        import uvicorn

        from oms.notices.streaming import LiveApp

        self.server = uvicorn.Server(uvicorn.Config(LiveApp(), port=0, log_level="error", backlog=2 * BOARDS))
        threading.Thread(target=lambda: asyncio.run(self.server.serve()), daemon=True).start()
        while not self.server.started:
            time.sleep(0.02)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self._clients, daemon=True).start()
        while self.open < BOARDS:
            time.sleep(0.05)
        return self

    def __exit__(self, *_error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.server.should_exit = True

    async def _close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def reset(self) -> None:
        """Before a change."""
        self.moments, self.everybody = [], threading.Event()

    def wait(self) -> list[float]:
        """The moments at which each board heard of it."""
        self.everybody.wait(10)
        return self.moments or [float("inf")]

    def _clients(self) -> None:
        asyncio.set_event_loop(self.loop)
        for n in range(BOARDS):
            self.loop.call_later(n * 0.01, lambda: self.tasks.append(self.loop.create_task(self._listen())))
        self.loop.run_forever()

    async def _listen(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = f"Host: 127.0.0.1:{self.port}\r\nCookie: {self.cookie}\r\n\r\n"
        ask = f"GET /live/?channels={self.channel} HTTP/1.1\r\n{head}"
        writer.write(ask.encode())
        while line := await reader.readline():
            if line.startswith(b"event: beat") and self.open < BOARDS:
                self.open += 1
            if line.startswith(b"data: {") and b'"room"' in line:
                self.moments.append(time.perf_counter())
                if len(self.moments) == BOARDS:
                    self.everybody.set()


BENCHES = {"board": board}
