"""The last stage: the warehouse is told."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction

from orders.dispatch.services import create_documents

if TYPE_CHECKING:
    from orders.conveyor.batch import Batch

UNROUTED = "unrouted"
NO_DOCUMENT = "no_document"
AGAIN = dt.timedelta(minutes=1)


class Dispatch:
    """Writes a document per routed order; the order then waits for its warehouse, its claim ends with that update."""

    name = "dispatch"

    def run(self, batch: Batch) -> None:
        """Create the documents; what has no warehouse, or already has a document, leaves the walk with the reason."""
        with transaction.atomic():
            routed = {pk for pk, (warehouse,) in batch.lock("warehouse_id").items() if warehouse is not None}
            made = create_documents(order_ids=sorted(routed), at=batch.at, fields={"claimed_until": None})
        for order_id in batch.order_ids:
            if order_id not in made:
                reason = NO_DOCUMENT if order_id in routed else UNROUTED
                batch.take_out(order_id, reason, again_at=batch.at + AGAIN)
        batch.freed |= set(made)
