"""How people buy: figures measured on public data, kept as small tables. No row of the data is here.

Olist: Brazilian E-Commerce Public Dataset by Olist (19,820 orders of it). UCI: Online Retail, UCI Machine Learning
Repository, CC BY 4.0 (14,332 invoices, December 2010 to September 2011). Lists of nine are the quantiles 1, 5, 10, 25,
50, 75, 90, 95, 99 %.
"""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

QUANTILES = (0.01, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99)

# Olist, per mille of purchases by hour of the day and by weekday from Monday.
HOURS = (26, 12, 5, 3, 2, 2, 6, 12, 29, 46, 60, 69, 59, 67, 65, 66, 66, 62, 56, 59, 62, 63, 59, 44)
WEEKDAYS = (164, 154, 155, 149, 143, 115, 120)
SEASON_DAYS = {(6, 18): 2.2, (11, 10): 1.6, (11, 11): 2.4, (11, 12): 1.5, (12, 12): 1.8}  # ours: not measured

# Olist, distinct articles per order and pieces per article: a private buyer.
SHOP_LINES = {1: 19086, 2: 555, 3: 55, 4: 12, 5: 1, 6: 3}
PIECES = {1: 18967, 2: 1099, 3: 203, 4: 78, 5: 37, 6: 40, 10: 3, 12: 1}
# UCI, lines per invoice: a trade buyer (our own site sells to hotels; there about half as many lines).
TRADE_LINES = (1, 1, 2, 6, 15, 28, 51, 75, 204)
TRADE_SHARE = 0.5
# UCI, share of lines that go to the most wanted 1, 5, 10, 20, 50 % of the articles (Olist: 15, 31, 42, 56, 77 %).
POPULARITY = ((0.01, 0.149), (0.05, 0.314), (0.10, 0.424), (0.20, 0.558), (0.50, 0.766), (1.0, 1.0))

# Olist, price of a piece around its median of 74.90.
PRICE_FACTORS = (0.13, 0.24, 0.32, 0.53, 1.0, 1.80, 3.07, 4.67, 10.8)
# Olist: minutes from order to payment; hours to the carrier; days from there to the door. China is faster: divided.
PAY_MINUTES = (0.0, 8.12, 9.72, 12.43, 19.18, 885.93, 2135.78, 3011.0, 5449.82)
SHIP_HOURS = (5.11, 12.92, 20.19, 30.16, 58.47, 102.47, 160.11, 218.28, 437.6)
SHIP_FASTER = 4
DELIVER_DAYS = (0.77, 1.09, 2.04, 4.89, 7.86, 13.08, 20.27, 26.8, 42.54)
DELIVER_FASTER = 3
# Olist: 79 cancelled and 92 unavailable of 19,820.
CANCELLED = 0.0086


def from_quantiles(rng: random.Random, values: Sequence[float]) -> float:
    """A number whose distribution has these quantiles; straight between them, nothing beyond the outer ones."""
    u = rng.random()
    i = bisect.bisect(QUANTILES, u)
    if i in {0, len(QUANTILES)}:
        return float(values[min(i, len(values) - 1)])
    low, high = QUANTILES[i - 1], QUANTILES[i]
    return values[i - 1] + (values[i] - values[i - 1]) * (u - low) / (high - low)


def from_counts(rng: random.Random, counts: dict[int, int]) -> int:
    """A number as often as it was counted."""
    return rng.choices(list(counts), weights=list(counts.values()))[0]


def popularity(count: int) -> list[float]:
    """Weights of ``count`` articles from the most wanted to the least, by POPULARITY."""
    weights, done, shared = [], 0, 0.0
    for fraction, share in POPULARITY:
        until = min(count, max(done + 1, round(count * fraction)))
        if until > done:
            weights += [(share - shared) / (until - done)] * (until - done)
            done, shared = until, share
    return weights
