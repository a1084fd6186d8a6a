import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import call_command

from inventory.models import MerchantCode, Movement, Reservation, WarehouseRegion
from oms.lib.books import breaches
from orders.conveyor import services
from orders.conveyor.services import LEASE, lease_orders, run_chunk, run_until_idle
from orders.models import Order, OrderEvent, OrderLine, Walk, WarehouseDocument
from tests.factories.interception import BlacklistEntryFactory
from tests.factories.inventory import AT, SkuFactory, WarehouseFactory
from tests.factories.orders import OrderFactory
from tests.orders.conveyor.conveyor_facts import books, reserve, stocked

pytestmark = pytest.mark.django_db
NOW = AT + dt.timedelta(hours=1)


def later(minutes):
    return NOW + dt.timedelta(minutes=minutes)


def ready_order(**fields):
    """A paid order whose goods lie in one warehouse, promised."""
    place = fields.pop("bin", None) or stocked(10)
    order = OrderFactory(lines=[(place.sku, 2, "10.00")], audited_at=None, **fields)
    reserve(order)
    return order


def mixed_orders():
    """One that passes, one per check that fails, one whose goods travel, one bundle to map, one still unreserved."""
    near, far = WarehouseFactory(priority=50, province="上海"), WarehouseFactory(priority=1)
    WarehouseRegion.objects.create(warehouse=near, province="上海", priority=1)
    sku, other, split_a, split_b, scarce = (SkuFactory() for _ in range(5))
    for item, warehouse, count in [
        (sku, near, 50), (sku, far, 50), (other, near, 50), (split_a, near, 1), (split_b, far, 1), (scarce, near, 1)
    ]:  # fmt: skip
        stocked(count, sku=item, warehouse=warehouse)
    BlacklistEntryFactory(value="13911112222")
    orders = {
        "passes": OrderFactory(lines=[(other, 2, "10.00")], audited_at=None),
        "travels": OrderFactory(lines=[(sku, 3, "10.00"), (other, 1, "5.00")], audited_at=None),
        "amount": OrderFactory(lines=[(other, 1, "10.00")], total="9.00", audited_at=None),
        "unmapped": OrderFactory(lines=[(other, 1, "10.00"), (None, 1, "1.00")], audited_at=None),
        "short": OrderFactory(lines=[(scarce, 2, "10.00")], audited_at=None),
        "blacklisted": OrderFactory(lines=[(other, 1, "10.00")], receiver_phone="+86 139 1111 2222", audited_at=None),
        "split": OrderFactory(lines=[(split_a, 1, "10.00"), (split_b, 1, "10.00")], audited_at=None),
        "bundle": OrderFactory(lines=[(None, 2, "9.99")], discount="1.00", audited_at=None),
        "unreserved": OrderFactory(lines=[(other, 1, "10.00")], audited_at=None),
    }
    line = orders["bundle"].lines.get()
    for item, count in [(sku, 1), (other, 2)]:
        MerchantCode.objects.create(channel=orders["bundle"].channel, code=line.merchant_code, sku=item, quantity=count)
    for name in orders.keys() - {"unreserved", "bundle"}:
        reserve(orders[name])
    return orders, near


def test_run_chunk_takes_an_order_through_all_stages():
    order = ready_order()
    place = Reservation.objects.get().bin

    result = run_chunk(at=NOW)

    order.refresh_from_db()
    assert (result.leased, result.passed, dict(result.stopped)) == (1, 1, {})
    assert (order.status, order.hold, order.audited_at) == ("pending_dispatch", "none", NOW)
    assert (order.warehouse_id, order.claimed_until) == (place.warehouse_id, None)
    document = WarehouseDocument.objects.get()
    assert (document.order_id, document.warehouse_id, document.item_count) == (order.pk, place.warehouse_id, 2)
    assert list(OrderEvent.objects.filter(at=NOW).values_list("kind", "to_status").order_by("pk")) == [
        ("audited", ""),
        ("routed", ""),
        ("moved", "pending_dispatch"),
    ]
    walk = Walk.objects.get()
    assert (walk.order_id, walk.at, walk.stopped_at, walk.reason) == (order.pk, NOW, "", "")
    assert walk.stages == [
        {"stage": "map", "result": "passed"},
        {"stage": "audit", "result": "passed"},
        {"stage": "route", "result": "chosen", "facts": {"warehouse": place.warehouse.code, "fit": 1, "of": 1}},
        {"stage": "confirm", "result": "passed"},
        {"stage": "dispatch", "result": "passed"},
    ]
    assert breaches() == []


