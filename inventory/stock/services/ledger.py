"""Pieces coming, going and changing places: receive, move, adjust."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction

from inventory.catalog.models import Sku
from inventory.stock.models import MovementKind, Warehouse
from inventory.stock.services import statements
from inventory.stock.services.errors import InsufficientStock, NothingToMove, ReasonRequired
from inventory.stock.services.statements import int_array
from oms.outbox.services import emit

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from oms.staff.models import Staff


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bin is: a SKU in a warehouse, shared (``channel_id`` None) or fenced."""

    sku_id: int
    warehouse_id: int
    channel_id: int | None = None


@dataclass(frozen=True, slots=True)
class Addition:
    """Pieces that came in."""

    sku_id: int
    warehouse_id: int
    channel_id: int | None
    quantity: int


@dataclass(frozen=True, slots=True)
class Move:
    """Pieces of a SKU that change bins: fencing, freeing, or another warehouse."""

    sku_id: int
    from_warehouse_id: int
    from_channel_id: int | None
    to_warehouse_id: int
    to_channel_id: int | None
    quantity: int


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What a count by hand found more (positive) or less (negative) than the books say."""

    sku_id: int
    warehouse_id: int
    channel_id: int | None
    delta: int


@dataclass(frozen=True, slots=True)
class _Change:
    place: Place
    delta: int
    kind: MovementKind


@transaction.atomic
def receive_stock(
    *, additions: Sequence[Addition], reference: str, by: Staff | None, at: dt.datetime, reason: str = ""
) -> None:
    """Put pieces into bins, making the bins that are not there yet. Emits inventory.stock.received.

    Locks the bins. Raises NothingToMove on a quantity that is not positive.
    """
    if any(addition.quantity <= 0 for addition in additions):
        raise NothingToMove
    _change_bins(
        [_Change(Place(a.sku_id, a.warehouse_id, a.channel_id), a.quantity, MovementKind.RECEIVE) for a in additions],
        reference=reference,
        reason=reason,
        by=by,
        at=at,
    )


@transaction.atomic
def move_stock(*, moves: Sequence[Move], reason: str, by: Staff | None, at: dt.datetime, reference: str = "") -> None:
    """Move free pieces between bins or warehouses: two movements each. Emits inventory.stock.received.

    Locks all bins concerned. Raises ReasonRequired, NothingToMove, and InsufficientStock (moving nothing at all)
    if a bin would give more than it has free.
    """
    changes = []
    for move in moves:
        source = Place(move.sku_id, move.from_warehouse_id, move.from_channel_id)
        target = Place(move.sku_id, move.to_warehouse_id, move.to_channel_id)
        if move.quantity <= 0 or source == target:
            raise NothingToMove
        changes += [
            _Change(source, -move.quantity, MovementKind.MOVE_OUT),
            _Change(target, move.quantity, MovementKind.MOVE_IN),
        ]
    _change_bins(changes, reference=reference, reason=_explained(reason), by=by, at=at)


@transaction.atomic
def adjust_stock(
    *, adjustments: Sequence[Adjustment], reason: str, by: Staff | None, at: dt.datetime, reference: str = ""
) -> None:
    """Correct the books by hand. Emits inventory.stock.received if pieces were found.

    Locks the bins. Raises ReasonRequired, NothingToMove, and InsufficientStock (changing nothing) if reserved pieces
    would have to go.
    """
    if any(adjustment.delta == 0 for adjustment in adjustments):
        raise NothingToMove
    _change_bins(
        [_Change(Place(a.sku_id, a.warehouse_id, a.channel_id), a.delta, MovementKind.ADJUST) for a in adjustments],
        reference=reference,
        reason=_explained(reason),
        by=by,
        at=at,
    )


def _explained(reason: str) -> str:
    if not reason.strip():
        raise ReasonRequired
    return reason.strip()[:200]


def _change_bins(changes: list[_Change], *, reference: str, reason: str, by: Staff | None, at: dt.datetime) -> None:
    if not changes:
        return
    places = list(dict.fromkeys(change.place for change in changes))
    params = {
        "skus": int_array(place.sku_id for place in places),
        "warehouses": int_array(place.warehouse_id for place in places),
        "channels": int_array(place.channel_id for place in places),
    }
    with connection.cursor() as cursor:
        cursor.execute(statements.MAKE_BINS, params)
        cursor.execute(statements.LOCK_PLACES, params)
        rows = cursor.fetchall()
        bin_at = {Place(sku, warehouse, channel): bin_id for bin_id, sku, warehouse, channel, _free in rows}
        _refuse_overdraft(changes, {Place(*row[1:4]): row[4] for row in rows})
        cursor.execute(
            statements.CHANGE_ON_HAND,
            {
                "bins": int_array(bin_at[change.place] for change in changes),
                "deltas": int_array(change.delta for change in changes),
                "kinds": [change.kind.value for change in changes],
                "reference": reference[:60],
                "reason": reason,
                "by": by.pk if by else None,
                "at": at,
            },
        )
    came = sorted({change.place.sku_id for change in changes if change.delta > 0})
    if came:
        emit(topic="inventory.stock.received", key="stock", payload={"sku_ids": came})


def _refuse_overdraft(changes: list[_Change], free: dict[Place, int]) -> None:
    """Pieces on their way in don't count: what leaves must be there now."""
    leaving: dict[Place, int] = defaultdict(int)
    for change in changes:
        if change.delta < 0:
            leaving[change.place] -= change.delta
    for place, wanted in leaving.items():
        if wanted > free[place]:
            raise InsufficientStock(
                sku=Sku.objects.get(pk=place.sku_id).code,
                warehouse=Warehouse.objects.get(pk=place.warehouse_id).name,
                available=free[place],
                wanted=wanted,
            )
