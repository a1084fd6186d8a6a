"""Packing: who packs decides that the order stays as it is."""

import datetime as dt

import pytest
from django.urls import reverse

from inventory.models import Reservation
from orders.dispatch import packing, services
from orders.models import OrderEvent, WarehouseDocument
from tests.factories.dispatch import AT, CourierFactory, accepted_document, document_in, shipment
from tests.factories.inventory import BinFactory
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db
LATER = AT + dt.timedelta(hours=2)


def codes(answers):
    return {pk: refusal and refusal.code for pk, refusal in answers.items()}


def pack(*documents, by=None):
    return packing.pack_documents(document_ids=[document.pk for document in documents], by=by, at=LATER)


def unpack(*documents, by=None):
    return packing.unpack_documents(document_ids=[document.pk for document in documents], by=by, at=LATER)


def test_a_packed_order_is_not_called_back_until_it_is_unpacked():
    document = accepted_document()

    assert pack(document) == {document.pk: None}
    refused = services.void_documents(order_ids=[document.order_id], by=None, at=LATER, reason="")
    assert codes(refused) == {document.order_id: "document_packed"}
    assert unpack(document) == {document.pk: None}
    assert WarehouseDocument.objects.get().status == "picking"
    assert services.void_documents(order_ids=[document.order_id], by=None, at=LATER, reason="") == {
        document.order_id: None
    }


def test_what_is_packed_ships():
    document = accepted_document()
    pack(document)

    answers = services.ship_documents(shipments=[shipment(document, CourierFactory())], by=StaffFactory(), at=LATER)

    assert answers == {document.pk: None}


def test_who_packed_and_unpacked_is_in_the_orders_log():
    document, clerk = accepted_document(), StaffFactory()

    pack(document, by=clerk)
    unpack(document, by=clerk)
    pack(document_in("shipped"), by=clerk)

    assert list(OrderEvent.objects.filter(by=clerk).order_by("pk").values_list("order", "kind", "data", "at")) == [
        (document.order_id, "moved", {"document": document.number, "status": status}, LATER)
        for status in ("packed", "picking")
    ]


@pytest.mark.parametrize("status", ["queued", "failed", "packed", "voiding", "shipped", "voided"])
def test_only_what_is_to_pick_is_packed(status):
    document = document_in(status)

    answers = packing.pack_documents(document_ids=[document.pk, 0], by=None, at=LATER)

    assert codes(answers) == {document.pk: "document_wrong_status", 0: "document_not_found"}


def test_a_held_order_and_goods_that_are_not_there_are_not_packed():
    held, short = accepted_document(), accepted_document(BinFactory(on_hand=5))
    held.order.__class__.objects.filter(pk=held.order_id).update(hold="review")
    Reservation.objects.filter(order_line_id=short.lines[0]["line"]).delete()

    answers = pack(held, short)

    assert codes(answers) == {held.pk: "document_held", short.pk: "document_short"}


def test_the_clerk_packs_what_is_ticked_and_unpacks_on_its_page(client):
    document = accepted_document()
    CourierFactory()
    client.force_login(StaffFactory(is_superuser=True))

    client.post(reverse("document-pack"), {"ids": document.pk})
    assert WarehouseDocument.objects.get().status == "packed"
    page = client.post(reverse("document-unpack"), {"ids": document.pk, "from": "detail"}, follow=True)

    assert page.redirect_chain[-1][0] == reverse("document-detail", args=[document.number])
    assert [event["detail"] for event in page.context["events"]][:2] == [
        f"{document.number}: Picking",
        f"{document.number}: Packed",
    ]
    assert WarehouseDocument.objects.get().status == "picking"
