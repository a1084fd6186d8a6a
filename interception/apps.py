"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InterceptionConfig(AppConfig):
    """See docs/ARCHITECTURE.md for this floor's rooms."""

    name = "interception"
    verbose_name = _("Interception")

    def ready(self) -> None:
        """Make the pages known; the registry's system check with them."""
        from interception import entries, registry  # noqa: F401 -- registering is the import's effect

        entries.register()
