"""What the ground floor itself puts on the side navigation and the workbench. Higher floors do the same in theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from oms.approvals.queries import concerns, waiting_count
from oms.web import navigation, workbench
from oms.web.navigation import Entry
from oms.web.workbench import Section

if TYPE_CHECKING:
    from oms.web.requests import StaffRequest

SHOWN = 5


def register() -> None:
    """Called once from AppConfig.ready."""
    navigation.register(
        Entry(_("Workbench"), "layout-dashboard", "workbench", key="W", position=0),
        Entry(
            _("Approvals"),
            "checks",
            "approvals:inbox",
            group="work",
            key="V",
            position=10,
            count=waiting_count,
            hot=True,
            test=concerns,
            covers=("approvals:own-pin",),
        ),
        Entry(_("Jobs"), "stack-2", "job-list", group="manage", key="J", position=60),
        Entry(_("Operation traces"), "history", "trace", permission="oms.view_trace", group="manage", position=70),
        Entry(_("Settings"), "settings", "settings", group="manage", position=90, covers=("second-factor", "password")),
        Entry(_("Administration"), "tool", "admin:index", group="manage", position=95, test=lambda s: s.is_staff),
    )
    workbench.register(
        Section("oms/web/my_jobs.html", _my_jobs, position=80),
        Section("oms/web/my_notices.html", _my_notices, position=90),
    )


def _my_jobs(request: StaffRequest) -> dict[str, Any]:
    from oms.jobs.models import BatchJob

    return {"jobs": list(BatchJob.objects.filter(created_by=request.user).order_by("-pk")[:SHOWN])}


def _my_notices(request: StaffRequest) -> dict[str, Any]:
    from oms.notices.queries import notices_of
    from oms.notices.services import text_of

    notices = notices_of(request.user)[:SHOWN]
    return {"rows": [{"notice": notice, "text": text_of(notice)} for notice in notices]}
