"""The SQL of the stock ledger.

Every statement locks its bins first, in primary-key order, FOR NO KEY UPDATE (a foreign key's check, which only needs
the bin to exist, does not wait): two commands never wait for each other in a circle. The bins' CHECK stands behind it.
Under READ COMMITTED a row that had to be waited for is read again in its newest version, and the UPDATE adds to that.
Arrays go in as one text literal: they are parsed as one constant, and the planner knows their length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def int_array(values: Iterable[int | None]) -> str:
    """A PostgreSQL array literal."""
    return "{" + repr(list(values))[1:-1].replace("None", "NULL") + "}"  # one call for thousands of values


# Demand and supply lie as intervals on one number line per SKU; where they overlap is a reservation. Pass 1: each
# channel against its own fences; pass 2: what is left against the shared bins. `got` names a bin once per line.
RESERVE = """
WITH want AS (
    SELECT * FROM unnest(%(lines)s::bigint[], %(channels)s::bigint[], %(skus)s::bigint[], %(quantities)s::int[])
                  WITH ORDINALITY AS t(line_id, channel_id, sku_id, qty, pos)),
locked AS MATERIALIZED (
    SELECT b.id, b.channel_id, b.sku_id, b.warehouse_id, b.on_hand - b.reserved AS free
      FROM inventory_bin b
     WHERE b.sku_id = ANY (%(sku_set)s::bigint[])
       AND (b.channel_id IS NULL OR b.channel_id = ANY (%(channel_set)s::bigint[]))
     ORDER BY b.id FOR NO KEY UPDATE),
supply AS MATERIALIZED (
    SELECT l.*, w.priority FROM locked l JOIN inventory_warehouse w ON w.id = l.warehouse_id
     WHERE w.is_active AND l.free > 0),
d1 AS (SELECT *, sum(qty) OVER w - qty AS lo, sum(qty) OVER w AS hi
         FROM want WHERE channel_id IS NOT NULL WINDOW w AS (PARTITION BY channel_id, sku_id ORDER BY pos)),
s1 AS (SELECT id, channel_id, sku_id, sum(free) OVER w - free AS lo, sum(free) OVER w AS hi
         FROM supply WHERE channel_id IS NOT NULL
       WINDOW w AS (PARTITION BY channel_id, sku_id ORDER BY priority, warehouse_id)),
m1 AS (SELECT d.line_id, d.sku_id, s.id AS bin_id, least(d.hi, s.hi) - greatest(d.lo, s.lo) AS qty
         FROM d1 d JOIN s1 s USING (channel_id, sku_id) WHERE least(d.hi, s.hi) > greatest(d.lo, s.lo)),
fenced AS (SELECT line_id, sku_id, sum(qty)::int AS qty FROM m1 GROUP BY line_id, sku_id),
rest AS (SELECT w.line_id, w.sku_id, w.pos, w.qty - coalesce(f.qty, 0) AS qty
           FROM want w LEFT JOIN fenced f USING (line_id, sku_id) WHERE w.qty > coalesce(f.qty, 0)),
d2 AS (SELECT *, sum(qty) OVER w - qty AS lo, sum(qty) OVER w AS hi FROM rest
       WINDOW w AS (PARTITION BY sku_id ORDER BY pos)),
s2 AS (SELECT id, sku_id, sum(free) OVER w - free AS lo, sum(free) OVER w AS hi
         FROM supply WHERE channel_id IS NULL
       WINDOW w AS (PARTITION BY sku_id ORDER BY priority, warehouse_id)),
m2 AS (SELECT d.line_id, d.sku_id, s.id AS bin_id, least(d.hi, s.hi) - greatest(d.lo, s.lo) AS qty
         FROM d2 d JOIN s2 s USING (sku_id) WHERE least(d.hi, s.hi) > greatest(d.lo, s.lo)),
got AS MATERIALIZED (SELECT line_id, bin_id, qty::int AS qty FROM m1
                     UNION ALL SELECT line_id, bin_id, qty::int FROM m2),
res AS (INSERT INTO inventory_reservation AS r (order_line_id, bin_id, quantity)
        SELECT line_id, bin_id, qty FROM got
        ON CONFLICT (order_line_id, bin_id) DO UPDATE SET quantity = r.quantity + excluded.quantity),
