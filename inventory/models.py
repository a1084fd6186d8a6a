"""Table of contents of this floor's models."""

from inventory.catalog.models import Channel, MerchantCode, Product, Sku
from inventory.counting.models import Receipt, ReceiptLine
from inventory.stock.models import Bin, Movement, Reservation, Warehouse, WarehouseRegion

__all__ = [
    "Bin",
    "Channel",
    "MerchantCode",
    "Movement",
    "Product",
    "Receipt",
    "ReceiptLine",
    "Reservation",
    "Sku",
    "Warehouse",
    "WarehouseRegion",
]
