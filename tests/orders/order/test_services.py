"""Every command on every status; what it changes exactly, and what it leaves alone."""

from decimal import Decimal

import pytest

from inventory.models import Bin, Reservation
from inventory.stock.services import Demand, reserve_lines
from oms.models import OutboxMessage
from orders.dispatch.services import accept_documents, create_documents
from orders.models import Order, OrderEvent, Payment, WarehouseDocument
from orders.order import services
from orders.order.moves import OrderHeld
from orders.order.refusals import (
    AlreadyCancelled,
    AlreadyLeft,
    OrderNotFound,
    Outdated,
    PaymentNotPositive,
    PaymentRepeated,
    PaymentTooHigh,
    ReasonMissing,
    WrongStatus,
)
from orders.order.states import OPEN, OrderStatus
from tests.factories.inventory import AT, BinFactory
from tests.factories.orders import OrderFactory
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db
LEFT = {"shipped", "signed", "closed", "rejected"}


@pytest.fixture
def agent():
    return StaffFactory()


@pytest.fixture
def boss():
    return StaffFactory(is_superuser=True)


def reserved_order(pieces=2, **kwargs):
    """An order whose stock is promised."""
    place = BinFactory(on_hand=10)
    order = OrderFactory(lines=[(place.sku, pieces, "10.00")], warehouse=place.warehouse, **kwargs)
    line = order.lines.get()
    reserve_lines(demands=[Demand(line.pk, order.channel_id, place.sku_id, pieces)], by=None, at=AT)
    return order, place


def cancel(*orders, by, reason="the customer asked"):
    return services.cancel_orders(order_ids=[o.pk for o in orders], reason=reason, by=by, at=AT)


@pytest.mark.parametrize("status", OrderStatus.values)
def test_an_order_is_cancelled_from_every_status_before_shipped(agent, status):
    order = OrderFactory(status=status)
    answer = cancel(order, by=agent)[order.pk]

    order.refresh_from_db()
    if status in OPEN:
        assert (answer, order.status) == (None, "cancelled")
    else:
        refusal = {"cancelled": AlreadyCancelled, "invalid": WrongStatus}.get(status, AlreadyLeft)
        assert (type(answer), order.status) == (refusal, status)


def test_cancelling_gives_the_stock_back_and_says_so(agent):
    order, place = reserved_order()
    assert cancel(order, by=agent) == {order.pk: None}

    place.refresh_from_db()
    assert (place.reserved, Reservation.objects.count()) == (0, 0)
    event = order.events.order_by("pk").last()
    assert (event.kind, event.from_status, event.to_status, event.reason, event.by) == (
        "cancelled",
        "pending_split",
        "cancelled",
        "the customer asked",
        agent,
    )
    assert OutboxMessage.objects.get(topic="orders.order.cancelled").payload == {"order_ids": [order.pk]}


def test_a_set_answers_per_order_and_the_good_ones_go(agent):
    good, gone, other = OrderFactory(), OrderFactory(status="shipped"), OrderFactory(status="pending_payment")
    answers = services.cancel_orders(order_ids=[good.pk, gone.pk, other.pk, 10**9], reason="why", by=agent, at=AT)
    assert {pk: type(answer) for pk, answer in answers.items()} == {
        good.pk: type(None),
        gone.pk: AlreadyLeft,
        other.pk: type(None),
        10**9: OrderNotFound,
    }
    assert Order.objects.filter(status="cancelled").count() == 2


def test_a_hundred_cost_as_many_statements_as_one(agent, django_assert_max_num_queries):
    orders = [reserved_order()[0] for _n in range(5)]
    with django_assert_max_num_queries(14):
        assert set(cancel(*orders, by=agent).values()) == {None}


def test_cancelling_voids_the_document_that_waits(agent):
    order, _place = reserved_order()
    documents = create_documents(order_ids=[order.pk], at=AT)
    accept_documents(document_ids=list(documents.values()), at=AT)
    assert Order.objects.get().status == "pending_shipment"

    assert cancel(order, by=agent) == {order.pk: None}

    assert WarehouseDocument.objects.get().status == "voided"
    assert list(order.events.order_by("pk").values_list("to_status", flat=True))[-1] == "cancelled"
    assert Bin.objects.get().reserved == 0


