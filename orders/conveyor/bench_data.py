"""Orders for the conveyor's benchmark, and the floor: the same final rows by bare set-wise SQL."""

from __future__ import annotations

from typing import Any

from django.db import connection

# Two warehouses, each first for half of the provinces; intake promised everything from the first one. So half of the
# orders stay where their goods are promised, the other half's promises move, as in a house with two regions.
PLACES = """
INSERT INTO oms_branch (code, name, time_zone, is_active) VALUES ('B', 'Bench', 'Asia/Shanghai', true);
INSERT INTO inventory_channel (code, name, branch_id, platform, currency, is_active)
SELECT 'C' || n, 'Channel ' || n, (SELECT id FROM oms_branch), 'other', 'CNY', true FROM generate_series(1, 4) n;
INSERT INTO inventory_warehouse (code, name, branch_id, priority, province, city, address, gateway, is_active)
SELECT 'W' || n, 'Warehouse ' || n, (SELECT id FROM oms_branch), n, '', '', '', 'builtin', true
  FROM generate_series(1, 2) n;
INSERT INTO inventory_warehouseregion (warehouse_id, province, priority)
SELECT w.id, p, CASE WHEN (p IN ('浙江', '上海')) = (w.code = 'W1') THEN 1 ELSE 9 END
  FROM inventory_warehouse w, unnest(ARRAY['浙江', '上海', '广东', '北京']) p;
INSERT INTO inventory_product (code, name, category, brand)
SELECT 'P' || n, 'Product ' || n, '', '' FROM generate_series(1, 800) n;
INSERT INTO inventory_sku (product_id, code, name, barcode, price, weight_g, picture, is_active)
SELECT id, 'S' || id, name, '', 10, 0, '', true FROM inventory_product;
INSERT INTO inventory_bin (sku_id, warehouse_id, on_hand, reserved)
SELECT s.id, w.id, 10000000, 0 FROM inventory_sku s, inventory_warehouse w;
INSERT INTO inventory_movement (bin_id, kind, on_hand_delta, reserved_delta, reference, reason, at)
SELECT id, 'receive', on_hand, 0, '', '', now() FROM inventory_bin;
INSERT INTO interception_blacklistentry (field, value, reason, is_active, created_at)
SELECT 'phone', '7' || lpad(n::text, 10, '0'), 'bench', true, now() FROM generate_series(1, 200) n;
"""