def test_run_chunk_stops_each_order_where_its_fault_is_and_sends_the_others():
    orders, near = mixed_orders()

    result = run_until_idle(clock=lambda: NOW)

    stands = {name: Order.objects.get(pk=order.pk) for name, order in orders.items()}
    assert {name: (o.status, o.hold) for name, o in stands.items()} == {
        "passes": ("pending_dispatch", "none"),
        "travels": ("pending_dispatch", "none"),
        "amount": ("pending_split", "system"),
        "unmapped": ("pending_split", "system"),
        "short": ("pending_split", "system"),
        "blacklisted": ("pending_split", "review"),
        "split": ("pending_split", "system"),
        "bundle": ("pending_dispatch", "none"),
        "unreserved": ("pending_dispatch", "none"),
    }
    assert dict(result.stopped) == {
        ("audit", "amount_mismatch"): 1,
        ("audit", "sku_unmapped"): 1,
        ("audit", "stock_short"): 1,
        ("audit", "blacklist"): 1,
        ("confirm", "no_warehouse"): 1,
    }
    assert stands["travels"].warehouse_id == near.pk
    assert set(
        Reservation.objects.filter(order_line_id__in=stands["travels"].lines.values("pk")).values_list(
            "bin__warehouse_id", flat=True
        )
    ) == {near.pk}
    assert Walk.objects.get(order=orders["split"]).stopped_at == "confirm"
    assert stands["split"].audited_at is None
    assert breaches() == []


def test_map_expands_a_bundle_and_its_money_still_adds_up():
    orders, _near = mixed_orders()
    bundle = orders["bundle"]

    run_until_idle(clock=lambda: NOW)

    lines = list(OrderLine.objects.filter(order=bundle).order_by("position"))
    assert [(line.position, line.quantity, line.goods_amount, line.discount_share, line.amount) for line in lines] == [
        (1, 2, line_sum("6.66"), line_sum("0.33"), line_sum("6.33")),
        (2, 4, line_sum("13.32"), line_sum("0.67"), line_sum("12.65")),
    ]
    assert {line.bundle_code for line in lines} == {lines[0].merchant_code}
    bundle.refresh_from_db()
    assert (bundle.line_count, bundle.item_count) == (2, 6)


def line_sum(text):
    from decimal import Decimal

    return Decimal(text)


def test_walking_twice_writes_the_same_books():
    mixed_orders()
    run_until_idle(clock=lambda: NOW)
    first, movements = books(), Movement.objects.count()

    Order.objects.update(claimed_until=None)
    again = run_until_idle(clock=lambda: later(10))

    assert again.leased == 0
    assert books() == first
    assert Movement.objects.count() == movements


@pytest.mark.parametrize("stage", ["map", "audit", "route", "confirm", "dispatch"])
def test_a_crash_after_any_stage_leads_to_the_same_books(stage, monkeypatch):
    from django.db import transaction

    orders, _near = mixed_orders()
    whole = None
    try:
        with transaction.atomic():
            run_until_idle(clock=lambda: NOW)
            whole = books("events")
            events = set(OrderEvent.objects.values_list("order_id", "kind", "to_status", "reason"))
            raise InterruptedError  # noqa: TRY301 -- only to roll back
    except InterruptedError:
        pass
    crashing = next(s for s in services.stages() if s.name == stage)
    real = type(crashing).run

    def run_and_die(self, batch):
        real(self, batch)
        raise SystemExit  # the process is gone: nothing after this line happens

    monkeypatch.setattr(type(crashing), "run", run_and_die)
    with pytest.raises(SystemExit):
        run_chunk(at=NOW)
    monkeypatch.undo()

    assert run_chunk(at=later(1)).leased <= 0 or stage == "dispatch"
    run_until_idle(clock=lambda: later(3))

    assert books("events") == whole
    assert set(OrderEvent.objects.values_list("order_id", "kind", "to_status", "reason")) == events
    assert OrderEvent.objects.filter(order=orders["passes"], kind="audited").count() == 1
    assert breaches() == []


