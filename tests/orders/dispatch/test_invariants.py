"""Each invariant finds the breach it is for."""

import pytest
from django.db import connection

from orders.dispatch.invariants import INVARIANTS
from orders.models import Order, Parcel, WarehouseDocument
from tests.factories.dispatch import AT, accepted_document, document_in, queued_document, shipped_document

pytestmark = pytest.mark.django_db


def broken():
    names = []
    with connection.cursor() as cursor:
        for invariant in INVARIANTS:
            cursor.execute(invariant.sql)
            if cursor.fetchall():
                names.append(invariant.name)
    return names


@pytest.mark.parametrize(
    "status", ["queued", "failed", "accepted", "picking", "packed", "voiding", "shipped", "voided"]
)
def test_every_place_of_a_documents_life_is_sound(status):
    document_in(status)

    assert broken() == []


def test_an_order_that_waits_for_a_document_nobody_has_is_found():
    accepted_document()
    Order.objects.update(status="pending_split")

    assert broken() == ["an order waits for shipment exactly while its document is at the warehouse"]


def test_a_queued_document_of_an_order_that_went_elsewhere_is_found():
    queued_document()
    Order.objects.update(status="pending_split")

    assert broken() == ["an order waits for dispatch exactly while its document is on the way to the warehouse"]


def test_a_parcel_that_vanished_is_found():
    shipped_document()
    Parcel.objects.all().delete()

    assert broken() == ["a shipped document has parcels, and only a shipped one has"]


def test_an_order_shipped_from_elsewhere_or_without_its_stock_is_found():
    document = shipped_document()
    other = queued_document()
    WarehouseDocument.objects.filter(pk=document.pk).update(warehouse=other.warehouse)

    assert broken() == [
        "an order has left exactly if its document has shipped, from the warehouse that it names",
        "what left the stock is what the document says, from its warehouse",
    ]


def test_lines_changed_behind_a_document_are_found():
    document = queued_document()
    document.order.lines.update(quantity=1, goods_amount=10, amount=10)

    assert broken() == ["a document tells of its lines as the order has them"]


def test_a_void_without_its_time_is_found():
    WarehouseDocument.objects.filter(pk=queued_document().pk).update(voided_at=AT)

    assert broken() == ["a voided document says when"]
