"""What night audit puts on the side navigation and the workbench, and who may hear how a run goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hotel.audit.checks import blocking_checks
from hotel.audit.labels import LABELS
from hotel.audit.services.running import QUEUE
from hotel.rooms import presenting
from hotel.rooms.models import Property
from oms.notices.channels import register_queues
from oms.web import navigation, workbench
from oms.web.navigation import Entry
from oms.web.workbench import Card

if TYPE_CHECKING:
    from oms.staff.models import Staff

VIEW = "hotel.view_auditrun"
RUN = "hotel.run_audit"
DIGITS = 18


def register() -> None:
    """Called once from AppConfig.ready."""
    navigation.register(
        Entry(
            _("Night audit"),
            "moon-stars",
            "audit:rehearsal",
            permission=VIEW,
            group="hotel",
            count=blocking_count,
            hot=True,
            key="N",
            position=10,
            covers=("audit:history", "audit:run", "audit:plan"),
        ),
        Entry(_("Daily figures"), "chart-bar", "audit:figures", permission="hotel.view_dailyfigure", group="hotel"),
        Entry(_("Desk traces"), "history", "audit:traces", permission="hotel.view_desktrace", group="hotel"),
    )
    workbench.register(
        Card(
            _("Stop tonight's audit"),
            "moon-stars",
            blocking_count,
            lambda _staff: reverse("audit:rehearsal"),
            RUN,
            "hot",
            position=70,
        )
    )
    register_queues(QUEUE, may_hear)
    presenting.name_actions(
        {action: ("moon-stars", text) for action, text in LABELS.items() if action.startswith("audit.")}
    )


def blocking_count(staff: Staff) -> int:
    """Matters that would stop tonight's audit at the person's hotels, up to three of them."""
    houses = Property.objects.visible_to(staff).filter(is_active=True).order_by("code")[:3]
    return sum(check.count for house in houses for check in blocking_checks(house))


def may_hear(staff: Staff, rest: str) -> bool:
    """Whether somebody may listen to ``queue:audit-<rest>``: they see audits, and that property is one of theirs."""
    if not (rest.isascii() and rest.isdigit() and len(rest) <= DIGITS and staff.has_perm(VIEW)):
        return False
    return Property.objects.visible_to(staff).filter(pk=int(rest)).exists()
