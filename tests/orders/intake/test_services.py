from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import Movement, Reservation
from oms.models import OutboxMessage
from orders.models import IntakeMessage, Order, OrderEvent, OrderLine, Payment
from tests.factories.intake import AT, message, take
from tests.factories.inventory import BinFactory, ChannelFactory, MerchantCodeFactory, SkuFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel():
    return ChannelFactory(code="TB1")


@pytest.fixture
def shirt(channel):
    sku = SkuFactory(code="SHIRT", price="60.00")
    MerchantCodeFactory(channel=channel, code="s-1", sku=sku)
    BinFactory(sku=sku, on_hand=100)
    return sku


@pytest.fixture
def socks(channel):
    sku = SkuFactory(code="SOCKS", price="20.00")
    BinFactory(sku=sku, on_hand=100)
    return sku


def reserved():
    return {r["bin__sku__code"]: r["n"] for r in Reservation.objects.values("bin__sku__code").annotate(n=_sum())}


def _sum():
    from django.db.models import Sum

    return Sum("quantity")


def lines_of(order_id, *fields):
    return list(OrderLine.objects.filter(order_id=order_id).order_by("position").values_list(*fields))


def test_take_orders_stores_order_lines_payment_event_message_and_reserves(channel, shirt, socks):
    sent = message(
        channel,
        ("s-1", 2, "59.00"),
        ("SOCKS", 1, "19.90"),
        external_no="A-1",
        freight="8.00",
        discount="10.00",
        total="135.90",
        buyer={"id": "b1", "name": "小明", "phone": "139"},
        payment={"method": "alipay", "transaction_no": "T1", "amount": "135.90"},
        buyer_remark="周末送\n谢谢 😀",
    )

    (result,) = take(sent)

    order = Order.objects.get()
    assert (result.external_no, result.number, result.order_id) == ("A-1", order.number, order.pk)
    assert (result.outcome, result.holds, result.errors) == ("stored", [], [])
    assert order.number == f"SO261123{order.pk:05d}"
    assert (order.status, order.payment_status, order.hold) == ("pending_split", "paid", "none")
    amounts = (order.goods_amount, order.discount_amount, order.freight, order.payable, order.total, order.paid_amount)
    assert amounts == tuple(map(Decimal, ("137.90", "10.00", "8.00", "135.90", "135.90", "135.90")))
    assert (order.line_count, order.item_count, order.first_item) == (2, 3, "s-1")
    assert order.buyer_remark == "周末送 谢谢 😀"
    assert order.placed_at.isoformat() == "2026-11-23T05:00:00+00:00"
    assert order.created_at == AT
    assert lines_of(order.pk, "merchant_code", "sku", "quantity", "goods_amount", "discount_share", "amount") == [
        ("s-1", shirt.pk, 2, Decimal("118.00"), Decimal("8.56"), Decimal("109.44")),
        ("SOCKS", socks.pk, 1, Decimal("19.90"), Decimal("1.44"), Decimal("18.46")),
    ]
    assert list(Payment.objects.values_list("method", "transaction_no", "amount")) == [
        ("alipay", "T1", Decimal("135.90"))
    ]
    event = OrderEvent.objects.get()
    assert (event.kind, event.from_status, event.to_status, event.data) == (
        "placed",
        "new",
        "pending_split",
        {"source": "api"},
    )
    kept = IntakeMessage.objects.get()
    assert (kept.payload, kept.outcome, kept.order_id) == (sent.raw, "stored", order.pk)
    assert reserved() == {"SHIRT": 2, "SOCKS": 1}
    assert set(Movement.objects.filter(kind="reserve").values_list("reference", flat=True)) == {order.number}
    assert list(OutboxMessage.objects.values_list("topic", "payload")) == [
        ("orders.intake.stored", {"order_ids": [order.pk]})
    ]


def test_take_orders_expands_a_bundle_and_its_money(channel, shirt, socks):
    MerchantCodeFactory(channel=channel, code="set", sku=shirt, quantity=1)
    MerchantCodeFactory(channel=channel, code="set", sku=socks, quantity=2)
    sent = message(
        channel,
        {"merchant_code": "set", "external_line_no": "7", "quantity": 2, "unit_price": "49.99", "discount": "0.03"},
    )

    (result,) = take(sent)

    got = lines_of(
        result.order_id, "sku__code", "bundle_code", "external_line_no", "quantity", "goods_amount", "discount"
    )
    assert got == [
        ("SHIRT", "set", "7", 2, Decimal("59.99"), Decimal("0.02")),
        ("SOCKS", "set", "7", 4, Decimal("39.99"), Decimal("0.01")),
    ]
    assert reserved() == {"SHIRT": 2, "SOCKS": 4}


def test_take_orders_stores_what_a_channel_sold_whatever_is_wrong(channel, shirt):
    (result,) = take(message(channel, ("s-1", 101, "1.00"), ("nobody's", 1, "1.00"), total="50.00"))

    assert (result.outcome, result.holds) == ("stored", ["amount_mismatch", "sku_unmapped", "stock_short"])
    assert Order.objects.get().status == "pending_split"
    assert reserved() == {"SHIRT": 100}


