"""What rooms put on the side navigation and the workbench, who may hear them, and what ends with a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.signals import user_logged_out
from django.core.exceptions import PermissionDenied
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from hotel.rooms import locks
from hotel.rooms.desk import current_property, has_hotel
from hotel.rooms.telling import QUEUE, VIEW, may_hear
from oms.notices.channels import register_queues
from oms.web import access, navigation
from oms.web.navigation import Chip, Entry

if TYPE_CHECKING:
    from oms.web.requests import StaffRequest


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
    navigation.register_chip("hotel", business_date)
    access.gate("hotel", has_hotel)
    register_queues(QUEUE, may_hear)
    user_logged_out.connect(free_locks, dispatch_uid="hotel.rooms.free_locks")


def business_date(request: StaffRequest) -> Chip | None:
    """The date the hotel works on, which is not always the calendar's."""
    try:
        house = current_property(request)
    except PermissionDenied:
        return None
    day = formats.date_format(house.business_date, "m-d D")
    return Chip(str(_("Business date")), day, "calendar-event", str(house))


def free_locks(sender: Any, request: Any, **_more: Any) -> None:
    """A lock ends with the session it was taken in."""
    if key := request.session.session_key:
        locks.release_session(session_key=key)
