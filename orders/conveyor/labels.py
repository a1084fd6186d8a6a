"""What the codes mean that stages write into a walk. The codes are data; people read the labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.utils.functional import Promise

BETWEEN = ", "  # codes in one reason

_LABELS: dict[str, str | Promise] = {
    "passed": gettext_lazy("Passed"),
    "stopped": gettext_lazy("Stopped here"),
    "changed_meanwhile": gettext_lazy("Changed while it walked"),
    "mapped": gettext_lazy("Codes mapped"),
    "stock_missing": gettext_lazy("Stock is missing"),
    "chosen": gettext_lazy("%(warehouse)s: best of %(fit)s/%(of)s"),
    "region": gettext_lazy("region priority %(priority)s"),
    "moved": gettext_lazy("%(pieces)s pieces moved there"),
    "nowhere_whole": gettext_lazy("In no warehouse whole: %(lacks)s"),
    "nowhere": gettext_lazy("No warehouse is open to it"),
    "stock_taken": gettext_lazy("Its stock was taken meanwhile"),
    "unrouted": gettext_lazy("No warehouse was chosen"),
    "no_document": gettext_lazy("It has a document already"),
}


_SOURCES: list[Callable[[], Mapping[str, str | Promise]]] = []


def register(source: Callable[[], Mapping[str, str | Promise]]) -> None:
    """Say what a higher floor's codes mean; called from AppConfig.ready, asked when a page is shown."""
    if source not in _SOURCES:
        _SOURCES.append(source)


def told(code: str, facts: Mapping[str, Any] | None = None) -> str:
    """The code in the reader's language, its facts filled in; a code nobody knows as it was written."""
    label = next((found for labels in (_LABELS, *(s() for s in _SOURCES)) if (found := labels.get(code))), None)
    if label is None:
        return code
    try:
        return str(label) % facts if facts else str(label)
    except (KeyError, ValueError, TypeError):  # written by an older stage
        return code


def told_reason(reason: str) -> str:
    """Why a walk stopped, in words: each of its codes; an error with the id to look for in the log."""
    if reason.startswith("error "):
        return _("Failed: %(error)s") % {"error": reason.removeprefix("error ")}
    return " · ".join(told(code) for code in reason.split(BETWEEN))
