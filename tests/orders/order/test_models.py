"""The database refuses orders that can't be."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from orders.models import Order, OrderLine, Payment
from tests.factories.orders import OrderFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("order_amounts_add_up", {"payable": Decimal("9.99")}),
        ("order_amounts_not_negative", {"discount_amount": Decimal(-1), "payable": Decimal(11)}),
        ("order_status_known", {"status": "lost"}),
        ("order_payment_status_known", {"payment_status": "lost"}),
        ("order_hold_known", {"hold": "lost"}),
        ("order_type_known", {"type": "lost"}),
        ("order_origin_known", {"origin": "lost"}),
        ("order_shipped_stamp", {"status": "shipped"}),
        ("order_dispatched_stamp", {"status": "pending_shipment"}),
        ("order_closed_stamp", {"status": "closed"}),
    ],
)
def test_an_order_that_cant_be(constraint, values):
    OrderFactory()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Order.objects.update(**values)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("order_line_quantity_positive", {"quantity": 0}),
        ("order_line_amounts_add_up", {"amount": Decimal("9.99")}),
        ("order_line_amounts_not_negative", {"discount": Decimal(-1), "amount": Decimal(11)}),
    ],
)
def test_a_line_that_cant_be(constraint, values):
    OrderFactory()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        OrderLine.objects.update(**values)


def test_an_order_of_a_channel_is_there_once():
    order = OrderFactory(external_no="X")
    with pytest.raises(IntegrityError, match="order_once_per_channel"), transaction.atomic():
        OrderFactory(external_no="X", channel=order.channel)


def test_a_payment_is_there_once_and_positive():
    payment = OrderFactory().payments.get()
    with pytest.raises(IntegrityError, match="payment_once"), transaction.atomic():
        Payment.objects.create(
            order=payment.order,
            method=payment.method,
            transaction_no=payment.transaction_no,
            amount=1,
            paid_at=payment.paid_at,
        )
    with pytest.raises(IntegrityError, match="payment_amount_positive"), transaction.atomic():
        Payment.objects.update(amount=0)
