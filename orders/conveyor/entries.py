"""What this room puts on the side navigation."""

from django.utils.translation import gettext_lazy as _

from oms.web import navigation
from oms.web.navigation import Entry


def register() -> None:
    """Called once from AppConfig.ready."""
    navigation.register(
        Entry(
            _("Conveyor"),
            "chevrons-right",
            "conveyor",
            permission="orders.view_order",
            group="orders",
            key="C",
            position=30,
        )
    )
