"""Parts of a list page made from its FilterSet: chips of the active conditions, frequent fields, bulk actions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.forms import ModelChoiceField, MultiWidget, TextInput
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django import forms
    from django.utils.functional import Promise
    from django_filters import FilterSet

    from oms.staff.models import Staff

PAGING = ("page", "view")


def hinted(text: str | Promise) -> TextInput:
    """The search field of a list, saying what it looks for."""
    return TextInput(attrs={"placeholder": text, "title": text})


def filled(data: Any) -> Any:
    """Query parameters without the fields left empty: browsers send an untouched select as an empty choice."""
    if not isinstance(data, QueryDict):
        return data
    kept = QueryDict(mutable=True)
    for key, values in data.lists():
        if given := [value for value in values if value != ""]:
            kept.setlist(key, given)
    return kept


@dataclass(frozen=True)
class Chip:
    """One active condition: what it says, and the query string without it."""

    label: str
    value: str
    without: str


@dataclass(frozen=True)
class Action:
    """A verb of the bulk bar. It is a POST to ``url`` with the selection; those with ``danger`` come last.

    ``confirm`` asks first with ``consequences`` below; ``keep`` is the way out, in pair with the verb.
    """

    label: str | Promise
    icon: str
    url: str
    permission: str = ""
    danger: bool = False
    confirm: str | Promise = ""
    consequences: str | Promise = ""
    keep: str | Promise = ""
    key: str = ""


def allowed_actions(actions: Iterable[Action], staff: Staff) -> list[Action]:
    """The verbs this person may use, destructive ones last."""
    allowed = [action for action in actions if not action.permission or staff.has_perm(action.permission)]
    return sorted(allowed, key=lambda action: action.danger)


def chips_of(filterset: FilterSet) -> list[Chip]:
    """The conditions that are set, as removable chips, in the order of the filter form."""
    if not filterset.is_bound or not filterset.is_valid():
        return []
    chips = []
    for name, field in filterset.form.fields.items():
        value = filterset.form.cleaned_data.get(name)
        text = _shown(field, value)
        if text:
            chips.append(Chip(str(field.label or name), text, _without(filterset.data, name, field)))
    return chips


def _without(data: QueryDict, name: str, field: forms.Field) -> str:
    query = data.copy()
    names = {name, *PAGING}
    if isinstance(field.widget, MultiWidget):
        names |= {f"{name}{part}" for part in getattr(field.widget, "widgets_names", ())}
        names |= {f"{name}_{part}" for part in getattr(field.widget, "suffixes", ()) if part}
    for each in names & set(query):
        del query[each]
    return query.urlencode()


def _shown(field: forms.Field, value: Any) -> str:
    if value in (None, "") or value == [] or (hasattr(value, "exists") and not value):
        return ""
    if isinstance(value, slice):
        return _range(value.start, value.stop)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Model):
        return str(value)
    choices = {} if isinstance(field, ModelChoiceField) else dict(_flat(getattr(field, "choices", ())))
    if isinstance(value, Iterable) and not isinstance(value, str):
        return _(", ").join(_one(choices, each) for each in value)
    return _one(choices, value)


def _one(choices: dict[str, Any], value: Any) -> str:
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if timezone.is_aware(value) else str(value)
    return str(choices.get(str(value), choices.get(value, value)))


def _flat(choices: Iterable[tuple[Any, Any]]) -> Iterable[tuple[Any, Any]]:
    for key, label in choices:
        if isinstance(label, list | tuple):
            yield from label
        else:
            yield str(key), label


def _range(start: Any, stop: Any) -> str:
    first, last = (_one({}, edge) if edge is not None else "" for edge in (start, stop))
    if first and last:
        return f"{first} – {last}"
    return _("from %(first)s") % {"first": first} if first else _("up to %(last)s") % {"last": last}
