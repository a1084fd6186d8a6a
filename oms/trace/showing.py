"""How a change reads: what was it, what became different, with secrets and personal data left out."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Field, ForeignKey
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.trace.queries import earlier_events, people_of, user_of
from oms.web.formats import NOTHING, mask_name, mask_phone, when

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oms.staff.models import Staff

NAMES_OF_ROWS = ("number", "code", "username", "name", "id")
SECRET = {"secret", "token", "password", "pin", "key", "sealed"}  # as a word of the field's name
PHONES = ("phone", "mobile", "tel")
PEOPLE = ("guest_name", "receiver_name", "buyer_name", "contact", "first_name", "last_name")
NUMBERS = ("id_number", "passport", "document_no", "email", "tax_no")
EITHER = ("value",)  # of a blacklist: a phone, an account, an address
MOST_FIELDS = 12
# Fields whose models give them no name.
USUAL = {"created_at": gettext_lazy("created"), "created_by": gettext_lazy("created by")}


@dataclass(frozen=True)
class Change:
    """One field, before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """One row of the trace page."""

    at: dt.datetime
    who: Staff | None
    what: str  # insert, update, delete
    model: str
    subject: str
    changes: list[Change]
    more: int
    page: str
    address: str


def lines_of(events: Sequence[Any]) -> list[Line]:
    """Events as they are shown. Statements: one for the people, two per model, one per kind of related row."""
    earlier, people = earlier_events(events), people_of(events)
    pairs = [(event, earlier.get((type(event), event.pk))) for event in events]
    related = _related(pairs)
    return [_line(event, before, people, related) for event, before in pairs]


def _line(event: Any, before: Any | None, people: dict[int, Staff], related: dict) -> Line:
    facts = event.pgh_context.metadata if event.pgh_context else {}
    changes = _changes(event, before, related)
    return Line(
        at=event.pgh_created_at,
        who=people.get(user_of(event) or 0),
        what=event.pgh_label,
        model=str(event.pgh_tracked_model._meta.verbose_name),
        subject=_subject(event),
        changes=changes[:MOST_FIELDS],
        more=max(0, len(changes) - MOST_FIELDS),
        page=str(facts.get("url") or ""),
        address=str(facts.get("ip") or ""),
    )


def _fields(event: Any) -> list[Field]:
    return [field for field in event._meta.concrete_fields if not field.name.startswith("pgh_") and field.name != "id"]


def _subject(event: Any) -> str:
    for name in NAMES_OF_ROWS:
        value = getattr(event, name, "")
        if value not in (None, ""):
            return f"#{value}" if name == "id" else str(value)
    return NOTHING


def _changes(event: Any, before: Any, related: dict) -> list[Change]:
    if event.pgh_label == "delete":
        return []
    empty: tuple[Any, ...] = (None, "", [], {}, False)
    found = []
    for field in _fields(event):
        new = getattr(event, field.attname)
        old = getattr(before, field.attname) if before is not None else None
        is_news = new != old if before is not None else new not in empty
        if is_news:
            shown_old = _shown(field, old, related) if before is not None else ""
            found.append(Change(_label(event, field), shown_old, _shown(field, new, related)))
    return found


def _label(event: Any, field: Field) -> str:
    name = str(event.pgh_tracked_model._meta.get_field(field.name).verbose_name)
    name = str(USUAL.get(field.name, name)) if name == field.name.replace("_", " ") else name
    return name[:1].upper() + name[1:]


def _shown(field: Field, value: Any, related: dict) -> str:
    if value in (None, ""):
        return NOTHING
    if (masked := _masked(field.name, value)) is not None:
        return masked
    if isinstance(field, ForeignKey):
        return str(related.get((field.related_model, value), f"#{value}"))
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return _plain(value)


def _masked(name: str, value: Any) -> str | None:
    if SECRET & set(name.split("_")):
        return "••••"
    if any(part in name for part in (*PHONES, *NUMBERS)):
        return mask_phone(str(value))
    if name in EITHER:
        return mask_phone(str(value)) if str(value).lstrip("+").isdigit() else mask_name(str(value))
    return mask_name(str(value)) if name in PEOPLE else None


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dt.datetime):
        return when(value)
    if isinstance(value, Decimal):
        return f"{value:,}"
    return str(value)[:200]


def _related(pairs: Sequence[tuple[Any, Any]]) -> dict:
    wanted: dict[Any, set[int]] = defaultdict(set)
    for pair in pairs:
        for event in filter(None, pair):
            for field in _fields(event):
                if isinstance(field, ForeignKey) and (value := getattr(event, field.attname)):
                    wanted[field.related_model].add(value)
    return {
        (model, pk): row for model, ids in wanted.items() for pk, row in model._default_manager.in_bulk(ids).items()
    }
