"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InventoryConfig(AppConfig):
    """See docs/ARCHITECTURE.md for this floor's rooms."""

    name = "inventory"
    verbose_name = _("Inventory")

    def ready(self) -> None:
        """Put this floor on the side navigation."""
        from inventory import entries

        entries.register()
