"""What interception puts on the side navigation and on the order page."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from interception import presenting, queries
from interception.registry import checks
from oms.notices.channels import register_queue
from oms.web import navigation, workbench
from oms.web.navigation import Entry
from oms.web.workbench import Card, Section
from orders.conveyor import labels
from orders.order.panels import register_panel

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from oms.staff.models import Staff
    from oms.web.requests import StaffRequest
    from orders.order.models import Order

REVIEW = "interception.review_interception"
VIEW = "interception.view_interception"
UNLOCK = "interception.unlock_interception"
SHOWN = 5
SOON = dt.timedelta(minutes=30)


def register() -> None:
    """Called once from AppConfig.ready."""
    navigation.register(
        Entry(
            _("Reviews"),
            "shield-exclamation",
            "interception:queue",
            permission=REVIEW,
            group="orders",
            count=queries.review_count,
            hot=True,
            key="I",
            position=20,
            covers=("interception:history", "interception:blacklist"),
        ),
        Entry(
            _("System locks"),
            "lock",
            "interception:locked",
            permission=VIEW,
            group="orders",
            count=queries.lock_count,
            hot=True,
            key="L",
            position=25,
        ),
    )
    register_queue("review", REVIEW)
    labels.register(check_labels)
    workbench.register(
        Card(
            _("Reviews for me"),
            "shield-exclamation",
            queries.my_review_count,
            lambda _staff: reverse("interception:queue"),
            REVIEW,
            "wait",
            _due_soon,
            position=10,
        ),
        Card(
            _("Locked orders"),
            "lock",
            queries.lock_count,
            lambda _staff: reverse("interception:locked"),
            UNLOCK,
            "hot",
            _causes,
            position=20,
        ),
        Section("interception/_mine.html", mine, REVIEW, "half", position=10),
    )
    register_panel("interception/_panel.html", panel, permission=VIEW, position=10)


def mine(request: StaffRequest) -> dict[str, Any]:
    """The most urgent reviews that are mine or nobody's, one row per order."""
    rows = queries.whose(queries.open_reviews(request.user), "", request.user)
    cases = presenting.cases(rows[: 4 * SHOWN], timezone.localtime())
    count = queries.my_review_count(request.user)
    return {"cases": cases[:SHOWN], "count": count, "url": reverse("interception:queue")}


def _due_soon(staff: Staff) -> str:
    number = queries.due_before(staff, timezone.localtime() + SOON)
    text = ngettext("%(number)s late or due soon", "%(number)s late or due soon", number)
    return text % {"number": number} if number else ""


def _causes(staff: Staff) -> str:
    number = queries.cause_count(staff)
    return ngettext("%(number)s cause", "%(number)s causes", number) % {"number": number} if number else ""


def check_labels() -> dict[str, str | Promise]:
    """What the checks' codes mean in a walk."""
    return {check.code: check.label for check in checks().values()}


def panel(order: Order, staff: Staff) -> dict[str, Any] | None:
    """Evidence cards of the order page: open ones with their actions, then what is over."""
    rows = [presenting.shown(row) for row in queries.all_of_order(order.pk, staff)]
    if not rows:
        return None
    open_rows = [row for row in rows if row["is_open"]]
    return {
        "order": order,
        "interceptions": rows,
        "open": open_rows,
        "callout": _callout(open_rows),
        "may_review": staff.has_perm(REVIEW),
        "may_unlock": staff.has_perm(UNLOCK),
    }


def _callout(open_rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not open_rows:
        return None
    worst = next((row for row in open_rows if row["row"].kind == "system"), open_rows[0])
    system = worst["row"].kind == "system"
    return {
        "tone": "red" if system else "amber",
        "icon": "lock" if system else "user-question",
        "title": worst["label"],
        "text": worst["text"],
    }
