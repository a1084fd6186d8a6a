"""Wake-ups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import shared_task
from django.utils import timezone

from interception import queries, services

if TYPE_CHECKING:
    from collections.abc import Sequence


@shared_task(name="interception.recheck", acks_late=True)
def recheck(
    message_id: int | None = None,
    sku_ids: Sequence[int] = (),
    code: str = "",
    order_ids: Sequence[int] = (),
    **_future: object,
) -> None:
    """Run checks again: those citing what changed, or (from the schedule) all that were not looked at for a while."""
    at, codes = timezone.now(), [code] if code else []
    if sku_ids or codes or order_ids:
        services.recheck_citing(at=at, sku_ids=sku_ids, codes=codes, order_ids=order_ids)
        return
    services.close_for_cancelled(order_ids=queries.ended_but_open(), at=at)  # whatever a lost message left behind
    services.recheck_stale(at=at)


@shared_task(name="interception.close_for_cancelled", acks_late=True)
def close_for_cancelled(order_ids: Sequence[int] = (), **_future: object) -> None:
    """Cancelled orders need no decision any more."""
    services.close_for_cancelled(order_ids=order_ids or queries.ended_but_open(), at=timezone.now())
