"""The first page: a registry of figures and sections that higher floors fill in AppConfig.ready."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oms.web.access import may_use

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import Promise

    from oms.staff.models import Staff
    from oms.web.requests import StaffRequest


@dataclass(frozen=True)
class Card:
    """A figure that leads to its list. ``tone``: "" plain, "wait" for a person, "hot" wrong or late.

    ``count`` gives a number or a Count; ``hint`` a short line below (text, or a function of the person).
    ``url`` is an address, or a function of the person.
    """

    label: str | Promise
    icon: str
    count: Callable[[Staff], Any]
    url: str | Callable[[Staff], str]
    permission: str = ""
    tone: str = ""
    hint: str | Promise | Callable[[Staff], str] = ""
    position: int = 100


@dataclass(frozen=True)
class Section:
    """A block of the page. ``context`` gives the template's variables; None leaves the block out. ``width``: wide,
    half (two beside each other: 3 to 2), or full.
    """

    template: str
    context: Callable[[StaffRequest], dict[str, Any] | None]
    permission: str = ""
    width: str = "half"
    position: int = 100


MOST_COLUMNS = 6
_CARDS: list[Card] = []
_SECTIONS: list[Section] = []


def register(*parts: Card | Section) -> None:
    """Add figures and sections; the same one twice counts once."""
    for part in parts:
        into: list[Any] = _CARDS if isinstance(part, Card) else _SECTIONS
        if part not in into:
            into.append(part)


def cards_for(staff: Staff) -> list[dict[str, Any]]:
    """The figures this person may see, in order. A figure of zero is plain whatever its tone."""
    shown = []
    for card in sorted(_CARDS, key=lambda c: c.position):
        if not may_use(staff, card.permission):
            continue
        number = card.count(staff)
        shown.append(
            {
                "label": card.label,
                "icon": card.icon,
                "number": number if not isinstance(number, int) else f"{number:,}",
                "url": card.url(staff) if callable(card.url) else str(card.url),
                "tone": card.tone if number else "",
                "hint": card.hint(staff) if callable(card.hint) else card.hint,
            }
        )
    return shown


def columns_for(cards: int) -> int:
    """How many figures stand beside each other (3 to 6), so that the last row is as full as can be."""
    if cards <= MOST_COLUMNS:
        return max(cards, 3)
    return min((6, 5, 4), key=lambda columns: -cards % columns)


def sections_for(request: StaffRequest) -> list[dict[str, Any]]:
    """The blocks this person may see, in order, each with its variables."""
    shown = []
    for section in sorted(_SECTIONS, key=lambda s: s.position):
        if not may_use(request.user, section.permission):
            continue
        context = section.context(request)
        if context is not None:
            shown.append({"template": section.template, "width": section.width, "context": context})
    return shown
