"""Who listens to which fact, as strings: lower floors write facts without knowing their listeners."""

SUBSCRIPTIONS: dict[str, list[str]] = {
    "orders.intake.stored": ["conveyor.run"],
    "orders.order.released": ["conveyor.run"],
    "orders.order.edited": ["interception.recheck", "conveyor.run"],
    "orders.order.paid": ["conveyor.run"],
    "orders.order.cancelled": ["interception.close_for_cancelled"],
    "orders.dispatch.queued": ["dispatch.send_documents"],
    "inventory.catalog.code_mapped": ["interception.recheck"],
    "inventory.stock.received": ["interception.recheck"],
    "orders.dispatch.shipped": [],
    "hotel.stay_checked_in": [],
    "hotel.stay_checked_out": [],
    "hotel.stay_cancelled": [],
    "hotel.stay_moved": [],
    "hotel.stay_restored": [],
    "hotel.stay_reversed": [],
    "hotel.audit_done": [],
    "hotel.audit_reversed": [],
}