def test_cancelling_needs_a_reason(agent):
    order = OrderFactory()
    with pytest.raises(ReasonMissing):
        cancel(order, by=agent, reason="  ")


@pytest.mark.parametrize(
    ("hold", "who", "goes"),
    [
        ("review", "agent", True),
        ("system", "agent", False),
        ("system", "boss", True),
        ("system", None, True),
        ("rollback", "boss", False),
    ],
)
def test_who_cancels_a_held_order(agent, boss, hold, who, goes):
    order = OrderFactory(hold=hold)
    answer = cancel(order, by={"agent": agent, "boss": boss, None: None}[who])[order.pk]
    assert answer is None if goes else isinstance(answer, OrderHeld)


@pytest.mark.parametrize("status", OrderStatus.values)
def test_an_order_is_invalid_only_before_it_is_worked(agent, status):
    order = OrderFactory(status=status)
    answer = services.mark_invalid(order_ids=[order.pk], reason="a test", by=agent, at=AT)[order.pk]
    order.refresh_from_db()
    if status in {"new", "pending_split"}:
        assert (answer, order.status) == (None, "invalid")
    else:
        assert (type(answer), order.status) == (WrongStatus, status)


def test_an_invalid_order_keeps_no_stock(agent):
    order, place = reserved_order()
    services.mark_invalid(order_ids=[order.pk], reason="a test", by=agent, at=AT)
    place.refresh_from_db()
    assert place.reserved == 0


# ---- receiver


def edit(order, by, version=None, **receiver):
    return services.edit_receiver(
        order_id=order.pk, version=version or order.version, receiver=receiver, by=by, at=AT, reason="moved house"
    )


@pytest.mark.parametrize("status", OrderStatus.values)
def test_the_receiver_is_edited_until_the_goods_leave(agent, status):
    order = OrderFactory(status=status)
    if status in OPEN:
        edited = edit(order, agent, address="新街 1 号")
        assert edited.address == Order.objects.get().address == "新街 1 号"
        back = status in {"pending_dispatch", "pending_shipment"}
        assert Order.objects.get().status == ("pending_split" if back else status)
    else:
        with pytest.raises(AlreadyLeft if status in LEFT else WrongStatus):
            edit(order, agent, address="新街 1 号")


def test_an_edit_says_what_was_and_what_is(agent):
    order = OrderFactory()
    edit(order, agent, receiver_name="李四", city=order.city)

    event = order.events.get(kind="edited")
    assert event.data == {"before": {"receiver_name": "王小芳"}, "after": {"receiver_name": "李四"}}
    assert (event.reason, event.by) == ("moved house", agent)
    assert Order.objects.get().version == 2
    assert OutboxMessage.objects.get().topic == "orders.order.edited"


def test_saving_the_same_again_changes_nothing(agent):
    order = OrderFactory()
    edit(order, agent, receiver_name=order.receiver_name)
    assert (Order.objects.get().version, order.events.filter(kind="edited").count()) == (1, 0)


def test_a_late_edit_is_refused_with_the_newer_values(agent):
    order = OrderFactory()
    edit(order, agent, address="新街 1 号")
    with pytest.raises(Outdated) as refusal:
        edit(order, StaffFactory(), version=1, address="旧街 9 号")

    assert refusal.value.details["newer"]["address"] == "新街 1 号"
    assert (refusal.value.details["who"], refusal.value.details["version"]) == (str(agent), 2)
    assert Order.objects.get().address == "新街 1 号"


def test_editing_an_order_at_the_warehouse_calls_it_back(agent):
    order, place = reserved_order()
    create_documents(order_ids=[order.pk], at=AT)
    edit(order, agent, address="新街 1 号")

    assert Order.objects.get().status == "pending_split"
    assert WarehouseDocument.objects.get().status == "voided"
    place.refresh_from_db()
    assert place.reserved == 2  # the promise stays while the order walks again


def test_an_edit_refuses_a_held_order(agent, boss):
    order = OrderFactory(hold="system")
    with pytest.raises(OrderHeld):
        edit(order, agent, address="新街 1 号")
    assert edit(order, boss, address="新街 1 号").address == "新街 1 号"


