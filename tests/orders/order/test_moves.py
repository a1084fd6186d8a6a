"""Every move of every status, held orders, the log."""

import pytest
from django.db import IntegrityError, transaction

from orders.models import Order, OrderEvent
from orders.order.moves import (
    Event,
    IllegalMove,
    OrderHeld,
    lock_orders,
    log_events,
    move_orders,
    refuse_held,
    set_hold,
)
from orders.order.states import TRANSITIONS, OrderStatus
from tests.factories.inventory import AT, WarehouseFactory
from tests.factories.orders import OrderFactory
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db


def stamps(to):
    """What the database wants beside the status."""
    fields = {"pending_shipment": {"dispatched_at": AT}, "closed": {"closed_at": AT}}
    return {"shipped_at": AT, "shipped_from": WarehouseFactory().pk} if to == "shipped" else fields.get(to, {})


@pytest.mark.parametrize("source", OrderStatus.values)
def test_an_order_moves_where_the_table_lets_it_and_nowhere_else(source):
    for target in OrderStatus.values:
        order = OrderFactory(status=source)
        arguments = {"order_ids": [order.pk], "to": target, "by": None, "at": AT, "fields": stamps(target)}
        if target in TRANSITIONS[source]:
            assert move_orders(**arguments) == [order.pk]
            order.refresh_from_db()
            assert order.status == target
        else:
            with pytest.raises(IllegalMove):
                move_orders(**arguments)
            order.refresh_from_db()
            assert order.status == source


def test_a_set_moves_in_one_statement_with_one_event_each(django_assert_num_queries):
    orders = [OrderFactory(status=status) for status in ("new", "pending_split", "pending_split")]
    by = StaffFactory()
    with django_assert_num_queries(1):
        moved = move_orders(
            order_ids=[o.pk for o in reversed(orders)],
            to="pending_dispatch",
            by=by,
            at=AT,
            reason="went through",
            fields={"audited_at": AT},
        )

    assert moved == sorted(o.pk for o in orders)
    assert Order.objects.filter(audited_at=AT, status="pending_dispatch").count() == 3
    last = OrderEvent.objects.filter(reason="went through").order_by("order_id")
    assert [(e.kind, e.from_status, e.to_status, e.by_id, e.at) for e in last] == [
        ("moved", status, "pending_dispatch", by.pk, AT) for status in ("new", "pending_split", "pending_split")
    ]


def test_one_order_that_cant_go_keeps_the_whole_set_where_it_is():
    free, shipped = OrderFactory(status="pending_split"), OrderFactory(status="shipped")
    before = OrderEvent.objects.count()

    with pytest.raises(IllegalMove) as refusal:
        move_orders(order_ids=[free.pk, shipped.pk], to="cancelled", by=None, at=AT)

    assert refusal.value.details == {"number": shipped.number, "source": "shipped", "target": "cancelled"}
    assert Order.objects.get(pk=free.pk).status == "pending_split"
    assert OrderEvent.objects.count() == before


def test_moving_nothing_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert move_orders(order_ids=[], to="cancelled", by=None, at=AT) == []
        assert set_hold(order_ids=[], hold="system", by=None, at=AT) == []
        log_events(events=[], by=None, at=AT)


def test_a_hold_is_set_and_let_go_with_a_reason_each(django_assert_num_queries):
    first, second = OrderFactory(), OrderFactory()
    with django_assert_num_queries(1):
        held = set_hold(
            order_ids=[first.pk, second.pk],
            hold="system",
            by=None,
            at=AT,
            reason="locked",
            reasons={second.pk: "short"},
        )

    assert held == [first.pk, second.pk]
    assert list(OrderEvent.objects.filter(kind="intercepted").order_by("order_id").values_list("reason", "data")) == [
        ("locked", {"hold": "system"}),
        ("short", {"hold": "system"}),
    ]
    assert set_hold(order_ids=[first.pk], hold="none", by=None, at=AT) == [first.pk]
    assert list(Order.objects.order_by("pk").values_list("hold", flat=True)) == ["none", "system"]
    assert OrderEvent.objects.filter(kind="released", order=first).count() == 1


def test_a_hold_that_is_there_already_is_logged_but_changes_nothing():
    order = OrderFactory(hold="system")
    assert set_hold(order_ids=[order.pk], hold="system", by=None, at=AT, reason="again") == []
    assert OrderEvent.objects.filter(order=order, kind="intercepted", reason="again").exists()


def test_a_held_order_is_refused_unless_its_hold_is_let_through():
    order = OrderFactory(hold="review")
    with pytest.raises(OrderHeld) as refusal:
        refuse_held([order])
    assert refusal.value.details["number"] == order.number
    refuse_held([order], but=("review",))


def test_events_keep_their_order_and_data():
    order = OrderFactory()
    log_events(
        events=[Event(order.pk, "edited", data={"before": "甲", "after": "乙"}), Event(order.pk, "remark", "ask")],
        by=None,
        at=AT,
    )
    assert list(order.events.order_by("pk").values_list("kind", "reason", "data"))[-2:] == [
        ("edited", "", {"before": "甲", "after": "乙"}),
        ("remark", "ask", None),
    ]


@pytest.mark.parametrize("sql", ["UPDATE orders_orderevent SET reason = ''", "DELETE FROM orders_orderevent"])
def test_the_log_is_only_ever_added_to(sql):
    from django.db import connection

    OrderFactory()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_locked_orders_come_by_primary_key_without_unknown_ones():
    orders = [OrderFactory(), OrderFactory()]
    with transaction.atomic():
        assert lock_orders([orders[1].pk, orders[0].pk, 0]) == orders
