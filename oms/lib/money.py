"""Money is Decimal with two places; shares of a sum always add up to it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def cents(amount: Decimal) -> Decimal:
    """``amount`` rounded half up to two places."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def share_by_weight(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Split ``total`` (two places) by weight so that the shares add up to it exactly.

    Largest-remainder method (Hamilton): each gets the floor in cents of its exact share; the cents left go,
    one each, to the largest remainders, the earlier one first when equal. All weights zero: equal weights.
    """
    if not weights:
        return []
    whole = int(total.scaleb(2))
    sign, whole = (-1, -whole) if whole < 0 else (1, whole)
    weight_sum = sum(weights)
    parts = [Decimal(1)] * len(weights) if weight_sum == 0 else list(weights)
    weight_sum = weight_sum or Decimal(len(parts))
    exact = [divmod(whole * part, weight_sum) for part in parts]
    shares = [int(quotient) for quotient, _ in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (-exact[i][1], i))
    for i in by_remainder[: whole - sum(shares)]:
        shares[i] += 1
    return [Decimal(sign * share).scaleb(-2) for share in shares]
