"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HotelConfig(AppConfig):
    """See docs/ARCHITECTURE.md for this floor's rooms."""

    name = "hotel"
    verbose_name = _("Hotel")

    def ready(self) -> None:
        """The rooms make their pages known."""
        from hotel.audit import entries as audit
        from hotel.chart import entries as chart
        from hotel.folios import entries as folios
        from hotel.members import entries as members
        from hotel.rates import entries as rates
        from hotel.rooms import entries as rooms
        from hotel.stays import entries as stays

        for room in (rooms, chart, stays, folios, members, rates, audit):
            room.register()
