"""What is always true of orders. Each query selects the breaches: reference, fact."""

from __future__ import annotations

from oms.lib.books import Invariant

INVARIANTS = [
    Invariant(
        "order amounts are the sums of their lines",
        """
        SELECT o.number AS reference,
            format('goods %s, discount %s, %s pieces, %s lines', o.goods_amount, o.discount_amount, o.item_count,
                o.line_count) || format('; by lines %s, %s, %s, %s', l.goods, l.discount, l.items, l.lines) AS fact
        FROM orders_order o
        LEFT JOIN (
            SELECT order_id, sum(goods_amount) AS goods, sum(discount + discount_share) AS discount,
                sum(quantity) AS items, count(*) AS lines
            FROM orders_orderline GROUP BY order_id
        ) l ON l.order_id = o.id
        WHERE (o.goods_amount, o.discount_amount, o.item_count, o.line_count) IS DISTINCT FROM
            (coalesce(l.goods, 0), coalesce(l.discount, 0), coalesce(l.items, 0), coalesce(l.lines, 0))
        """,
    ),
    Invariant(
        "payable is goods less discount plus freight",
        """
        SELECT number AS reference,
            format('%s, should be %s', payable, goods_amount - discount_amount + freight) AS fact
        FROM orders_order WHERE payable <> goods_amount - discount_amount + freight
        """,
    ),
    Invariant(
        "an order's status is where its last move led",
        """
        SELECT o.number AS reference,
            format('%s, but the log says %s', o.status, coalesce(e.to_status, 'nothing')) AS fact
        FROM orders_order o
        LEFT JOIN (
            SELECT DISTINCT ON (order_id) order_id, to_status FROM orders_orderevent
            WHERE to_status <> '' ORDER BY order_id, id DESC
        ) e ON e.order_id = o.id
        WHERE e.to_status IS DISTINCT FROM o.status
        """,
    ),
    Invariant(
        "every move begins where the one before ended",
        """
        SELECT o.number AS reference, format('%s → %s after %s', m.from_status, m.to_status, m.before) AS fact
        FROM (
            SELECT order_id, from_status, to_status,
                lag(to_status) OVER (PARTITION BY order_id ORDER BY id) AS before
            FROM orders_orderevent WHERE to_status <> ''
        ) m JOIN orders_order o ON o.id = m.order_id
        WHERE m.before IS NOT NULL AND m.before <> m.from_status
        """,
    ),
    Invariant(
        "no stock is reserved for orders that left or were dropped",
        """
        SELECT o.number AS reference, format('%s, but %s pieces are reserved', o.status, sum(r.quantity)) AS fact
        FROM inventory_reservation r
        JOIN orders_orderline l ON l.id = r.order_line_id
        JOIN orders_order o ON o.id = l.order_id
        WHERE o.status IN ('cancelled', 'invalid', 'shipped', 'signed', 'closed', 'rejected')
        GROUP BY o.id, o.number, o.status
        """,
    ),
    Invariant(
        "no line has more reserved than it wants, nor of another SKU",
        """
        SELECT o.number AS reference, format('line %s wants %s of SKU %s', l.position, l.quantity, l.sku_id) AS fact
        FROM orders_orderline l
        JOIN orders_order o ON o.id = l.order_id
        JOIN (
            SELECT r.order_line_id, sum(r.quantity) AS pieces, min(b.sku_id) AS least, max(b.sku_id) AS most
            FROM inventory_reservation r JOIN inventory_bin b ON b.id = r.bin_id GROUP BY r.order_line_id
        ) r ON r.order_line_id = l.id
        WHERE r.pieces > l.quantity OR l.sku_id IS NULL OR r.least <> l.sku_id OR r.most <> l.sku_id
        """,
    ),
    Invariant(
        "every reservation belongs to a line",
        """
        SELECT r.id AS reference, format('line %s does not exist', r.order_line_id) AS fact
        FROM inventory_reservation r LEFT JOIN orders_orderline l ON l.id = r.order_line_id WHERE l.id IS NULL
        """,
    ),
    Invariant(
        "an order's number is its kind, its day and its id",
        """
        SELECT number AS reference, format('%s, id %s', type, id) AS fact FROM orders_order
        WHERE number !~ '^(SO|RO|RI)[0-9]{6}[0-9]+$'
            OR left(number, 2) <> CASE type WHEN 'sale' THEN 'SO' WHEN 'return' THEN 'RO' ELSE 'RI' END
            OR (length(number) <= 26 AND right(number, -8)::numeric <> id)
        """,
    ),
    Invariant(
        "what was paid is the sum of the payments",
        """
        SELECT o.number AS reference,
            format('%s %s, payments %s', o.payment_status, o.paid_amount, coalesce(p.paid, 0)) AS fact
        FROM orders_order o
        LEFT JOIN (SELECT order_id, sum(amount) AS paid FROM orders_payment GROUP BY order_id) p ON p.order_id = o.id
        WHERE o.paid_amount <> coalesce(p.paid, 0)
            OR (o.payable > 0 AND o.payment_status IN ('unpaid', 'partially_paid', 'paid')
                AND (o.payment_status = 'unpaid') <> (o.paid_amount = 0))
        """,
    ),
]
