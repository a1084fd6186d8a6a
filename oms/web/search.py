"""The search box: asks every search of settings.OMS_SEARCHES that the person may use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.text import capfirst

from oms.web.access import may_use

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from oms.staff.models import Staff

SHORTEST = 2
IN_MENU, ON_PAGE = 5, 20


@dataclass(frozen=True)
class Hit:
    """One thing found. ``exact``: the words are its very number or code."""

    title: str
    subtitle: str
    url: str
    icon: str = "search"
    exact: bool = False


class Search(Protocol):
    """One place to look. ``find`` is one or two indexed statements, already scoped to the person. ``hint``: what one
    may type, in a few words.
    """

    label: ClassVar[str | Promise]
    hint: ClassVar[str | Promise]
    permission: ClassVar[str]

    def find(self, q: str, staff: Staff, limit: int) -> list[Hit]:
        """The best hits first."""


@cache
def searches() -> list[Search]:
    """Every place to look, in the order of settings; one that does not exist yet is passed over while developing."""
    found = []
    for path in settings.OMS_SEARCHES:
        try:
            found.append(import_string(path)())
        except ImportError:
            if not settings.DEBUG:
                raise
    return found


def find_everywhere(q: str, staff: Staff, limit: int) -> list[dict[str, Any]]:
    """Groups of hits, empty ones left out. Control characters and the space around the words don't count."""
    q = clean(q)
    if len(q) < SHORTEST:
        return []
    groups = []
    for search in _searches_of(staff):
        hits = search.find(q, staff, limit)
        if hits:
            groups.append({"label": search.label, "hits": hits})
    return groups


def hint_for(staff: Staff, business: str) -> str:
    """What this person may type in the search box, beginning with what belongs to the business that is open."""
    found = sorted(_searches_of(staff), key=lambda search: search.permission.partition(".")[0] != business)
    return capfirst(" · ".join(str(search.hint) for search in found))


def _searches_of(staff: Staff) -> list[Search]:
    return [search for search in searches() if may_use(staff, search.permission)]


def only_exact(groups: list[dict[str, Any]], q: str) -> Hit | None:
    """The one thing that is exactly what was typed, if there is exactly one."""
    exact = [hit for group in groups for hit in group["hits"] if hit.exact or hit.title.lower() == clean(q).lower()]
    return exact[0] if len(exact) == 1 else None


def clean(q: str) -> str:
    """What is searched for: no control characters, at most a hundred characters."""
    return "".join(char for char in q if char.isprintable()).strip()[:100]
