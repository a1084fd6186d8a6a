"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InterceptionConfig(AppConfig):
    """See docs/ARCHITECTURE.md for this floor's rooms."""

    name = "interception"
    verbose_name = _("Interception")
