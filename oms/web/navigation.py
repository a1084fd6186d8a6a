"""The side navigation: a registry that every floor fills in its AppConfig.ready."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from oms.web.counting import capped

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.utils.functional import Promise

    from oms.staff.models import Staff

COUNT_SECONDS = 15

# The groups in their order. "hotel" and everything named hotel-… belongs to the other business.
GROUPS: dict[str, str | Promise] = {
    "work": _("Work"),
    "orders": _("Orders"),
    "inventory": _("Inventory"),
    "hotel": _("Hotel"),
    "manage": _("Management"),
}


@dataclass(frozen=True)
class Entry:
    """One place in the side navigation.

    Shown to those who hold ``permission`` (empty: everybody). ``count`` says how much waits there (bounded: it runs
    at most every 15 seconds per person), ``hot`` that somebody must act. ``key`` is pressed after G. A url name that
    does not exist is simply not shown. The entry is open on the pages whose url names are in ``covers`` or that live
    below its own address.
    """

    label: str | Promise
    icon: str
    url_name: str
    permission: str = ""
    group: str = "work"
    count: Callable[[Staff], int] | None = None
    hot: bool = False
    key: str = ""
    position: int = 100
    covers: tuple[str, ...] = ()
    test: Callable[[Staff], bool] | None = None


_ENTRIES: dict[str, Entry] = {}


def register(*entries: Entry) -> None:
    """Add places; the same url name again replaces the earlier entry."""
    for entry in entries:
        _ENTRIES[entry.url_name] = entry


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups of places this person may open, with the open one marked and what waits in each."""
    allowed = [(entry, url) for entry in _ENTRIES.values() if (url := _address(entry, request.user))]
    counts = _counts(request.user, [entry for entry, _url in allowed])
    current = _current(request, allowed)
    groups = []
    for code, label in GROUPS.items():
        items = [
            {
                "label": entry.label,
                "icon": entry.icon,
                "url": url,
                "current": entry is current,
                "count": capped(counts.get(entry.url_name)),
                "hot": entry.hot,
                "key": entry.key,
                "name": entry.url_name,
            }
            for entry, url in sorted(allowed, key=lambda pair: pair[0].position)
            if entry.group == code
        ]
        if items:
            groups.append({"code": code, "label": label, "entries": items})
    return groups


def _address(entry: Entry, staff: Staff) -> str:
    if entry.permission and not staff.has_perm(entry.permission):
        return ""
    if entry.test and not entry.test(staff):
        return ""
    try:
        return reverse(entry.url_name)
    except NoReverseMatch:
        return ""


def _current(request: HttpRequest, allowed: list[tuple[Entry, str]]) -> Entry | None:
    match = request.resolver_match
    name = match.view_name if match else ""
    for entry, _url in allowed:
        if name == entry.url_name or name in entry.covers:
            return entry
    below = [(url, entry) for entry, url in allowed if url != "/" and request.path.startswith(url)]
    return max(below, key=lambda pair: len(pair[0]))[1] if below else None


def _counts(staff: Staff, entries: list[Entry]) -> dict[str, int]:
    counting = [entry for entry in entries if entry.count]
    if not counting:
        return {}
    key = f"navigation:{staff.pk}"
    known = cache.get(key)
    if known is None:
        known = {entry.url_name: entry.count(staff) for entry in counting if entry.count}
        cache.set(key, known, COUNT_SECONDS)
    return known
