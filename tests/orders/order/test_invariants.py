"""Each invariant of orders finds its planted breach, and nothing in right books."""

import pytest
from django.db import connection

from oms.lib.books import prove_books
from orders.order.invariants import INVARIANTS
from orders.order.states import OrderStatus
from tests.factories.inventory import BinFactory
from tests.factories.orders import OrderFactory

pytestmark = pytest.mark.django_db


def breached():
    names = {invariant.name for invariant in INVARIANTS}
    return [finding.invariant.name for finding in prove_books() if finding.breaches and finding.invariant.name in names]


@pytest.fixture
def order():
    return OrderFactory(lines=[(None, 2, "9.90"), (None, 1, "5.00")], discount="1.00", freight="3.00")


def test_right_books_have_no_breach(order):
    for status in OrderStatus.values:
        OrderFactory(status=status)
    OrderFactory(type="return")
    assert breached() == []


@pytest.mark.parametrize(
    ("name", "sql"),
    [
        ("order amounts are the sums of their lines", "UPDATE orders_order SET item_count = item_count + 1"),
        (
            "order amounts are the sums of their lines",
            "UPDATE orders_orderline SET goods_amount = goods_amount + 1, amount = amount + 1 WHERE position = 1",
        ),
        ("an order's status is where its last move led", "UPDATE orders_order SET status = 'new'"),
        (
            "every move begins where the one before ended",
            """INSERT INTO orders_orderevent (order_id, kind, from_status, to_status, reason, at)
               SELECT id, 'moved', 'signed', status, '', now() FROM orders_order""",
        ),
        ("an order's number is its kind, its day and its id", "UPDATE orders_order SET number = 'SO2611239999'"),
        (
            "an order's number is its kind, its day and its id",
            "UPDATE orders_order SET number = 'RO' || right(number, -2)",
        ),
        ("what was paid is the sum of the payments", "UPDATE orders_order SET paid_amount = paid_amount - 1"),
        ("what was paid is the sum of the payments", "UPDATE orders_order SET payment_status = 'unpaid'"),
    ],
)
def test_a_planted_breach_is_found(order, name, sql):
    assert breached() == []
    with connection.cursor() as cursor:
        cursor.execute(sql)
    assert breached() == [name]


@pytest.mark.parametrize(
    ("name", "status", "pieces", "own"),
    [
        ("no stock is reserved for orders that left or were dropped", "shipped", 2, True),
        ("no line has more reserved than it wants, nor of another SKU", "new", 3, True),
        ("no line has more reserved than it wants, nor of another SKU", "new", 2, False),
    ],
)
def test_wrong_reservations_are_found(name, status, pieces, own):
    place, other = BinFactory(on_hand=5), BinFactory(on_hand=5)
    order = OrderFactory(status=status, lines=[(place.sku, 2, "1.00")])
    reserve(order.lines.get().pk, place if own else other, pieces)
    assert breached() == [name]


def test_a_reservation_of_nobody_is_found():
    reserve(10**9, BinFactory(on_hand=5), 1)
    assert breached() == ["every reservation belongs to a line"]


def reserve(line_id, place, pieces):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_reservation (order_line_id, bin_id, quantity) VALUES (%s, %s, %s)",
            [line_id, place.pk, pieces],
        )
