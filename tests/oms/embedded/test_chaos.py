"""Kill everything, again and again, while orders come in: nothing is lost, nothing doubled, the books add up."""

from __future__ import annotations

import csv
import hashlib
import hmac
import http.client
import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

import pytest

from oms.embedded import CHECKOUT
from tests.factories.intake import order_json

pytestmark = pytest.mark.slow

BATCHES, BATCH, ROWS = 40, 40, 1000
TARGETS = [
    "granian",
    "--hostname fast",
    "--hostname slow",
    " beat ",
    "bin/postgres ",
    "redis-server",
    "oms.embedded.guardian",
]
PAUSE = 1.2  # seconds between two kills
PATIENCE = 150  # seconds
SEED = """
import json
from tests.factories.intake import ApiKeyFactory
from tests.factories.inventory import BinFactory, ChannelFactory, SkuFactory
from orders.intake.keys import secrets_of
channel = ChannelFactory(code="SHOP")
BinFactory(sku=SkuFactory(code="A"), on_hand=3000)
key = ApiKeyFactory(channels=[channel])
print(json.dumps([key.key, secrets_of(key.key, key.salt)[0].decode()]))
"""
COUNT = """
import json
from orders.models import Order
orders = Order.objects.values_list("channel__code", "external_no")
print(json.dumps([len(orders), len(set(orders)), Order.objects.filter(external_no__startswith="api").count()]))
"""


def manage(set_up, *argv: str, text: str | None = None) -> subprocess.CompletedProcess:
    """Run a command beside the running set-up, as an operator in another terminal would."""
    return subprocess.run(
        [sys.executable, "manage.py", *argv], cwd=CHECKOUT, env=set_up.env, input=text, capture_output=True, text=True,
        check=False, timeout=PATIENCE,
    )  # fmt: skip


def shell(set_up, code: str):
    done = manage(set_up, "shell", "--no-imports", "-v", "0", "-c", code)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


class Shop:
    """Sends batches until each is answered, as a shop's own queue would."""

    def __init__(self, port: int, key: str, secret: str) -> None:
        self.port, self.key, self.secret = port, key, secret
        self.nonces = itertools.count()
        self.tries = 0

    def send_all(self) -> None:
        deadline = time.monotonic() + PATIENCE
        for number in range(BATCHES):
            orders = [order_json("SHOP", ("A", 1, "5.00"), external_no=f"api-{number}-{i}") for i in range(BATCH)]
            while not self._send(orders):
                assert time.monotonic() < deadline, f"{number} batches of {BATCHES} were answered"
                time.sleep(0.2)

    def _send(self, orders: list) -> bool:
        self.tries += 1
        path, body = "/api/v1/orders/batch", json.dumps(orders).encode()
        stamp, nonce = str(int(time.time())), f"n{next(self.nonces)}"
        text = "\n".join([stamp, nonce, "POST", path, hashlib.sha256(body).hexdigest()])
        headers = {
            "Content-Type": "application/json",
            "X-OMS-Key": self.key,
            "X-OMS-Timestamp": stamp,
            "X-OMS-Nonce": nonce,
            "X-OMS-Signature": hmac.new(self.secret.encode(), text.encode(), "sha256").hexdigest(),
        }
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            client.request("POST", path, body, headers)
            answer = client.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            client.close()
        if answer.status >= 500:
            return False
        assert answer.status < 300, content
        outcomes = set(re.findall(rb'"outcome":\s*"(\w+)"', content))
        assert outcomes <= {b"stored", b"repeated"}, content
        return True


def kill_until(set_up, finished: threading.Event) -> list[str]:
    """Kill one process after the other, each kind at least once, until ``finished``."""
    killed = []
    deadline = time.monotonic() + PATIENCE
    for target in itertools.chain(TARGETS, iter(lambda: random.choice(TARGETS), None)):
        assert time.monotonic() < deadline
        if finished.is_set() and len(killed) >= len(TARGETS):
            return killed
        pids = [pid for pid, line in set_up.processes().items() if target in line]
        if pids:
            os.kill(random.choice(pids), signal.SIGKILL)
            killed.append(target)
        time.sleep(PAUSE)
    raise AssertionError


def import_file(set_up, path) -> dict:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["external_no", "placed_at", "paid_at", "receiver.name", "receiver.phone", "receiver.address",
                       "merchant_code", "quantity", "unit_price"])  # fmt: skip
        rows.writerows(
            [
                f"file-{i}",
                "2026-11-23 13:00",
                "2026-11-23 13:01",
                "王小明",
                "13800138000",
                "浙江省杭州市西湖区文三路 1 号",
                "A",
                1,
                "5.00",
            ]
            for i in range(ROWS)
        )
    for _attempt in range(30):
        done = manage(set_up, "import_orders", str(path), "--channel", "SHOP", "--json")
        if done.returncode == 0:
            return json.loads(done.stdout.splitlines()[-1])
        time.sleep(1)
    raise AssertionError(done.stderr[-2000:])


@pytest.fixture
def set_up(make_set_up):
    """A set-up that does wait for the disk."""
    mine = make_set_up("chaos")
    del mine.env["OMS_EMBEDDED_UNSAFE"]
    return mine


def test_orders_survive_whatever_is_killed(set_up, started, port, tmp_path):
    shop = Shop(port, *shell(set_up, SEED))
    outcome, failures = {}, []
    finished = threading.Event()

    def work(task) -> None:
        try:
            outcome[task.__name__] = task()
        except BaseException as exc:  # noqa: BLE001 -- told below, in the test's own thread
            failures.append(exc)

    def send() -> None:
        shop.send_all()

    def load() -> dict:
        return import_file(set_up, tmp_path / "orders.csv")

    workers = [threading.Thread(target=work, args=[task]) for task in (send, load)]
    for worker in workers:
        worker.start()
    watcher = threading.Thread(target=lambda: ([worker.join(PATIENCE) for worker in workers], finished.set()))
    watcher.start()
    killed = kill_until(set_up, finished)
    watcher.join()
    assert not failures, failures
    print(f"{len(killed)} kills, {shop.tries} sendings of {BATCHES} batches, import {outcome['load']}")
    assert set(killed) == set(TARGETS)

    while manage(set_up, "run_conveyor", "--until-idle", "--json").returncode:
        time.sleep(1)
    books = manage(set_up, "check_books")
    assert books.returncode == 0, books.stdout
    total = BATCHES * BATCH + ROWS
    assert shell(set_up, COUNT) == [total, total, BATCHES * BATCH]

    started.send_signal(signal.SIGINT)
    started.wait(timeout=60)
    set_up.assert_nothing_left(within=2)  # the guardian is just leaving
