"""Reserve, release, ship, move promises: exact results."""

import pytest

from inventory.models import Bin, Movement, Reservation
from inventory.stock import services
from inventory.stock.services import Demand, GroupDemand, Shortage, Target
from tests.factories.inventory import AT, BinFactory, ChannelFactory, SkuFactory, WarehouseFactory

pytestmark = pytest.mark.django_db


def reserve(*demands, reference=""):
    return services.reserve_lines(
        demands=[Demand(line, channel and channel.pk, sku.pk, quantity) for line, channel, sku, quantity in demands],
        by=None,
        at=AT,
        reference=reference,
    )


def promised():
    """[(line, bin, pieces)] in order."""
    return list(
        Reservation.objects.order_by("order_line_id", "bin_id").values_list("order_line_id", "bin_id", "quantity")
    )


def counts(*bins):
    return [tuple(Bin.objects.values_list("on_hand", "reserved").get(pk=b.pk)) for b in bins]


def test_reserve_lines_promises_pieces_and_writes_the_ledger():
    bin_ = BinFactory(on_hand=5)

    short = reserve((7, None, bin_.sku, 3), reference="SO-1")

    assert short == {}
    assert promised() == [(7, bin_.pk, 3)]
    assert counts(bin_) == [(5, 3)]
    movement = Movement.objects.get(kind="reserve")
    assert (movement.bin_id, movement.on_hand_delta, movement.reserved_delta) == (bin_.pk, 0, 3)
    assert (movement.order_line_id, movement.reference, movement.by_id, movement.at) == (7, "SO-1", None, AT)


def test_reserve_lines_takes_the_own_fence_before_the_shared_bin_whatever_the_priority():
    sku, channel = SkuFactory(), ChannelFactory()
    near, far = WarehouseFactory(priority=1), WarehouseFactory(priority=2)
    shared = BinFactory(sku=sku, warehouse=near, on_hand=10)
    fence = BinFactory(sku=sku, warehouse=far, channel=channel, on_hand=2)
    other = BinFactory(sku=sku, warehouse=near, channel=ChannelFactory(), on_hand=10)

    short = reserve((1, channel, sku, 3))

    assert short == {}
    assert promised() == [(1, shared.pk, 1), (1, fence.pk, 2)]
    assert counts(shared, fence, other) == [(10, 1), (2, 2), (10, 0)]


def test_reserve_lines_takes_warehouses_by_priority_then_id_and_never_an_inactive_one():
    sku = SkuFactory()
    second, first, third = (WarehouseFactory(priority=p) for p in (5, 1, 5))
    closed = WarehouseFactory(priority=0, is_active=False)
    bins = [BinFactory(sku=sku, warehouse=w, on_hand=2) for w in (third, second, first, closed)]

    short = reserve((1, None, sku, 5))

    assert short == {}
    assert counts(*bins) == [(2, 1), (2, 2), (2, 2), (2, 0)]


def test_reserve_lines_serves_in_the_order_given_and_says_what_is_short():
    bin_ = BinFactory(on_hand=4)
    empty = BinFactory(on_hand=0)
    nowhere = SkuFactory()

    short = reserve((9, None, bin_.sku, 3), (2, None, bin_.sku, 3), (3, None, empty.sku, 1), (4, None, nowhere, 2))

    assert short == {2: 2, 3: 1, 4: 2}
    assert promised() == [(2, bin_.pk, 1), (9, bin_.pk, 3)]


def test_reserve_lines_sums_demands_for_one_line():
    bin_ = BinFactory(on_hand=4)

    short = reserve((1, None, bin_.sku, 2), (2, None, bin_.sku, 1), (1, None, bin_.sku, 2))

    assert short == {2: 1}
    assert promised() == [(1, bin_.pk, 4)]


def test_reserve_lines_adds_to_a_promise_that_is_there():
    bin_ = BinFactory(on_hand=5)
    reserve((1, None, bin_.sku, 2))

    short = reserve((1, None, bin_.sku, 2))

    assert short == {}
    assert promised() == [(1, bin_.pk, 4)]
    assert counts(bin_) == [(5, 4)]


def test_reserve_lines_asked_for_nothing_does_nothing(django_assert_num_queries):
    sku = SkuFactory()

    with django_assert_num_queries(0):
        assert reserve() == {}
        assert reserve((1, None, sku, 0)) == {}
    with pytest.raises(ValueError, match="negative"):
        reserve((1, None, sku, -1))


