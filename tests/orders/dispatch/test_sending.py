"""What every gateway keeps to, and what becomes of its answers."""

import datetime as dt

import pytest
from django.db import connection

from orders.dispatch.gateways.base import gateway_named
from orders.dispatch.sending import consignments, send_waiting
from orders.models import Order, WarehouseDocument
from tests.factories.dispatch import queued_document
from tests.factories.inventory import AT, BinFactory, WarehouseFactory
from tests.orders.dispatch.gateways import FakeWarehouse

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def gateways(settings):
    settings.OMS_WAREHOUSE_GATEWAYS = {
        **settings.OMS_WAREHOUSE_GATEWAYS,
        "fake": "tests.orders.dispatch.gateways.FakeWarehouse",
    }
    FakeWarehouse.reset()


def document_for(gateway, **fields):
    return queued_document(BinFactory(on_hand=9, warehouse=WarehouseFactory(gateway=gateway)), **fields)


@pytest.mark.parametrize("name", ["builtin", "fake"])
class TestContract:
    def test_every_document_is_answered_in_order(self, name):
        batch = consignments([document_for(name), document_for(name)])

        answers = gateway_named(name).send(batch)

        assert [(a.document_id, a.agreed) for a in answers] == [(c.document_id, True) for c in batch]

    def test_the_same_number_again_is_the_same_document(self, name):
        batch = consignments([document_for(name)])
        gateway = gateway_named(name)

        assert gateway.send(batch) == gateway.send(batch)

    def test_what_was_sent_can_be_called_back(self, name):
        batch = consignments([document_for(name)])
        gateway = gateway_named(name)
        gateway.send(batch)

        assert [(a.document_id, a.agreed) for a in gateway.void(batch)] == [(batch[0].document_id, True)]

    def test_nothing_to_do_is_no_error(self, name):
        assert gateway_named(name).send([]) == gateway_named(name).void([]) == []


def test_a_consignment_tells_numbers_codes_and_receiver():
    document = document_for("fake", quantity=3)

    consignment = consignments([document])[0]

    assert (consignment.number, consignment.order_number) == (document.number, document.order.number)
    assert consignment.lines == ((document.order.lines.get().sku.code, 3),)
    assert consignment.receiver["receiver_phone"] == document.order.receiver_phone


def statuses():
    return list(WarehouseDocument.objects.order_by("pk").values_list("status", flat=True))


def test_what_waits_is_sent_and_each_answer_applied():
    good, bad = document_for("fake"), document_for("fake")
    document_for("builtin")
    FakeWarehouse.refuses = {bad.number: ("unknown SKU", True)}

    sent = send_waiting(clock=lambda: AT)

    assert (sent.accepted, sent.failed) == (2, 1)
    assert statuses() == ["accepted", "failed", "accepted"]
    bad.refresh_from_db()
    assert (bad.last_error, bad.next_attempt_at) == ("unknown SKU", None)
    assert list(FakeWarehouse.known) == [good.number]


def test_an_unreachable_warehouse_is_tried_again_when_the_time_has_come():
    document = document_for("fake")
    FakeWarehouse.reachable = False
    send_waiting(clock=lambda: AT)
    document.refresh_from_db()
    assert (document.status, document.last_error) == ("failed", "no route to warehouse")

    FakeWarehouse.reachable = True
    assert send_waiting(clock=lambda: AT + dt.timedelta(seconds=29)).accepted == 0
    assert send_waiting(clock=lambda: AT + dt.timedelta(seconds=31)).accepted == 1


def test_a_held_order_is_not_sent():
    document_for("builtin")
    Order.objects.update(hold="review")

    assert send_waiting(clock=lambda: AT).accepted == 0


def test_a_warehouse_that_was_asked_gives_a_document_back():
    document = document_for("fake")
    send_waiting(clock=lambda: AT)
    WarehouseDocument.objects.update(status="voiding")

    assert send_waiting(clock=lambda: AT).voided == 1

    document.refresh_from_db()
    assert (document.status, document.order.status) == ("voided", "pending_split")


@pytest.mark.django_db(transaction=True)
def test_the_gateway_is_called_outside_any_transaction(monkeypatch):
    document_for("fake")
    inside = []
    monkeypatch.setattr(FakeWarehouse, "_reach", lambda self: inside.append(connection.in_atomic_block))

    send_waiting(clock=lambda: AT)

    assert inside == [False]