def test_an_order_that_makes_a_stage_fail_is_stopped_alone_and_rests_longer_each_time(monkeypatch, caplog):
    stock_place = stocked(100)
    good = [ready_order(bin=stock_place) for _ in range(6)]
    bad = ready_order(bin=stock_place)
    stage = services.stages()[2]
    real = type(stage).run

    def run_unless_bad(self, batch):
        if bad.pk in batch.order_ids:
            raise ValueError("broken row")
        real(self, batch)

    monkeypatch.setattr(type(stage), "run", run_unless_bad)

    result = run_chunk(at=NOW)

    assert result.passed == 6
    assert set(Order.objects.filter(pk__in=[o.pk for o in good]).values_list("status", flat=True)) == {
        "pending_dispatch"
    }
    walk = Walk.objects.get(order=bad)
    assert (walk.stopped_at, walk.reason) == ("route", f"error {result.errors[0]}: ValueError")
    assert result.errors[0] in caplog.text
    bad.refresh_from_db()
    assert (bad.status, bad.claimed_until) == ("pending_split", later(1))

    assert run_chunk(at=later(0)).leased == 0
    run_chunk(at=later(2))
    bad.refresh_from_db()
    assert bad.claimed_until == later(2) + dt.timedelta(minutes=2)

    monkeypatch.undo()
    assert run_chunk(at=later(60)).passed == 1


def test_an_order_edited_while_it_walks_leaves_and_walks_again(monkeypatch):
    order = ready_order()
    stage = services.stages()[1]
    real = type(stage).run

    def edit_after_audit(self, batch):
        real(self, batch)
        Order.objects.filter(pk=order.pk).update(version=order.version + 1)

    monkeypatch.setattr(type(stage), "run", edit_after_audit)
    result = run_chunk(at=NOW)
    monkeypatch.undo()

    assert dict(result.stopped) == {("route", "changed_meanwhile"): 1}
    assert not WarehouseDocument.objects.exists()
    assert run_chunk(at=NOW).passed == 1


def test_lease_takes_the_oldest_workable_orders_only():
    first, second, third = (OrderFactory() for _ in range(3))
    OrderFactory(status="pending_payment")
    OrderFactory(hold="review")
    OrderFactory(claimed_until=later(1))
    over = OrderFactory(claimed_until=later(-1))

    batch = lease_orders(at=NOW, limit=2)

    assert batch.order_ids == [first.pk, second.pk]
    assert set(Order.objects.filter(claimed_until=NOW + LEASE).values_list("pk", flat=True)) == {first.pk, second.pk}
    assert lease_orders(at=NOW, limit=9).order_ids == [third.pk, over.pk]
    assert lease_orders(at=NOW, limit=9).order_ids == []


@pytest.mark.parametrize("count", [1, 30])
def test_a_chunk_takes_the_same_number_of_statements_whatever_its_size(count, django_assert_max_num_queries):
    place = stocked(100)
    for _ in range(count):
        ready_order(bin=place)
    services.stages()

    with django_assert_max_num_queries(42):
        assert run_chunk(at=NOW).passed == count


def test_run_conveyor_command_prints_what_it_did():
    ready_order()
    OrderFactory(lines=[(None, 1, "10.00")])
    out = StringIO()

    call_command("run_conveyor", until_idle=True, json=True, stdout=out)

    facts = json.loads(out.getvalue())
    assert (facts["walked"], facts["passed"], facts["errors"]) == (2, 1, [])
    assert facts["stopped"] == [{"stage": "audit", "reason": "sku_unmapped", "count": 1}]


def test_a_return_gets_its_skus_and_no_stock():
    sku = stocked(10).sku
    order = OrderFactory(type="return", status="new", lines=[(None, 2, "10.00")], audited_at=None)
    MerchantCode.objects.create(channel=order.channel, code=order.lines.get().merchant_code, sku=sku, quantity=1)

    run_chunk(at=NOW)

    assert order.lines.get().sku == sku
    assert Reservation.objects.count() == 0
    order.refresh_from_db()
    assert (order.status, order.hold) == ("pending_dispatch", "none")
    assert WarehouseDocument.objects.get().kind == "receive"
    assert breaches() == []
