"""Applying a kept filter. It fails closed: whatever is wrong with it, it matches nothing rather than everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from django.http import QueryDict  # noqa: TID251 (the parser only)
from django.utils.translation import gettext_lazy as _

from oms.lib.errors import DomainError
from oms.rules.registry import filtered

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django_filters import FilterSet

    from oms.staff.models import Staff

NOT_CONDITIONS = frozenset({"page", "size", "sort", "view", "csrfmiddlewaretoken", "columns"})
Params = Mapping[str, Any] | str


class InvalidFilter(DomainError):
    """A kept filter that can't be trusted to mean what it did: unknown list, unknown or wrong condition, or none."""

    code = "rules_invalid_filter"
    message = _("This filter is not valid any more: %(reason)s")


def query_of(params: Params) -> QueryDict:
    """Kept parameters (JSON object or query string) as a QueryDict of conditions, without paging and order."""
    query = QueryDict(params if isinstance(params, str) else "", mutable=True)
    if isinstance(params, Mapping):
        for name, value in params.items():
            many = isinstance(value, Iterable) and not isinstance(value, str)
            query.setlist(name, [str(v) for v in value] if many else [str(value)])
    for name in NOT_CONDITIONS & query.keys():
        del query[name]
    for name in [name for name in query if not any(query.getlist(name))]:
        del query[name]
    return query


def params_of(params: Params) -> dict[str, list[str]]:
    """Parameters as they are kept: only conditions, each a list."""
    return {name: list(values) for name, values in query_of(params).lists()}


def bound_filter(
    filterset_class: type[FilterSet],
    params: Params,
    queryset: QuerySet,
    *,
    staff: Staff | None = None,
    allow_empty: bool = False,
) -> FilterSet:
    """A valid FilterSet bound to ``params``. Raises InvalidFilter with the reason."""
    query = query_of(params)
    request = SimpleNamespace(user=staff, GET=query) if staff is not None else None
    bound = filterset_class(query, queryset=queryset, request=request)
    if unknown := sorted(set(query) - _names(bound)):
        raise InvalidFilter(reason=_("unknown condition %s") % ", ".join(unknown))
    if not query and not allow_empty:
        raise InvalidFilter(reason=_("it has no condition"))
    if not bound.is_valid():
        raise InvalidFilter(reason="; ".join(f"{name}: {' '.join(errors)}" for name, errors in bound.errors.items()))
    return bound


def check(key: str, params: Params, *, staff: Staff | None = None) -> None:
    """Refuse a filter that can't be applied. Raises InvalidFilter; asks the database only what its choices need."""
    known = filtered(key)
    if known is None:
        raise InvalidFilter(reason=_("unknown list %s") % key)
    model = known.filterset_class._meta.model
    bound_filter(known.filterset_class, params, model._default_manager.none(), staff=staff)


def apply(key: str, params: Params, queryset: QuerySet, *, staff: Staff | None = None) -> QuerySet:
    """``queryset`` narrowed by a kept filter; nothing at all if the filter is unknown, invalid or empty."""
    known = filtered(key)
    if known is None:
        return queryset.none()
    try:
        return bound_filter(known.filterset_class, params, queryset, staff=staff).qs
    except InvalidFilter:
        return queryset.none()


def _names(bound: FilterSet) -> set[str]:
    names = set()
    for name, field in bound.form.fields.items():
        names.add(name)
        names.update(f"{name}{part}" for part in getattr(field.widget, "widgets_names", ()))
        names.update(f"{name}_{part}" for part in getattr(field.widget, "suffixes", ()) if part)
    return names
