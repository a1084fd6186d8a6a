"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HotelConfig(AppConfig):
    """See docs/ARCHITECTURE.md for this floor's rooms."""

    name = "hotel"
    verbose_name = _("Hotel")