mov AS (INSERT INTO inventory_movement
            (bin_id, kind, on_hand_delta, reserved_delta, order_line_id, reference, reason, by_id, at)
        SELECT bin_id, 'reserve', 0, qty, line_id,
               left(coalesce(%(references)s::jsonb ->> line_id::text, %(reference)s), 60), '', %(by)s, %(at)s FROM got),
upd AS (UPDATE inventory_bin b SET reserved = b.reserved + g.qty
          FROM (SELECT bin_id, sum(qty)::int AS qty FROM got GROUP BY bin_id) g WHERE b.id = g.bin_id)
SELECT r.line_id, (r.qty - coalesce(m.qty, 0))::int
  FROM rest r LEFT JOIN (SELECT line_id, sku_id, sum(qty)::int AS qty FROM m2 GROUP BY line_id, sku_id) m
       USING (line_id, sku_id)
 WHERE r.qty > coalesce(m.qty, 0) ORDER BY r.pos
"""

# What is free, per SKU and channel, once locked: every fence, for other channels' demands may follow.
LOCK_FREE = """
WITH locked AS MATERIALIZED (
    SELECT b.sku_id, b.channel_id, b.on_hand - b.reserved AS free
      FROM inventory_bin b JOIN inventory_warehouse w ON w.id = b.warehouse_id
     WHERE b.sku_id = ANY (%(sku_set)s::bigint[]) AND w.is_active ORDER BY b.id FOR NO KEY UPDATE OF b)
SELECT sku_id, channel_id, sum(free)::int FROM locked GROUP BY sku_id, channel_id
"""

# Promises end: released (shipped = 0) or fulfilled (shipped = 1).
END_PROMISES = """
WITH held AS (SELECT DISTINCT bin_id FROM inventory_reservation WHERE order_line_id = ANY (%(lines)s::bigint[])),
locked AS MATERIALIZED (
    SELECT b.id FROM inventory_bin b WHERE b.id IN (SELECT bin_id FROM held) ORDER BY b.id FOR NO KEY UPDATE),
gone AS (DELETE FROM inventory_reservation r USING locked l
          WHERE r.bin_id = l.id AND r.order_line_id = ANY (%(lines)s::bigint[])
      RETURNING r.order_line_id, r.bin_id, r.quantity),
mov AS (INSERT INTO inventory_movement
            (bin_id, kind, on_hand_delta, reserved_delta, order_line_id, reference, reason, by_id, at)
        SELECT bin_id, %(kind)s, -quantity * %(shipped)s, -quantity, order_line_id,
            left(coalesce(%(references)s::jsonb ->> order_line_id::text, %(reference)s), 60), '', %(by)s, %(at)s
          FROM gone),
upd AS (UPDATE inventory_bin b SET reserved = b.reserved - g.qty, on_hand = b.on_hand - g.qty * %(shipped)s
          FROM (SELECT bin_id, sum(quantity)::int AS qty FROM gone GROUP BY bin_id) g WHERE b.id = g.bin_id)
SELECT order_line_id, sum(quantity)::int FROM gone GROUP BY order_line_id
"""

# The bins from which promises could leave and into which they could go, in one lock.
LOCK_FOR_TARGETS = """
WITH want AS (SELECT DISTINCT sku_id, warehouse_id
                FROM unnest(%(skus)s::bigint[], %(warehouses)s::bigint[]) AS t(sku_id, warehouse_id)),
touched AS (SELECT b.id FROM want JOIN inventory_bin b USING (sku_id, warehouse_id)
             WHERE b.channel_id IS NULL OR b.channel_id = ANY (%(channel_set)s::bigint[])
            UNION SELECT bin_id FROM inventory_reservation WHERE order_line_id = ANY (%(lines)s::bigint[]))
SELECT b.id, b.sku_id, b.warehouse_id, b.channel_id,
       CASE WHEN w.is_active THEN b.on_hand - b.reserved ELSE 0 END
  FROM inventory_bin b JOIN inventory_warehouse w ON w.id = b.warehouse_id
 WHERE b.id IN (SELECT id FROM touched) ORDER BY b.id FOR NO KEY UPDATE OF b
"""
HELD = """
SELECT order_line_id, bin_id, quantity FROM inventory_reservation
 WHERE order_line_id = ANY (%(lines)s::bigint[]) ORDER BY order_line_id, bin_id
"""
MOVE_PROMISES = """
WITH take AS (SELECT * FROM unnest(%(take_lines)s::bigint[], %(take_bins)s::bigint[], %(take_quantities)s::int[])
                            AS t(line_id, bin_id, qty)),