def test_take_orders_refuses_a_strict_order_that_is_short_and_keeps_the_others(channel, shirt):
    MerchantCodeFactory(channel=channel, code="pair", sku=shirt, quantity=2)

    short, unmapped, good = take(
        message(channel, ("s-1", 1, "1.00"), ("pair", 50, "1.00"), strict=True),
        message(channel, ("nobody's", 1, "1.00"), strict=True),
        message(channel, ("s-1", 100, "1.00"), strict=True),
    )

    assert [(e.field, e.code, e.details) for e in short.errors] == [
        ("lines.0.quantity", "out_of_stock", {"wanted": 101, "short": 1})
    ]
    assert [(e.field, e.code) for e in unmapped.errors] == [("lines.0.merchant_code", "sku_unmapped")]
    assert [short.outcome, unmapped.outcome, good.outcome] == ["refused", "refused", "stored"]
    assert Order.objects.count() == IntakeMessage.objects.count() == 1
    assert reserved() == {"SHIRT": 100}


def test_take_orders_gives_a_strict_order_what_it_was_promised(channel, shirt):
    early = message(channel, ("s-1", 60, "1.00"), placed_at="2026-11-22T13:00:00+08:00")
    strict = message(channel, ("s-1", 60, "1.00"), strict=True)

    results = take(early, strict)

    assert [(r.outcome, r.holds) for r in results] == [("stored", ["stock_short"]), ("stored", [])]


def test_take_orders_knows_an_order_again_and_writes_nothing(channel, shirt):
    sent = message(channel, ("s-1", 1, "59.00"))
    (first,) = take(sent)

    again, twice = take(sent, sent)

    assert (again.outcome, again.number) == (twice.outcome, twice.number) == ("repeated", first.number)
    assert Order.objects.count() == IntakeMessage.objects.count() == OrderEvent.objects.count() == 1
    assert reserved() == {"SHIRT": 1}


def test_take_orders_compares_the_second_of_a_batch_with_the_first(channel, shirt):
    results = take(
        message(channel, ("s-1", 1, "59.00"), external_no="A"),
        message(channel, ("s-1", 1, "59.00"), external_no="A"),
        message(channel, ("s-1", 3, "59.00"), external_no="A"),
    )

    assert [r.outcome for r in results] == ["stored", "repeated", "changed"]
    assert reserved() == {"SHIRT": 3}


@pytest.mark.parametrize(
    ("fields", "status", "payment"),
    [
        ({"paid_at": None}, "pending_payment", "unpaid"),
        ({"paid_at": None, "cash_on_delivery": True}, "pending_split", "unpaid"),
        ({"payment": {"method": "w", "amount": "5.00"}}, "pending_payment", "partially_paid"),
        ({"payment": {"method": "w", "amount": "59.00"}}, "pending_split", "paid"),
        ({"total": "40.00", "payment": {"method": "w", "amount": "40.00"}}, "pending_split", "paid"),
        ({"type": "reissue", "paid_at": None}, "pending_split", "unpaid"),
        ({"type": "return", "paid_at": None}, "new", "unpaid"),
    ],
)
def test_take_orders_starts_an_order_where_its_money_says(channel, shirt, fields, status, payment):
    take(message(channel, ("s-1", 1, "59.00"), **fields))

    assert Order.objects.values_list("status", "payment_status").get() == (status, payment)


def test_take_orders_reserves_nothing_for_a_return(channel, shirt):
    (result,) = take(message(channel, ("s-1", 1, "59.00"), type="return"))

    assert result.number.startswith("RO")
    assert Reservation.objects.count() == 0


def test_take_orders_reads_a_naive_time_in_the_branch_zone(channel, shirt):
    channel.branch.time_zone = "Europe/London"
    channel.branch.save()

    take(message(channel, ("s-1", 1, "1.00"), placed_at="2026-11-22T23:30:00"))

    assert Order.objects.get().placed_at.isoformat() == "2026-11-22T23:30:00+00:00"


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"channel": "nowhere"}, "channel", "unknown_channel"),
        ({"placed_at": "1969-01-01T00:00:00Z"}, "placed_at", "time_out_of_range"),
        ({"paid_at": "2027-11-23T00:00:00Z"}, "paid_at", "time_out_of_range"),
        ({"discount": "59.01"}, "discount", "discount_too_large"),
    ],
)
def test_take_orders_refuses_naming_the_field(channel, shirt, fields, field, code):
    good = message(channel, ("s-1", 1, "59.00"))

    bad, kept = take(message(channel, ("s-1", 1, "59.00"), **fields), good)

    assert ([(e.field, e.code) for e in bad.errors], bad.outcome) == ([(field, code)], "refused")
    assert kept.outcome == "stored"
    assert Order.objects.count() == 1


def test_take_orders_refuses_an_inactive_channel_and_one_that_is_not_the_senders(channel, shirt):
    from orders.intake.queries import channel_facts

    other = ChannelFactory(is_active=False)

    (inactive,) = take(message(other, ("s-1", 1, "1.00")))
    (foreign,) = take(message(other, ("s-1", 1, "1.00")), channels=channel_facts([channel.code]))

    assert [inactive.errors[0].code, foreign.errors[0].code] == ["unknown_channel"] * 2


def test_take_orders_keeps_the_statements_of_a_batch_few(channel, shirt):
    sent = [message(channel, ("s-1", 1, "1.00"), ("SOCKS", 1, "2.00")) for _ in range(500)]

    with CaptureQueriesContext(connection) as queries:
        take(*sent)

    assert len(queries) <= 14, [query["sql"][:60] for query in queries]
    assert Movement.objects.filter(kind="reserve").count() == 100
