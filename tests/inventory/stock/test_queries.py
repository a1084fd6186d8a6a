"""Which warehouse fits, what is there, who holds it."""

import pytest

from inventory.models import WarehouseRegion
from inventory.stock import services
from inventory.stock.queries import (
    Candidate,
    RouteLine,
    SkuStock,
    fitting_warehouses,
    missing_of,
    movements_of,
    reservations_of,
    stock_of,
)
from inventory.stock.services import Demand
from tests.factories.inventory import AT, BinFactory, ChannelFactory, SkuFactory, WarehouseFactory
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db


def promise(line, sku, quantity, channel=None):
    services.reserve_lines(
        demands=[Demand(line, channel and channel.pk, sku.pk, quantity)], by=None, at=AT, reference=""
    )


def line(order, line_id, sku, quantity, province="广东省", channel=None):
    return RouteLine(order, line_id, channel and channel.pk, sku.pk, quantity, province)


def test_fitting_warehouses_ranks_by_region_then_priority_and_says_why_others_lost():
    a, b = SkuFactory(), SkuFactory()
    late, early, regional, lacking = (WarehouseFactory(priority=p) for p in (9, 3, 20, 1))
    WarehouseRegion.objects.create(warehouse=regional, province="广东", priority=5)
    WarehouseRegion.objects.create(warehouse=early, province="北京市", priority=1)
    for warehouse in (late, early, regional):
        BinFactory(sku=a, warehouse=warehouse, on_hand=2)
        BinFactory(sku=b, warehouse=warehouse, on_hand=1)
    BinFactory(sku=a, warehouse=lacking, on_hand=5)

    found = fitting_warehouses([line(1, 11, a, 2), line(1, 12, b, 1), line(2, 21, a, 3, "北京")])

    assert found == {
        1: [
            Candidate(regional.pk, 0, True, 0, (), 5),
            Candidate(early.pk, 1, True, 0),
            Candidate(late.pk, 2, True, 0),
            Candidate(lacking.pk, 3, False, 0, ((b.pk, 1),)),
        ],
        2: [
            Candidate(lacking.pk, 0, True, 0),
            Candidate(early.pk, 1, False, 0, ((a.pk, 1),), 1),
            Candidate(late.pk, 2, False, 0, ((a.pk, 1),)),
            Candidate(regional.pk, 3, False, 0, ((a.pk, 1),)),
        ],
    }


def test_fitting_warehouses_counts_own_promises_and_own_fence_but_nobody_elses():
    sku, channel = SkuFactory(), ChannelFactory()
    warehouse = WarehouseFactory()
    BinFactory(sku=sku, warehouse=warehouse, on_hand=3)
    promise(11, sku, 2)
    promise(91, sku, 1)
    BinFactory(sku=sku, warehouse=warehouse, channel=channel, on_hand=1)
    BinFactory(sku=sku, warehouse=warehouse, channel=ChannelFactory(), on_hand=7)

    found = fitting_warehouses([line(1, 11, sku, 3, channel=channel), line(2, 21, sku, 2, channel=channel)])

    assert found == {
        1: [Candidate(warehouse.pk, 0, True, 2)],
        2: [Candidate(warehouse.pk, 0, False, 0, ((sku.pk, 1),))],
    }


def test_fitting_warehouses_sums_lines_of_one_sku_and_skips_inactive_warehouses():
    sku, warehouse = SkuFactory(), WarehouseFactory()
    BinFactory(sku=sku, warehouse=warehouse, on_hand=3)
    BinFactory(sku=sku, warehouse=WarehouseFactory(is_active=False), on_hand=9)

    found = fitting_warehouses([line(1, 11, sku, 2), line(1, 12, sku, 2)])

    assert found == {1: [Candidate(warehouse.pk, 0, False, 0, ((sku.pk, 1),))]}


@pytest.mark.parametrize(
    ("named", "written"),
    [
        ("广东", "广东省"),
        ("上海市", "上海"),
        ("广西", "广西壮族自治区"),
        ("内蒙古自治区", "内蒙古"),
        ("香港", "香港特别行政区"),
        ("Guangdong", " guangdong Province"),
    ],
)
def test_fitting_warehouses_knows_a_province_with_and_without_its_suffix(named, written):
    bin_ = BinFactory(on_hand=1)
    WarehouseRegion.objects.create(warehouse=bin_.warehouse, province=named, priority=4)

    found = fitting_warehouses([line(1, 11, bin_.sku, 1, written)])

    assert found[1][0].region_priority == 4


def test_fitting_warehouses_is_three_statements(django_assert_num_queries):
    bins = [BinFactory(on_hand=1) for _ in range(5)]

    with django_assert_num_queries(3):
        found = fitting_warehouses([line(i, i, b.sku, 1) for i, b in enumerate(bins)])
    with django_assert_num_queries(0):
        assert fitting_warehouses([]) == {}

    assert [found[i][0].warehouse_id for i in range(5)] == [b.warehouse_id for b in bins]


def test_missing_of_names_lines_that_are_promised_less_than_they_want():
    bin_ = BinFactory(on_hand=5)
    promise(1, bin_.sku, 2)
    promise(2, bin_.sku, 3)

    assert missing_of({1: 5, 2: 3, 3: 1}) == {1: 3, 3: 1}


def test_stock_of_adds_up_per_warehouse_and_stays_in_the_persons_branches():
    sku, channel = SkuFactory(code="A"), ChannelFactory()
    mine, other = BranchFactory(), BranchFactory()
    near = WarehouseFactory(code="N", name="Near", branch=mine, priority=1)
    BinFactory(sku=sku, warehouse=near, on_hand=5)
    BinFactory(sku=sku, warehouse=near, channel=channel, on_hand=2)
    BinFactory(sku=sku, warehouse=WarehouseFactory(branch=other), on_hand=9)
    promise(1, sku, 3, channel)

    assert stock_of(["A", "unknown"], StaffFactory(branches=[mine])) == [
        SkuStock("A", sku.name, "N", "Near", 7, 3, 4, 0)
    ]
    assert [row.on_hand for row in stock_of(["A"], StaffFactory(is_superuser=True))] == [7, 9]
    assert stock_of(["A"], StaffFactory()) == []


def test_reservations_and_movements_of_a_sku_stay_in_the_persons_branches():
    mine = BranchFactory()
    bin_ = BinFactory(warehouse__branch=mine, on_hand=5)
    promise(1, bin_.sku, 2)
    theirs = BinFactory(sku=bin_.sku, on_hand=1)
    clerk = StaffFactory(branches=[mine])

    assert [r.order_line_id for r in reservations_of(sku_id=bin_.sku_id, staff=clerk)] == [1]
    assert [m.kind for m in movements_of(sku_id=bin_.sku_id, staff=clerk)] == ["reserve", "receive"]
    assert movements_of(sku_id=bin_.sku_id, staff=StaffFactory(branches=[theirs.warehouse.branch])).count() == 1
