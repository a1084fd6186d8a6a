"""A client as cheap as can be: signed requests made beforehand, sent over keep-alive sockets by one thread."""

from __future__ import annotations

import selectors
import socket
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orders.intake.api.signing import sign

if TYPE_CHECKING:
    from collections.abc import Sequence

PATH = "/api/v1/orders"


@dataclass
class Round:
    """What a round of requests brought. Latencies in seconds."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    def add(self, other: Round) -> None:
        """Sum up with another round."""
        self.seconds += other.seconds
        self.statuses += other.statuses
        self.latencies += other.latencies

    def percentile(self, part: float) -> float:
        """Milliseconds that this part of the requests did not exceed."""
        return round(sorted(self.latencies)[int(len(self.latencies) * part)] * 1000, 2)


def signed_requests(texts: Sequence[str], key: str, secret: bytes, mark: str) -> list[bytes]:
    """Complete HTTP requests; good for five minutes."""
    now, requests = str(int(time.time())), []
    for number, text in enumerate(texts):
        body, nonce = text.encode(), f"{mark}{number}"
        signature = sign(secret=secret, timestamp=now, nonce=nonce, method="POST", path=PATH, body=body)
        head = (
            f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nX-OMS-Key: {key}\r\nX-OMS-Timestamp: {now}\r\n"
            f"X-OMS-Nonce: {nonce}\r\nX-OMS-Signature: {signature}\r\n\r\n"
        )
        requests.append(head.encode() + body)
    return requests


def send_all(requests: Sequence[bytes], port: int, clients: int) -> Round:
    """Send all requests over ``clients`` keep-alive connections, each sending its next one when answered."""
    result, waiting, begun = Round(), iter(requests), {}
    selector = selectors.DefaultSelector()
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(clients)]
    began = time.perf_counter()
    for connection in sockets:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if (request := next(waiting, None)) is not None:
            selector.register(connection, selectors.EVENT_READ, connection)
            begun[connection] = time.perf_counter()
            connection.sendall(request)
    while begun:
        for event, _mask in selector.select(timeout=30):
            connection = event.data
            result.statuses[_read_answer(connection)] += 1
            now = time.perf_counter()
            result.latencies.append(now - begun.pop(connection))
            if (request := next(waiting, None)) is None:
                selector.unregister(connection)
            else:
                begun[connection] = now
                connection.sendall(request)
    result.seconds = time.perf_counter() - began
    for connection in sockets:
        connection.close()
    return result


def _read_answer(connection: socket.socket) -> int:
    data = connection.recv(65536)
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _blank, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n", 1)[0])
    while len(body) < length:
        body += _more(connection)
    return int(head[9:12])


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        message = "the server closed the connection"
        raise ConnectionError(message)
    return data
