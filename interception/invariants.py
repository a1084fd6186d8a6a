"""What must be true of holds and interceptions at any moment."""

from oms.lib.books import Invariant

# Cancelling is a fact told through the outbox: its interceptions end a moment later.
SETTLED = """NOT EXISTS (
    SELECT FROM oms_outboxmessage m WHERE m.published_at IS NULL AND m.topic = 'orders.order.cancelled')"""

INVARIANTS = [
    Invariant(
        "an order's hold is the most severe of its open interceptions",
        f"""SELECT o.number AS reference, o.hold || ' instead of ' || w.hold AS fact
              FROM orders_order o
              JOIN (SELECT o.id, CASE WHEN bool_or(i.kind = 'rollback') THEN 'rollback'
                                      WHEN bool_or(i.kind = 'system') THEN 'system'
                                      WHEN bool_or(i.kind = 'review') THEN 'review' ELSE 'none' END AS hold
                      FROM orders_order o
                      LEFT JOIN interception_interception i ON i.order_id = o.id AND i.status = 'open'
                     GROUP BY o.id) w ON w.id = o.id
             WHERE o.hold <> w.hold AND NOT (o.status = 'cancelled' AND NOT {SETTLED})""",
    ),
    Invariant(
        "an order that has left the game has no open interception",
        f"""SELECT o.number AS reference, i.check_code || ' is open, the order ' || o.status AS fact
              FROM interception_interception i JOIN orders_order o ON o.id = i.order_id
             WHERE i.status = 'open' AND o.status IN ('shipped', 'signed', 'closed', 'cancelled', 'rejected', 'invalid')
               AND {SETTLED}""",
    ),
    Invariant(
        "one open interception per order and check",
        """SELECT o.number AS reference, i.check_code || ' × ' || count(*) AS fact
             FROM interception_interception i JOIN orders_order o ON o.id = i.order_id
            WHERE i.status = 'open' GROUP BY o.number, i.check_code HAVING count(*) > 1""",
    ),
]
