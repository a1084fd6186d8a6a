"""What interception adds to the conveyor: audit, and the checks that need a route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from interception.checks.base import AUDIT, CONFIRM
from interception.registry import checks_of
from interception.services import Finding, intercept
from orders.conveyor.labels import BETWEEN

if TYPE_CHECKING:
    from collections.abc import Collection

    from orders.conveyor.batch import Batch


class _Gate:
    """Runs a stage's checks over the chunk. Looks first, and locks only the suspects, to look again.

    What changes between the look and the dispatch is caught by the order's version at the next lock.
    """

    name: str

    def run(self, batch: Batch) -> None:
        """One query per check; who fails is intercepted and leaves."""
        suspects = sorted({finding.order_id for finding in findings(self.name, batch.order_ids)})
        if suspects:
            with transaction.atomic():
                part = batch.part(suspects)
                part.lock()
                _stop(part, findings(self.name, part.order_ids))
            batch.merge(part)


class Audit(_Gate):
    """Every audit check; who passes is audited, stamped with the next update of its row."""

    name = AUDIT

    def run(self, batch: Batch) -> None:
        """Check, and mark the others."""
        super().run(batch)
        batch.audited = set(batch.order_ids)


class Confirm(_Gate):
    """The checks that need a route."""

    name = CONFIRM


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
        batch.take_out(order_id, BETWEEN.join(codes))
