"""A message about an order we have: every rule of orders.intake.changes."""

from decimal import Decimal

import pytest
from django.db.models import Sum

from inventory.models import Reservation
from oms.lib.books import breaches
from orders.models import IntakeMessage, Order, OrderEvent, OrderLine, Payment
from tests.factories.intake import message, order_json, take
from tests.factories.inventory import BinFactory, ChannelFactory, SkuFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent():
    for code in ("A", "B"):
        BinFactory(sku=SkuFactory(code=code), on_hand=10)
    return order_json(ChannelFactory(), ("A", 2, "50.00"), external_no="1")


def tell(sent, **changes):
    return take(message(sent["channel"], **(sent | changes)))[0]


def reserved():
    rows = Reservation.objects.values("bin__sku__code").annotate(n=Sum("quantity"))
    return {row["bin__sku__code"]: row["n"] for row in rows}


def line(code, quantity, price):
    return {"merchant_code": code, "quantity": quantity, "unit_price": price}


def set_order(**fields):
    Order.objects.update(**fields)


def test_a_payment_lets_a_waiting_order_move_on(sent):
    tell(sent, paid_at=None)

    result = tell(sent, payment={"method": "wx", "transaction_no": "T", "amount": "100.00"})

    order = Order.objects.get()
    assert (result.outcome, order.status, order.payment_status) == ("changed", "pending_split", "paid")
    assert (order.paid_amount, order.paid_at.isoformat()) == (Decimal("100.00"), "2026-11-23T05:01:00+00:00")
    assert list(OrderEvent.objects.order_by("pk").values_list("kind", "from_status", "to_status")) == [
        ("placed", "new", "pending_payment"),
        ("paid", "", ""),
        ("moved", "pending_payment", "pending_split"),
    ]
    assert breaches() == []


def test_a_payment_is_counted_once_and_the_real_one_replaces_the_implied(sent):
    tell(sent)
    tell(sent, payment={"method": "wx", "transaction_no": "T", "amount": "100.00"})
    tell(sent, payment={"method": "wx", "transaction_no": "T", "amount": "100.00"}, buyer_remark="x")

    assert list(Payment.objects.values_list("method", "transaction_no", "amount")) == [("wx", "T", Decimal("100.00"))]
    assert Order.objects.get().paid_amount == Decimal("100.00")


def test_a_changed_remark_leaves_a_refund_as_it_is(sent):
    tell(sent)
    set_order(payment_status="partially_refunded")

    tell(sent, buyer_remark="hurry")

    assert Order.objects.get().payment_status == "partially_refunded"


def test_two_payments_add_up(sent):
    tell(sent, paid_at=None, payment={"method": "wx", "transaction_no": "1", "amount": "40.00"})
    assert Order.objects.get().status == "pending_payment"

    tell(sent, paid_at=None, payment={"method": "wx", "transaction_no": "2", "amount": "60.00"})

    order = Order.objects.get()
    assert (order.status, order.paid_amount, order.payment_status) == ("pending_split", Decimal("100.00"), "paid")


def test_an_older_version_changes_nothing_but_is_kept(sent):
    tell(sent)

    result = tell(sent, paid_at=None, buyer_remark="old")

    order = Order.objects.get()
    assert (result.outcome, [note.code for note in result.errors]) == ("repeated", ["older_version"])
    assert (order.payment_status, order.buyer_remark) == ("paid", "")
    assert IntakeMessage.objects.count() == 2
    assert OrderEvent.objects.order_by("pk").last().data["not_applied"] == [
        {"field": "paid_at", "code": "older_version"}
    ]
    assert tell(sent).outcome == "repeated"


def test_a_changed_receiver_is_taken_over_with_before_and_after(sent):
    tell(sent)

    result = tell(sent, receiver=sent["receiver"] | {"city": "宁波市"})

    event = OrderEvent.objects.order_by("pk").last()
    assert (result.outcome, Order.objects.get().city) == ("changed", "宁波市")
    assert (event.kind, event.data["before"], event.data["after"]) == (
        "changed",
        {"city": "杭州市"},
        {"city": "宁波市"},
    )


def test_a_changed_remark_leaves_what_people_edited(sent):
    tell(sent)
    set_order(city="宁波市")
    OrderLine.objects.update(name="edited")

    tell(sent, buyer_remark="hurry")

    order = Order.objects.get()
    assert (order.buyer_remark, order.city, OrderLine.objects.get().name) == ("hurry", "宁波市", "edited")


def test_changed_lines_are_made_anew_and_reserved_again(sent):
    tell(sent)

    result = tell(sent, lines=[line("A", 1, "50.00"), line("B", 3, "10.00")], discount="5.00")

    order = Order.objects.get()
    assert (result.outcome, result.holds) == ("changed", [])
    assert (order.goods_amount, order.payable, order.item_count) == (Decimal("80.00"), Decimal("75.00"), 4)
    assert list(OrderLine.objects.order_by("position").values_list("merchant_code", "quantity", "discount_share")) == [
        ("A", 1, Decimal("3.13")),
        ("B", 3, Decimal("1.87")),
    ]
    assert reserved() == {"A": 1, "B": 3}
    assert OrderEvent.objects.order_by("pk").last().data["after"]["lines"] == ["A × 1", "B × 3"]
    assert breaches() == []


def test_changed_lines_that_are_short_say_so(sent):
    tell(sent)

    result = tell(sent, lines=[line("A", 11, "50.00")])

    assert (result.outcome, result.holds) == ("changed", ["stock_short"])
    assert reserved() == {"A": 10}


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "pending_shipment", "dispatched_at": "2026-11-23T06:00:00Z"},
        {"status": "cancelled"},
        {"hold": "rollback"},
    ],
)
def test_after_dispatch_a_change_is_recorded_and_not_applied(sent, fields):
    tell(sent)
    set_order(**fields)

    result = tell(sent, lines=[line("A", 1, "50.00")], receiver={"name": "new"}, buyer_remark="hurry")

    order = Order.objects.get()
    assert result.outcome == "changed"
    assert [(note.field, note.code) for note in result.errors] == [
        ("lines", "not_applied"),
        ("receiver", "not_applied"),
        ("buyer_remark", "not_applied"),
    ]
    assert (order.receiver_name, order.buyer_remark, reserved()) == ("王小明", "", {"A": 2})
    assert IntakeMessage.objects.filter(outcome="changed").count() == 1


def test_after_dispatch_a_payment_still_counts(sent):
    tell(sent, paid_at=None, cash_on_delivery=True)
    set_order(status="pending_shipment", dispatched_at="2026-11-23T06:00:00Z")

    tell(sent, cash_on_delivery=True)

    order = Order.objects.get()
    assert (order.status, order.payment_status, order.paid_amount) == ("pending_shipment", "paid", Decimal("100.00"))


def test_a_changed_type_is_not_applied(sent):
    tell(sent)

    result = tell(sent, type="return")

    assert [(note.field, note.code) for note in result.errors] == [("type", "not_applied")]
    assert (Order.objects.get().type, reserved()) == ("sale", {"A": 2})


@pytest.mark.parametrize(
    "same",
    [
        {"freight": "0.0", "discount": 0},
        {"placed_at": "2026-11-23T05:00:00Z", "paid_at": "2026-11-23T05:01:00Z"},
        {
            "lines": [
                {"external_line_no": "1", "merchant_code": "A", "name": "Apple", "quantity": 2, "unit_price": 50.0}
            ]
        },
    ],
)
def test_the_same_order_in_other_words_is_repeated(sent, same):
    tell(sent)

    assert tell(sent, **same).outcome == "repeated"
