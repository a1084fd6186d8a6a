"""Interceptions as the pages show them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from interception.models import InterceptionStatus
from interception.registry import checks
from oms.web.formats import due

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interception.models import Interception

SOON = dt.timedelta(minutes=10)


def shown(row: Interception) -> dict[str, Any]:
    """Label, icon and evidence in words; ``tone`` as the evidence card wants it."""
    check = checks().get(row.check_code)
    tones = {"system": "red", "rollback": "violet", "review": "amber"}
    is_open = row.status == InterceptionStatus.OPEN
    return {
        "row": row,
        "label": check.label if check else row.check_code,
        "icon": check.icon if check else "shield-exclamation",
        "text": explain(row),
        "cause": check.explain_cause(row.cause) if check else row.cause,
        "tone": tones[row.kind] if is_open else "done",
        "is_open": is_open,
    }


def explain(row: Interception) -> str:
    """The evidence in a sentence; evidence of an older form is told by its cause."""
    check = checks().get(row.check_code)
    try:
        return check.explain(row.evidence) if check else row.cause
    except (KeyError, ValueError, TypeError):
        return row.cause


def lateness(due_at: dt.datetime | None, now: dt.datetime) -> dict[str, str]:
    """The due time in words and how pressing it is (empty, soon, late)."""
    if due_at is None:
        return {"text": "", "pressing": ""}
    pressing = "late" if due_at < now else "soon" if due_at - now < SOON else ""
    return {"text": due(due_at, now), "pressing": pressing}


def cases(rows: Iterable[Interception], now: dt.datetime) -> list[dict[str, Any]]:
    """One entry per order, with how many further reviews it has, in the order of the rows."""
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        known = found.get(row.order_id)
        if known:
            known["more"] += 1
            continue
        facts = shown(row)
        found[row.order_id] = {
            "number": row.order.number,
            "amount": row.order.payable,
            "icon": facts["icon"],
            "label": facts["label"],
            "text": facts["text"],
            "who": str(row.assigned_to) if row.assigned_to else _("Unclaimed"),
            "more": 0,
            **{f"due_{key}": value for key, value in lateness(row.due_at, now).items()},
        }
    return list(found.values())
