"""What this floor puts on the side navigation, and its lists that can be kept as views."""

from django.utils.translation import gettext_lazy as _

from inventory.catalog.filters import MerchantCodeFilter, SkuFilter
from inventory.stock.filters import StockFilter
from oms.rules import registry
from oms.web import navigation
from oms.web.navigation import Entry


def register() -> None:
    """Called once from AppConfig.ready."""
    registry.register("inventory.stock", StockFilter, url_name="stock-list", permission="inventory.view_bin")
    registry.register("inventory.sku", SkuFilter, url_name="sku-list", permission="inventory.view_sku")
    registry.register(
        "inventory.merchant_code",
        MerchantCodeFilter,
        url_name="merchant-code-list",
        permission="inventory.view_merchantcode",
    )
    navigation.register(
        Entry(
            _("Stock"),
            "packages",
            "stock-list",
            permission="inventory.view_bin",
            group="inventory",
            key="S",
            position=10,
            covers=("stock-move", "stock-adjust"),
        ),
        Entry(
            _("Receiving"),
            "package",
            "receipt-list",
            permission="inventory.view_receipt",
            group="inventory",
            position=20,
            covers=("receipt-new", "receipt-file", "receipt-detail"),
        ),
        Entry(
            _("SKUs"),
            "barcode",
            "sku-list",
            permission="inventory.view_sku",
            group="inventory",
            position=30,
            covers=("sku-detail",),
        ),
        Entry(
            _("Merchant codes"),
            "link",
            "merchant-code-list",
            permission="inventory.view_merchantcode",
            group="inventory",
            position=40,
            covers=("merchant-code-change", "merchant-code-add"),
        ),
    )
