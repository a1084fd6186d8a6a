"""Which lists can be filtered and kept: a key, its FilterSet, the page that shows it. Filled in AppConfig.ready."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_filters import FilterSet


@dataclass(frozen=True)
class Filtered:
    """A list: its FilterSet, the url name of its page, the permission to see it."""

    key: str
    filterset_class: type[FilterSet]
    url_name: str = ""
    permission: str = ""


_LISTS: dict[str, Filtered] = {}


def register(key: str, filterset_class: type[FilterSet], *, url_name: str = "", permission: str = "") -> None:
    """Make a list known under ``key``; saved views and rules refer to it by that."""
    _LISTS[key] = Filtered(key, filterset_class, url_name, permission)


def filtered(key: str) -> Filtered | None:
    """The list of that key, or None."""
    return _LISTS.get(key)


def unregister(key: str) -> None:
    """Forget a list (tests)."""
    _LISTS.pop(key, None)
