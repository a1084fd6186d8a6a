"""Panels other rooms add to the order page: a template and what it needs. Filled in AppConfig.ready."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from oms.staff.models import Staff
    from orders.order.models import Order

# Variables of the panel's template (``callout`` may hold {tone, icon, title, text} for the top); None leaves it out.
Context = dict[str, Any] | None


@dataclass(frozen=True)
class Panel:
    """One panel, shown to those with ``permission``, in the order of ``position``."""

    template: str
    context: Callable[[Order, Staff], Context]
    permission: str = ""
    position: int = 100


_PANELS: dict[str, Panel] = {}


def register_panel(
    template: str, context: Callable[[Order, Staff], Context], *, permission: str = "", position: int = 100
) -> None:
    """Add a panel; the same template again replaces the earlier one."""
    _PANELS[template] = Panel(template, context, permission, position)


def panels_for(order: Order, staff: Staff) -> list[tuple[str, dict[str, Any]]]:
    """(template, variables) of the panels this person may see for the order."""
    shown = []
    for panel in sorted(_PANELS.values(), key=lambda each: each.position):
        if panel.permission and not staff.has_perm(panel.permission):
            continue
        context = panel.context(order, staff)
        if context is not None:
            shown.append((panel.template, context))
    return shown
