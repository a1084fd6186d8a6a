"""What guests and members put on the side navigation, and what their traces are called."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from hotel.rooms import presenting
from oms.web import navigation
from oms.web.navigation import Entry

ACTIONS = {
    "guest.registered": ("user-plus", _("Registered")),
    "guest.refreshed": ("edit", _("Brought up to date at the desk")),
    "guest.changed": ("edit", _("Changed")),
    "guest.revealed": ("eye", _("Looked at in clear")),
    "guest.blacklisted": ("user-x", _("Put on the blacklist")),
    "guest.unblacklisted": ("user-check", _("Taken off the blacklist")),
    "guest.admitted": ("user-check", _("Let in though blacklisted")),
    "guest.merged": ("arrows-exchange", _("Merged with a duplicate")),
    "guest.merged_away": ("arrows-exchange", _("Became part of another guest")),
    "guest.erased": ("trash", _("Erased")),
    "member.enrolled": ("star", _("Became a member")),
    "member.level": ("crown", _("Level changed by hand")),
    "member.upgraded": ("crown", _("Raised to a higher level")),
}


def register() -> None:
    """Called once from AppConfig.ready."""
    navigation.register(
        Entry(
            _("Guests and members"),
            "users",
            "members:list",
            permission="hotel.view_guest",
            group="front",
            key="M",
            position=40,
        ),
    )
    presenting.name_actions(ACTIONS)