# One to four lines per order (two and a half on average), one to three pieces each.
ORDERS = """
INSERT INTO orders_order (number, channel_id, external_no, type, origin, status, payment_status, hold, cash_on_delivery,
    buyer_id, buyer_name, buyer_phone, receiver_name, receiver_phone, country, province, city, district, address,
    postcode, buyer_remark, seller_remark, currency, goods_amount, discount_amount, freight, payable, total,
    paid_amount,
    line_count, item_count, first_item, placed_at, paid_at, audited_at, dispatched_at, shipped_at, signed_at,
    closed_at,
    warehouse_id, shipped_from_id, created_at, version, digest)
SELECT %(mark)s || n, c.id, %(mark)s || n, 'sale', 'online', %(status)s, 'paid', 'none', false,
    'buyer' || n, '', '', '王小明', '138' || lpad((n %% 100000000)::text, 8, '0'), '中国',
    (ARRAY['浙江省', '上海市', '广东省', '北京市'])[n %% 4 + 1], '市', '区', '江南大道 ' || n || ' 号', '', '', '',
    'CNY',
    10 * g.items, 0, 0, 10 * g.items, 10 * g.items, 10 * g.items, n %% 4 + 1, g.items, 'Product',
    now() - interval '1 day', now() - interval '1 day', d.moment, d.moment, d.moment, d.moment, d.moment,
    d.place, d.place, now() - interval '1 hour', 1, ''
  FROM generate_series(%(first)s, %(last)s) n
  JOIN inventory_channel c ON c.code = 'C' || (n %% 4 + 1)
 CROSS JOIN LATERAL (SELECT sum((n + l) %% 3 + 1)::int AS items FROM generate_series(0, n %% 4) l) g
 CROSS JOIN LATERAL (SELECT CASE WHEN %(status)s = 'closed' THEN now() - interval '9 days' END AS moment,
                            CASE WHEN %(status)s = 'closed' THEN (SELECT min(id) FROM inventory_warehouse) END
                                AS place) d
"""
LINES = """
INSERT INTO orders_orderline (order_id, position, external_line_no, merchant_code, bundle_code, name, sku_id, quantity,
    unit_price, goods_amount, discount, discount_share, amount, is_gift)
SELECT o.id, pos, pos::text, 'S' || s.id, '', 'Product', s.id, q.quantity, 10, 10 * q.quantity, 0, 0,
    10 * q.quantity, false
  FROM orders_order o
 CROSS JOIN LATERAL (SELECT substr(o.number, length(%(mark)s) + 1)::bigint AS n) k
 CROSS JOIN LATERAL generate_series(0, (k.n %% 4)::int) pos
 CROSS JOIN LATERAL (SELECT ((k.n + pos) %% 3 + 1)::int AS quantity) q
  JOIN inventory_sku s ON s.id = (SELECT min(id) FROM inventory_sku) + (k.n * 37 + pos * 211) %% 800
 WHERE o.number LIKE %(mark)s || '%%' ORDER BY 1, 2
"""
EVENTS = """
INSERT INTO orders_orderevent (order_id, kind, from_status, to_status, reason, at)
SELECT id, 'placed', 'new', status, '', created_at FROM orders_order WHERE number LIKE %(mark)s || '%%' ORDER BY id
"""
PROMISES = """
WITH promised AS (
    INSERT INTO inventory_reservation (order_line_id, bin_id, quantity)
    SELECT l.id, b.id, l.quantity FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
      JOIN inventory_bin b ON b.sku_id = l.sku_id JOIN inventory_warehouse w ON w.id = b.warehouse_id AND w.code = 'W1'
     WHERE o.number LIKE %(mark)s || '%%' ORDER BY l.id
    RETURNING order_line_id, bin_id, quantity), noted AS (
    INSERT INTO inventory_movement (bin_id, kind, on_hand_delta, reserved_delta, order_line_id, reference, reason, at)
    SELECT bin_id, 'reserve', 0, quantity, order_line_id, '', '', now() FROM promised)
UPDATE inventory_bin b SET reserved = reserved + p.quantity
  FROM (SELECT bin_id, sum(quantity) AS quantity FROM promised GROUP BY bin_id) p WHERE b.id = p.bin_id
"""

