"""What a bulk action acts on: ticked rows, or all that match the list's filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oms.rules.matching import InvalidFilter, bound_filter, params_of

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django_filters import FilterSet

    from oms.staff.models import Staff
    from oms.web.requests import StaffRequest

MOST_IDS = 20_000


@dataclass(frozen=True)
class Selection:
    """Chosen rows as one queryset, always inside the scope it was made with.

    ``params`` goes into a job and back through ``from_params``, where the person's scope is applied anew.
    """

    queryset: QuerySet
    params: dict[str, Any]

    @property
    def is_everything(self) -> bool:
        """Whether all rows that match were chosen rather than single ones."""
        return "filter" in self.params

    @classmethod
    def from_request(
        cls, request: StaffRequest, queryset: QuerySet, filterset_class: type[FilterSet] | None
    ) -> Selection:
        """Read ``ids`` (ticked) or ``all=1`` with ``filter`` (the list's query string) from a POST.

        ``queryset`` is already scoped to the person: ids outside it are simply not there. A filter that is not
        understood chooses nothing.
        """
        if request.POST.get("all") == "1":
            params: dict[str, Any] = {"filter": params_of(request.POST.get("filter", ""))}
        else:
            params = {"ids": _ids(request.POST.getlist("ids"))}
        return cls.from_params(params, queryset, filterset_class, staff=request.user)

    @classmethod
    def from_params(
        cls,
        params: dict[str, Any],
        queryset: QuerySet,
        filterset_class: type[FilterSet] | None,
        *,
        staff: Staff | None,
    ) -> Selection:
        """The same choice again, in a job. ``queryset`` must be scoped to the person the job works for."""
        if "filter" not in params:
            return cls(queryset.filter(pk__in=params.get("ids", [])), {"ids": list(params.get("ids", []))})
        kept = {"filter": params["filter"]}
        if filterset_class is None:
            return cls(queryset.none(), kept)
        try:
            bound = bound_filter(filterset_class, params["filter"], queryset, staff=staff, allow_empty=True)
        except InvalidFilter:
            return cls(queryset.none(), kept)
        return cls(bound.qs, kept)


def _ids(values: list[str]) -> list[int]:
    parts = [part for value in values for part in value.split(",")]
    wanted = {int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 19}  # noqa: PLR2004
    return sorted(wanted)[:MOST_IDS]
