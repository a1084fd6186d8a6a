"""Two workers at once: no order twice, nobody waits for nothing, no deadlock."""

import datetime as dt
import threading

import pytest
from django.db import connection, transaction

from inventory.models import Bin
from orders.conveyor import services, statements
from orders.conveyor.services import lease_orders, run_until_idle
from orders.models import Order, Walk, WarehouseDocument
from tests.concurrency import PATIENCE, waits_for_me
from tests.factories.inventory import AT, WarehouseFactory
from tests.factories.orders import OrderFactory
from tests.orders.conveyor.conveyor_facts import reserve, stocked

pytestmark = pytest.mark.django_db(transaction=True)
NOW = AT + dt.timedelta(hours=1)


def in_thread(work):
    """What ``work`` answers on another connection, or raises."""
    answers, failures = [], []

    def run():
        try:
            answers.append(work())
        except Exception as failure:  # noqa: BLE001 -- handed to the test
            failures.append(failure)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, answers, failures


def leased_by_two():
    """Order ids of two leases of which the second starts before the first commits."""
    for _ in range(6):
        OrderFactory()
    with transaction.atomic():
        first = lease_orders(at=NOW, limit=4).order_ids
        thread, answers, failures = in_thread(lambda: lease_orders(at=NOW, limit=4).order_ids)
        waited = waits_for_me(thread)
    thread.join(PATIENCE)
    assert failures == []
    return first, answers[0], waited


def test_two_leases_never_share_an_order_and_never_wait():
    first, second, waited = leased_by_two()

    assert not waited
    assert len(first) == 4
    assert len(second) == 2
    assert set(first) & set(second) == set()


def test_without_the_leases_lock_they_share_orders_or_wait(monkeypatch):
    """The test above is alive: the same lease without its lock fails it."""
    monkeypatch.setattr(statements, "LEASE", statements.LEASE.replace("FOR NO KEY UPDATE SKIP LOCKED", ""))

    first, second, waited = leased_by_two()

    assert waited or set(first) & set(second)


def test_an_expired_lease_does_not_let_two_walkers_into_a_stage(monkeypatch):
    order = OrderFactory()
    batch = lease_orders(at=NOW, limit=9)
    lease_orders(at=NOW + dt.timedelta(hours=1), limit=9)  # somebody else took it over

    with transaction.atomic():
        assert batch.lock() == {}

    assert batch.stops[order.pk].reason == "changed_meanwhile"


def test_two_workers_finish_the_queue_without_deadlock_and_each_order_walks_once():
    near, far = WarehouseFactory(priority=2), WarehouseFactory(priority=1)
    places = [stocked(400, warehouse=near) for _ in range(4)]
    for place in places:
        stocked(40, sku=place.sku, warehouse=far)
    orders = []
    for n in range(60):  # crossing SKUs in both directions, so that bins are wanted in opposite orders
        chosen = places if n % 2 else places[::-1]
        orders.append(OrderFactory(lines=[(p.sku, 1 + n % 3, "1.00") for p in chosen[: 2 + n % 3]], audited_at=None))
    for order in orders:
        reserve(order)

    workers = [in_thread(lambda: run_until_idle(clock=lambda: NOW, limit=5)) for _ in range(2)]
    for thread, _answers, _failures in workers:
        thread.join(PATIENCE)

    assert [failures for _thread, _answers, failures in workers] == [[], []]
    results = [answers[0] for _thread, answers, _failures in workers]
    assert sum(result.passed for result in results) == 60
    assert [error for result in results for error in result.errors] == []
    assert Walk.objects.filter(stopped_at="").count() == 60
    assert WarehouseDocument.objects.count() == 60
    assert set(Order.objects.values_list("status", flat=True)) == {"pending_dispatch"}
    assert not Bin.objects.filter(reserved__lt=0).exists()
    assert services.run_chunk(at=NOW).leased == 0
