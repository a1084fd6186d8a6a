"""How documents are locked, and how their moves are told in their orders' logs. Below all commands of the room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.dispatch.models import WarehouseDocument
from orders.dispatch.refusals import DocumentMoved
from orders.order.moves import Event, lock_orders, log_events
from orders.order.states import EventKind

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable

    from oms.staff.models import Staff


def lock_documents(document_ids: Collection[int], *, kind: str | None = None) -> list[WarehouseDocument]:
    """The documents with their orders, both locked, orders first, each by primary key. Unknown ids are left out."""
    documents = WarehouseDocument.objects.filter(pk__in=document_ids)
    if kind is not None:
        documents = documents.filter(kind=kind)
    orders = {order.pk: order for order in lock_orders(list(documents.values_list("order_id", flat=True)))}
    locked = list(documents.order_by("pk").select_for_update(no_key=True))
    for document in locked:
        document.order = orders[document.order_id]
    return locked


def wrong_status(document: WarehouseDocument) -> DocumentMoved:
    """Why nothing is done: the document stands elsewhere."""
    return DocumentMoved(number=document.number, status=str(document.get_status_display()))


def log_documents(documents: Iterable[WarehouseDocument], *, to: str, by: Staff | None, at: dt.datetime) -> None:
    """Say in the orders' logs that their documents went to ``to``, where the orders themselves did not move."""
    told = [
        Event(document.order_id, EventKind.MOVED, data={"document": document.number, "status": str(to)})
        for document in documents
    ]
    log_events(events=told, by=by, at=at)
