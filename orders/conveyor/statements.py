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
 WHERE o.id = ANY(%(orders)s) AND (l.sku_id IS NULL OR (o.type <> 'return' AND l.quantity > coalesce(r.held, 0)))
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

# One update of the wide row for the audit's stamp and the warehouse. An order that walks again after a crash is not
# audited twice; one that was held is: its stamp was taken back.
STAMP = """
WITH stamped AS (
    UPDATE orders_order o SET warehouse_id = t.warehouse_id, audited_at = coalesce(o.audited_at, t.audited_at)
      FROM unnest(%(orders)s::bigint[], %(warehouses)s::bigint[], %(audited)s::timestamptz[])
           t(id, warehouse_id, audited_at)
     WHERE o.id = t.id AND o.id = ANY(%(orders)s)
       AND (o.warehouse_id IS DISTINCT FROM t.warehouse_id OR (o.audited_at IS NULL AND t.audited_at IS NOT NULL))
    RETURNING o.id, o.warehouse_id, old.warehouse_id AS before,
              old.audited_at IS NULL AND o.audited_at IS NOT NULL AS new)
INSERT INTO orders_orderevent (order_id, kind, from_status, to_status, reason, data, by_id, at)
SELECT e.id, e.kind, '', '', e.reason, NULL, NULL, %(at)s FROM (
    SELECT 1 AS n, id, 'audited' AS kind, '' AS reason FROM stamped WHERE new
    UNION ALL
    SELECT 2, s.id, 'routed', w.name FROM stamped s JOIN inventory_warehouse w ON w.id = s.warehouse_id
     WHERE s.before IS DISTINCT FROM s.warehouse_id) e
 ORDER BY e.n, e.id
"""
AUDITED = """
WITH audited AS (
    UPDATE orders_order SET audited_at = %(at)s WHERE id = ANY(%(orders)s) AND audited_at IS NULL RETURNING id)
INSERT INTO orders_orderevent (order_id, kind, from_status, to_status, reason, data, by_id, at)
SELECT id, 'audited', '', '', '', NULL, NULL, %(at)s FROM audited ORDER BY id
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
