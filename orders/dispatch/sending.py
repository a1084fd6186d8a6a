"""The way to the warehouse: what waits is handed to gateways, and their answers become commands.

The gateway is called outside any transaction: a slow warehouse holds no lock, and a crash between the call and its
answer only means that the document is sent again under the same number.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from django.db.models import Q

from inventory.catalog.models import Sku
from orders.dispatch.gateways.base import Answer, Consignment, GatewayUnreachable, gateway_named
from orders.dispatch.models import WarehouseDocument
from orders.dispatch.services import Failure, accept_documents, answer_voids, fail_documents
from orders.dispatch.states import DocumentStatus
from orders.order.states import Hold

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from orders.dispatch.gateways.base import WarehouseGateway

log = logging.getLogger(__name__)
AT_ONCE = 500
RECEIVER = ("receiver_name", "receiver_phone", "country", "province", "city", "district", "address", "postcode")


@dataclass
class Sent:
    """How many documents warehouses took, refused, and gave back."""

    accepted: int = 0
    failed: int = 0
    voided: int = 0
    seen: set[int] = field(default_factory=set, repr=False)


def send_waiting(*, clock: Callable[[], dt.datetime], most: int = 20_000) -> Sent:
    """Send everything that is due, ``AT_ONCE`` at a time, each document at most once per call."""
    sent = Sent()
    while len(sent.seen) < most:
        documents = _due(clock(), sent.seen)
        if not documents:
            break
        sent.seen |= {document.pk for document in documents}
        for (name, status), group in groupby(documents, key=lambda d: (d.warehouse.gateway, d.status == _VOIDING)):
            batch = consignments(list(group))
            (_call_back if status else _hand_over)(gateway_named(name), batch, sent, clock)
    return sent


_VOIDING = DocumentStatus.VOIDING


def _due(at: dt.datetime, seen: set[int]) -> list[WarehouseDocument]:
    due = Q(status__in=[DocumentStatus.QUEUED, _VOIDING]) | Q(status=DocumentStatus.FAILED, next_attempt_at__lte=at)
    waiting = WarehouseDocument.objects.filter(due, order__hold=Hold.NONE, pk__gt=max(seen, default=0))
    documents = list(waiting.select_related("order", "warehouse", "courier").order_by("pk")[:AT_ONCE])
    return sorted(documents, key=lambda d: (d.warehouse.gateway, d.status == _VOIDING, d.pk))


def consignments(documents: Sequence[WarehouseDocument]) -> list[Consignment]:
    """Documents as gateways see them. One query."""
    sku_ids = {line["sku"] for document in documents for line in document.lines}
    codes = dict(Sku.objects.filter(pk__in=sku_ids).values_list("pk", "code"))
    return [
        Consignment(
            document_id=document.pk,
            number=document.number,
            order_number=document.order.number,
            warehouse_code=document.warehouse.code,
            courier_code=document.courier.code if document.courier else "",
            receiver={name: getattr(document.order, name) for name in RECEIVER},
            lines=tuple((codes[line["sku"]], line["quantity"]) for line in document.lines),
        )
        for document in documents
    ]


def _answers(call: Callable[[Sequence[Consignment]], list[Answer]], batch: Sequence[Consignment]) -> list[Answer]:
    try:
        return call(batch)
    except GatewayUnreachable as failure:
        return [Answer(consignment.document_id, str(failure) or type(failure).__name__) for consignment in batch]


def _hand_over(
    gateway: WarehouseGateway, batch: Sequence[Consignment], sent: Sent, clock: Callable[[], dt.datetime]
) -> None:
    answers = _answers(gateway.send, batch)
    accept_documents(document_ids=[answer.document_id for answer in answers if answer.agreed], at=clock())
    failures = _failures(answers)
    fail_documents(failures=failures, at=clock())
    sent.accepted += len(answers) - len(failures)
    sent.failed += len(failures)
    if failures:
        log.warning("%s documents were not taken; the first: %s", len(failures), failures[0].message)


def _call_back(
    gateway: WarehouseGateway, batch: Sequence[Consignment], sent: Sent, clock: Callable[[], dt.datetime]
) -> None:
    answers = _answers(gateway.void, batch)
    agreed = [answer.document_id for answer in answers if answer.agreed]
    answer_voids(agreed=agreed, refused=_failures(answers), at=clock())
    sent.voided += len(agreed)


def _failures(answers: Sequence[Answer]) -> list[Failure]:
    return [Failure(answer.document_id, answer.error, answer.permanent) for answer in answers if not answer.agreed]
