"""What rooms put on the side navigation and the workbench, who may hear them, and what ends with a session."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.utils.translation import gettext_lazy as _

from hotel.rooms import locks
from hotel.rooms.telling import QUEUE, VIEW, may_hear
from oms.notices.channels import register_queues
from oms.web import navigation
from oms.web.navigation import Entry


def register() -> None:
    """Called once from AppConfig.ready."""
    navigation.register(
        Entry(
            _("Room board"),
            "building",
            "rooms:board",
            permission=VIEW,
            group="front",
            key="B",
            position=10,
            covers=("rooms:form",),
        ),
        Entry(
            _("Housekeeping"),
            "wash-machine",
            "rooms:phone",
            permission="hotel.set_housekeeping",
            group="service",
            position=20,
        ),
    )
    register_queues(QUEUE, may_hear)
    user_logged_out.connect(free_locks, dispatch_uid="hotel.rooms.free_locks")


def free_locks(sender: Any, request: Any, **_more: Any) -> None:
    """A lock ends with the session it was taken in."""
    if key := request.session.session_key:
        locks.release_session(session_key=key)
