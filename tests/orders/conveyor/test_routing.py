import datetime as dt

import pytest

from inventory.models import Reservation
from oms.lib.books import breaches
from orders.conveyor.services import run_chunk, run_until_idle
from orders.models import Order, OrderEvent, Walk
from tests.factories.inventory import AT, WarehouseFactory
from tests.factories.orders import OrderFactory
from tests.orders.conveyor.conveyor_facts import reserve, stocked

pytestmark = pytest.mark.django_db
NOW = AT + dt.timedelta(hours=1)


def test_two_orders_shown_the_same_pieces_end_in_two_warehouses():
    """Both would go to the near warehouse, whose last pieces suffice for one: the other looks again."""
    near, far = WarehouseFactory(priority=1), WarehouseFactory(priority=2)
    there = stocked(8, warehouse=far)
    first, second = (OrderFactory(lines=[(there.sku, 4, "1.00")], audited_at=None) for _ in range(2))
    reserve(first), reserve(second)
    stocked(5, sku=there.sku, warehouse=near)

    result = run_chunk(at=NOW)

    assert (result.passed, result.errors) == (2, [])
    assert [Order.objects.get(pk=order.pk).warehouse_id for order in (first, second)] == [near.pk, far.pk]
    assert OrderEvent.objects.filter(kind="routed").count() == 2
    assert OrderEvent.objects.filter(kind="audited").count() == 2
    assert [walk.stages[2]["facts"]["warehouse"] for walk in Walk.objects.order_by("order_id")] == [
        near.code,
        far.code,
    ]
    assert breaches() == []


def test_an_order_stays_where_its_goods_are_if_that_is_best():
    place = stocked(9)
    order = OrderFactory(lines=[(place.sku, 2, "1.00")], audited_at=None)
    reserve(order)
    before = list(Reservation.objects.values_list("pk", "bin_id"))

    run_until_idle(clock=lambda: NOW)

    assert list(Reservation.objects.values_list("pk", "bin_id")) == before
    assert Order.objects.get(pk=order.pk).warehouse_id == place.warehouse_id