give AS (SELECT * FROM unnest(%(give_lines)s::bigint[], %(give_bins)s::bigint[], %(give_quantities)s::int[])
                       AS t(line_id, bin_id, qty)),
-- The array on its own condition: joined to unnest() alone, the planner reads the whole table.
gone AS (DELETE FROM inventory_reservation r USING take t
          WHERE r.order_line_id = ANY (%(take_lines)s::bigint[])
            AND r.order_line_id = t.line_id AND r.bin_id = t.bin_id),
res AS (INSERT INTO inventory_reservation AS r (order_line_id, bin_id, quantity) SELECT line_id, bin_id, qty FROM give
        ON CONFLICT (order_line_id, bin_id) DO UPDATE SET quantity = r.quantity + excluded.quantity),
both_ways AS (SELECT line_id, bin_id, -qty AS qty FROM take UNION ALL SELECT line_id, bin_id, qty FROM give),
mov AS (INSERT INTO inventory_movement
            (bin_id, kind, on_hand_delta, reserved_delta, order_line_id, reference, reason, by_id, at)
        SELECT bin_id, CASE WHEN qty < 0 THEN 'release' ELSE 'reserve' END, 0, qty, line_id,
               left(coalesce(%(references)s::jsonb ->> line_id::text, %(reference)s), 60), '',
               %(by)s, %(at)s FROM both_ways ORDER BY line_id, qty)
UPDATE inventory_bin b SET reserved = b.reserved + g.qty
  FROM (SELECT bin_id, sum(qty)::int AS qty FROM both_ways GROUP BY bin_id) g WHERE b.id = g.bin_id
"""

# Bins that are not there yet. Sorted, so that two receipts of the same new goods wait instead of deadlocking.
MAKE_BINS = """
INSERT INTO inventory_bin (sku_id, warehouse_id, channel_id, on_hand, reserved)
SELECT DISTINCT sku_id, warehouse_id, channel_id, 0, 0
  FROM unnest(%(skus)s::bigint[], %(warehouses)s::bigint[], %(channels)s::bigint[])
       AS t(sku_id, warehouse_id, channel_id)
 WHERE NOT EXISTS (SELECT FROM inventory_bin b WHERE b.sku_id = t.sku_id AND b.warehouse_id = t.warehouse_id
                                               AND b.channel_id IS NOT DISTINCT FROM t.channel_id)
 ORDER BY sku_id, warehouse_id, channel_id
ON CONFLICT DO NOTHING
"""
LOCK_PLACES = """
WITH place AS (SELECT DISTINCT * FROM unnest(%(skus)s::bigint[], %(warehouses)s::bigint[], %(channels)s::bigint[])
                                      AS t(sku_id, warehouse_id, channel_id))
SELECT b.id, b.sku_id, b.warehouse_id, b.channel_id, b.on_hand - b.reserved
  FROM inventory_bin b
 WHERE b.id IN (SELECT x.id FROM place p JOIN inventory_bin x
                    ON x.sku_id = p.sku_id AND x.warehouse_id = p.warehouse_id
                   AND x.channel_id IS NOT DISTINCT FROM p.channel_id)
 ORDER BY b.id FOR NO KEY UPDATE
"""
CHANGE_ON_HAND = """
WITH change AS (SELECT * FROM unnest(%(bins)s::bigint[], %(deltas)s::int[], %(kinds)s::text[])
                              WITH ORDINALITY AS t(bin_id, delta, kind, pos)),
mov AS (INSERT INTO inventory_movement (bin_id, kind, on_hand_delta, reserved_delta, reference, reason, by_id, at)
        SELECT bin_id, kind, delta, 0, %(reference)s, %(reason)s, %(by)s, %(at)s FROM change ORDER BY pos)
UPDATE inventory_bin b SET on_hand = b.on_hand + g.delta
  FROM (SELECT bin_id, sum(delta)::int AS delta FROM change GROUP BY bin_id) g WHERE b.id = g.bin_id
"""
LOCK_BEFORE = """
SELECT b.id FROM inventory_bin b
 WHERE b.sku_id = ANY (%(sku_set)s::bigint[])
    OR b.id IN (SELECT bin_id FROM inventory_reservation WHERE order_line_id = ANY (%(lines)s::bigint[]))
 ORDER BY b.id FOR NO KEY UPDATE
"""
