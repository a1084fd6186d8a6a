"""Documents: making, sending, shipping, voiding. Every command takes a set and answers per document.

Locks: orders, then their documents, then (through inventory) bins; each by primary key.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop

from oms.notices.services import notify
from oms.outbox.services import emit
from orders.dispatch.models import WarehouseDocument
from orders.dispatch.moves import lock_documents, log_documents, wrong_status
from orders.dispatch.queries import default_courier, local_warehouse_ids
from orders.dispatch.refusals import (
    AlreadyPacked,
    AlreadyShipped,
    DocumentHeld,
    DocumentNotFound,
    VoidAsked,
)
from orders.dispatch.shipping import Shipment, ship_documents
from orders.dispatch.states import DocumentStatus, can_move
from orders.dispatch.wishes import Wish, fulfil
from orders.order.models import Order
from orders.order.moves import Event, log_events, move_orders
from orders.order.states import EventKind, Hold, OrderStatus, OrderType

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from oms.lib.errors import DomainError
    from oms.staff.models import Staff

KEPT = gettext_noop("The warehouse keeps the document of %(number)s: %(why)s")
__all__ = [
    "Failure",
    "Shipment",
    "accept_documents",
    "answer_voids",
    "create_documents",
    "fail_documents",
    "mark_printed",
    "resend_documents",
    "ship_documents",
    "void_documents",
]

MOST_ATTEMPTS = 8  # the last one about two hours after the first; then a person looks at it
FIRST_WAIT = dt.timedelta(seconds=30)
LONGEST_WAIT = dt.timedelta(hours=1)
_S = DocumentStatus

_UPSTREAM = {OrderStatus.PENDING_SPLIT, OrderStatus.PENDING_DISPATCH}
CREATE = """
INSERT INTO orders_warehousedocument (id, number, order_id, warehouse_id, kind, status, courier_id, lines, item_count,
    attempts, last_error, created_at)
SELECT id, 'WD' || %(day)s || id, order_id, warehouse_id, kind, 'queued', %(courier)s, lines, items, 0, '', %(at)s
FROM (
    SELECT nextval(pg_get_serial_sequence('orders_warehousedocument', 'id')) AS id, o.id AS order_id, o.warehouse_id,
        CASE o.type WHEN 'return' THEN 'receive' ELSE 'ship' END AS kind, l.lines, l.items
    FROM orders_order o CROSS JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_object('line', id, 'sku', sku_id, 'quantity', quantity) ORDER BY position) lines,
            sum(quantity) AS items
        FROM orders_orderline WHERE order_id = o.id) l
    WHERE o.id = ANY(%(orders)s) AND l.items > 0
    ORDER BY o.id) made
