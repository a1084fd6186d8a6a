"""The conveyor's hot statements. Literals match the partial index order_workable: the queue's size, not the table's."""

LEASE = """
WITH due AS MATERIALIZED (
    SELECT id FROM orders_order
     WHERE status IN ('new', 'pending_split') AND hold = 'none' AND (claimed_until IS NULL OR claimed_until < %(at)s)
     ORDER BY id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED)
UPDATE orders_order o SET claimed_until = %(until)s FROM due WHERE o.id = due.id
RETURNING o.id, o.version
"""

LOCK = """
SELECT o.id, o.version{columns} FROM orders_order o
 WHERE o.id = ANY(%(orders)s) AND o.status IN ('new', 'pending_split') AND o.hold = 'none'
   AND o.claimed_until = %(lease)s
 ORDER BY o.id FOR NO KEY UPDATE
"""

# Lines without a SKU, or with fewer pieces promised than wanted, in the order in which people ordered.
LACKING = """
SELECT o.id, o.channel_id, l.id, l.sku_id, l.merchant_code, l.quantity - coalesce(r.held, 0)
  FROM orders_order o
  JOIN orders_orderline l ON l.order_id = o.id
  LEFT JOIN LATERAL (SELECT sum(quantity)::int AS held FROM inventory_reservation WHERE order_line_id = l.id) r ON true
 WHERE o.id = ANY(%(orders)s) AND o.type <> 'return' AND (l.sku_id IS NULL OR l.quantity > coalesce(r.held, 0))
 ORDER BY o.placed_at, o.id, l.id
"""

SET_SKUS = """
UPDATE orders_orderline l SET sku_id = m.sku_id
  FROM unnest(%(lines)s::bigint[], %(skus)s::bigint[]) m(id, sku_id) WHERE l.id = m.id
"""

# New lines were appended: positions follow the order of the bundle's parts, counters follow the lines.
SETTLE_LINES = """
WITH placed AS (
    SELECT l.id, min(l.position) OVER (PARTITION BY l.order_id)
               + row_number() OVER (PARTITION BY l.order_id ORDER BY l.position, l.id) - 1 AS position
      FROM orders_orderline l WHERE l.order_id = ANY(%(orders)s)), renumbered AS (
    UPDATE orders_orderline l SET position = p.position FROM placed p
     WHERE l.id = p.id AND l.position <> p.position)
UPDATE orders_order o SET line_count = c.lines, item_count = c.items, version = o.version + 1
  FROM (SELECT order_id, count(*) AS lines, sum(quantity) AS items FROM orders_orderline
         WHERE order_id = ANY(%(orders)s) GROUP BY order_id) c
 WHERE o.id = c.order_id
RETURNING o.id, o.version
"""

ROUTE = """
WITH routed AS (
    UPDATE orders_order o SET warehouse_id = t.warehouse_id
      FROM unnest(%(orders)s::bigint[], %(warehouses)s::bigint[]) t(id, warehouse_id)
     WHERE o.id = t.id AND o.id = ANY(%(orders)s) AND o.warehouse_id IS DISTINCT FROM t.warehouse_id
    RETURNING o.id, o.warehouse_id)
INSERT INTO orders_orderevent (order_id, kind, from_status, to_status, reason, data, by_id, at)
SELECT r.id, 'routed', '', '', w.name, NULL, NULL, %(at)s
  FROM routed r JOIN inventory_warehouse w ON w.id = r.warehouse_id ORDER BY r.id
"""

ROUTE_LINES = """
SELECT order_id, id, sku_id, quantity FROM orders_orderline WHERE order_id = ANY(%(orders)s) ORDER BY order_id, id
"""

FREE = "UPDATE orders_order SET claimed_until = NULL WHERE id = ANY(%(orders)s) AND claimed_until = %(lease)s"

REST = """
UPDATE orders_order o SET claimed_until = t.again_at
  FROM unnest(%(orders)s::bigint[], %(until)s::timestamptz[]) t(id, again_at)
 WHERE o.id = t.id AND o.claimed_until = %(lease)s
"""

FAILURES = """
SELECT order_id, count(*) FROM orders_walk
 WHERE order_id = ANY(%(orders)s) AND reason LIKE %(reason)s AND at > %(since)s GROUP BY order_id
"""
