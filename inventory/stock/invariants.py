"""What must hold of the stock ledger, proved by `manage.py check_books`."""

from oms.lib.books import Invariant

# A place reads as SKU@warehouse/fence.
PLACE = "s.code || '@' || w.code || coalesce('/' || c.code, '') AS reference"
BIN_WITH_NAMES = """inventory_bin b
  JOIN inventory_sku s ON s.id = b.sku_id
  JOIN inventory_warehouse w ON w.id = b.warehouse_id
  LEFT JOIN inventory_channel c ON c.id = b.channel_id"""

INVARIANTS = [
    Invariant(
        "stock_bin_never_oversold",
        f"""SELECT {PLACE}, format('reserved %s of %s on hand', b.reserved, b.on_hand) AS fact
              FROM {BIN_WITH_NAMES} WHERE b.reserved < 0 OR b.reserved > b.on_hand""",
    ),
    Invariant(
        "stock_on_hand_is_sum_of_movements",
        f"""SELECT {PLACE}, format('on hand %s, movements say %s', b.on_hand, coalesce(m.pieces, 0)) AS fact
              FROM {BIN_WITH_NAMES}
              LEFT JOIN (SELECT bin_id, sum(on_hand_delta) AS pieces FROM inventory_movement GROUP BY bin_id) m
                     ON m.bin_id = b.id
             WHERE b.on_hand <> coalesce(m.pieces, 0)""",
    ),
    Invariant(
        "stock_reserved_is_sum_of_movements",
        f"""SELECT {PLACE}, format('reserved %s, movements say %s', b.reserved, coalesce(m.pieces, 0)) AS fact
              FROM {BIN_WITH_NAMES}
              LEFT JOIN (SELECT bin_id, sum(reserved_delta) AS pieces FROM inventory_movement GROUP BY bin_id) m
                     ON m.bin_id = b.id
             WHERE b.reserved <> coalesce(m.pieces, 0)""",
    ),
    Invariant(
        "stock_reserved_is_sum_of_reservations",
        f"""SELECT {PLACE}, format('reserved %s, reservations say %s', b.reserved, coalesce(r.pieces, 0)) AS fact
              FROM {BIN_WITH_NAMES}
              LEFT JOIN (SELECT bin_id, sum(quantity) AS pieces FROM inventory_reservation GROUP BY bin_id) r
                     ON r.bin_id = b.id
             WHERE b.reserved <> coalesce(r.pieces, 0)""",
    ),
    Invariant(
        "stock_ledger_names_bins_that_exist",
        """SELECT bin_id AS reference, 'no such bin, but there are promises or movements' AS fact
             FROM (SELECT bin_id FROM inventory_reservation UNION SELECT bin_id FROM inventory_movement) x
            WHERE NOT EXISTS (SELECT FROM inventory_bin b WHERE b.id = x.bin_id)""",
    ),
    Invariant(
        "stock_line_holds_one_sku",
        """SELECT r.order_line_id AS reference,
                  'promised pieces of several SKUs: ' || string_agg(DISTINCT s.code, ', ') AS fact
             FROM inventory_reservation r
             JOIN inventory_bin b ON b.id = r.bin_id
             JOIN inventory_sku s ON s.id = b.sku_id
            GROUP BY r.order_line_id HAVING count(DISTINCT b.sku_id) > 1""",
    ),
    Invariant(
        "stock_reservation_explained_by_its_movements",
        """SELECT r.order_line_id AS reference,
                  format('bin %s promises %s, movements say %s', r.bin_id, r.quantity, coalesce(m.pieces, 0)) AS fact
             FROM inventory_reservation r
             LEFT JOIN (SELECT bin_id, order_line_id, sum(reserved_delta) AS pieces FROM inventory_movement
                         WHERE order_line_id IS NOT NULL GROUP BY bin_id, order_line_id) m
                    ON m.bin_id = r.bin_id AND m.order_line_id = r.order_line_id
            WHERE r.quantity <> coalesce(m.pieces, 0)""",
    ),
    Invariant(
        "stock_receipt_is_posted_once",
        """SELECT t.number AS reference,
                  format('%s pieces received, movements say %s', t.pieces, coalesce(m.pieces, 0)) AS fact
             FROM (SELECT r.id, r.number, sum(l.quantity) AS pieces
                     FROM inventory_receipt r JOIN inventory_receiptline l ON l.receipt_id = r.id
                    GROUP BY r.id, r.number) t
             LEFT JOIN (SELECT reference, sum(on_hand_delta) AS pieces FROM inventory_movement
                         WHERE kind = 'receive' AND reference LIKE 'RC%' GROUP BY reference) m
                    ON m.reference = t.number
            WHERE t.pieces <> coalesce(m.pieces, 0)""",
    ),
]
