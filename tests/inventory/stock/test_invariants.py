"""check_books finds each breach of the stock rules; a random walk through the commands makes none."""

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from inventory.models import Bin, Movement, Receipt, ReceiptLine, Reservation, Sku, Warehouse
from inventory.stock import services
from inventory.stock.invariants import INVARIANTS
from inventory.stock.services import Addition, Adjustment, Demand, Move, Target
from tests.factories.inventory import AT, BinFactory, ChannelFactory, SkuFactory, WarehouseFactory

pytestmark = pytest.mark.django_db


def breaches():
    found = {}
    with connection.cursor() as cursor:
        for rule_ in INVARIANTS:
            cursor.execute(f"SELECT reference::text, fact::text FROM ({rule_.sql}) x")
            if rows := cursor.fetchall():
                found[rule_.name] = rows
    return found


def promised_bin():
    sku, warehouse = SkuFactory(code="A"), WarehouseFactory(code="W")
    bin_ = BinFactory(sku=sku, warehouse=warehouse, on_hand=5)
    services.reserve_lines(demands=[Demand(7, None, sku.pk, 2)], by=None, at=AT)
    assert breaches() == {}
    return bin_


def test_numbers_that_the_ledger_does_not_explain_are_found():
    bin_ = promised_bin()
    Bin.objects.filter(pk=bin_.pk).update(on_hand=6, reserved=3)

    assert breaches() == {
        "stock_on_hand_is_sum_of_movements": [("A@W", "on hand 6, movements say 5")],
        "stock_reserved_is_sum_of_movements": [("A@W", "reserved 3, movements say 2")],
        "stock_reserved_is_sum_of_reservations": [("A@W", "reserved 3, reservations say 2")],
    }


def test_a_promise_that_grew_by_itself_is_found():
    promised_bin()
    Reservation.objects.update(quantity=3)
    bin_id = Bin.objects.get().pk

    assert breaches() == {
        "stock_reserved_is_sum_of_reservations": [("A@W", "reserved 2, reservations say 3")],
        "stock_reservation_explained_by_its_movements": [("7", f"bin {bin_id} promises 3, movements say 2")],
    }


def test_a_line_promised_two_skus_is_found():
    promised_bin()
    other = BinFactory(sku__code="B", warehouse=Warehouse.objects.get(), on_hand=1)
    services.reserve_lines(demands=[Demand(7, None, other.sku_id, 1)], by=None, at=AT)

    assert breaches() == {"stock_line_holds_one_sku": [("7", "promised pieces of several SKUs: A, B")]}


