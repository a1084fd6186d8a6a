"""Shipping: parcels leave, stock goes down, orders are shipped. Part of this room's services."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from inventory.stock.services import consume_lines
from oms.outbox.services import emit
from orders.dispatch.models import Courier, Parcel, WarehouseDocument
from orders.dispatch.moves import lock_documents, wrong_status
from orders.dispatch.queries import lines_short
from orders.dispatch.refusals import (
    AlreadyShipped,
    DocumentHeld,
    DocumentNotFound,
    DocumentShort,
    TrackingMalformed,
    TrackingMissing,
    TrackingUsed,
    UnknownCourier,
)
from orders.dispatch.states import SHIPPABLE, DocumentKind, DocumentStatus
from orders.order.moves import move_orders
from orders.order.states import EventKind, OrderStatus

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from oms.lib.errors import DomainError
    from oms.staff.models import Staff


@dataclass(frozen=True)
class Shipment:
    """Parcels of one document leave by one courier. ``weight_g`` is of all parcels together, if known."""

    document_id: int
    courier_id: int
    tracking_nos: tuple[str, ...]
    weight_g: int | None = None


@transaction.atomic
def ship_documents(
    *, shipments: Sequence[Shipment], by: Staff | None, at: dt.datetime
) -> dict[int, DomainError | None]:
    """Ship documents: parcels written, their reserved stock consumed, orders shipped; None or the refusal per document.

    One shipment per document (ValueError otherwise). Refused rows change nothing and stop nobody else: unknown
    document, wrong status, held order, unknown courier, tracking number missing, malformed or used, goods not
    reserved here.
    ``shipped_from`` and ``shipped_at`` of the order are written here and nowhere else.
    Locks orders, documents, bins, in that order. Emits orders.dispatch.shipped.
    """
    wanted = {shipment.document_id: shipment for shipment in shipments}
    if len(wanted) != len(shipments):
        message = "a document twice in one call: join its parcels"
        raise ValueError(message)
    documents = lock_documents(wanted, kind=DocumentKind.SHIP)
    answers: dict[int, DomainError | None] = {pk: DocumentNotFound(reference=pk) for pk in wanted}
    answers |= _refusals(documents, wanted)
    leaving = [document for document in documents if answers[document.pk] is None]
    for pk, refusal in _write_parcels([(document, wanted[document.pk]) for document in leaving]).items():
        answers[pk] = refusal
    leaving = [document for document in leaving if answers[document.pk] is None]
    if leaving:
        _leave(leaving, by=by, at=at)
    return answers


def _refusals(documents: Sequence[WarehouseDocument], wanted: dict[int, Shipment]) -> dict[int, DomainError | None]:
    couriers = {courier.pk: courier for courier in Courier.objects.filter(is_active=True)}
    short = lines_short(documents)
    return {
        document.pk: standing_refusal(document)
        or _short_refusal(document, short.get(document.pk, 0))
        or _tracking_refusal(document, wanted[document.pk], couriers.get(wanted[document.pk].courier_id))
        for document in documents
    }


def standing_refusal(document: WarehouseDocument) -> DomainError | None:
    """Why this document can't be shipped as it stands: gone already, not to pick, or its order held."""
    if document.status == DocumentStatus.SHIPPED:
        return AlreadyShipped(number=document.number)
    if document.status not in SHIPPABLE:
        return wrong_status(document)
    if document.order.is_held:
        return DocumentHeld(order=document.order.number)
    return None


def _short_refusal(document: WarehouseDocument, short: int) -> DomainError | None:
    return DocumentShort(number=document.number, short=short) if short else None


def _tracking_refusal(document: WarehouseDocument, shipment: Shipment, courier: Courier | None) -> DomainError | None:
    if courier is None:
        return UnknownCourier(courier=shipment.courier_id)
    if not shipment.tracking_nos:
        return TrackingMissing(number=document.number)
    if len(set(shipment.tracking_nos)) < len(shipment.tracking_nos):
        return TrackingUsed(tracking_no=shipment.tracking_nos[0])
    for tracking_no in shipment.tracking_nos:
        if not courier.takes(tracking_no):
            return TrackingMalformed(tracking_no=tracking_no, courier=courier.name)
    return None


def _write_parcels(shipments: Sequence[tuple[WarehouseDocument, Shipment]]) -> dict[int, DomainError]:
    """Insert the parcels; refuse documents of which a number is taken, by this call or by anybody at the same time."""
    refused: dict[int, DomainError] = {}
    claimed: set[tuple[int, str]] = set()
    parcels = []
    for document, shipment in shipments:
        numbers = [(shipment.courier_id, tracking_no) for tracking_no in shipment.tracking_nos]
        used = next((number for number in numbers if number in claimed), None)
        if used:
            refused[document.pk] = TrackingUsed(tracking_no=used[1])
            continue
        claimed.update(numbers)
        weights = _shares(shipment.weight_g, len(numbers))
        parcels += [
            Parcel(document=document, courier_id=courier_id, tracking_no=tracking_no, weight_g=weight)
            for (courier_id, tracking_no), weight in zip(numbers, weights, strict=True)
        ]
    # The unique constraint decides, also against a shipment that is not committed yet: rows that lost are not there.
    parcels.sort(key=lambda parcel: (parcel.courier_id, parcel.tracking_no))  # two calls wait in one direction
    Parcel.objects.bulk_create(parcels, ignore_conflicts=True)
    mine = set(
        Parcel.objects.filter(document__in={parcel.document_id for parcel in parcels}).values_list(
            "document_id", "courier_id", "tracking_no"
        )
    )
    for parcel in parcels:
        if (parcel.document_id, parcel.courier_id, parcel.tracking_no) not in mine:
            refused[parcel.document_id] = TrackingUsed(tracking_no=parcel.tracking_no)
    Parcel.objects.filter(document__in=refused).delete()
    return refused


def _shares(weight_g: int | None, count: int) -> list[int | None]:
    """The weight of all parcels together, divided so that it adds up."""
    if weight_g is None:
        return [None] * count
    each, rest = divmod(weight_g, count)
    return [each + (i < rest) for i in range(count)]


def _leave(documents: Sequence[WarehouseDocument], *, by: Staff | None, at: dt.datetime) -> None:
    WarehouseDocument.objects.filter(pk__in=[document.pk for document in documents]).update(
        status=DocumentStatus.SHIPPED, shipped_at=at, shipped_by=by
    )
    by_warehouse: dict[int, list[WarehouseDocument]] = defaultdict(list)
    for document in documents:
        by_warehouse[document.warehouse_id].append(document)
    for warehouse_id, leaving in sorted(by_warehouse.items()):
        move_orders(
            order_ids=[document.order_id for document in leaving],
            to=OrderStatus.SHIPPED,
            by=by,
            at=at,
            kind=EventKind.SHIPPED,
            fields={"shipped_at": at, "shipped_from_id": warehouse_id},
        )
    numbers = {line["line"]: document.number for document in documents for line in document.lines}
    consume_lines(order_line_ids=list(numbers), by=by, at=at, reference=numbers)
    emit(
        topic="orders.dispatch.shipped",
        key=documents[0].number,
        payload={"order_ids": [document.order_id for document in documents]},
    )