ON CONFLICT (order_id) WHERE NOT (status = 'voided') DO NOTHING
RETURNING order_id, id
"""


@transaction.atomic
def create_documents(
    *, order_ids: Collection[int], at: dt.datetime, fields: Mapping[str, Any] | None = None
) -> dict[int, int]:
    """Write and queue one document per routed order; answer {order id: document id} of those made.

    Takes orders that wait upstream (pending split or pending dispatch, a return also new), are not held, have a
    warehouse, and no live document; the others are left out. Moves them to pending dispatch, ``fields`` set in the
    same update. Locks the orders. Emits orders.dispatch.queued.
    """
    # Whole orders are not needed here, and reading them would be the dearest part of the conveyor's last stage.
    orders = Order.objects.filter(pk__in=order_ids).order_by("pk").select_for_update(no_key=True)
    ready = {
        pk: status
        for pk, status, kind, hold, warehouse_id in orders.values_list("pk", "status", "type", "hold", "warehouse_id")
        if (status in _UPSTREAM or (status == OrderStatus.NEW and kind == OrderType.RETURN))
        and hold == Hold.NONE
        and warehouse_id is not None
    }
    if not ready:
        return {}
    courier = default_courier()
    values = {
        "day": timezone.localtime(at, timezone.get_default_timezone()).strftime("%y%m%d"),
        "courier": courier.pk if courier else None,
        "at": at,
        "orders": list(ready),
    }
    with connection.cursor() as cursor:
        cursor.execute(CREATE, values)
        made: dict[int, int] = dict(cursor.fetchall())
    upstream = [pk for pk in made if ready[pk] != OrderStatus.PENDING_DISPATCH]
    if upstream:
        move_orders(
            order_ids=upstream, to=OrderStatus.PENDING_DISPATCH, by=None, at=at, kind=EventKind.MOVED, fields=fields
        )
    if made:
        emit(topic="orders.dispatch.queued", key=str(min(made.values())), payload={"count": len(made)})
    return made


@transaction.atomic
def accept_documents(*, document_ids: Collection[int], at: dt.datetime) -> dict[int, DomainError | None]:
    """The warehouse took the documents: their orders wait for shipment from now on.

    A held order's document stays queued and is sent again once released (a gateway knows the number again).
    Locks orders, then documents. Answers None per document accepted, now or before, else the refusal.
    """
    answers: dict[int, DomainError | None] = {pk: DocumentNotFound(reference=pk) for pk in document_ids}
    taken = []
    for document in lock_documents(document_ids):
        answers[document.pk] = None
        if document.status == _S.ACCEPTED:
            continue
        if document.status not in {_S.QUEUED, _S.FAILED}:
            answers[document.pk] = wrong_status(document)
        elif document.order.is_held:
            answers[document.pk] = DocumentHeld(order=document.order.number)
        else:
            taken.append(document)
    if taken:
        WarehouseDocument.objects.filter(pk__in=[document.pk for document in taken]).update(
            status=_S.ACCEPTED, accepted_at=at, next_attempt_at=None, last_error=""
        )
        move_orders(
            order_ids=[document.order_id for document in taken],
            to=OrderStatus.PENDING_SHIPMENT,
            by=None,
            at=at,
            kind=EventKind.DISPATCHED,
            fields={"dispatched_at": at},
        )
    return answers


@dataclass(frozen=True)
class Failure:
    """Why a warehouse did not take a document. ``permanent``: trying again is no use."""

    document_id: int
    message: str
    permanent: bool = False


@transaction.atomic
def fail_documents(*, failures: Sequence[Failure], at: dt.datetime) -> None:
    """Note failed attempts; try again after 30 s, 60 s, 2 min … 1 h, eight times.

    A permanent failure, or the eighth, leaves the document failed with no next attempt, until a person resends it.
    Documents that moved on meanwhile are left alone. Locks the documents.
    """
    why = {failure.document_id: failure for failure in failures}
    waiting = WarehouseDocument.objects.filter(pk__in=why, status__in=[_S.QUEUED, _S.FAILED])
    documents = list(waiting.order_by("pk").select_for_update(no_key=True))
    for document in documents:
        failure = why[document.pk]
        document.status = _S.FAILED
        document.attempts += 1
        document.last_error = failure.message[:300]
        wait = min(FIRST_WAIT * 2 ** (document.attempts - 1), LONGEST_WAIT)
        over = failure.permanent or document.attempts >= MOST_ATTEMPTS
        document.next_attempt_at = None if over else at + wait
    WarehouseDocument.objects.bulk_update(documents, ["status", "attempts", "last_error", "next_attempt_at"])


@transaction.atomic
def resend_documents(
    *, document_ids: Collection[int], by: Staff | None, at: dt.datetime
) -> dict[int, DomainError | None]:
    """Queue failed documents again, all attempts before them. Locks the documents. Emits orders.dispatch.queued."""
    answers: dict[int, DomainError | None] = {pk: DocumentNotFound(reference=pk) for pk in document_ids}
    documents = WarehouseDocument.objects.filter(pk__in=document_ids).order_by("pk").select_for_update(no_key=True)
    again = []
    for document in documents:
        answers[document.pk] = None if document.status == _S.FAILED else wrong_status(document)
        if document.status == _S.FAILED:
            again.append(document)
    if again:
        ids = [document.pk for document in again]
        WarehouseDocument.objects.filter(pk__in=ids).update(status=_S.QUEUED, attempts=0, next_attempt_at=None)
        log_documents(again, to=_S.QUEUED, by=by, at=at)
        emit(topic="orders.dispatch.queued", key=str(ids[0]), payload={"count": len(ids)})
    return answers


@transaction.atomic
def mark_printed(*, document_ids: Collection[int], by: Staff, at: dt.datetime) -> None:
    """Paper for these documents is made: stamp the first time, and what waited to be picked is being picked.

    Locks the documents. What moved on meanwhile is left alone.
    """
    documents = WarehouseDocument.objects.filter(pk__in=document_ids)
    locked = list(documents.order_by("pk").select_for_update(no_key=True).only("number", "order_id", "status"))
    documents.filter(printed_at=None).exclude(status=_S.VOIDED).update(printed_at=at)
    begun = [document for document in locked if document.status == _S.ACCEPTED]
    documents.filter(pk__in=[document.pk for document in begun]).update(status=_S.PICKING)
    log_documents(begun, to=_S.PICKING, by=by, at=at)


@transaction.atomic
def void_documents(
    *,
    order_ids: Collection[int],
    by: Staff | None,
    at: dt.datetime,
    reason: str,
    to: str | None = OrderStatus.PENDING_SPLIT,
    wish: Wish | None = None,
) -> dict[int, DomainError | None]:
    """Void the live documents of orders; answer None per order that has none any more, else the refusal.

    Not yet at the warehouse, or at a warehouse that works in OMS: voided at once, and the order moves to ``to``
    (None: the caller moves it in the same transaction). At an outside warehouse: asked to void, VoidAsked; its answer
    comes through `answer_voids`, which then does ``wish``. The last wish counts. What has shipped, or is packed at a
    warehouse that works in OMS, is refused. Locks
    orders, then documents. Reservations stay.
    """
    answers: dict[int, DomainError | None] = dict.fromkeys(order_ids)
    live = WarehouseDocument.objects.filter(order_id__in=order_ids).exclude(status=_S.VOIDED)
    voided, asked = [], []
    documents = lock_documents(list(live.values_list("pk", flat=True)))
    local = local_warehouse_ids({document.warehouse_id for document in documents})
    for document in documents:
        if document.status == _S.VOIDED:
            continue
        if document.status == _S.SHIPPED:
            answers[document.order_id] = AlreadyShipped(number=document.number)
        elif document.status == _S.PACKED and document.warehouse_id in local:
            answers[document.order_id] = AlreadyPacked(number=document.number)
        elif document.status in {_S.QUEUED, _S.FAILED} or document.warehouse_id in local:
            voided.append(document)
        else:
            answers[document.order_id] = VoidAsked(number=document.number)
            asked.append(document.pk)
    WarehouseDocument.objects.filter(pk__in=asked).update(status=_S.VOIDING, wish=wish and wish.kept())
    if asked:
        emit(topic="orders.dispatch.queued", key=str(asked[0]), payload={"count": len(asked)})
    _void(voided, to=to, by=by, at=at, reason=reason)
    return answers


def _void(
    documents: Sequence[WarehouseDocument], *, to: str | None, by: Staff | None, at: dt.datetime, reason: str
) -> None:
    if not documents:
        return
    ids = [document.pk for document in documents]
    WarehouseDocument.objects.filter(pk__in=ids).update(status=_S.VOIDED, voided_at=at, next_attempt_at=None)
    if to is not None:
        order_ids = [document.order_id for document in documents]
        move_orders(order_ids=order_ids, to=to, by=by, at=at, kind=EventKind.MOVED, reason=reason)


@transaction.atomic
def answer_voids(
    *, agreed: Collection[int], refused: Collection[Failure], at: dt.datetime, reason: str = ""
) -> dict[int, DomainError | None]:
    """What an outside warehouse said to being asked for documents back.

    Agreed: voided, the order goes back to pending split, and what was wished is done, or the log says why not. Refused
    for good: the document is to pick as before, with the refusal as its last error, which the log and whoever wished it
    hear; otherwise it is asked again. Locks orders, then documents, and what the wish's command locks.
    """
    why = {failure.document_id: failure for failure in refused}
    documents = lock_documents([*agreed, *why])
    answers: dict[int, DomainError | None] = {}
    for document in documents:
        answers[document.pk] = None if document.status == _S.VOIDING else wrong_status(document)
    waiting = [document for document in documents if document.status == _S.VOIDING]
    back = [document for document in waiting if document.pk in set(agreed)]
    _void(back, to=OrderStatus.PENDING_SPLIT, by=None, at=at, reason=reason)
    for document in back:
        _fulfil(document, at)
    for document in waiting:
        if failure := why.get(document.pk):
            _keep(document, failure, at)
    return answers


def _fulfil(document: WarehouseDocument, at: dt.datetime) -> None:
    if document.wish is None:
        return
    refusal = fulfil(document.order_id, Wish.read(document.wish), at)
    if refusal is not None:
        log_events(events=[Event(document.order_id, EventKind.REMARK, str(refusal)[:300])], by=None, at=at)


def _keep(document: WarehouseDocument, failure: Failure, at: dt.datetime) -> None:
    """The warehouse did not give it back: asked again, or, if it never will, to pick as before."""
    changes: dict[str, Any] = {"last_error": failure.message[:300], "attempts": F("attempts") + 1}
    if failure.permanent and can_move(document.status, _S.ACCEPTED):
        changes |= {"status": _S.ACCEPTED, "wish": None}
        log_events(events=[Event(document.order_id, EventKind.REMARK, failure.message[:300])], by=None, at=at)
        if document.wish and document.wish["by"]:
            notify(
                staff_ids=[document.wish["by"]],
                text=KEPT,
                params={"number": document.order.number, "why": failure.message[:200]},
                url=document.order.get_absolute_url(),
                icon="truck-off",
                at=at,
            )
    WarehouseDocument.objects.filter(pk=document.pk).update(**changes)
