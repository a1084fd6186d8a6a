"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    """See docs/ARCHITECTURE.md for this floor's rooms."""

    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        """The rooms make their pages known."""
        from orders.conveyor import entries as conveyor
        from orders.dispatch import entries as dispatch
        from orders.intake.api import entries as api
        from orders.intake.files import entries as importing
        from orders.order import entries as order

        api.register()
        conveyor.register()
        dispatch.register()
        importing.register()
        order.register()
