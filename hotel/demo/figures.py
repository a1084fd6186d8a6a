"""How guests book, measured from 51,822 bookings of a city hotel (Antonio, Almeida, Nunes 2019, CC BY 4.0).

Only these figures were taken, no booking. Quantiles are (share, value) points; between them values lie evenly.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

# Days from booking to arrival, of those that arrive within the demo's weeks.
LEAD_DAYS = (
    *((0.0, 0), (0.05, 1), (0.1, 3), (0.15, 7), (0.2, 13), (0.25, 19), (0.3, 28), (0.4, 46), (0.5, 69), (0.6, 97)),
    *((0.7, 136), (0.8, 193), (0.9, 286), (1.0, 440)),
)
NIGHTS = {1: 0.173, 2: 0.292, 3: 0.261, 4: 0.147, 5: 0.059, 6: 0.026, 7: 0.022, 8: 0.004, 10: 0.003, 14: 0.003}
ARRIVALS_BY_WEEKDAY = (0.147, 0.114, 0.139, 0.166, 0.187, 0.137, 0.110)  # from Monday
ARRIVALS_BY_MONTH = (0.026, 0.046, 0.059, 0.069, 0.071, 0.076, 0.087, 0.113, 0.143, 0.147, 0.084, 0.080)
CANCELLED_BY_LEAD = ((0, 0.062), (7, 0.121), (30, 0.281), (90, 0.366), (10_000, 0.574))  # up to so many days
CANCELLED_DAYS_BEFORE = ((0.0, 0), (0.1, 5), (0.25, 17), (0.5, 51), (0.75, 134), (0.9, 245), (1.0, 400))
NO_SHOWS = 0.013
CHANGED = 0.125
REPEATED = 0.027
GROUPS = 0.186
ADULTS = {2: 0.734, 1: 0.208, 3: 0.058}
CHILDREN = {0: 0.944, 1: 0.034, 2: 0.022}
PRICE_BY_MONTH = (0.78, 0.81, 0.91, 1.0, 1.1, 1.09, 1.0, 1.03, 1.11, 1.01, 0.89, 0.91)


def from_quantiles(rng: random.Random, points: Sequence[tuple[float, float]]) -> float:
    """A value drawn from a distribution known by its quantiles."""
    share = rng.random()
    nth = max(1, bisect_left([point[0] for point in points], share))
    (low, start), (high, end) = points[nth - 1], points[nth]
    return start + (end - start) * (share - low) / (high - low)


def from_shares(rng: random.Random, shares: Mapping[int, float]) -> int:
    """A key drawn by its share."""
    return rng.choices(list(shares), list(shares.values()))[0]


def cancelled_share(lead: int) -> float:
    """Share of bookings made so many days ahead that are cancelled."""
    return next(share for days, share in CANCELLED_BY_LEAD if lead <= days)