# ---- the floor: what a walk leaves behind, for orders whose warehouse is known
ANSWERS = """
CREATE TABLE bench_answer AS
SELECT o.id, w.id AS warehouse_id, w.name AS warehouse, row_number() OVER (ORDER BY o.id) AS n
  FROM orders_order o
  JOIN inventory_warehouse w ON w.code = CASE WHEN o.province IN ('浙江省', '上海市') THEN 'W1' ELSE 'W2' END
 WHERE o.number LIKE %(mark)s || '%%';
CREATE UNIQUE INDEX ON bench_answer (n)
"""
FLOOR = [
    """
WITH answer AS (SELECT * FROM bench_answer WHERE n > %(first)s AND n <= %(last)s)
UPDATE orders_order o SET status = 'pending_dispatch', audited_at = %(at)s, warehouse_id = a.warehouse_id
  FROM answer a WHERE o.id = a.id
""",
    """
INSERT INTO orders_orderevent (order_id, kind, from_status, to_status, reason, at)
SELECT a.id, e.kind, e.source, e.target, CASE e.kind WHEN 'routed' THEN a.warehouse ELSE '' END, %(at)s
  FROM bench_answer a CROSS JOIN (VALUES (1, 'audited', '', ''), (2, 'routed', '', ''),
                                         (3, 'moved', 'pending_split', 'pending_dispatch')) e(n, kind, source, target)
 WHERE a.n > %(first)s AND a.n <= %(last)s ORDER BY e.n, a.id
""",
    """
WITH given AS (
    DELETE FROM inventory_reservation r USING bench_answer a, orders_orderline l, inventory_bin b
     WHERE a.n > %(first)s AND a.n <= %(last)s AND l.order_id = a.id AND r.order_line_id = l.id
       AND b.id = r.bin_id AND b.warehouse_id <> a.warehouse_id
    RETURNING r.order_line_id, r.bin_id, r.quantity, b.sku_id, a.warehouse_id), taken AS (
    INSERT INTO inventory_reservation (order_line_id, bin_id, quantity)
    SELECT g.order_line_id, b.id, g.quantity FROM given g
      JOIN inventory_bin b ON b.sku_id = g.sku_id AND b.warehouse_id = g.warehouse_id
    RETURNING order_line_id, bin_id, quantity), change AS (
    SELECT order_line_id, bin_id, -quantity AS quantity FROM given UNION ALL
    SELECT order_line_id, bin_id, quantity FROM taken), noted AS (
    INSERT INTO inventory_movement (bin_id, kind, on_hand_delta, reserved_delta, order_line_id, reference, reason, at)
    SELECT bin_id, CASE WHEN quantity > 0 THEN 'reserve' ELSE 'release' END, 0, quantity, order_line_id, '', '', %(at)s
      FROM change)
UPDATE inventory_bin b SET reserved = reserved + c.quantity
  FROM (SELECT bin_id, sum(quantity) AS quantity FROM change GROUP BY bin_id) c WHERE b.id = c.bin_id
""",
    """
INSERT INTO orders_warehousedocument (number, order_id, warehouse_id, kind, status, lines, item_count, attempts,
    last_error, created_at)
SELECT 'WD' || a.id, a.id, a.warehouse_id, 'ship', 'queued', l.lines, l.items, 0, '', %(at)s
  FROM bench_answer a CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('line', id, 'sku', sku_id, 'quantity', quantity) ORDER BY position) AS lines,
           sum(quantity) AS items FROM orders_orderline WHERE order_id = a.id) l
 WHERE a.n > %(first)s AND a.n <= %(last)s ORDER BY a.id
""",
    """
INSERT INTO orders_walk (order_id, at, stages, stopped_at, reason)
SELECT id, %(at)s, jsonb_build_array(
    jsonb_build_object('stage', 'map', 'result', 'passed'), jsonb_build_object('stage', 'audit', 'result', 'passed'),
    jsonb_build_object('stage', 'route', 'result', warehouse),
    jsonb_build_object('stage', 'confirm', 'result', 'passed'),
    jsonb_build_object('stage', 'dispatch', 'result', 'passed')), '', ''
  FROM bench_answer WHERE n > %(first)s AND n <= %(last)s ORDER BY id
""",
    """
INSERT INTO oms_outboxmessage (topic, key, payload, created_at) VALUES ('orders.dispatch.queued', '1', '{}', %(at)s)
""",
]


def run(sql: str, **params: Any) -> None:
    """One statement; without parameters also several."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)


def make_orders(mark: str, count: int, status: str = "pending_split", *, first: int = 1) -> None:
    """``count`` paid orders whose numbers begin with ``mark``; those still to walk have their stock promised."""
    run(ORDERS, mark=mark, status=status, first=first, last=first + count - 1)
    run(LINES, mark=mark)
    run(EVENTS, mark=mark)
    if status != "closed":
        run(PROMISES, mark=mark)


def settle() -> None:
    """Statistics and visibility as after a quiet hour."""
    run("VACUUM ANALYZE")
