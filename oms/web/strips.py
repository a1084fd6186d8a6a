"""What every page of a business shows above everything else, as what rings at a hotel's desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from oms.web.requests import StaffRequest


@dataclass(frozen=True)
class Strip:
    """``context`` gives the template's ``strip``; None leaves it out for this person."""

    template: str
    context: Callable[[StaffRequest], dict[str, Any] | None]


_STRIPS: dict[str, Strip] = {}


def register(business: str, strip: Strip) -> None:
    """Show ``strip`` on every page of ``business`` (navigation.BUSINESSES)."""
    _STRIPS[business] = strip


def strip_for(request: StaffRequest, business: str) -> dict[str, Any] | None:
    """What the page shows: template and context."""
    strip = _STRIPS.get(business)
    context = strip.context(request) if strip else None
    return None if strip is None or context is None else {"template": strip.template, "context": context}
