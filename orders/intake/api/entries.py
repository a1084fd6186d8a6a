"""What the API puts on the side navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from oms.web import navigation
from oms.web.navigation import Entry


def register() -> None:
    """Called once from AppConfig.ready."""
    navigation.register(
        Entry(_("API keys"), "code", "api-key-list", permission="orders.add_apikey", group="manage", position=80)
    )
