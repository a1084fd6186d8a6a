"""The state of the books in a form that two runs can be compared by."""

from django.db import connection

from inventory.stock import services as stock
from tests.factories.inventory import AT, BinFactory, SkuFactory, WarehouseFactory

ROWS = {
    "orders": """SELECT id, status, hold, warehouse_id, audited_at IS NULL, line_count, item_count
                   FROM orders_order ORDER BY id""",
    "lines": """SELECT order_id, position, sku_id, quantity, amount, bundle_code FROM orders_orderline
                 ORDER BY order_id, position""",
    "events": "SELECT order_id, kind, from_status, to_status, reason FROM orders_orderevent ORDER BY order_id, id",
    "documents": "SELECT order_id, warehouse_id, status, item_count FROM orders_warehousedocument ORDER BY 1",
    "bins": "SELECT id, on_hand, reserved FROM inventory_bin ORDER BY id",
    "promises": """SELECT l.order_id, l.position, r.bin_id, r.quantity FROM inventory_reservation r
                     JOIN orders_orderline l ON l.id = r.order_line_id ORDER BY 1, 2, 3""",
    "interceptions": "SELECT order_id, check_code, kind, status, cause FROM interception_interception ORDER BY 1, 2",
}


def books(*but):
    """Every row that a walk may write, without ids and moments."""
    found = {}
    with connection.cursor() as cursor:
        for name, sql in ROWS.items():
            if name not in but:
                cursor.execute(sql)
                found[name] = cursor.fetchall()
    return found


def stocked(on_hand, *, sku=None, warehouse=None, channel=None):
    """A bin with pieces; answers it."""
    return BinFactory(
        sku=sku or SkuFactory(), warehouse=warehouse or WarehouseFactory(), channel=channel, on_hand=on_hand
    )


def reserve(order):
    """What intake does with the stock of an order."""
    lines = order.lines.filter(sku__isnull=False)
    demands = [stock.Demand(line.pk, order.channel_id, line.sku_id, line.quantity) for line in lines]
    return stock.reserve_lines(demands=demands, by=None, at=AT)
