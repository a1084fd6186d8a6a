"""Strict orders: those placed with us are refused, with the reason per line, when we can't keep the promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from inventory.stock import services as stock
from orders.intake.schema import FieldError
from orders.order.states import OrderType

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from orders.intake.drafting import Draft

_UNMAPPED = _("This code is no product of ours.")
_SHORT = _("%(short)s of %(wanted)s pieces are not available.")


def refuse_unkeepable(strict: Sequence[Draft], also_lock: Collection[int]) -> None:
    """Note in ``errors`` what keeps each strict order from being served whole; in the order given.

    Locks the bins of all SKUs concerned, ``also_lock`` included, until the transaction ends: what was seen to be there
    is still there when it is reserved.
    """
    for draft in strict:
        draft.errors += [FieldError(f"lines.{i}.merchant_code", "sku_unmapped", _UNMAPPED) for i in draft.unmapped]
    demands = [
        stock.GroupDemand(draft.index, draft.channel.id, line.sku_id, line.quantity)  # type: ignore[union-attr]
        for draft in strict
        if not draft.errors and draft.order.type != OrderType.RETURN.value
        for line in draft.lines
        if line.sku_id is not None
    ]
    short = stock.fitting_groups(demands=demands, also_lock=also_lock)
    for draft in strict:
        for shortage in short.get(draft.index, []):
            line = next(line for line in draft.lines if line.sku_id == shortage.sku_id)
            details = {"wanted": shortage.wanted, "short": shortage.short}
            path = f"lines.{draft.sources[line.position]}.quantity"
            draft.errors.append(FieldError(path, "out_of_stock", _SHORT, details))
