"""The search box among orders."""

import pytest

from orders.models import Parcel, WarehouseDocument
from orders.order.search import OrderSearch
from tests.factories.inventory import AT, ChannelFactory, WarehouseFactory
from tests.factories.orders import CourierFactory, OrderFactory
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def branch():
    return BranchFactory()


@pytest.fixture
def order(branch):
    made = OrderFactory(channel=ChannelFactory(branch=branch), receiver_name="欧阳明月", receiver_phone="13911116099")
    document = WarehouseDocument.objects.create(
        number="WD1", order=made, warehouse=WarehouseFactory(), created_at=AT, courier=CourierFactory()
    )
    Parcel.objects.create(document=document, courier=document.courier, tracking_no="SF123")
    return made


@pytest.mark.parametrize("how", ["number", "external_no", "name", "phone", "tail", "tracking", "document", "lower"])
def test_an_order_is_found_by(order, branch, how, django_assert_max_num_queries):
    OrderFactory(channel=order.channel)
    words = {
        "number": order.number,
        "external_no": order.external_no,
        "name": "欧阳",
        "phone": "13911116099",
        "tail": "6099",
        "tracking": "sf123",
        "document": "wd1",
        "lower": order.number.lower(),
    }
    agent = StaffFactory(branches=[branch])
    with django_assert_max_num_queries(3):
        hits = OrderSearch().find(words[how], agent, 5)
    assert [hit.title for hit in hits] == [order.number]
    assert hits[0].exact == (how in {"number", "external_no", "lower"})
    assert "13911116099" not in hits[0].subtitle


def test_orders_of_another_branch_are_not_found(order):
    assert OrderSearch().find(order.number, StaffFactory(branches=[BranchFactory()]), 5) == []
