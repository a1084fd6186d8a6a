"""Packing: the goods are in the parcel, and the document stays put unless somebody unpacks it. Part of the services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from orders.dispatch.models import WarehouseDocument
from orders.dispatch.queries import lines_short
from orders.dispatch.refusals import DocumentHeld, DocumentMoved, DocumentNotFound, DocumentShort
from orders.dispatch.states import DocumentKind, DocumentStatus
from orders.order.moves import lock_orders

if TYPE_CHECKING:
    from collections.abc import Collection

    from oms.lib.errors import DomainError

_S = DocumentStatus
PACKABLE = frozenset({_S.ACCEPTED, _S.PICKING})


@transaction.atomic
def pack_documents(*, document_ids: Collection[int]) -> dict[int, DomainError | None]:
    """The goods of these documents lie in their parcels: a cancel or an edit is refused until somebody unpacks.

    None or the refusal per document: unknown, not to pick now, order held, goods not reserved here. Locks orders, then
    documents. Five statements for the set.
    """
    documents = _locked(document_ids)
    short = lines_short(documents)
    answers: dict[int, DomainError | None] = {pk: DocumentNotFound(reference=pk) for pk in document_ids}
    for document in documents:
        answers[document.pk] = _refusal(document, short.get(document.pk, 0))
    packed = [document.pk for document in documents if answers[document.pk] is None]
    WarehouseDocument.objects.filter(pk__in=packed).update(status=_S.PACKED)
    return answers


@transaction.atomic
def unpack_documents(*, document_ids: Collection[int]) -> dict[int, DomainError | None]:
    """The parcels are open again, their documents being picked. Locks orders, then documents."""
    answers: dict[int, DomainError | None] = {pk: DocumentNotFound(reference=pk) for pk in document_ids}
    for document in _locked(document_ids):
        answers[document.pk] = None if document.status == _S.PACKED else _moved(document)
    unpacked = [pk for pk, refusal in answers.items() if refusal is None]
    WarehouseDocument.objects.filter(pk__in=unpacked).update(status=_S.PICKING)
    return answers


def _locked(document_ids: Collection[int]) -> list[WarehouseDocument]:
    documents = WarehouseDocument.objects.filter(pk__in=document_ids, kind=DocumentKind.SHIP)
    orders = {order.pk: order for order in lock_orders(list(documents.values_list("order_id", flat=True)))}
    locked = list(documents.order_by("pk").select_for_update(no_key=True))
    for document in locked:
        document.order = orders[document.order_id]
    return locked


def _refusal(document: WarehouseDocument, short: int) -> DomainError | None:
    if document.status not in PACKABLE:
        return _moved(document)
    if document.order.is_held:
        return DocumentHeld(order=document.order.number)
    return DocumentShort(number=document.number, short=short) if short else None


def _moved(document: WarehouseDocument) -> DocumentMoved:
    return DocumentMoved(number=document.number, status=str(document.get_status_display()))
