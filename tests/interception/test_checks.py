import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from interception.registry import checks, checks_of, registry_is_sound
from interception.stages import findings
from tests.factories.interception import BlacklistEntryFactory
from tests.factories.inventory import ChannelFactory, SkuFactory
from tests.factories.orders import OrderFactory
from tests.orders.conveyor.conveyor_facts import reserve, stocked

pytestmark = pytest.mark.django_db


def find(code, *orders):
    """What a check says of these orders, and in how many queries."""
    with CaptureQueriesContext(connection) as queries:
        found = checks()[code].find([order.pk for order in orders])
    assert len(queries) == 1
    return found


def test_amount_mismatch_finds_orders_whose_total_is_another():
    channel = ChannelFactory(code="TM")
    good = OrderFactory(channel=channel, freight="5.00", discount="2.00")
    bad = OrderFactory(channel=channel, total="9.99")

    found = find("amount_mismatch", good, bad)

    assert {pk: (e.cause, e.data["payable"], e.data["total"]) for pk, e in found.items()} == {
        bad.pk: ("TM", "10.00", "9.99")
    }
    assert "10.00" in checks()["amount_mismatch"].explain(found[bad.pk].data)


def test_sku_unmapped_groups_by_channel_and_code():
    channel = ChannelFactory(code="DY")
    good = OrderFactory(channel=channel)
    one, two = (OrderFactory(channel=channel, lines=[(SkuFactory(), 1, "1.00"), (None, 1, "2.00")]) for _ in range(2))

    found = find("sku_unmapped", good, one, two)

    assert {pk: e.cause for pk, e in found.items()} == {one.pk: "DY ?2", two.pk: "DY ?2"}
    assert found[one.pk].data["codes"] == ["?2"]


def test_stock_short_believes_the_ledger():
    place = stocked(3)
    whole, part, none = (OrderFactory(lines=[(place.sku, 2, "1.00")]) for _ in range(3))
    for order in (whole, part, none):
        reserve(order)

    found = find("stock_short", whole, part, none)

    assert {pk: (e.cause, e.data["short"][0]["short"]) for pk, e in found.items()} == {
        part.pk: (place.sku.code, 1),
        none.pk: (place.sku.code, 2),
    }


@pytest.mark.parametrize(
    ("field", "value", "fields"),
    [
        ("phone", "13911112222", {"receiver_phone": "+86 139-1111-2222"}),
        ("phone", "13911112222", {"buyer_phone": "13911112222"}),
        ("buyer", "tb_wang", {"buyer_id": " TB_Wang "}),
        ("name", "李四", {"receiver_name": "李四"}),
        ("address", "漕溪北路18号", {"address": "漕溪北路 18 号 3 栋"}),
    ],
)
def test_blacklist_finds_whoever_an_entry_fits(field, value, fields):
    entry = BlacklistEntryFactory(field=field, value=value, reason="Fraud")
    BlacklistEntryFactory(field="name", value="王五", is_active=False)
    good, inactive, bad = OrderFactory(), OrderFactory(receiver_name="王五"), OrderFactory(**fields)
    if field == "address":
        good.address = inactive.address = "别处"
        good.save(), inactive.save()

    found = find("blacklist", good, inactive, bad)

    assert {pk: (e.cause, e.data) for pk, e in found.items()} == {
        bad.pk: (field, {"entries": [{"id": entry.pk, "field": field, "reason": "Fraud"}]})
    }


def test_no_warehouse_finds_unrouted_orders_that_nobody_has_whole():
    here, there = stocked(1), stocked(1)
    split = OrderFactory(lines=[(here.sku, 1, "1.00"), (there.sku, 1, "1.00")])
    routed = OrderFactory(lines=[(here.sku, 5, "1.00")], warehouse=here.warehouse)
    reserve(split)

    with CaptureQueriesContext(connection) as queries:
        found = checks()["no_warehouse"].find([split.pk, routed.pk])

    assert len(queries) <= 4  # the lines, and what fitting_warehouses asks
    assert {pk: (e.cause, len(e.data["warehouses"])) for pk, e in found.items()} == {
        split.pk: ("no_single_warehouse", 2)
    }


@pytest.mark.parametrize("count", [1, 30])
def test_a_stage_asks_once_per_check_whatever_the_chunk(count, django_assert_num_queries):
    orders = [OrderFactory() for _ in range(count)]

    with django_assert_num_queries(len(checks_of("audit"))):
        assert len(findings("audit", [order.pk for order in orders])) == count  # nothing is reserved


def test_a_misspelt_check_is_an_error_at_start(settings):
    settings.OMS_CHECKS = [*settings.OMS_CHECKS, settings.OMS_CHECKS[0], "interception.checks.nowhere.Nothing"]

    assert [error.id for error in registry_is_sound()] == ["interception.E002", "interception.E001"]
