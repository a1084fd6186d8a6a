"""One Redis subscription per process, handed on to any number of open streams."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from typing import TYPE_CHECKING

from django.conf import settings
from redis import RedisError
from redis import asyncio as redis

from oms.notices.live import prefix

if TYPE_CHECKING:
    from collections.abc import Iterable

log = logging.getLogger(__name__)
BACKLOG = 100  # messages a slow reader may be behind before its stream is ended
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0


class Stream:
    """Messages for one open page. None in the queue ends it."""

    def __init__(self, channels: Iterable[str]) -> None:
        self.channels = tuple(channels)
        self.queue: asyncio.Queue[str | None] = asyncio.Queue(BACKLOG)

    def put(self, message: str | None) -> None:
        """Hand on a message; a reader too far behind is cut off: its page reconnects and asks for everything anew."""
        try:
            self.queue.put_nowait(message)
        except asyncio.QueueFull:
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait(None)


class Hub:
    """Fans out what Redis says. While Redis is away there are no streams: pages must know that they are not live."""

    def __init__(self, url: str | None = None) -> None:
        self.url = url
        self.connected = asyncio.Event()
        self._streams: dict[str, set[Stream]] = defaultdict(set)
        self._task: asyncio.Task | None = None

    @property
    def open_streams(self) -> int:
        """How many pages are listening."""
        return len({stream for streams in self._streams.values() for stream in streams})

    def start(self) -> None:
        """Begin to listen, once."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """End every stream and the subscription."""
        self.end_streams()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def open(self, channels: Iterable[str]) -> Stream:
        """A new stream of these channels."""
        stream = Stream(channels)
        for channel in stream.channels:
            self._streams[channel].add(stream)
        return stream

    def close(self, stream: Stream) -> None:
        """Forget a stream."""
        for channel in stream.channels:
            self._streams[channel].discard(stream)
            if not self._streams[channel]:
                del self._streams[channel]

    async def _listen(self) -> None:
        pause = FIRST_PAUSE
        while True:
            client = redis.Redis.from_url(self.url or settings.REDIS_URL)
            try:
                async with client.pubsub(ignore_subscribe_messages=True) as heard:
                    await heard.psubscribe(f"{prefix()}*")
                    self.connected.set()
                    pause = FIRST_PAUSE
                    await self._hand_on(heard)
            except (RedisError, OSError) as failure:
                log.warning("live updates wait for Redis: %s", failure)
            finally:
                self.connected.clear()
                self.end_streams()
                await client.aclose()
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _hand_on(self, heard: redis.client.PubSub) -> None:
        async for message in heard.listen():
            channel = message["channel"].decode().removeprefix(prefix())
            text = message["data"].decode()
            for stream in tuple(self._streams.get(channel, ())):
                stream.put(text)

    def end_streams(self) -> None:
        """End every stream; their pages try again later."""
        for stream in {stream for streams in self._streams.values() for stream in streams}:
            stream.put(None)


def event_text(message: str) -> bytes:
    """One server-sent event. JSON has no raw line breaks, so one data line is enough."""
    return f"data: {json.dumps(json.loads(message), ensure_ascii=False, separators=(',', ':'))}\n\n".encode()
