"""What must always be true of documents."""

from oms.lib.books import Invariant

INVARIANTS = [
    Invariant(
        "an order waits for shipment exactly while its document is at the warehouse",
        """
        SELECT o.number AS reference, o.status || ', document ' || coalesce(d.status, 'none') AS fact
        FROM orders_order o
        FULL JOIN (SELECT * FROM orders_warehousedocument WHERE status <> 'voided') d ON d.order_id = o.id
        WHERE (o.status = 'pending_shipment') IS DISTINCT FROM
            (d.status IS NOT NULL AND d.status IN ('accepted', 'picking', 'packed', 'voiding'))
        """,
    ),
    Invariant(
        "an order waits for dispatch exactly while its document is on the way to the warehouse",
        """
        SELECT o.number AS reference, o.status || ', document ' || coalesce(d.status, 'none') AS fact
        FROM orders_order o
        FULL JOIN (SELECT * FROM orders_warehousedocument WHERE status <> 'voided') d ON d.order_id = o.id
        WHERE (o.status = 'pending_dispatch') IS DISTINCT FROM
            (d.status IS NOT NULL AND d.status IN ('queued', 'failed'))
        """,
    ),
    Invariant(
        "an order has left exactly if its document has shipped, from the warehouse that it names",
        """
        SELECT o.number AS reference, o.status || ', document ' || coalesce(d.number, 'none') AS fact
        FROM orders_order o
        LEFT JOIN orders_warehousedocument d ON d.order_id = o.id AND d.status = 'shipped'
        WHERE (o.type <> 'return') AND (
            (o.status IN ('shipped', 'signed', 'closed', 'rejected')) <> (d.id IS NOT NULL)
            OR (d.id IS NOT NULL AND (o.shipped_from_id, o.shipped_at) IS DISTINCT FROM (d.warehouse_id, d.shipped_at)))
        """,
    ),
    Invariant(
        "a shipped document has parcels, and only a shipped one has",
        """
        SELECT d.number AS reference, d.status || ', parcels ' || count(p.id) AS fact
        FROM orders_warehousedocument d LEFT JOIN orders_parcel p ON p.document_id = d.id
        GROUP BY d.id HAVING (d.status = 'shipped') <> (count(p.id) > 0)
        """,
    ),
    Invariant(
        "what has left is promised to nobody any more",
        """
        SELECT o.number AS reference, r.quantity || ' still reserved' AS fact
        FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
        JOIN inventory_reservation r ON r.order_line_id = l.id
        WHERE o.status IN ('shipped', 'signed', 'closed', 'rejected')
        """,
    ),
    Invariant(
        "what left the stock is what the document says, from its warehouse",
        """
        WITH said AS (
            SELECT (line ->> 'line')::bigint AS line_id, d.warehouse_id, sum((line ->> 'quantity')::int) AS pieces,
                min(d.number) AS number
            FROM orders_warehousedocument d, jsonb_array_elements(d.lines) line
            WHERE d.status = 'shipped' GROUP BY 1, 2
        ), left_stock AS (
            SELECT m.order_line_id AS line_id, b.warehouse_id, -sum(m.on_hand_delta) AS pieces
            FROM inventory_movement m JOIN inventory_bin b ON b.id = m.bin_id
            WHERE m.kind = 'ship' GROUP BY 1, 2
        )
        SELECT coalesce(said.number, 'line ' || left_stock.line_id) AS reference,
            'document ' || coalesce(said.pieces, 0) || ', stock ' || coalesce(left_stock.pieces, 0) AS fact
        FROM said FULL JOIN left_stock USING (line_id, warehouse_id)
        WHERE coalesce(said.pieces, 0) <> coalesce(left_stock.pieces, 0) AND coalesce(line_id, 0) > 0
        """,
    ),
    Invariant(
        "a document tells of its lines as the order has them",
        """
        SELECT d.number AS reference, 'lines differ from the order' AS fact
        FROM orders_warehousedocument d
        WHERE d.status <> 'voided' AND d.lines IS DISTINCT FROM (
            SELECT jsonb_agg(jsonb_build_object('line', l.id, 'sku', l.sku_id, 'quantity', l.quantity)
                ORDER BY l.position)
            FROM orders_orderline l WHERE l.order_id = d.order_id)
        """,
    ),
    Invariant(
        "a voided document says when",
        """
        SELECT number AS reference, status AS fact FROM orders_warehousedocument
        WHERE (status = 'voided') <> (voided_at IS NOT NULL)
        """,
    ),
]
