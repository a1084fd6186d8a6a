"""Commands on one order at the same time: the second waits, then sees what the first did."""

from functools import partial

import pytest

from inventory.models import Bin, Reservation
from inventory.stock.services import Demand, reserve_lines
from oms.lib.books import breaches
from orders.dispatch.services import Shipment, accept_documents, create_documents, ship_documents
from orders.models import Order
from orders.order import services
from orders.order.refusals import AlreadyCancelled, AlreadyLeft, Outdated, PaymentRepeated, WrongStatus
from tests.concurrency import overlap
from tests.factories.inventory import AT, BinFactory
from tests.factories.orders import CourierFactory, OrderFactory
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order():
    place = BinFactory(on_hand=5)
    made = OrderFactory(lines=[(place.sku, 2, "10.00")], warehouse=place.warehouse)
    line = made.lines.get()
    reserve_lines(demands=[Demand(line.pk, made.channel_id, place.sku_id, 2)], by=None, at=AT)
    return made


@pytest.fixture
def agent():
    return StaffFactory()


def keep(answers, command):
    """Run a set-wise command and keep what it answered."""
    answers.append(next(iter(command().values())))


def cancel(order, by):
    return partial(services.cancel_orders, order_ids=[order.pk], reason="asked", by=by, at=AT)


def test_two_cancels_release_the_stock_once(order, agent):
    answers = []
    assert overlap(partial(keep, answers, cancel(order, agent)), partial(keep, answers, cancel(order, agent))) is None

    assert (answers[0], type(answers[1])) == (None, AlreadyCancelled)
    assert (Bin.objects.get().reserved, Reservation.objects.count()) == (0, 0)
    assert order.events.filter(kind="cancelled").count() == 1
    assert breaches() == []


@pytest.fixture
def shipment(order):
    courier = CourierFactory()
    document = create_documents(order_ids=[order.pk], at=AT)[order.pk]
    accept_documents(document_ids=[document], at=AT)
    return Shipment(document_id=document, courier_id=courier.pk, tracking_nos=["SF1234567890"], weight_g=500)


def ship(shipment, by):
    return partial(ship_documents, shipments=[shipment], by=by, at=AT)


def test_a_cancel_behind_a_shipment_comes_too_late(order, shipment, agent):
    answers = []
    overlap(partial(keep, answers, ship(shipment, agent)), partial(keep, answers, cancel(order, agent)))

    assert (answers[0], type(answers[1])) == (None, AlreadyLeft)
    assert (Order.objects.get().status, Bin.objects.get().on_hand) == ("shipped", 3)
    assert breaches() == []


def test_a_shipment_behind_a_cancel_ships_nothing(order, shipment, agent):
    answers = []
    overlap(partial(keep, answers, cancel(order, agent)), partial(keep, answers, ship(shipment, agent)))

    assert answers[0] is None
    assert answers[1] is not None
    assert (Order.objects.get().status, Bin.objects.get().on_hand, Bin.objects.get().reserved) == ("cancelled", 5, 0)
    assert breaches() == []


def edit(order, by, address):
    receiver = {"address": address}
    return partial(services.edit_receiver, order_id=order.pk, version=1, receiver=receiver, by=by, at=AT)


def test_an_edit_behind_a_cancel_is_refused(order, agent):
    refusal = overlap(cancel(order, agent), edit(order, agent, "新街 1 号"))
    assert isinstance(refusal, WrongStatus)
    assert Order.objects.get().address == order.address


def test_the_second_of_two_edits_sees_the_first(order, agent):
    refusal = overlap(edit(order, agent, "新街 1 号"), edit(order, StaffFactory(), "旧街 9 号"))
    assert isinstance(refusal, Outdated)
    assert refusal.details["newer"]["address"] == "新街 1 号" == Order.objects.get().address


def test_one_payment_told_twice_counts_once():
    order = OrderFactory(status="pending_payment", lines=[(None, 1, "10.00")])
    pay = partial(
        services.mark_paid,
        order_id=order.pk,
        method="transfer",
        transaction_no="T1",
        amount=order.payable,
        paid_at=AT,
        by=None,
        at=AT,
    )
    assert isinstance(overlap(pay, pay), PaymentRepeated)
    assert Order.objects.get().paid_amount == order.payable
