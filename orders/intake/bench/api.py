"""intake_api: signed single-order requests over HTTP against the bare floor of single orders."""

from __future__ import annotations

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from inventory.catalog.models import Channel
from inventory.stock.models import Bin, Reservation
from oms.lib.bench import Result
from oms.lib.scratch import scratch_database
from orders.intake.bench.client import Round, send_all, signed_requests
from orders.intake.bench.floor import floor_rate
from orders.intake.bench.world import build_world, order_texts
from orders.intake.keys import create_key
from orders.order.models import Order, OrderLine

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from orders.intake.bench.world import World

TARGET, HOT_TARGET = 0.12, 0.8
CLIENTS, WORKERS, FLOOR_CLIENTS = 16, 2, 8
THREADS = int(os.environ.get("OMS_WEB_THREADS", "8"))
SLICES = 10  # of a round: the two kinds of demand take turns, so that whatever else the machine does hits both alike
LIMIT = 10_000_000  # requests a minute: counted like any other key's, never reached
PATIENCE = 60  # seconds
CREATED, CONFLICT = 201, 409


def intake_api(short: bool) -> list[Result]:
    """Orders a second over HTTP ÷ the floor; the same on one hot SKU ÷ that; and nothing sold that is not there."""
    count, rounds, seconds = (2_000, 2, 4) if short else (6_000, 3, 8)
    at = timezone.now().replace(microsecond=0)
    with scratch_database("intake_api"):
        world = build_world(skus=2_000, at=at)
        shops = Channel.objects.values_list("pk", flat=True)
        key, secret = create_key(name="bench", channel_ids=shops, by=None, at=at, per_minute=LIMIT)
        connection.close()
        with _server() as port:
            shop = _Shop(world, key.key, secret.encode(), port, at)
            shop.send("w", 200)
            floors, pairs = [], []
            for number in range(rounds):  # interleaved, so that a slow minute hits all
                floors.append(floor_rate(world, clients=FLOOR_CLIENTS, seconds=seconds))
                pairs.append([shop.send_pair(f"{number}{part}", count // SLICES) for part in range(SLICES)])
            facts = {"books": _prove(world), "sell_out": shop.sell_out()}
    return _results(floors, pairs, facts)


def _results(floors: list[float], pairs: list[list[tuple[Round, Round]]], facts: dict[str, Any]) -> list[Result]:
    plain, hot = (
        [_summed(part for part, _ in row) for row in pairs],
        [_summed(part for _, part in row) for row in pairs],
    )
    rates = {name: [len(r.latencies) / r.seconds for r in parts] for name, parts in (("plain", plain), ("hot", hot))}
    best, floor = max(rates["plain"]), max(floors)
    ratios = [spread.seconds / heaped.seconds for row in pairs for spread, heaped in row]
    detail = {
        "part": "intake_api",
        "orders_per_second": round(best),
        "floor_per_second": round(floor),
        "all_rates": [round(rate) for rate in rates["plain"]],
        "all_floors": [round(rate) for rate in floors],
        "p50_ms": plain[-1].percentile(0.5),
        "p95_ms": plain[-1].percentile(0.95),
        "clients": CLIENTS,
        "workers": WORKERS,
        "threads": THREADS,
        **facts,
    }
    hot_detail = {
        "part": "intake_api_hot_sku",
        "orders_per_second": round(max(rates["hot"])),
        "all_rates": [round(rate) for rate in rates["hot"]],
        "p95_ms": hot[-1].percentile(0.95),
        "pairs": len(ratios),
        "quartiles": [round(part, 2) for part in statistics.quantiles(ratios, n=4)],
    }
    return [
        Result(best / floor, "x floor", TARGET, "higher", detail),
        Result(statistics.median(ratios), "x spread demand", HOT_TARGET, "higher", hot_detail),
    ]


def _summed(parts: Iterable[Round]) -> Round:
    whole = Round()
    for part in parts:
        whole.add(part)
    return whole


class _Shop:
    """Sends signed orders."""

    def __init__(self, world: World, key: str, secret: bytes, port: int, at: dt.datetime) -> None:
        self.world, self.key, self.secret, self.port, self.at = world, key, secret, port, at

    def send(self, mark: str, count: int, *, hot: bool = False) -> Round:
        """Every order must be stored."""
        texts = order_texts(self.world, prefix=f"A{mark}", count=count, at=self.at, hot=hot)
        done = send_all(signed_requests(texts, self.key, self.secret, mark), self.port, CLIENTS)
        if done.statuses != {CREATED: count}:
            message = f"not every order was stored: {done.statuses}"
            raise RuntimeError(message)
        return done

    def send_pair(self, mark: str, count: int) -> tuple[Round, Round]:
        """So many orders for many SKUs, and as many for one; who is first takes turns."""
        if int(mark) % 2:
            hot = self.send(f"h{mark}", count, hot=True)
            return self.send(f"p{mark}", count), hot
        return self.send(f"p{mark}", count), self.send(f"h{mark}", count, hot=True)

    def sell_out(self) -> str:
        """The last 200 pieces of a SKU, 300 strict orders at once: exactly 200 may have one."""
        left, tries, first = 200, 300, self.world.codes[0]
        sku = Bin.objects.filter(sku__code="SKU-00000")
        sku.filter(warehouse__code="W0").update(on_hand=0, reserved=0)
        sku.filter(warehouse__code="W1").update(on_hand=left, reserved=0)
        body = (
            '{"channel": "C1", "external_no": "S%d", "placed_at": "%s", "strict": true, '
            '"lines": [{"merchant_code": "%s", "quantity": 1, "unit_price": "1.00"}]}'
        )
        texts = [body % (number, self.at.isoformat(), first) for number in range(tries)]
        done = send_all(signed_requests(texts, self.key, self.secret, "s"), self.port, CLIENTS)
        if done.statuses != {CREATED: left, CONFLICT: tries - left}:
            message = f"sold out wrongly: {done.statuses}"
            raise RuntimeError(message)
        return f"{left} of {left} sold to {tries} strict orders"


def _prove(world: World) -> str:
    """Whatever was ordered over HTTP is promised, to the piece, and the bins agree."""
    ours = OrderLine.objects.filter(order__in=Order.objects.filter(external_no__startswith="A"))
    wanted = ours.aggregate(n=Sum("quantity"))["n"]
    promised = Reservation.objects.filter(order_line_id__in=ours.values("pk")).aggregate(n=Sum("quantity"))["n"]
    bins, total = (
        model.objects.aggregate(n=Sum(name))["n"] for model, name in ((Bin, "reserved"), (Reservation, "quantity"))
    )
    if wanted != promised or bins != total:
        message = f"{wanted} pieces ordered, {promised} promised; bins say {bins}, promises {total}"
        raise RuntimeError(message)
    return f"{promised} pieces ordered and promised"


@contextlib.contextmanager
def _server() -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(WORKERS), "--blocking-threads", str(THREADS), "--no-ws", "--log-level", "warning"]
    env = os.environ | {"DEBUG": "0", "DJANGO_SETTINGS_MODULE": "oms.settings"}
    server = subprocess.Popen([*command, "oms.wsgi:application"], cwd=settings.BASE_DIR, env=env)
    try:
        _wait(server, port)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as probe:
            probe.sendall(b"GET /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            if probe.recv(64).startswith(b"HTTP/1.1 401"):
                return
        time.sleep(0.1)
    message = "the web server did not start"
    raise RuntimeError(message)
