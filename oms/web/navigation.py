"""The side navigation: a registry that every floor fills in its AppConfig.ready."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from oms.web.access import may_use
from oms.web.counting import capped

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import Promise

    from oms.staff.models import Staff
    from oms.web.requests import StaffRequest

COUNT_SECONDS = 15

# The groups in their order, each with the business it belongs to; those of no business are always shown.
GROUPS: dict[str, tuple[str | Promise, str]] = {
    "work": (_("Work"), ""),
    "orders": (_("Orders"), "orders"),
    "inventory": (_("Inventory"), "orders"),
    "front": (_("Front office"), "hotel"),
    "service": (_("Service"), "hotel"),
    "hotel": (_("Hotel"), "hotel"),
    "manage": (_("Management"), ""),
}
BUSINESSES: dict[str, str | Promise] = {"orders": _("Orders"), "hotel": _("Hotel")}
REMEMBERED = "business"  # in the session: which side of the house was open last


@dataclass(frozen=True)
class Entry:
    """One place in the side navigation.

    Shown to those to whom ``permission`` is of use (empty: everybody). ``count`` says how much waits there (it runs
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


_CHIPS: dict[str, Callable[[StaffRequest], Chip | None]] = {}


@dataclass(frozen=True)
class Chip:
    """A fact the top bar shows on every page of a business, as the hotel's business date."""

    label: str
    value: str
    icon: str
    title: str = ""


def register_chip(business: str, chip: Callable[[StaffRequest], Chip | None]) -> None:
    """Show on the pages of ``business`` what ``chip`` answers; None shows nothing."""
    _CHIPS[business] = chip


def chip_of(request: StaffRequest, business: str) -> Chip | None:
    """The fact to show."""
    found = _CHIPS.get(business)
    return found(request) if found else None


@dataclass(frozen=True)
class Navigation:
    """What the side shows: groups of places, and the businesses to switch between (none if there is only one)."""

    groups: list[dict[str, Any]]
    businesses: list[dict[str, Any]]
    business: str


def navigation(request: StaffRequest) -> Navigation:
    """The places this person may open in the business that is open, with the open one marked and what waits in each."""
    everything = [(entry, url) for entry in _ENTRIES.values() if (url := _address(entry, request.user))]
    everything.sort(key=lambda pair: pair[0].position)
    current = _current(request, everything)
    business = _business(request, current, everything)
    allowed = [pair for pair in everything if GROUPS[pair[0].group][1] in {"", business}]
    counts = _counts(request.user, [entry for entry, _url in allowed])
    return Navigation(_groups(allowed, counts, current), _businesses(everything, business), business)


def _business(request: StaffRequest, current: Entry | None, everything: list[tuple[Entry, str]]) -> str:
    """That of the open page; on a page of both, the one open before, if the person has it."""
    here = GROUPS[current.group][1] if current else ""
    has = {GROUPS[entry.group][1] for entry, _url in everything} - {""}
    last = request.session.get(REMEMBERED, "")
    chosen = here or (last if last in has else next((code for code in BUSINESSES if code in has), ""))
    if chosen != last and len(has) > 1:
        request.session[REMEMBERED] = chosen
    return chosen


def _businesses(everything: list[tuple[Entry, str]], business: str) -> list[dict[str, Any]]:
    first: dict[str, str] = {}
    for group in GROUPS:
        for entry, url in everything:
            if entry.group == group and GROUPS[group][1]:
                first.setdefault(GROUPS[group][1], url)
    if len(first) < len(BUSINESSES):
        return []
    return [{"label": label, "url": first[code], "current": code == business} for code, label in BUSINESSES.items()]


def _groups(allowed: list[tuple[Entry, str]], counts: dict[str, int], current: Entry | None) -> list[dict[str, Any]]:
    groups = []
    for code, (label, _business_of) in GROUPS.items():
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
            for entry, url in allowed
            if entry.group == code
        ]
        if items:
            groups.append({"code": code, "label": label, "entries": items})
    return groups


def _address(entry: Entry, staff: Staff) -> str:
    if not may_use(staff, entry.permission):
        return ""
    if entry.test and not entry.test(staff):
        return ""
    try:
        return reverse(entry.url_name)
    except NoReverseMatch:
        return ""


def _current(request: StaffRequest, allowed: list[tuple[Entry, str]]) -> Entry | None:
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
    if known is None or not {entry.url_name for entry in counting} <= known.keys():
        known = {entry.url_name: entry.count(staff) for entry in counting if entry.count}
        cache.set(key, known, COUNT_SECONDS)
    return known
