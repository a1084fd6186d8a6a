"""Every condition of the order list, and that their names stay."""

import datetime as dt

import pytest
from django.http import QueryDict
from django.utils import timezone

from oms.rules.matching import apply
from orders.models import Order, OrderLine
from orders.order.filters import OrderFilter
from tests.factories.inventory import AT, ChannelFactory, MerchantCodeFactory, SkuFactory, WarehouseFactory
from tests.factories.orders import OrderFactory
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db

# Saved views, rules and links carry these names: add, never rename.
NAMES = [
    "q", "channel", "warehouse", "status", "payment", "type", "origin", "hold", "cod", "province", "city",
    "placed_from", "placed_to", "older_than", "amount_from", "amount_to", "items_from", "items_to", "sku",
    "merchant_code", "short_address", "buyer_remark", "seller_remark", "gift",
]  # fmt: skip


def found(query, staff=None):
    bound = OrderFilter(QueryDict(query), Order.objects.all(), staff=staff)
    assert bound.is_valid(), bound.errors
    return set(bound.qs)


def test_the_public_names_stay():
    assert list(OrderFilter.base_filters) == NAMES


@pytest.mark.parametrize(
    ("query", "fits", "fits_not"),
    [
        ("status=open", {"status": "new"}, {"status": "shipped"}),
        ("status=left", {"status": "closed"}, {"status": "new"}),
        ("status=dropped", {"status": "rejected"}, {"status": "new"}),
        ("status=new&status=signed", {"status": "signed"}, {"status": "closed"}),
        ("payment=paid", {}, {"status": "pending_payment"}),
        ("type=reissue", {"type": "reissue"}, {}),
        ("origin=offline", {"origin": "offline"}, {}),
        ("hold=review&hold=system", {"hold": "system"}, {"hold": "rollback"}),
        ("cod=yes", {"cash_on_delivery": True}, {}),
        ("cod=no", {}, {"cash_on_delivery": True}),
        ("province=浙江省", {"province": "浙江省"}, {}),
        ("city=杭州市", {"city": "杭州市"}, {}),
        ("amount_from=10", {"lines": [(None, 1, "10.00")]}, {"lines": [(None, 1, "9.99")]}),
        ("amount_to=10", {"lines": [(None, 1, "10.00")]}, {"lines": [(None, 1, "10.01")]}),
        ("items_from=3", {"lines": [(None, 3, "1.00")]}, {"lines": [(None, 2, "1.00")]}),
        ("items_to=3", {"lines": [(None, 3, "1.00")]}, {"lines": [(None, 4, "1.00")]}),
        ("placed_from=2026-11-24", {"placed_at": AT + dt.timedelta(hours=10)}, {"placed_at": AT}),
        ("placed_to=2026-11-23", {"placed_at": AT}, {"placed_at": AT + dt.timedelta(hours=10)}),
        ("short_address=yes", {"address": "五条街 3"}, {}),
        ("short_address=no", {}, {"address": "五条街 3"}),
        ("buyer_remark=yes", {"buyer_remark": "x"}, {}),
        ("buyer_remark=no", {}, {"buyer_remark": "x"}),
        ("seller_remark=yes", {"seller_remark": "x"}, {}),
        ("q=EXT-77", {"external_no": "EXT-77"}, {}),
        ("q=欧阳", {"receiver_name": "欧阳明月"}, {}),
        ("q=6099", {"receiver_phone": "13911116099"}, {}),
        ("q=13911116099", {"receiver_phone": "13911116099"}, {}),
    ],
)
def test_a_condition_finds_what_fits_and_only_that(query, fits, fits_not):
    wanted, _other = OrderFactory(**fits), OrderFactory(**fits_not)
    assert found(query) == {wanted}


def test_older_than_counts_hours_from_now():
    old = OrderFactory(placed_at=timezone.now() - dt.timedelta(hours=25))
    OrderFactory(placed_at=timezone.now() - dt.timedelta(hours=23))
    assert found("older_than=24") == {old}


def test_numbers_are_found_by_their_beginning():
    order = OrderFactory()
    assert found(f"q={order.number.lower()}") == {order}
    assert found(f"q={order.number[:8]}") == {order}
    assert found("q=%25") == set()


def test_channels_and_warehouses_go_by_code():
    here, there = ChannelFactory(code="TM01"), WarehouseFactory(code="HZ")
    order = OrderFactory(channel=here, warehouse=there)
    OrderFactory()
    assert found("channel=TM01") == found("warehouse=HZ") == {order}


def test_a_channel_of_another_branch_is_no_choice():
    ChannelFactory(code="TM01")
    agent = StaffFactory(branches=[BranchFactory()])
    assert not OrderFilter(QueryDict("channel=TM01"), Order.objects.all(), staff=agent).is_valid()


def test_skus_by_code_and_barcode_several_at_once():
    first, second, third = SkuFactory(code="A"), SkuFactory(barcode="69001"), SkuFactory()
    orders = [OrderFactory(lines=[(sku, 1, "1.00")]) for sku in (first, second, third)]
    assert found("sku=A, 69001") == set(orders[:2])
    assert found("q=69001") == {orders[1]}


def test_merchant_codes_mapped_and_not():
    code = MerchantCodeFactory(code="M-1")
    mapped, unmapped = OrderFactory(lines=[(code.sku, 1, "1.00")]), OrderFactory(lines=[(None, 1, "1.00")])
    OrderLine.objects.filter(order__in=[mapped, unmapped]).update(merchant_code="M-1")
    OrderFactory(lines=[(code.sku, 1, "1.00")])
    assert found("merchant_code=M-1") == found("q=M-1") == {mapped, unmapped}


def test_gifts():
    with_gift, without = OrderFactory(), OrderFactory()
    OrderLine.objects.filter(order=with_gift).update(is_gift=True)
    assert (found("gift=yes"), found("gift=no")) == ({with_gift}, {without})


def test_as_a_rule_an_unknown_or_empty_condition_matches_nothing():
    OrderFactory()
    assert list(apply("orders.order", "colour=red", Order.objects.all())) == []
    assert list(apply("orders.order", "", Order.objects.all())) == []
    assert apply("orders.order", "status=open", Order.objects.all()).count() == 1


def test_conditions_left_empty_are_no_conditions():
    order = OrderFactory(receiver_name="陈静")
    empty = "&".join(f"{name}=" for name in NAMES if name != "q")

    assert found(f"q=陈&{empty}") == {order}
