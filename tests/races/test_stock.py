"""Two people want the same pieces at the same moment. Each race is also run without its lock, and then goes wrong."""

import threading
import time

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from inventory.models import Bin, Reservation
from inventory.stock import services
from inventory.stock.services import Demand, GroupDemand, Move, Target, statements
from tests.concurrency import PATIENCE, overlap
from tests.factories.inventory import AT, BinFactory, WarehouseFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def without_lock(monkeypatch):
    """Take the row lock out of a statement."""

    def unlock(name):
        sql = getattr(statements, name)
        unlocked = sql.replace("FOR NO KEY UPDATE OF b", "").replace("FOR NO KEY UPDATE", "")
        assert unlocked != sql
        monkeypatch.setattr(statements, name, unlocked)

    return unlock


def reserve(line, *bins, quantity=1):
    demands = [Demand(line * 100 + i, None, b.sku_id, quantity) for i, b in enumerate(bins)]
    return services.reserve_lines(demands=demands, by=None, at=AT)


def reserved(bin_):
    return Bin.objects.get(pk=bin_.pk).reserved


def test_the_last_piece_is_promised_once():
    bin_, answers = BinFactory(on_hand=1), []

    error = overlap(lambda: answers.append(reserve(1, bin_)), lambda: answers.append(reserve(2, bin_)))

    assert error is None
    assert answers == [{}, {200: 1}]
    assert reserved(bin_) == 1


def test_without_the_lock_only_the_check_constraint_stops_the_oversale(without_lock):
    bin_ = BinFactory(on_hand=1)
    without_lock("RESERVE")

    error = overlap(lambda: reserve(1, bin_), lambda: reserve(2, bin_))

    assert isinstance(error, IntegrityError)
    assert "bin_never_oversold" in str(error)


def test_without_lock_and_check_the_last_piece_is_sold_twice(without_lock):
    """What the lock is for: nothing else would notice."""
    bin_ = BinFactory(on_hand=1)
    without_lock("RESERVE")
    constraint = next(c for c in Bin._meta.constraints if c.name == "bin_never_oversold")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Bin, constraint)
    try:
        error = overlap(lambda: reserve(1, bin_), lambda: reserve(2, bin_))

        assert error is None
        assert reserved(bin_) == 2
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE inventory_bin CASCADE")
        with connection.schema_editor() as editor:
            editor.add_constraint(Bin, constraint)


def test_pieces_that_move_away_are_not_promised():
    bin_, there, answers = BinFactory(on_hand=2), WarehouseFactory(priority=900), []

    def move_away():
        move = Move(bin_.sku_id, bin_.warehouse_id, None, there.pk, None, 2)
        services.move_stock(moves=[move], reason="rearrange", by=None, at=AT)
        there.is_active = False
        there.save()

    error = overlap(move_away, lambda: answers.append(reserve(1, bin_)))

    assert (error, answers) == (None, [{100: 1}])


def test_promised_pieces_do_not_move_away():
    bin_, there = BinFactory(on_hand=2), WarehouseFactory(priority=900)
    move = Move(bin_.sku_id, bin_.warehouse_id, None, there.pk, None, 2)

    error = overlap(
        lambda: reserve(1, bin_), lambda: services.move_stock(moves=[move], reason="rearrange", by=None, at=AT)
    )

    assert isinstance(error, services.InsufficientStock)
    assert error.details["available"] == 1


def test_without_the_lock_promised_pieces_would_move_away(without_lock):
    bin_, there = BinFactory(on_hand=2), WarehouseFactory(priority=900)
    move = Move(bin_.sku_id, bin_.warehouse_id, None, there.pk, None, 2)
    without_lock("LOCK_PLACES")

    error = overlap(
        lambda: reserve(1, bin_), lambda: services.move_stock(moves=[move], reason="rearrange", by=None, at=AT)
    )

    assert isinstance(error, IntegrityError)


def strict(line, bin_, outcome):
    """A strict order: refused, or promised whole."""
    with transaction.atomic():
        if services.fitting_groups(demands=[GroupDemand("order", None, bin_.sku_id, 1)]):
            outcome.append("refused")
            return
        outcome.append(reserve(line, bin_))


