"""Who a promise is for. This floor knows order lines by number only; the floor that owns them says what they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from oms.staff.models import Staff


@dataclass(frozen=True, slots=True)
class Holder:
    """What people call the holder of a promise, and where it is shown."""

    text: str
    url: str = ""


_NAMERS: list[Callable[[Collection[int], Staff], dict[int, Holder]]] = []


def register(namer: Callable[[Collection[int], Staff], dict[int, Holder]]) -> None:
    """Add a way to name order lines: ids and the person who looks in, holders of those it knows out; one statement.

    Called in AppConfig.ready of the floor that owns the lines.
    """
    if namer not in _NAMERS:
        _NAMERS.append(namer)


def holders_of(order_line_ids: Collection[int], staff: Staff) -> dict[int, Holder]:
    """Holders by order line id; lines nobody knows (or the person may not see) are absent."""
    found: dict[int, Holder] = {}
    if order_line_ids:
        for namer in _NAMERS:
            found |= namer(order_line_ids, staff)
    return found
