"""Choosing the warehouse, and moving the promises there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection, transaction

from inventory.stock import services as stock
from inventory.stock.models import Warehouse
from inventory.stock.queries import Candidate, RouteLine, fitting_warehouses
from orders.conveyor import statements
from orders.order.states import OrderType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orders.conveyor.batch import Batch

ROUNDS = 3  # two orders may be shown the same pieces; who comes second looks again
CONTENDED = "stock_taken"


class _Facts(NamedTuple):
    channel_id: int
    province: str
    warehouse_id: int | None
    type: str


class Route:
    """Sends each order to the best warehouse that has all its lines: its province's priority, then the warehouse's own.

    An order that no single warehouse has whole stays unrouted and goes on to the checks that say so.
    """

    name = "route"

    def run(self, batch: Batch) -> None:
        """Route the chunk; what lost its pieces to another order looks again, each time in a new transaction."""
        left = batch.order_ids
        for _round in range(ROUNDS):
            if left:
                part = batch.part(left)
                left = _route(part)
                batch.merge(part)
        for order_id in left:
            batch.take_out(order_id, CONTENDED)


def _route(batch: Batch) -> list[int]:
    late: set[int] = set()
    with transaction.atomic():
        orders = {pk: _Facts(*row) for pk, row in batch.lock("channel_id", "province", "warehouse_id", "type").items()}
        lines = _lines(orders)
        candidates = fitting_warehouses(lines)
        best = {pk: _best(facts, candidates.get(pk, ())) for pk, facts in orders.items()}
        codes = dict(Warehouse.objects.values_list("pk", "code"))
        while True:
            chosen = {pk: candidate for pk, candidate in best.items() if pk not in late}
            try:
                moved = _settle(batch, orders, lines, chosen)
            except _TooLate as others:
                late |= others.orders
            else:
                break
    for pk, candidate in chosen.items():  # what others don't wait for comes after the locks
        _note(batch, pk, candidates.get(pk, []), candidate, moved.get(pk, 0), codes)
    return sorted(late)


def _best(facts: _Facts, candidates: Sequence[Candidate]) -> Candidate | None:
    """The first that has everything; a return goes to the first that is near, whatever it has."""
    if facts.type == OrderType.RETURN:
        return min(candidates, key=_nearness, default=None)
    return next((candidate for candidate in candidates if candidate.covers), None)


def _nearness(candidate: Candidate) -> tuple[bool, int]:
    return candidate.region_priority is None, candidate.region_priority or 0


class _TooLate(Exception):
    """Other orders took the pieces of these between the look and the lock."""

    def __init__(self, orders: set[int]) -> None:
        super().__init__()
        self.orders = orders


def _settle(
    batch: Batch, orders: dict[int, _Facts], lines: list[RouteLine], chosen: dict[int, Candidate | None]
) -> dict[int, int]:
    """Write the orders first and move the promises last: bins, which all workers want, stay locked for one step.

    Answers pieces moved by order. Raises _TooLate, nothing written, for orders that lost their pieces.
    """
    with transaction.atomic():
        stamped = _write(batch, {pk: c.warehouse_id if c else None for pk, c in chosen.items()}, orders)
        promised = [line for line in lines if orders[line.order_id].type != OrderType.RETURN]
        moved, late = _move(batch, promised, {pk: c for pk, c in chosen.items() if orders[pk].type != OrderType.RETURN})
        if late:
            raise _TooLate(late)
    batch.audited -= stamped
    return moved


def _lines(orders: dict[int, _Facts]) -> list[RouteLine]:
    with connection.cursor() as cursor:
        cursor.execute(statements.ROUTE_LINES, {"orders": list(orders)})
        rows = cursor.fetchall()
    return [
        RouteLine(order_id, line_id, orders[order_id].channel_id, sku_id, quantity, orders[order_id].province)
        for order_id, line_id, sku_id, quantity in rows
    ]


def _move(batch: Batch, lines: list[RouteLine], best: dict[int, Candidate | None]) -> tuple[dict[int, int], set[int]]:
    """Move promises of orders not yet whole in their best warehouse: pieces moved, and who came too late."""
    pieces: dict[int, int] = {}
    for line in lines:
        pieces[line.order_id] = pieces.get(line.order_id, 0) + line.quantity
    away = {pk: pieces[pk] - c.reserved_here for pk, c in best.items() if c and c.reserved_here < pieces.get(pk, 0)}
    targets, order_of = [], {}
    for line in lines:
        if line.order_id in away:
            place = best[line.order_id].warehouse_id  # type: ignore[union-attr]
            targets.append(stock.Target(line.order_line_id, line.channel_id, line.sku_id, line.quantity, place))
            order_of[line.order_line_id] = line.order_id
    short = stock.move_reservations(targets=targets, by=None, at=batch.at) if targets else {}
    return away, {order_of[line_id] for line_id in short}


def _write(batch: Batch, chosen: dict[int, int | None], orders: dict[int, _Facts]) -> set[int]:
    """The warehouse, and the audit's stamp with it: one update per order; answers whom it stamped.

    Unrouted orders are stamped at the end of the walk, if they pass.
    """
    changed = [
        pk for pk, place in chosen.items() if place != orders[pk].warehouse_id or (place and pk in batch.audited)
    ]
    stamped = {pk for pk in changed if chosen[pk] and pk in batch.audited}
    if changed:
        params: dict[str, Any] = {
            "orders": changed,
            "warehouses": [chosen[pk] for pk in changed],
            "audited": [batch.at if pk in stamped else None for pk in changed],
            "at": batch.at,
        }
        with connection.cursor() as cursor:
            cursor.execute(statements.STAMP, params)
    return stamped


def _note(
    batch: Batch,
    order_id: int,
    candidates: Sequence[Candidate],
    best: Candidate | None,
    moved: int,
    codes: dict[int, str],
) -> None:
    """For the order's page: who was chosen out of whom, and why."""
    if best is None:
        lacks = ", ".join(f"{codes.get(c.warehouse_id, '?')} -{sum(n for _, n in c.missing)}" for c in candidates[:4])
        if lacks:
            batch.note(order_id, "nowhere_whole", lacks=lacks)
        else:
            batch.note(order_id, "nowhere")
        return
    fit = sum(c.covers for c in candidates)
    batch.note(order_id, "chosen", warehouse=codes[best.warehouse_id], fit=fit, of=len(candidates))
    if best.region_priority is not None:
        batch.note(order_id, "region", priority=best.region_priority)
    if moved:
        batch.note(order_id, "moved", pieces=moved)
