"""Promising stock to order lines: reserve, release, ship, move a promise to another warehouse."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from inventory.stock.models import MovementKind
from inventory.stock.services import statements
from inventory.stock.services.errors import NotReserved
from inventory.stock.services.statements import int_array

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

    from oms.staff.models import Staff


@dataclass(frozen=True, slots=True)
class Demand:
    """Pieces of a SKU an order line still wants. ``channel_id`` None: from the shared bins only."""

    order_line_id: int
    channel_id: int | None
    sku_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class GroupDemand:
    """Pieces a group (a strict order) wants: the group is served whole or not at all."""

    group: Hashable
    channel_id: int | None
    sku_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """How many of the wanted pieces of a SKU are not there."""

    sku_id: int
    wanted: int
    short: int


@dataclass(frozen=True, slots=True)
class Target:
    """All ``quantity`` pieces of a line are to be promised out of one warehouse."""

    order_line_id: int
    channel_id: int | None
    sku_id: int
    quantity: int
    warehouse_id: int


# savepoint=False below: what never refuses needs no savepoint inside the caller's transaction (two statements less).
@transaction.atomic(savepoint=False)
def reserve_lines(
    *, demands: Sequence[Demand], by: Staff | None, at: dt.datetime, reference: str | Mapping[int, str] = ""
) -> dict[int, int]:
    """Promise exactly the asked pieces (callers ask for what is missing), in the order given; what could not be
    promised comes back as {order line id: pieces short}. Demands for one line are summed.

    ``reference`` is what the ledger names for all of them, or for each line by its id.

    A channel's own fence before the shared bins; warehouses by priority, then id; inactive ones never.
    One statement. Locks the bins of the SKUs in active warehouses. Raises ValueError on a negative quantity.
    """
    wanted = _summed(((d.order_line_id, d.channel_id, d.sku_id), d.quantity) for d in demands)
    if not wanted:
        return {}
    lines, channels, skus = zip(*wanted, strict=True)
    rows = _run(
        statements.RESERVE,
        lines=int_array(lines),
        channels=int_array(channels),
        skus=int_array(skus),
        quantities=int_array(wanted.values()),
        sku_set=int_array(sorted(set(skus))),
        channel_set=int_array(sorted({c for c in channels if c is not None})),
        **_references(reference),
        by=by.pk if by else None,
        at=at,
    )
    short: dict[int, int] = defaultdict(int)
    for line_id, quantity in rows:
        short[line_id] += quantity
    return dict(short)


@transaction.atomic(savepoint=False)
def fitting_groups(
    *, demands: Sequence[GroupDemand], also_lock: Collection[int] = ()
) -> dict[Hashable, list[Shortage]]:
    """Decide, in order of first mention, which groups can be served whole; those that can't come back with what is
    short. A group that does not fit takes nothing from those behind it.

    One statement. The bins stay locked, so reserving the groups that fit, in the same transaction, can't fall short.
    ``also_lock``: SKUs that other demands of this transaction are about to reserve. Name them: locking twice in one
    transaction would be out of order.
    """
    groups: dict[Hashable, list[GroupDemand]] = {}
    for demand in demands:
        groups.setdefault(demand.group, []).append(demand)
    if not groups:
        return {}
    rows = _run(
        statements.LOCK_FREE,
        sku_set=int_array(sorted({d.sku_id for d in demands} | set(also_lock))),
    )
    free: dict[tuple[int, int | None], int] = {(sku, channel): pieces for sku, channel, pieces in rows}
    return {group: short for group, wants in groups.items() if (short := _take_whole(wants, free))}


def _take_whole(wants: list[GroupDemand], free: dict[tuple[int, int | None], int]) -> list[Shortage]:
    left = dict[tuple[int, int | None], int]()
    short: list[Shortage] = []
    for (channel, sku), quantity in _summed(((d.channel_id, d.sku_id), d.quantity) for d in wants).items():
        own, shared = (sku, channel), (sku, None)
        fence = 0 if channel is None else left.get(own, free.get(own, 0))
        common = left.get(shared, free.get(shared, 0))
        missing = quantity - fence - common
        if missing > 0:
            short.append(Shortage(sku, quantity, missing))
        if channel is not None:
            left[own] = max(0, fence - quantity)
        left[shared] = max(0, common - max(0, quantity - fence))
    if not short:
        free.update(left)
    return short


@transaction.atomic(savepoint=False)
def release_lines(
    *, order_line_ids: Collection[int], by: Staff | None, at: dt.datetime, reference: str | Mapping[int, str] = ""
) -> dict[int, int]:
    """Give back everything promised to these lines; {order line id: pieces released}. Lines without a promise are fine.

    One statement. The caller holds the lines' orders; locks the bins concerned.
    """
    return _end_promises(MovementKind.RELEASE, order_line_ids, by, at, reference)


@transaction.atomic
def consume_lines(
    *, order_line_ids: Collection[int], by: Staff | None, at: dt.datetime, reference: str | Mapping[int, str]
) -> dict[int, int]:
    """Ship what is promised to these lines: it leaves the bins; {order line id: pieces shipped}.

    ``reference`` is the document of all of them, or of each line by its id.
    One statement. The caller holds the lines' orders; locks the bins concerned. Raises NotReserved, and ships nothing,
    if there is a line with no promise at all.
    """
    shipped = _end_promises(MovementKind.SHIP, order_line_ids, by, at, reference)
    without = sorted(set(order_line_ids) - shipped.keys())
    if without:
        raise NotReserved(order_line_ids=without, count=len(without))
    return shipped


def _end_promises(
    kind: MovementKind,
    order_line_ids: Collection[int],
    by: Staff | None,
    at: dt.datetime,
    reference: str | Mapping[int, str],
) -> dict[int, int]:
    if not order_line_ids:
        return {}
    rows = _run(
        statements.END_PROMISES,
        lines=int_array(order_line_ids),
        kind=kind.value,
        shipped=int(kind == MovementKind.SHIP),
        **_references(reference),
        by=by.pk if by else None,
        at=at,
    )
    return dict(rows)


@transaction.atomic(savepoint=False)
def move_reservations(
    *, targets: Sequence[Target], by: Staff | None, at: dt.datetime, reference: str | Mapping[int, str] = ""
) -> dict[int, int]:
    """Promise each line's pieces out of one warehouse, in the order given; pieces already there stay, those elsewhere
    are given back. A line the warehouse can't serve whole keeps what it had: {order line id: pieces short}.

    Own fence before the shared bin. What other lines of the same call give back is not counted. Three statements, two
    if everything lies where it should. The caller holds the lines' orders; locks the bins left and entered.
    """
    if not targets:
        return {}
    lines = int_array(t.order_line_id for t in targets)
    held = _run(statements.HELD, lines=lines)  # the orders are locked: nobody else changes their promises
    bins = _run(
        statements.LOCK_FOR_TARGETS,
        skus=int_array(t.sku_id for t in targets),
        warehouses=int_array(t.warehouse_id for t in targets),
        channel_set=int_array({t.channel_id for t in targets if t.channel_id is not None}),
        lines=lines,
    )
    plan = _MovePlan(bins, held)
    for target in targets:
        plan.serve(target)
    if plan.take or plan.give:
        _run(
            statements.MOVE_PROMISES,
            **_columns("take", plan.take),
            **_columns("give", plan.give),
            **_references(reference),
            by=by.pk if by else None,
            at=at,
        )
    return plan.short


class _MovePlan:
    """Which promises leave which bins for which, decided on locked rows."""

    def __init__(self, bins: list[tuple[Any, ...]], held: list[tuple[int, int, int]]) -> None:
        self.place: dict[int, int] = {}  # bin -> warehouse
        self.bin_at: dict[tuple[int, int, int | None], int] = {}
        self.free: dict[int, int] = {}
        for bin_id, sku, warehouse, channel, free in bins:
            self.place[bin_id], self.bin_at[sku, warehouse, channel], self.free[bin_id] = warehouse, bin_id, free
        self.held: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for line, bin_id, quantity in held:
            self.held[line].append((bin_id, quantity))
        self.take: list[tuple[int, int, int]] = []
        self.give: list[tuple[int, int, int]] = []
        self.short: dict[int, int] = {}

    def serve(self, target: Target) -> None:
        """Plan one line, or note what it lacks."""
        line, warehouse = target.order_line_id, target.warehouse_id
        here = sum(quantity for bin_id, quantity in self.held[line] if self.place[bin_id] == warehouse)
        missing = target.quantity - here
        gives: list[tuple[int, int, int]] = []
        for channel in dict.fromkeys((target.channel_id, None)):
            bin_id = self.bin_at.get((target.sku_id, warehouse, channel))
            pieces = min(missing, self.free[bin_id]) if bin_id is not None else 0
            if bin_id is not None and pieces > 0:
                gives.append((line, bin_id, pieces))
                missing -= pieces
        if missing > 0:
            self.short[line] = missing
            return
        for _line, bin_id, pieces in gives:
            self.free[bin_id] -= pieces
        self.give += gives
        self.take += [(line, bin_id, pieces) for bin_id, pieces in self.held[line] if self.place[bin_id] != warehouse]


@transaction.atomic(savepoint=False)
def lock_stock(*, sku_ids: Collection[int] = (), order_line_ids: Collection[int] = ()) -> None:
    """Lock, in one go and in order, every bin of these SKUs and every bin in which these lines hold a promise.

    For a transaction that is about to call several commands of this room (an exchange releases and reserves).
    """
    _run(statements.LOCK_BEFORE, sku_set=int_array(sku_ids), lines=int_array(order_line_ids))


def _summed(pairs: Iterable[tuple[Any, int]]) -> dict[Any, int]:
    """Quantities by key, in the order of first mention, without the zeros."""
    total: dict[Any, int] = {}
    for key, quantity in pairs:
        if quantity < 0:
            message = "a demand can't be negative"
            raise ValueError(message)
        if quantity:
            total[key] = total.get(key, 0) + quantity
    return total


def _references(reference: str | Mapping[int, str]) -> dict[str, str]:
    """What the ledger names: one reference for all lines, or each line's own."""
    if isinstance(reference, str):
        return {"reference": reference, "references": "{}"}
    return {"reference": "", "references": json.dumps(dict(reference))}


def _columns(name: str, rows: list[tuple[int, int, int]]) -> dict[str, str]:
    return {
        f"{name}_lines": int_array(row[0] for row in rows),
        f"{name}_bins": int_array(row[1] for row in rows),
        f"{name}_quantities": int_array(row[2] for row in rows),
    }


def _run(sql: str, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []
