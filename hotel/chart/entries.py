"""What the forward chart puts on the side navigation."""

from django.utils.translation import gettext_lazy as _

from hotel.chart.views.page import VIEW
from oms.web import navigation
from oms.web.navigation import Entry


def register() -> None:
    """Called once from AppConfig.ready."""
    navigation.register(
        Entry(_("Forward chart"), "calendar-stats", "chart:chart", permission=VIEW, group="front", key="V", position=15)
    )
