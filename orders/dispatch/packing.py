"""Packing: the goods are in the parcel, and the document stays put unless somebody unpacks it. Part of the services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from orders.dispatch.models import WarehouseDocument
from orders.dispatch.moves import lock_documents, log_documents, wrong_status
from orders.dispatch.queries import lines_short
from orders.dispatch.refusals import DocumentHeld, DocumentNotFound, DocumentShort
from orders.dispatch.states import DocumentKind, DocumentStatus

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from oms.lib.errors import DomainError
    from oms.staff.models import Staff

_S = DocumentStatus
PACKABLE = frozenset({_S.ACCEPTED, _S.PICKING})


@transaction.atomic
def pack_documents(
    *, document_ids: Collection[int], by: Staff | None, at: dt.datetime
) -> dict[int, DomainError | None]:
    """The goods of these documents lie in their parcels: a cancel or an edit is refused until somebody unpacks.

    None or the refusal per document: unknown, not to pick now, order held, goods not reserved here. Locks orders, then
    documents. Six statements for the set.
    """
    documents = lock_documents(document_ids, kind=DocumentKind.SHIP)
    short = lines_short(documents)
    answers: dict[int, DomainError | None] = {pk: DocumentNotFound(reference=pk) for pk in document_ids}
    answers |= {document.pk: _refusal(document, short.get(document.pk, 0)) for document in documents}
    _move([document for document in documents if answers[document.pk] is None], to=_S.PACKED, by=by, at=at)
    return answers


@transaction.atomic
def unpack_documents(
    *, document_ids: Collection[int], by: Staff | None, at: dt.datetime
) -> dict[int, DomainError | None]:
    """The parcels are open again, their documents being picked. Locks orders, then documents."""
    documents = lock_documents(document_ids, kind=DocumentKind.SHIP)
    answers: dict[int, DomainError | None] = {pk: DocumentNotFound(reference=pk) for pk in document_ids}
    answers |= {d.pk: None if d.status == _S.PACKED else wrong_status(d) for d in documents}
    _move([document for document in documents if answers[document.pk] is None], to=_S.PICKING, by=by, at=at)
    return answers


def _move(documents: Sequence[WarehouseDocument], *, to: str, by: Staff | None, at: dt.datetime) -> None:
    WarehouseDocument.objects.filter(pk__in=[document.pk for document in documents]).update(status=to)
    log_documents(documents, to=to, by=by, at=at)


def _refusal(document: WarehouseDocument, short: int) -> DomainError | None:
    if document.status not in PACKABLE:
        return wrong_status(document)
    if document.order.is_held:
        return DocumentHeld(order=document.order.number)
    return DocumentShort(number=document.number, short=short) if short else None
