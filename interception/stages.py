"""What interception adds to the conveyor: audit, and the checks that need a route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from interception.checks.base import AUDIT, CONFIRM
from interception.registry import checks_of
from interception.services import Finding, intercept

if TYPE_CHECKING:
    from collections.abc import Collection

    from orders.conveyor.batch import Batch

# An order that walks again after a crash is not audited twice; one that was held is: its stamp was taken back.
AUDITED = """
WITH audited AS (
    UPDATE orders_order SET audited_at = %(at)s WHERE id = ANY(%(orders)s) AND audited_at IS NULL RETURNING id)
INSERT INTO orders_orderevent (order_id, kind, from_status, to_status, reason, data, by_id, at)
SELECT id, 'audited', '', '', '', NULL, NULL, %(at)s FROM audited ORDER BY id
"""


class Audit:
    """Runs every audit check over the chunk; who fails is intercepted and leaves, the others are audited."""

    name = AUDIT

    def run(self, batch: Batch) -> None:
        """One query per check, one statement for those that pass."""
        with transaction.atomic():
            batch.lock()
            _stop(batch, findings(AUDIT, batch.order_ids))
            with connection.cursor() as cursor:
                cursor.execute(AUDITED, {"orders": batch.order_ids, "at": batch.at})


class Confirm:
    """The same with the checks that need a route; locks only if one of them finds something."""

    name = CONFIRM

    def run(self, batch: Batch) -> None:
        """Look, and only if there is something, lock and look again."""
        suspects = sorted({finding.order_id for finding in findings(CONFIRM, batch.order_ids)})
        if not suspects:
            return
        with transaction.atomic():
            part = batch.part(suspects)
            part.lock()
            _stop(part, findings(CONFIRM, part.order_ids))
        batch.merge(part)


def findings(stage: str, order_ids: Collection[int]) -> list[Finding]:
    """What the stage's checks find on these orders."""
    return [
        Finding(order_id, check.code, evidence)
        for check in checks_of(stage)
        for order_id, evidence in check.find(order_ids).items()
    ]


def _stop(batch: Batch, found: list[Finding]) -> None:
    stopped = intercept(findings=found, at=batch.at) if found else {}
    for order_id, codes in stopped.items():
        batch.take_out(order_id, ", ".join(codes))
