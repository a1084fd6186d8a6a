"""Who changed what, when, from where: newest first, over all tracked models."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import OuterRef, Q, Subquery
from django.db.models.constants import LOOKUP_SEP

from oms.staff.models import Staff

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from django.db.models import QuerySet

# Ways from a tracked row to its branch, tried in order. A model with none of them belongs to the whole house.
WAYS_TO_BRANCH = ("branch", "property__branch", "warehouse__branch", "channel__branch", "room_type__property__branch")


@dataclass(frozen=True)
class Asked:
    """What the trace is narrowed to."""

    model: str = ""
    person: int | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    before: dt.datetime | None = None  # paging: strictly older than this


@cache
def event_models() -> dict[str, Any]:
    """The history model of every tracked model, by the tracked model's label."""
    tracked = ((getattr(model, "pgh_tracked_model", None), model) for model in apps.get_models())
    return {model._meta.label_lower: events for model, events in tracked if model is not None}


def visible_models(staff: Staff) -> dict[str, Any]:
    """History of those models the person may look at at all."""
    shown = {}
    for label, events in event_models().items():
        options = events.pgh_tracked_model._meta
        if staff.has_perm(f"{options.app_label}.view_{options.model_name}"):
            shown[label] = events
    return shown


def events_visible_to(staff: Staff, events: Any) -> QuerySet:
    """Rows of one history model, within the person's branches."""
    rows = events._default_manager.all()
    if staff.branch_ids is None:
        return rows
    if events.pgh_tracked_model is Staff:
        colleagues = Staff.branches.through.objects.filter(branch__in=staff.branch_ids).values("staff")
        return rows.filter(pgh_obj__in=colleagues)
    way = _way_to_branch(events)
    return rows.filter(**{f"{way}__in": staff.branch_ids}) if way else rows


@cache
def _way_to_branch(events: Any) -> str:
    for way in WAYS_TO_BRANCH:
        model: Any = events
        try:
            for step in way.split(LOOKUP_SEP):
                model = model._meta.get_field(step).related_model if model else None
        except FieldDoesNotExist:
            continue
        return way
    return ""


def latest_events(staff: Staff, asked: Asked, limit: int) -> list[Any]:
    """The newest events that fit, with their context; one statement per model, each reading at most ``limit`` rows."""
    shown = visible_models(staff)
    wanted = [shown[asked.model]] if asked.model in shown else [] if asked.model else list(shown.values())
    per_model = [
        list(
            events_visible_to(staff, events)
            .filter(_condition(asked))
            .select_related("pgh_context")
            .order_by("-pgh_created_at", "-pgh_id")[:limit]
        )
        for events in wanted
    ]
    merged = heapq.merge(*per_model, key=lambda event: event.pgh_created_at, reverse=True)
    return list(itertools.islice(merged, limit))


def _condition(asked: Asked) -> Q:
    condition = Q()
    if asked.person is not None:
        condition &= Q(pgh_context__metadata__user=asked.person)
    for edge, lookup in ((asked.since, "gte"), (asked.until, "lt"), (asked.before, "lt")):
        if edge is not None:
            condition &= Q(**{f"pgh_created_at__{lookup}": edge})
    return condition


def earlier_events(events: Iterable[Any]) -> dict[tuple[Any, int], Any]:
    """For every event the one before it of the same row, keyed by (history model, event id)."""
    found: dict[tuple[Any, int], Any] = {}
    by_model: dict[Any, list[int]] = {}
    for event in events:
        by_model.setdefault(type(event), []).append(event.pk)
    for model, ids in by_model.items():
        older = model._default_manager.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id"))
        pairs = dict(
            model._default_manager.filter(pk__in=ids)
            .annotate(older=Subquery(older.order_by("-pgh_id").values("pgh_id")[:1]))
            .values_list("pk", "older")
        )
        rows = model._default_manager.in_bulk([older for older in pairs.values() if older])
        found |= {(model, pk): rows[older] for pk, older in pairs.items() if older in rows}
    return found


def people_of(events: Iterable[Any]) -> dict[int, Staff]:
    """Who did it, by id."""
    ids = {user for event in events if (user := user_of(event))}
    return Staff.objects.in_bulk(ids)


def user_of(event: Any) -> int | None:
    """The person behind one event; None for the system."""
    return event.pgh_context.metadata.get("user") if event.pgh_context else None