# ---- remarks


def test_our_remark_is_changed_wherever_the_order_stands(agent):
    order = OrderFactory(status="closed")
    services.edit_seller_remark(order_id=order.pk, version=1, remark=" 易碎 ", by=agent, at=AT)
    assert Order.objects.get().seller_remark == "易碎"
    with pytest.raises(Outdated):
        services.edit_seller_remark(order_id=order.pk, version=1, remark="x", by=agent, at=AT)


def test_a_remark_goes_into_the_logs_of_a_set(agent):
    orders = [OrderFactory(), OrderFactory(status="closed")]
    known = services.add_remark(order_ids=[*(o.pk for o in orders), 0], text="called\nback", by=agent, at=AT)
    assert known == [o.pk for o in orders]
    assert list(OrderEvent.objects.filter(kind="remark").values_list("reason", flat=True)) == ["called back"] * 2


def test_looking_at_personal_data_leaves_a_trace(agent):
    order = OrderFactory()
    services.reveal_personal(order_id=order.pk, by=agent, at=AT)
    assert order.events.get(kind="revealed").by == agent


# ---- payment


def pay(order, amount, number="T1"):
    return services.mark_paid(
        order_id=order.pk,
        method="transfer",
        transaction_no=number,
        amount=Decimal(amount),
        paid_at=AT,
        by=None,
        at=AT,
    )


def test_a_paid_order_goes_on(agent):
    order = OrderFactory(status="pending_payment", lines=[(None, 3, "33.30")], freight="0.10")
    pay(order, "100.00")
    order.refresh_from_db()
    assert (order.status, order.payment_status, order.paid_amount, order.paid_at) == (
        "pending_split",
        "paid",
        Decimal("100.00"),
        AT,
    )
    assert OutboxMessage.objects.get().topic == "orders.order.paid"


def test_a_part_payment_waits_for_the_rest():
    order = OrderFactory(status="pending_payment", lines=[(None, 1, "100.00")])
    pay(order, "40.00")
    order.refresh_from_db()
    assert (order.status, order.payment_status, order.paid_amount) == (
        "pending_payment",
        "partially_paid",
        Decimal("40.00"),
    )
    pay(order, "60.00", "T2")
    order.refresh_from_db()
    assert (order.status, order.payment_status, Payment.objects.count()) == ("pending_split", "paid", 2)


@pytest.mark.parametrize(
    ("amount", "number", "refusal"),
    [("0.00", "T9", PaymentNotPositive), ("60.01", "T9", PaymentTooHigh), ("10.00", "T1", PaymentRepeated)],
)
def test_wrong_payments_are_refused(amount, number, refusal):
    order = OrderFactory(status="pending_payment", lines=[(None, 1, "100.00")])
    pay(order, "40.00")
    with pytest.raises(refusal):
        pay(order, amount, number)


@pytest.mark.parametrize("status", sorted(set(OrderStatus.values) - {"pending_payment"}))
def test_money_is_noted_only_where_it_is_waited_for(status):
    with pytest.raises(WrongStatus):
        pay(OrderFactory(status=status), "1.00")


# ---- signed, closed


@pytest.mark.parametrize("status", OrderStatus.values)
@pytest.mark.parametrize(
    ("command", "sources", "target"), [("sign", {"shipped"}, "signed"), ("close", {"signed", "rejected"}, "closed")]
)
def test_orders_are_signed_and_closed_in_turn(status, command, sources, target):
    order = OrderFactory(status=status)
    answer = getattr(services, f"{command}_orders")(order_ids=[order.pk], by=None, at=AT)[order.pk]
    order.refresh_from_db()
    if status in sources:
        assert (answer, order.status, getattr(order, f"{target}_at")) == (None, target, AT)
    else:
        assert (type(answer), order.status) == (WrongStatus, status)


@pytest.mark.parametrize("command", ["sign", "close"])
def test_held_orders_are_not_advanced(command):
    order = OrderFactory(status={"sign": "shipped", "close": "signed"}[command], hold="rollback")
    answer = getattr(services, f"{command}_orders")(order_ids=[order.pk], by=None, at=AT)[order.pk]
    assert isinstance(answer, OrderHeld)
