"""Two people at one document: with the locks one of them wins; without them both did."""

from functools import partial

import pytest

from inventory.models import Movement
from orders.dispatch import services
from orders.models import Order, Parcel, WarehouseDocument
from orders.order.services import cancel_orders
from tests.concurrency import overlap
from tests.factories.dispatch import AT, CourierFactory, accepted_document, queued_document, shipment
from tests.factories.inventory import BinFactory

pytestmark = pytest.mark.django_db(transaction=True)


def checked(command, *expected):
    """Run a bulk command and raise the first refusal it answers, as overlap() wants it."""
    refusal = next((answer for answer in command().values() if answer), None)
    if refusal:
        raise refusal


def ship(document, courier, tracking_no):
    wanted = [shipment(document, courier, tracking_no)]
    return partial(checked, partial(services.ship_documents, shipments=wanted, by=None, at=AT))


def void(document):
    command = partial(services.void_documents, order_ids=[document.order_id], by=None, at=AT, reason="")
    return partial(checked, command)


def test_two_clerks_ship_one_document():
    stock = BinFactory(on_hand=10)
    document, courier = accepted_document(stock), CourierFactory()

    refusal = overlap(ship(document, courier, "SF10001"), ship(document, courier, "SF10002"))

    stock.refresh_from_db()
    assert refusal.code == "document_shipped"
    assert list(Parcel.objects.values_list("tracking_no", flat=True)) == ["SF10001"]
    assert (stock.on_hand, Movement.objects.filter(kind="ship").count()) == (8, 1)


def test_two_clerks_use_one_tracking_number():
    courier = CourierFactory()
    documents = [accepted_document(), accepted_document()]

    refusal = overlap(ship(documents[0], courier, "SF10001"), ship(documents[1], courier, "SF10001"))

    assert refusal.code == "document_tracking_used"
    assert list(WarehouseDocument.objects.order_by("pk").values_list("status", flat=True)) == ["shipped", "accepted"]


def test_shipping_wins_over_a_later_void():
    document, courier = accepted_document(), CourierFactory()

    refusal = overlap(ship(document, courier, "SF10001"), void(document))

    assert refusal.code == "document_shipped"
    assert Order.objects.get().status == "shipped"


def test_a_void_wins_over_a_later_shipping():
    document, courier = accepted_document(), CourierFactory()

    refusal = overlap(void(document), ship(document, courier, "SF10001"))

    assert refusal.code == "document_wrong_status"
    assert (Order.objects.get().status, Parcel.objects.count()) == ("pending_split", 0)


def cancel(document):
    command = partial(cancel_orders, order_ids=[document.order_id], reason="Changed their mind", by=None, at=AT)
    return partial(checked, command)


def test_shipping_wins_over_a_later_cancellation():
    stock = BinFactory(on_hand=10)
    document, courier = accepted_document(stock), CourierFactory()

    refusal = overlap(ship(document, courier, "SF10001"), cancel(document))

    stock.refresh_from_db()
    assert refusal is not None
    assert (Order.objects.get().status, stock.on_hand, stock.reserved) == ("shipped", 8, 0)


def test_a_cancellation_wins_over_a_later_shipping():
    stock = BinFactory(on_hand=10)
    document, courier = accepted_document(stock), CourierFactory()

    refusal = overlap(cancel(document), ship(document, courier, "SF10001"))

    stock.refresh_from_db()
    assert refusal.code == "document_wrong_status"
    assert (Order.objects.get().status, stock.on_hand, stock.reserved) == ("cancelled", 10, 0)


def test_two_workers_make_one_document():
    document = queued_document()
    services.void_documents(order_ids=[document.order_id], by=None, at=AT, reason="")
    make = partial(services.create_documents, order_ids=[document.order_id], at=AT)

    assert overlap(make, make) is None

    assert WarehouseDocument.objects.exclude(status="voided").count() == 1