def test_an_oversold_bin_and_an_orphaned_ledger_are_found():
    bin_ = promised_bin()
    Movement.objects.create(bin_id=0, kind="receive", on_hand_delta=1, at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # an ALTER TABLE waits for no pending check
        cursor.execute("ALTER TABLE inventory_bin DROP CONSTRAINT bin_never_oversold")
    Bin.objects.filter(pk=bin_.pk).update(on_hand=1)

    found = breaches()

    assert found["stock_bin_never_oversold"] == [("A@W", "reserved 2 of 1 on hand")]
    assert found["stock_ledger_names_bins_that_exist"] == [("0", "no such bin, but there are promises or movements")]


def test_a_receipt_that_was_not_posted_is_found():
    bin_ = promised_bin()
    receipt = Receipt.objects.create(number="RC1", warehouse=bin_.warehouse, posted_at=AT)
    ReceiptLine.objects.create(receipt=receipt, sku=bin_.sku, quantity=4)

    assert breaches() == {"stock_receipt_is_posted_once": [("RC1", "4 pieces received, movements say 0")]}


LINES = st.lists(st.integers(1, 6), min_size=1, max_size=3)
PIECES = st.integers(1, 5)
INDEX = st.integers(0, 1)


class StockMachine(RuleBasedStateMachine):
    """Two SKUs in two warehouses with a fenced channel: any order of commands, and the books stay right."""

    @initialize()
    def open_books(self):
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.skus = [SkuFactory() for _ in range(2)]
        self.warehouses = [WarehouseFactory() for _ in range(2)]
        self.channel = ChannelFactory().pk
        self.wanted = {}  # pieces each line still lacks, so that promises and shortages add up

    def teardown(self):
        if hasattr(self, "transaction"):
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    def sku_of(self, line):
        return self.skus[line % 2].pk

    @rule(sku=INDEX, warehouse=INDEX, fenced=st.booleans(), pieces=PIECES)
    def receive(self, sku, warehouse, fenced, pieces):
        place = (self.skus[sku].pk, self.warehouses[warehouse].pk, self.channel if fenced else None)
        services.receive_stock(additions=[Addition(*place, pieces)], reference="", by=None, at=AT)

    @rule(lines=LINES, pieces=PIECES, fenced=st.booleans())
    def reserve(self, lines, pieces, fenced):
        channel = self.channel if fenced else None
        before = self.promised()
        short = services.reserve_lines(
            demands=[Demand(line, channel, self.sku_of(line), pieces) for line in lines], by=None, at=AT
        )
        for line in set(lines):
            got = self.promised().get(line, 0) - before.get(line, 0)
            assert got == pieces * lines.count(line) - short.get(line, 0)

    @rule(lines=LINES)
    def release(self, lines):
        before = self.promised()
        released = services.release_lines(order_line_ids=lines, by=None, at=AT)
        assert released == {line: before[line] for line in set(lines) if line in before}

    @rule(lines=LINES)
    def ship(self, lines):
        before, on_hand = self.promised(), self.on_hand()
        if set(lines) <= before.keys():
            shipped = services.consume_lines(order_line_ids=lines, by=None, at=AT, reference="")
            assert self.on_hand() == on_hand - sum(shipped.values())
        else:
            with pytest.raises(services.NotReserved):
                services.consume_lines(order_line_ids=lines, by=None, at=AT, reference="")
            assert (self.promised(), self.on_hand()) == (before, on_hand)

    @rule(lines=LINES, pieces=PIECES, warehouse=INDEX, fenced=st.booleans())
    def transfer(self, lines, pieces, warehouse, fenced):
        before, there = self.promised(), self.warehouses[warehouse].pk
        targets = [
            Target(line, self.channel if fenced else None, self.sku_of(line), max(pieces, before.get(line, 0)), there)
            for line in dict.fromkeys(lines)
        ]
        short = services.move_reservations(targets=targets, by=None, at=AT)
        for target in targets:
            if target.order_line_id in short:
                assert self.promised().get(target.order_line_id, 0) == before.get(target.order_line_id, 0)
            else:
                held = Reservation.objects.filter(order_line_id=target.order_line_id).select_related("bin")
                assert {r.bin.warehouse_id for r in held} == {there}
                assert sum(r.quantity for r in held) == target.quantity

    @rule(sku=INDEX, warehouse=INDEX, pieces=PIECES, delta=st.integers(-3, 3).filter(bool))
    def fence_and_adjust(self, sku, warehouse, pieces, delta):
        on_hand, place = self.on_hand(), (self.skus[sku].pk, self.warehouses[warehouse].pk)
        try:
            services.move_stock(
                moves=[Move(*place, None, place[1], self.channel, pieces)], reason="fence", by=None, at=AT
            )
            services.adjust_stock(adjustments=[Adjustment(*place, None, delta)], reason="count", by=None, at=AT)
        except services.InsufficientStock:
            assert self.on_hand() == on_hand
        else:
            assert self.on_hand() == on_hand + delta

    def promised(self):
        totals = {}
        for line, pieces in Reservation.objects.values_list("order_line_id", "quantity"):
            totals[line] = totals.get(line, 0) + pieces
        return totals

    def on_hand(self):
        return sum(Bin.objects.values_list("on_hand", flat=True))

    @invariant()
    def the_books_are_right(self):
        if hasattr(self, "skus"):
            assert breaches() == {}


def test_any_order_of_commands_leaves_the_books_right():
    run_state_machine_as_test(
        StockMachine,
        settings=settings(
            max_examples=60,
            stateful_step_count=15,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert Sku.objects.count() == 0
