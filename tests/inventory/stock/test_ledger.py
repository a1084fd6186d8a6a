"""Receiving, moving, adjusting: exact results; refusals change nothing."""

import pytest

from inventory.models import Bin, Movement
from inventory.stock import services
from inventory.stock.services import Addition, Adjustment, Demand, Move
from oms.models import OutboxMessage
from tests.factories.inventory import AT, BinFactory, ChannelFactory, SkuFactory, WarehouseFactory
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db


def movements(bin_):
    return list(Movement.objects.filter(bin=bin_).order_by("pk").values_list("kind", "on_hand_delta", "reason"))


def test_receive_stock_makes_missing_bins_and_says_what_came():
    sku, warehouse, channel, by = SkuFactory(), WarehouseFactory(), ChannelFactory(), StaffFactory()
    shared = BinFactory(sku=sku, warehouse=warehouse, on_hand=1)

    services.receive_stock(
        additions=[
            Addition(sku.pk, warehouse.pk, None, 4),
            Addition(sku.pk, warehouse.pk, channel.pk, 2),
            Addition(sku.pk, warehouse.pk, None, 3),
        ],
        reference="RC-1",
        by=by,
        at=AT,
    )

    fence = Bin.objects.get(sku=sku, warehouse=warehouse, channel=channel)
    assert (Bin.objects.get(pk=shared.pk).on_hand, fence.on_hand) == (8, 2)
    assert movements(shared) == [("receive", 1, ""), ("receive", 4, ""), ("receive", 3, "")]
    assert Movement.objects.filter(reference="RC-1", by=by, at=AT).count() == 3
    message = OutboxMessage.objects.get()
    assert (message.topic, message.payload) == ("inventory.stock.received", {"sku_ids": [sku.pk]})


def test_receive_stock_refuses_nothing_and_less():
    sku, warehouse = SkuFactory(), WarehouseFactory()

    for quantity in (0, -1):
        with pytest.raises(services.NothingToMove):
            services.receive_stock(
                additions=[Addition(sku.pk, warehouse.pk, None, quantity)], reference="", by=None, at=AT
            )

    assert not Bin.objects.exists()


def test_move_stock_pairs_its_movements():
    source, there, channel = BinFactory(on_hand=5), WarehouseFactory(), ChannelFactory()
    warehouse = source.warehouse_id

    services.move_stock(
        moves=[
            Move(source.sku_id, warehouse, None, warehouse, channel.pk, 2),
            Move(source.sku_id, warehouse, None, there.pk, None, 3),
        ],
        reason=" double eleven ",
        by=None,
        at=AT,
    )

    fence, far = Bin.objects.get(channel=channel), Bin.objects.get(warehouse=there)
    assert [Bin.objects.get(pk=b.pk).on_hand for b in (source, fence, far)] == [0, 2, 3]
    assert movements(fence) == [("move_in", 2, "double eleven")]
    assert movements(far) == [("move_in", 3, "double eleven")]
    assert movements(source)[1:] == [("move_out", -2, "double eleven"), ("move_out", -3, "double eleven")]


def test_move_stock_never_moves_reserved_pieces_and_then_moves_nothing():
    source, other, there = BinFactory(on_hand=5), BinFactory(on_hand=5), WarehouseFactory(name="Far")
    services.reserve_lines(demands=[Demand(1, None, source.sku_id, 3)], by=None, at=AT)

    with pytest.raises(services.InsufficientStock) as refusal:
        services.move_stock(
            moves=[
                Move(other.sku_id, other.warehouse_id, None, there.pk, None, 1),
                Move(source.sku_id, source.warehouse_id, None, there.pk, None, 3),
            ],
            reason="x",
            by=None,
            at=AT,
        )

    details = {"sku": source.sku.code, "warehouse": source.warehouse.name, "available": 2, "wanted": 3}
    assert refusal.value.details == details
    assert Movement.objects.filter(kind__startswith="move").count() == 0
    assert Bin.objects.get(pk=other.pk).on_hand == 5
    assert not Bin.objects.filter(warehouse=there).exists()


def test_move_stock_does_not_count_what_the_same_call_brings():
    source = BinFactory(on_hand=2)
    middle, end = WarehouseFactory(), WarehouseFactory()

    with pytest.raises(services.InsufficientStock):
        services.move_stock(
            moves=[
                Move(source.sku_id, source.warehouse_id, None, middle.pk, None, 2),
                Move(source.sku_id, middle.pk, None, end.pk, None, 2),
            ],
            reason="x",
            by=None,
            at=AT,
        )


@pytest.mark.parametrize(("quantity", "reason", "error"), [(0, "x", "NothingToMove"), (1, "  ", "ReasonRequired")])
def test_move_and_adjust_want_a_quantity_and_a_reason(quantity, reason, error):
    bin_ = BinFactory(on_hand=5)
    place = (bin_.sku_id, bin_.warehouse_id, None)

    with pytest.raises(getattr(services, error)):
        services.move_stock(moves=[Move(*place, WarehouseFactory().pk, None, quantity)], reason=reason, by=None, at=AT)
    with pytest.raises(getattr(services, error)):
        services.adjust_stock(adjustments=[Adjustment(*place, -quantity)], reason=reason, by=None, at=AT)

    assert Movement.objects.count() == 1


def test_move_stock_refuses_the_same_bin():
    bin_ = BinFactory(on_hand=5)

    with pytest.raises(services.NothingToMove):
        services.move_stock(
            moves=[Move(bin_.sku_id, bin_.warehouse_id, None, bin_.warehouse_id, None, 1)], reason="x", by=None, at=AT
        )


def test_adjust_stock_corrects_both_ways_but_leaves_reserved_pieces():
    bin_ = BinFactory(on_hand=5)
    services.reserve_lines(demands=[Demand(1, None, bin_.sku_id, 2)], by=None, at=AT)
    place = (bin_.sku_id, bin_.warehouse_id, None)

    services.adjust_stock(adjustments=[Adjustment(*place, 2)], reason="found", by=None, at=AT)
    services.adjust_stock(adjustments=[Adjustment(*place, -5)], reason="broken", by=None, at=AT)
    with pytest.raises(services.InsufficientStock):
        services.adjust_stock(adjustments=[Adjustment(*place, -1)], reason="broken", by=None, at=AT)

    bin_.refresh_from_db()
    assert (bin_.on_hand, bin_.reserved) == (2, 2)
    assert [m for m in movements(bin_) if m[0] == "adjust"] == [("adjust", 2, "found"), ("adjust", -5, "broken")]


def test_ledger_commands_cost_the_same_for_one_and_thirty(django_assert_num_queries):
    """Bins, lock, change, fact; a savepoint around, as there is one in tests."""
    warehouse = WarehouseFactory()
    for count in (1, 30):
        additions = [Addition(SkuFactory().pk, warehouse.pk, None, 1) for _ in range(count)]
        with django_assert_num_queries(6):
            services.receive_stock(additions=additions, reference="", by=None, at=AT)