def test_a_strict_order_that_fits_is_served_whole():
    bin_, outcome = BinFactory(on_hand=1), []

    error = overlap(lambda: strict(1, bin_, outcome), lambda: strict(2, bin_, outcome))

    assert (error, outcome) == (None, [{}, "refused"])


def test_without_the_lock_a_strict_order_is_accepted_and_comes_short(without_lock):
    bin_, outcome = BinFactory(on_hand=1), []
    without_lock("LOCK_FREE")

    error = overlap(lambda: strict(1, bin_, outcome), lambda: strict(2, bin_, outcome))

    assert (error, outcome) == (None, [{}, {200: 1}])


def test_a_promise_is_shipped_once():
    bin_, shipped = BinFactory(on_hand=3), []
    reserve(1, bin_, quantity=2)

    def ship():
        shipped.append(services.consume_lines(order_line_ids=[100], by=None, at=AT, reference="WD"))

    error = overlap(ship, ship)

    assert isinstance(error, services.NotReserved)
    assert shipped == [{100: 2}]
    assert Bin.objects.get(pk=bin_.pk).on_hand == 1


def test_promises_do_not_move_into_pieces_that_were_just_promised():
    bin_, there = BinFactory(on_hand=5), WarehouseFactory(priority=900)
    target = BinFactory(sku=bin_.sku, warehouse=there, on_hand=1)
    reserve(1, bin_)
    Bin.objects.filter(pk=bin_.pk).update(on_hand=1)  # so that the other one has to go to the target
    answers = []

    def transfer():
        move = Target(100, None, bin_.sku_id, 1, there.pk)
        answers.append(services.move_reservations(targets=[move], by=None, at=AT))

    error = overlap(lambda: reserve(2, bin_), transfer)

    assert (error, answers) == (None, [{100: 1}])
    assert reserved(target) == 1
    assert Reservation.objects.get(order_line_id=100).bin_id == bin_.pk


# Of this database only: another test process on the same server has waits of its own.
WAITING = """SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE NOT granted AND datname = current_database()"""


def in_threads(*commands):
    """Start each command, waiting until it hangs on a lock of this connection or ends; returns what they raised."""
    raised, threads = [], []

    def run(command):
        try:
            command()
        except DatabaseError as exc:
            raised.append(exc)
        finally:
            connection.close()

    def blocked(count):
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            return cursor.fetchone()[0] >= count

    for number, command in enumerate(commands, 1):
        thread = threading.Thread(target=run, args=(command,))
        thread.start()
        threads.append(thread)
        deadline = time.monotonic() + PATIENCE
        while thread.is_alive() and not blocked(number) and time.monotonic() < deadline:
            time.sleep(0.005)
    return raised, threads


def opposite_chunks(between=lambda: None):
    """Chunks that want the same SKUs in opposite order meet over a middle bin somebody else holds for a moment."""
    low, middle, high = (BinFactory(on_hand=9) for _ in range(3))

    def backwards():
        between()
        reserve(2, high, middle, low)

    with transaction.atomic():
        Bin.objects.select_for_update(no_key=True).get(pk=middle.pk)
        raised, threads = in_threads(lambda: reserve(1, low, middle, high), backwards)
    for thread in threads:
        thread.join(PATIENCE)
    return raised, [reserved(b) for b in (low, middle, high)]


def test_chunks_with_skus_in_opposite_order_do_not_deadlock():
    raised, counts = opposite_chunks()

    assert (raised, counts) == ([], [2, 2, 2])


def test_with_locks_in_another_order_they_deadlock(monkeypatch):
    reverse = statements.RESERVE.replace("ORDER BY b.id FOR", "ORDER BY b.id DESC FOR")

    raised, _counts = opposite_chunks(lambda: monkeypatch.setattr(statements, "RESERVE", reverse))

    assert len(raised) == 1
    assert "deadlock" in str(raised[0])


def test_many_at_once_sell_exactly_what_is_there():
    bin_, sold = BinFactory(on_hand=30), []

    def buyer(number):
        try:
            for i in range(15):
                line = number * 1000 + i
                short = services.reserve_lines(demands=[Demand(line, None, bin_.sku_id, 1)], by=None, at=AT)
                sold.append(line not in short)
        finally:
            connection.close()

    threads = [threading.Thread(target=buyer, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert (len(sold), sum(sold)) == (60, 30)
    assert reserved(bin_) == 30
