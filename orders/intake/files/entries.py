"""What importing puts on the side navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from oms.web import navigation
from oms.web.navigation import Entry


def register() -> None:
    """Called once from AppConfig.ready."""
    navigation.register(
        Entry(
            _("Import orders"),
            "upload",
            "import-list",
            permission="orders.import_orders",
            group="orders",
            key="I",
            position=60,
            covers=("import-map", "import-detail", "import-upload"),
        )
    )
