"""What rates put on the side navigation, and what their traces are called."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from hotel.rooms import presenting
from oms.web import navigation
from oms.web.navigation import Entry

ACTIONS = {
    "rates.changed": ("percentage", _("Prices changed")),
    "rates.restricted": ("ban", _("Restrictions changed")),
    "rates.overbooking": ("chart-arrows", _("Overbooking changed")),
    "rates.undone": ("arrow-back-up", _("Change of rates undone")),
}


def register() -> None:
    """Called once from AppConfig.ready."""
    navigation.register(
        Entry(
            _("Rates and restrictions"),
            "percentage",
            "rates:calendar",
            permission="hotel.view_rate",
            group="hotel",
            key="P",
            position=30,
        ),
    )
    presenting.name_actions(ACTIONS)
