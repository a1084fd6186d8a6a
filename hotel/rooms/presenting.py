"""What traces of the desk say. Every room of the hotel may name its own actions."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hotel.rooms.states import BlockKind, Housekeeping, ServiceFlag
from oms.web.formats import money

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from django.utils.functional import Promise

    from hotel.rooms.models import DeskTrace

_ACTIONS: dict[str, tuple[str, str | Promise]] = {
    "room.housekeeping": ("wash-machine", _("Cleanliness changed")),
    "room.service_flag": ("bell", _("Door sign changed")),
    "room.blocked": ("tool", _("Taken out of service")),
    "room.block_ended": ("check", _("Put back in service early")),
    "room.block_over": ("check", _("Back in service")),
    "room.lock_forced": ("lock-open", _("Operation lock forced open")),
    "stay.reserved": ("calendar-plus", pgettext_lazy("stay", "Reserved")),
    "stay.assigned": ("bed", _("Room assigned")),
    "stay.checked_in": ("login-2", _("Checked in")),
    "stay.checked_out": ("logout-2", _("Checked out")),
    "stay.moved": ("arrows-exchange", _("Moved to another room")),
    "stay.extended": ("calendar-plus", _("Extended")),
    "stay.shortened": ("calendar-event", _("Shortened")),
}
_VALUES = {str(choice.value): choice.label for kind in (Housekeeping, ServiceFlag, BlockKind) for choice in kind}
_FACTS: dict[str, str | Promise] = {
    "from": _("From"),
    "until": _("Until"),
    "kind": _("Kind"),
    "amount": _("Amount"),
    "entries": _("Entries"),
    "fee": _("Fee"),
    "opening_cash": _("Float"),
    "counted": _("Counted"),
    "expected": _("Expected"),
    "to": _("To"),
    "posted": _("Room charges"),
    "day_use": _("Day use"),
    "no_shows": _("No-shows"),
    "no_show_fees": _("No-show fees"),
    "room_revenue": _("Room revenue"),
    "dirty": _("To be cleaned"),
    "free": _("Free of charge"),
    "skipped": _("Left out"),
    "breakfasts": _("Breakfasts"),
    "number": _("No."),
    "style": _("Style"),
    "charges": _("Charges"),
    "into": _("Merge into another folio"),
    "invoice_no": _("Invoice number"),
}
_MONEY = {"amount", "fee", "opening_cash", "no_show_fees", "room_revenue"}
MOST_FACTS = 6


@dataclass(frozen=True, slots=True)
class Told:
    """A trace as it is read."""

    icon: str
    text: str
    change: str
    reason: str
    by: str
    at: dt.datetime


def name_actions(actions: Mapping[str, tuple[str, str | Promise]]) -> None:
    """Say what actions are called, and their icon; called from a room's ``register``."""
    _ACTIONS.update(actions)


def name_facts(facts: Mapping[str, str | Promise]) -> None:
    """Say what the facts of traces are called; called from a room's ``register``."""
    _FACTS.update(facts)


def said(data: Any) -> str:
    """What was before and after, or the other facts of a trace, as one line."""
    if not isinstance(data, dict):
        return ""
    if {"before", "after"} <= data.keys():
        return _change(data)
    filled = [(key, value) for key, value in data.items() if value not in (None, "", [], {})]
    return " · ".join(f"{_FACTS.get(key, key)} {_fact(key, value)}" for key, value in filled[:MOST_FACTS])


def told(lines: Iterable[DeskTrace]) -> list[Told]:
    """Traces in the reader's words. An action nobody named is shown by its code."""
    found = []
    for line in lines:
        icon, text = _ACTIONS.get(line.action, ("history", line.action))
        who = str(line.by) if line.by else str(_("System"))
        found.append(Told(icon, str(text), _change(line.data), line.reason, who, line.at))
    return found


def _change(data: Any) -> str:
    if not isinstance(data, dict) or not {"before", "after"} <= data.keys():
        return ""
    before, after = _value(data["before"]), _value(data["after"])
    return after if before == after else f"{before} → {after}"


def _fact(key: str, value: Any) -> str:
    if isinstance(value, dict):
        return money(sum(map(Decimal, value.values()))) if key in {"counted", "expected"} else _pairs(value)
    if isinstance(value, list):
        return str(len(value))
    return money(value) if key in _MONEY else _value(value)


def _pairs(value: dict[str, Any]) -> str:
    return ", ".join(f"{_FACTS.get(key, key)} {_value(item)}" for key, item in value.items())


def _value(value: Any) -> str:
    """A value of a trace; of a group of them (a move's room and nights) the room or nothing."""
    value = value.get("room") if isinstance(value, dict) else value
    return "—" if value is None else str(_VALUES.get(str(value), value))