def test_reserve_lines_is_one_statement_for_any_set(django_assert_num_queries):
    bins = [BinFactory(on_hand=5) for _ in range(30)]

    with django_assert_num_queries(1):
        reserve(*[(i, None, b.sku, 2) for i, b in enumerate(bins)])

    assert counts(*bins) == [(5, 2)] * 30


def fits(*wants):
    return services.fitting_groups(
        demands=[GroupDemand(group, channel and channel.pk, sku.pk, n) for group, channel, sku, n in wants]
    )


def test_fitting_groups_serves_whole_groups_in_order():
    a, b = BinFactory(on_hand=5), BinFactory(on_hand=1)

    short = fits(
        ("first", None, a.sku, 3), ("greedy", None, a.sku, 2), ("greedy", None, b.sku, 2), ("last", None, a.sku, 2)
    )

    assert short == {"greedy": [Shortage(b.sku_id, 2, 1)]}


def test_fitting_groups_counts_the_own_fence_and_sums_lines_of_one_sku():
    sku, channel = SkuFactory(), ChannelFactory()
    warehouse = WarehouseFactory()
    BinFactory(sku=sku, warehouse=warehouse, on_hand=2)
    BinFactory(sku=sku, warehouse=warehouse, channel=channel, on_hand=3)

    short = fits(
        ("a", channel, sku, 2), ("a", channel, sku, 2), ("b", None, sku, 2), ("c", channel, sku, 1), ("d", None, sku, 1)
    )

    assert short == {"b": [Shortage(sku.pk, 2, 1)], "d": [Shortage(sku.pk, 1, 1)]}


def test_release_lines_gives_everything_back_once():
    bin_ = BinFactory(on_hand=5)
    reserve((1, None, bin_.sku, 2), (2, None, bin_.sku, 1))

    assert services.release_lines(order_line_ids=[1, 99], by=None, at=AT, reference="R") == {1: 2}
    assert services.release_lines(order_line_ids=[1, 99], by=None, at=AT, reference="R") == {}

    assert promised() == [(2, bin_.pk, 1)]
    assert counts(bin_) == [(5, 1)]
    movement = Movement.objects.get(kind="release")
    assert (movement.on_hand_delta, movement.reserved_delta, movement.order_line_id) == (0, -2, 1)


def test_consume_lines_takes_the_pieces_out_of_the_bins():
    bin_ = BinFactory(on_hand=5)
    reserve((1, None, bin_.sku, 2), (2, None, bin_.sku, 1))

    shipped = services.consume_lines(order_line_ids=[1, 2], by=None, at=AT, reference="WD-1")

    assert shipped == {1: 2, 2: 1}
    assert promised() == []
    assert counts(bin_) == [(2, 0)]
    assert sorted(Movement.objects.filter(kind="ship").values_list("on_hand_delta", "reserved_delta", "reference")) == [
        (-2, -2, "WD-1"),
        (-1, -1, "WD-1"),
    ]


def test_consume_lines_refuses_a_line_without_a_promise_and_ships_nothing():
    bin_ = BinFactory(on_hand=5)
    reserve((1, None, bin_.sku, 2))

    with pytest.raises(services.NotReserved) as refusal:
        services.consume_lines(order_line_ids=[1, 2], by=None, at=AT, reference="WD-1")

    assert refusal.value.details == {"order_line_ids": [2], "count": 1}
    assert promised() == [(1, bin_.pk, 2)]
    assert counts(bin_) == [(5, 2)]


def move(*targets):
    return services.move_reservations(
        targets=[Target(line, channel and channel.pk, sku.pk, n, w.pk) for line, channel, sku, n, w in targets],
        by=None,
        at=AT,
    )


def test_move_reservations_moves_the_promise_own_fence_first():
    sku, channel = SkuFactory(), ChannelFactory()
    here, there = WarehouseFactory(priority=1), WarehouseFactory(priority=2)
    old = BinFactory(sku=sku, warehouse=here, on_hand=4)
    fence = BinFactory(sku=sku, warehouse=there, channel=channel, on_hand=1)
    shared = BinFactory(sku=sku, warehouse=there, on_hand=4)
    services.move_stock(  # the fence was made after the promise
        moves=[services.Move(sku.pk, there.pk, channel.pk, there.pk, None, 1)], reason="free", by=None, at=AT
    )
    reserve((1, channel, sku, 3))
    services.move_stock(
        moves=[services.Move(sku.pk, there.pk, None, there.pk, channel.pk, 1)], reason="fence", by=None, at=AT
    )
    assert promised() == [(1, old.pk, 3)]

    assert move((1, channel, sku, 3, there)) == {}

    assert promised() == [(1, fence.pk, 1), (1, shared.pk, 2)]
    assert counts(old, fence, shared) == [(4, 0), (1, 1), (4, 2)]


