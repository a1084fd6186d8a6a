"""Kill -9 in the middle of an import: start again, send again, nothing lost or doubled, the books clean.

Each test has servers of its own in a folder of its own, so that what is killed is nobody else's.
"""

from __future__ import annotations

import csv
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import psycopg2
import pytest
from django.conf import settings

from oms.embedded.layout import Layout
from oms.env import database

ORDERS = 1500
MANAGE = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py")]
COMPANY = """
from inventory.models import *
from oms.models import Branch
branch = Branch.objects.create(code="B", name="B")
channel = Channel.objects.create(code="SHOP", name="Shop", branch=branch)
warehouse = Warehouse.objects.create(code="W", name="W", branch=branch)
product = Product.objects.create(code="P", name="P")
from inventory.stock.services import Addition, receive_stock
from django.utils import timezone
skus = [Sku.objects.create(product=product, code=f"S{n}", name=f"S{n}") for n in range(40)]
stock = [Addition(sku_id=sku.pk, warehouse_id=warehouse.pk, channel_id=None, quantity=100) for sku in skus]
receive_stock(additions=stock, reference="", by=None, at=timezone.now())
"""
AGAIN = """
from django.core.management import call_command
from orders.models import Order, OrderLine
call_command("import_orders", {file!r}, channel="SHOP", json=True)
ours = Order.objects.filter(external_no__startswith="{prefix}-")
print(ours.count(), ours.values("external_no").distinct().count(), OrderLine.objects.filter(order__in=ours).count())
call_command("check_books")
print("clean")
"""  # in one process: every process of its own starts the servers anew
FILES = itertools.count()


class House:
    """Embedded servers in a folder of their own, and commands against them."""

    def __init__(self, folder: Path) -> None:
        unset = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY"}
        self.env = {key: value for key, value in os.environ.items() if key not in unset}
        self.env |= {
            "OMS_DATA_DIR": str(folder),
            "OMS_EMBEDDED_HOME": str(folder.parent / "home"),
            "PYTHONUNBUFFERED": "1",
        }
        self.env.pop("OMS_EMBEDDED", None)

    def start(self, *words: str) -> subprocess.Popen:
        return subprocess.Popen([*MANAGE, *words], env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def run(self, *words: str) -> str:
        done = subprocess.run([*MANAGE, *words], env=self.env, capture_output=True, text=True, timeout=180, check=False)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    @property
    def layout(self) -> Layout:
        with mock.patch.dict(os.environ, OMS_EMBEDDED_HOME=self.env["OMS_EMBEDDED_HOME"]):
            return Layout.at(Path(self.env["OMS_DATA_DIR"]))

    def stored(self, prefix: str) -> int:
        """Orders of one file that are safe by now; 0 while the server does not answer."""
        facts = database(self.layout.database_url)
        try:
            connection = psycopg2.connect(dbname=facts["NAME"], user=facts["USER"], host=facts["HOST"])
        except psycopg2.OperationalError:
            return 0
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM orders_order WHERE external_no LIKE %s", [prefix + "%"])
                return cursor.fetchone()[0]
        finally:
            connection.close()

    def pid_of(self, what: str) -> int:
        if what == "postgres":
            return int((self.layout.postgres_data / "postmaster.pid").read_text().split()[0])
        ours = str(self.layout.redis_socket).encode()
        running = [process for process in Path("/proc").iterdir() if process.name.isdigit()]
        return next(int(p.name) for p in running if b"redis-server" in command(p) and ours in command(p))


def command(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


@pytest.fixture(scope="module")
def house():
    """One for all tests: each sends a file of its own, and a kill must leave the house good for the next.

    Outside pytest's own folder, which only its user may enter: root's servers run as another user.
    """
    place = Path(tempfile.mkdtemp(prefix="oms-test-", dir="/var/tmp"))
    place.chmod(0o755)
    house = House(place / "data")
    house.run("migrate", "--verbosity", "0")
    house.run("shell", "--command", COMPANY)
    yield house
    if not str(house.layout.run).startswith(str(place)):
        shutil.rmtree(house.layout.run, ignore_errors=True)
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / f"F{next(FILES)}.csv"
    with path.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["order_id", "line", "sku", "quantity", "price", "placed_at", "receiver", "phone"])
        for n in range(ORDERS):
            for line in (1, 2):
                where = ["2026-11-20 10:00:00", "Wang", "13800138000"]
                rows.writerow([f"{path.stem}-{n:05}", line, f"S{(n * line) % 40}", 1, "9.90", *where])
    return path


def wait_until_stored(house, importer, prefix, orders):
    deadline = time.monotonic() + 90
    while house.stored(prefix) < orders and time.monotonic() < deadline:
        assert importer.poll() is None, "the import ended before it could be killed"
        time.sleep(0.02)


def import_is_whole_after(house, file, what, orders):
    importer = house.start("import_orders", str(file), "--channel", "SHOP", "--json")
    wait_until_stored(house, importer, file.stem, orders)
    if what == "importer":
        importer.kill()
    else:
        os.kill(house.pid_of(what), signal.SIGKILL)
    importer.wait(timeout=90)

    told = house.run("shell", "--no-imports", "--command", AGAIN.format(file=str(file), prefix=file.stem)).splitlines()
    counts = json.loads(next(line for line in told if line.startswith("{")))

    assert counts["read"] == ORDERS
    assert counts["stored"] + counts["repeated"] == ORDERS
    assert (counts["changed"], counts["refused"]) == (0, 0)
    assert f"{ORDERS} {ORDERS} {ORDERS * 2}" in told
    assert told[-1] == "clean"


@pytest.mark.parametrize(("what", "orders"), [("importer", 1), ("postgres", 501)])
def test_a_kill_in_the_middle_of_an_import_loses_and_doubles_nothing(house, file, what, orders):
    import_is_whole_after(house, file, what, orders)


@pytest.mark.slow
@pytest.mark.parametrize("what", ["importer", "postgres", "redis"])
@pytest.mark.parametrize("orders", [0, 1, 501, 1001])
def test_kills_at_many_moments(house, file, what, orders):
    import_is_whole_after(house, file, what, orders)
