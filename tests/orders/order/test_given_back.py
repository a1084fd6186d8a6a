"""Cancelling or editing an order whose document lies with an outside warehouse: asked, and done with its answer."""

import datetime as dt

import pytest
from django.urls import reverse

from inventory.models import Reservation
from oms.models import Notice
from orders.conveyor.services import run_chunk
from orders.dispatch.refusals import VoidAsked
from orders.dispatch.services import Failure, answer_voids
from orders.models import Order, WarehouseDocument
from orders.order import services
from tests.factories.dispatch import accepted_document
from tests.factories.inventory import AT, BinFactory, WarehouseFactory
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db
LATER = AT + dt.timedelta(hours=1)


@pytest.fixture
def document(settings):
    settings.OMS_WAREHOUSE_GATEWAYS = {"outside": "tests.orders.dispatch.gateways.FakeWarehouse"}
    return accepted_document(BinFactory(on_hand=5, warehouse=WarehouseFactory(gateway="outside")))


@pytest.fixture
def agent():
    return StaffFactory(is_superuser=True)


def cancel(document, agent):
    answers = services.cancel_orders(order_ids=[document.order_id], reason="changed her mind", by=agent, at=AT)
    assert isinstance(answers[document.order_id], VoidAsked)


def edit(document, agent):
    order = Order.objects.get(pk=document.order_id)
    with pytest.raises(VoidAsked):
        services.edit_receiver(
            order_id=order.pk, version=order.version, receiver={"city": "苏州市"}, by=agent, at=AT, reason="moved"
        )
    assert Order.objects.get(pk=order.pk).city == order.city
    assert WarehouseDocument.objects.get().status == "voiding"


def test_the_order_is_cancelled_as_soon_as_the_warehouse_agrees(document, agent):
    cancel(document, agent)

    assert answer_voids(agreed=[document.pk], refused=[], at=LATER) == {document.pk: None}

    order = Order.objects.get()
    assert (order.status, WarehouseDocument.objects.get().status) == ("cancelled", "voided")
    assert not Reservation.objects.exists()
    event = order.events.order_by("-pk").first()
    assert (event.kind, event.reason, event.by, event.at) == ("cancelled", "changed her mind", agent, LATER)
    assert run_chunk(at=LATER).leased == 0  # it is not sent out again


def test_the_receiver_is_changed_as_soon_as_the_warehouse_agrees(document, agent):
    edit(document, agent)

    answer_voids(agreed=[document.pk], refused=[], at=LATER)

    order = Order.objects.get()
    assert (order.status, order.city) == ("pending_split", "苏州市")
    assert list(order.events.filter(kind="edited").values_list("by", "reason")) == [(agent.pk, "moved")]


@pytest.mark.parametrize("wish", [cancel, edit])
def test_a_warehouse_that_keeps_it_is_told_to_whoever_asked(document, agent, wish):
    wish(document, agent)

    answer_voids(agreed=[], refused=[Failure(document.pk, "Packed", permanent=True)], at=LATER)

    kept = WarehouseDocument.objects.get()
    assert (kept.status, kept.wish, kept.order.status) == ("accepted", None, "pending_shipment")
    notice = Notice.objects.get()
    assert (notice.staff, notice.params) == (agent, {"number": kept.order.number, "why": "Packed"})
    assert kept.order.events.order_by("-pk").first().reason == "Packed"


def test_the_last_wish_counts(document, agent):
    edit(document, agent)
    cancel(document, agent)

    answer_voids(agreed=[document.pk], refused=[], at=LATER)

    assert Order.objects.get().status == "cancelled"


@pytest.mark.parametrize(("wish", "then"), [(cancel, "the order is cancelled"), (edit, "the receiver is changed")])
def test_the_page_says_what_is_waited_for(client, document, agent, wish, then):
    wish(document, agent)
    client.force_login(agent)

    page = client.get(reverse("orders:order-detail", args=[document.order.number]), headers={"accept-language": "en"})

    assert page.context["why"]["title"] == "Waiting for the warehouse"
    assert page.context["why"]["text"].endswith(f"was asked to give back {document.number}. Once it agrees, {then}.")


def test_the_form_says_that_the_warehouse_was_asked(client, document, agent):
    client.force_login(agent)
    url = reverse("orders:order-edit", args=[document.order.number])
    form = client.get(url).context["form"]
    typed = {name: form[name].value() or "" for name in form.fields} | {
        "city": "苏州市",
        "receiver_phone": "13800138000",
    }

    page = client.post(url, typed, follow=True, headers={"accept-language": "en"})

    assert WarehouseDocument.objects.get().wish["details"]["city"] == "苏州市"
    assert "The receiver is changed as soon as it agrees." in next(str(m) for m in page.context["messages"])
