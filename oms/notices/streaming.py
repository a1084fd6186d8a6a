"""The live process: server-sent events over plain ASGI, signed in by the web's own session cookie.

It is no Django view: an open page costs a coroutine here, not a worker there. In production the reverse proxy puts it
below the web's own address; in the embedded set-up it listens one port above the web.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from http.cookies import SimpleCookie
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.db import close_old_connections, connection
from django_otp import DEVICE_ID_SESSION_KEY

from oms.notices.channels import allowed_channels
from oms.notices.hub import Hub, event_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import FrameType

    from oms.staff.models import Staff

    Receive = Callable[[], Awaitable[dict[str, Any]]]
    Send = Callable[[dict[str, Any]], Awaitable[None]]

PATH = "/live/"
BEAT = b"event: beat\ndata: {}\n\n"
HEARTBEAT = 15.0  # seconds; below the idle limit of every proxy
RECHECK = 20  # beats after which it is asked again whether the session still holds
CONNECT = 3.0


class LiveApp:
    """ASGI application: ``GET /live/?channels=a,b`` is a stream of events, ``GET /live/health`` says ok."""

    def __init__(self, hub: Hub | None = None, heartbeat: float = HEARTBEAT) -> None:
        self.hub = hub or Hub()
        self.heartbeat = heartbeat

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.hub.start()
                self._end_with_the_process()
            else:
                await self.hub.stop()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    def _end_with_the_process(self) -> None:
        """Open streams would hold up the server's graceful end: on its signal they end first."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            before = signal.getsignal(number)
            if not callable(before):
                continue

            def end(number: int, frame: FrameType | None, before: Callable = before) -> None:
                loop.call_soon_threadsafe(self.hub.end_streams)
                before(number, frame)

            with contextlib.suppress(ValueError):  # not the main thread: whoever runs it there sees to its end
                signal.signal(number, end)

    async def _request(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers = {name.decode("latin1"): value.decode("latin1") for name, value in scope["headers"]}
        origin = headers.get("origin", "")
        path = scope["path"].rstrip("/") + "/"
        if path == f"{PATH}health/":
            await _answer(send, 200, "ok")
        elif path != PATH or scope["method"] != "GET":
            await _answer(send, 404, "There is nothing here.")
        elif not is_own_origin(origin, headers):
            await _answer(send, 403, "This origin may not listen.")
        else:
            await self._stream(scope, headers, receive, send)

    async def _stream(self, scope: dict[str, Any], headers: dict[str, str], receive: Receive, send: Send) -> None:
        names = parse_qs(scope["query_string"].decode("latin1")).get("channels", [""])[0].split(",")
        cors = _cors(headers.get("origin", ""))
        key = session_key(headers.get("cookie", ""))
        channels = await admitted(key, names)
        if channels is None:
            await _answer(send, 401, "Sign in first.", cors)
            return
        if not channels:
            await _answer(send, 403, "None of these channels is yours.", cors)
            return
        self.hub.start()
        try:
            await asyncio.wait_for(self.hub.connected.wait(), CONNECT)
        except TimeoutError:
            await _answer(send, 503, "Live updates are interrupted.", cors)
            return
        stream = self.hub.open(channels)
        gone = asyncio.create_task(_disconnected(receive))
        try:
            await _begin(send, cors)
            await self._feed(stream.queue, key, names, gone, send)
        except OSError:  # the page was closed while something was being sent
            pass
        finally:
            gone.cancel()
            self.hub.close(stream)

    async def _feed(self, queue: asyncio.Queue, key: str, names: list[str], gone: asyncio.Task, send: Send) -> None:
        beats = 0
        while not gone.done():
            waiting = asyncio.create_task(queue.get())
            await asyncio.wait({waiting, gone}, timeout=self.heartbeat, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                message = waiting.result()
                if message is None:
                    break
                await send({"type": "http.response.body", "body": event_text(message), "more_body": True})
                continue
            waiting.cancel()
            beats += 1
            if gone.done() or (beats % RECHECK == 0 and not await admitted(key, names)):
                break
            await send({"type": "http.response.body", "body": BEAT, "more_body": True})
        if not gone.done():
            await send({"type": "http.response.body", "body": b""})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _begin(send: Send, cors: list[tuple[bytes, bytes]]) -> None:
    headers = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        *cors,
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"retry: 3000\n\n" + BEAT, "more_body": True})


async def _answer(send: Send, status: int, text: str, cors: list[tuple[bytes, bytes]] | None = None) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *(cors or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


def _cors(origin: str) -> list[tuple[bytes, bytes]]:
    if not origin:
        return []
    return [
        (b"access-control-allow-origin", origin.encode("latin1")),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"origin"),
    ]


def is_own_origin(origin: str, headers: dict[str, str]) -> bool:
    """Whether the asking page is the web's own: this very address, one port below it, or named in the settings."""
    if not origin:  # a page of the same origin sends none
        return headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    asking, here = urlsplit(origin), urlsplit(f"//{headers.get('host', '')}")
    with contextlib.suppress(ValueError):
        same_host = bool(here.hostname) and asking.hostname == here.hostname
        return same_host and (asking.port == here.port or (here.port is not None and asking.port == here.port - 1))
    return False


def session_key(cookies: str) -> str:
    """The session key of a cookie header, or an empty string."""
    jar: SimpleCookie = SimpleCookie()
    with contextlib.suppress(Exception):  # a damaged cookie header is no sign-in
        jar.load(cookies)
    found = jar.get(settings.SESSION_COOKIE_NAME)
    return found.value if found else ""


@sync_to_async
def admitted(key: str, names: list[str]) -> list[str] | None:
    """The channels the holder of this session may hear; None for nobody."""
    if not connection.in_atomic_block:
        close_old_connections()  # what Django does before a request: one the server has closed meanwhile is replaced
    staff = _signed_in(key)
    return None if staff is None else allowed_channels(staff, names)


def _signed_in(key: str) -> Staff | None:
    if not key:
        return None
    session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    asking: Any = SimpleNamespace(session=session, META={})
    staff = get_user(asking)
    if not staff.is_authenticated or not staff.is_active:
        return None
    if staff.must_have_factor and not session.get(DEVICE_ID_SESSION_KEY):
        return None
    return staff
