"""Counts that stay cheap however long the table is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.models import QuerySet

BOUND = 10_000


@dataclass(frozen=True)
class Count:
    """A number of rows, exact up to a bound; prints as 12,480 or 10k+."""

    number: int
    is_exact: bool = True

    def __str__(self) -> str:
        return f"{self.number:,}" if self.is_exact else capped(self.number + 1, self.number)

    def __int__(self) -> int:
        return self.number

    def __bool__(self) -> bool:
        return self.number > 0


def bounded_count(queryset: QuerySet, bound: int = BOUND) -> Count:
    """Rows of ``queryset``, counting no further than ``bound``: one statement that reads at most bound + 1 rows."""
    number = queryset.order_by()[: bound + 1].count()
    return Count(min(number, bound), number <= bound)


def capped(number: int | None, bound: int = BOUND) -> str:
    """A count for a badge: 1,198, or 10k+ beyond the bound; empty for none."""
    if not number:
        return ""
    if number > bound:
        return f"{bound // 1000}k+" if bound >= 1000 else f"{bound}+"  # noqa: PLR2004
    return f"{number:,}"
