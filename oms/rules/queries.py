"""Saved views as the tabs of a list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import Q
from django.http import QueryDict  # noqa: TID251 (the parser only)

from oms.rules.matching import params_of, query_of
from oms.rules.models import SavedView

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from django.utils.functional import Promise

    from oms.staff.models import Staff
    from oms.web.requests import StaffRequest


@dataclass(frozen=True)
class Tab:
    """One tab of a list: label, conditions, how many fit (already bounded), whether somebody must act."""

    label: str | Promise
    query: str = ""
    count: str = ""
    hot: bool = False
    view: SavedView | None = None
    own: bool = False
    current: bool = False


def views_of(staff: Staff, key: str) -> QuerySet[SavedView]:
    """A person's own views of a list, and those shared by people of their branches; own ones first."""
    shared = Q(is_shared=True)
    if staff.branch_ids is not None:
        shared &= Q(staff__branches__in=staff.branch_ids)
    views = SavedView.objects.filter(Q(staff=staff) | shared, filterset=key).select_related("staff").distinct()
    return views.order_by("position", "pk")


def tabs_of(request: StaffRequest, key: str, fixed: Iterable[Tab] = ()) -> list[Tab]:
    """The fixed tabs of a list and the saved views after them, with the open one marked."""
    tabs = list(fixed)
    for view in views_of(request.user, key):
        query = QueryDict(mutable=True)
        for name, values in view.params.items():
            query.setlist(name, values if isinstance(values, list) else [values])
        query["view"] = str(view.pk)
        tabs.append(Tab(view.name, query.urlencode(), view=view, own=view.staff_id == request.user.pk))
    return _marked(tabs, request)


def _marked(tabs: list[Tab], request: StaffRequest) -> list[Tab]:
    chosen = request.GET.get("view", "")
    asked = params_of(request.GET.urlencode())
    at = next((i for i, tab in enumerate(tabs) if tab.view and str(tab.view.pk) == chosen), None)
    if at is None:
        at = next((i for i, tab in enumerate(tabs) if dict(query_of(tab.query).lists()) == asked), None)
    return [replace(tab, current=i == at) for i, tab in enumerate(tabs)]