def test_move_reservations_leaves_a_line_alone_that_the_warehouse_cannot_serve_whole():
    a, b = BinFactory(on_hand=4), BinFactory(on_hand=4)
    there = WarehouseFactory(priority=900)
    a_there = BinFactory(sku=a.sku, warehouse=there, on_hand=3)
    b_there = BinFactory(sku=b.sku, warehouse=there, on_hand=4)
    reserve((1, None, a.sku, 4), (2, None, b.sku, 4))

    assert move((1, None, a.sku, 4, there), (2, None, b.sku, 4, there)) == {1: 1}

    assert promised() == [(1, a.pk, 4), (2, b_there.pk, 4)]
    assert counts(a, a_there, b, b_there) == [(4, 4), (3, 0), (4, 0), (4, 4)]


def test_move_reservations_keeps_what_is_there_and_fetches_the_rest(django_assert_num_queries):
    sku = SkuFactory()
    first, second = WarehouseFactory(priority=1), WarehouseFactory(priority=2)
    few, many = BinFactory(sku=sku, warehouse=first, on_hand=1), BinFactory(sku=sku, warehouse=second, on_hand=9)
    reserve((1, None, sku, 3))
    assert promised() == [(1, few.pk, 1), (1, many.pk, 2)]

    with django_assert_num_queries(3):
        assert move((1, None, sku, 4, second)) == {}
    with django_assert_num_queries(2):
        assert move((1, None, sku, 4, second)) == {}

    assert promised() == [(1, many.pk, 4)]
    assert counts(few, many) == [(1, 0), (9, 4)]


def test_move_reservations_never_moves_into_an_inactive_warehouse():
    sku = SkuFactory()
    open_, closed = WarehouseFactory(), WarehouseFactory(is_active=False)
    bin_ = BinFactory(sku=sku, warehouse=open_, on_hand=1)
    BinFactory(sku=sku, warehouse=closed, on_hand=1)
    reserve((1, None, sku, 1))

    assert move((1, None, sku, 1, closed)) == {1: 1}
    assert promised() == [(1, bin_.pk, 1)]


def test_move_reservations_serves_earlier_lines_first_and_later_ones_from_what_is_left():
    a, there = BinFactory(on_hand=9), WarehouseFactory(priority=900)
    target = BinFactory(sku=a.sku, warehouse=there, on_hand=3)
    reserve((1, None, a.sku, 2), (2, None, a.sku, 2), (3, None, a.sku, 1))

    assert move(*[(line, None, a.sku, n, there) for line, n in ((1, 2), (2, 2), (3, 1))]) == {2: 1}
    assert promised() == [(1, target.pk, 2), (2, a.pk, 2), (3, target.pk, 1)]


def test_the_ledger_names_each_lines_own_document():
    a, there = BinFactory(on_hand=9), WarehouseFactory(priority=900)
    BinFactory(sku=a.sku, warehouse=there, on_hand=9)
    named = {1: "SO-1", 2: "SO-2"}

    reserve((1, None, a.sku, 1), (2, None, a.sku, 1), (3, None, a.sku, 1), reference=named)
    target = Target(1, None, a.sku_id, 1, there.pk)
    services.move_reservations(targets=[target], by=None, at=AT, reference={1: "T-1"})
    services.release_lines(order_line_ids=[2], by=None, at=AT, reference={2: "C-2"})
    services.consume_lines(order_line_ids=[1, 3], by=None, at=AT, reference={1: "WD-1", 3: "WD-3"})

    written = Movement.objects.exclude(kind="receive").values_list("order_line_id", "kind", "reference")
    assert sorted(written) == [
        (1, "release", "T-1"),
        (1, "reserve", "SO-1"),
        (1, "reserve", "T-1"),
        (1, "ship", "WD-1"),
        (2, "release", "C-2"),
        (2, "reserve", "SO-2"),
        (3, "reserve", ""),
        (3, "ship", "WD-3"),
    ]
