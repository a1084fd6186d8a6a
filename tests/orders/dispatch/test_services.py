import datetime as dt

import pytest

from inventory.models import Movement, Reservation
from oms.lib.books import breaches
from oms.models import OutboxMessage
from orders.dispatch import services
from orders.dispatch.states import DocumentStatus
from orders.models import Order, OrderEvent, Parcel, WarehouseDocument
from tests.factories.dispatch import (
    AT,
    CourierFactory,
    accepted_document,
    document_in,
    queued_document,
    ready_order,
    shipment,
    shipped_document,
)
from tests.factories.inventory import BinFactory, WarehouseFactory
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db
LATER = AT + dt.timedelta(hours=2)
STATUSES = ["queued", "failed", "accepted", "picking", "packed", "voiding", "shipped", "voided"]


def codes(answers):
    return {pk: refusal and refusal.code for pk, refusal in answers.items()}


def test_create_documents_snapshots_the_lines_and_queues_them():
    courier = CourierFactory(priority=1)
    stock = BinFactory(on_hand=5)
    order = ready_order(stock, quantity=3)

    made = services.create_documents(order_ids=[order.pk], at=AT)

    document = WarehouseDocument.objects.get()
    assert made == {order.pk: document.pk}
    assert document.number == f"WD261123{document.pk}"
    assert document.lines == [{"line": order.lines.get().pk, "sku": stock.sku_id, "quantity": 3}]
    facts = (document.status, document.item_count, document.warehouse, document.courier, document.created_at)
    assert facts == ("queued", 3, stock.warehouse, courier, AT)
    event = order.events.last()
    assert (event.kind, event.from_status, event.to_status) == ("moved", "pending_split", "pending_dispatch")
    assert list(OutboxMessage.objects.values_list("topic", flat=True)) == ["orders.dispatch.queued"]


def test_create_documents_leaves_out_what_is_held_unrouted_not_upstream_or_has_one():
    stock = BinFactory(on_hand=20)
    held = ready_order(stock, hold="review")
    unrouted = ready_order(stock, warehouse=None)
    unpaid = ready_order(stock, status="pending_payment")
    twice = queued_document(stock).order
    events = OrderEvent.objects.count()

    made = services.create_documents(order_ids=[held.pk, unrouted.pk, unpaid.pk, twice.pk], at=AT)

    assert made == {}
    assert WarehouseDocument.objects.count() == 1
    assert OrderEvent.objects.count() == events


def test_create_documents_takes_any_number_of_orders_in_eight_statements(django_assert_max_num_queries):
    stock = BinFactory(on_hand=100)
    orders = [ready_order(stock, quantity=1).pk for _ in range(30)]

    with django_assert_max_num_queries(8):  # with its savepoint
        assert len(services.create_documents(order_ids=orders, at=AT)) == 30


def test_accept_documents_moves_the_order_on():
    document = queued_document()

    assert services.accept_documents(document_ids=[document.pk], at=LATER) == {document.pk: None}

    document.refresh_from_db()
    assert (document.status, document.accepted_at) == ("accepted", LATER)
    assert (document.order.status, document.order.dispatched_at) == ("pending_shipment", LATER)
    assert document.order.events.last().kind == "dispatched"


def test_accept_documents_leaves_a_held_order_queued():
    document = queued_document()
    Order.objects.update(hold="review")

    answers = services.accept_documents(document_ids=[document.pk], at=LATER)

    document.refresh_from_db()
    assert codes(answers) == {document.pk: "document_held"}
    assert (document.status, document.order.status) == ("queued", "pending_dispatch")


def test_fail_documents_waits_longer_each_time_and_gives_up_after_eight():
    document = queued_document()
    waits = []
    for _ in range(8):
        services.fail_documents(failures=[services.Failure(document.pk, "Closed")], at=AT)
        document.refresh_from_db()
        waits.append(document.next_attempt_at and int((document.next_attempt_at - AT).total_seconds()))

    assert waits == [30, 60, 120, 240, 480, 960, 1920, None]
    assert (document.status, document.attempts, document.last_error) == ("failed", 8, "Closed")


def test_a_permanent_failure_is_not_tried_again_until_resent():
    document = queued_document()
    services.fail_documents(failures=[services.Failure(document.pk, "No such SKU", permanent=True)], at=AT)
    document.refresh_from_db()
    assert (document.status, document.next_attempt_at) == ("failed", None)

    assert services.resend_documents(document_ids=[document.pk], by=None, at=LATER) == {document.pk: None}

    document.refresh_from_db()
    assert (document.status, document.attempts, document.last_error) == ("queued", 0, "No such SKU")


def test_ship_documents_writes_parcels_takes_stock_and_ships_the_order():
    stock = BinFactory(on_hand=10)
    document = accepted_document(stock, quantity=4)
    courier, clerk = CourierFactory(), StaffFactory()

    answers = services.ship_documents(
        shipments=[shipment(document, courier, "SF10001", "SF10002", weight_g=1501)], by=clerk, at=LATER
    )

    document.refresh_from_db()
    stock.refresh_from_db()
    order = document.order
    assert answers == {document.pk: None}
    assert (document.status, document.shipped_at, document.shipped_by) == ("shipped", LATER, clerk)
    assert list(document.parcels.order_by("pk").values_list("tracking_no", "courier", "weight_g")) == [
        ("SF10001", courier.pk, 751),
        ("SF10002", courier.pk, 750),
    ]
    assert (order.status, order.shipped_at, order.shipped_from) == ("shipped", LATER, stock.warehouse)
    assert (stock.on_hand, stock.reserved, Reservation.objects.count()) == (6, 0, 0)
    movement = Movement.objects.get(kind="ship")
    assert (movement.on_hand_delta, movement.reserved_delta, movement.reference) == (-4, -4, document.number)
    event = order.events.last()
    assert (event.kind, event.from_status, event.to_status, event.by) == (
        "shipped",
        "pending_shipment",
        "shipped",
        clerk,
    )
    assert OutboxMessage.objects.filter(topic="orders.dispatch.shipped").count() == 1
    assert breaches() == []


def test_ship_documents_twice_ships_once():
    stock = BinFactory(on_hand=10)
    document = accepted_document(stock)
    courier = CourierFactory()
    services.ship_documents(shipments=[shipment(document, courier)], by=None, at=AT)

    answers = services.ship_documents(shipments=[shipment(document, courier, "SF20002")], by=None, at=LATER)

    stock.refresh_from_db()
    document.refresh_from_db()
    assert codes(answers) == {document.pk: "document_shipped"}
    assert (stock.on_hand, document.parcels.count(), document.shipped_at) == (8, 1, AT)


def test_ship_documents_refuses_row_by_row_and_ships_the_others():
    stock = BinFactory(on_hand=50)
    courier = CourierFactory(tracking_pattern=r"SF\d+")
    shipped_document(stock, courier=courier)
    taken = Parcel.objects.get().tracking_no
    good, used, used_in_call, malformed, missing, unknown, held, short = (accepted_document(stock) for _ in range(8))
    Order.objects.filter(pk=held.order_id).update(hold="system")
    Reservation.objects.filter(order_line_id=short.lines[0]["line"]).delete()
    wanted = [
        shipment(good, courier, "SF111111"),
        shipment(used, courier, taken),
        shipment(used_in_call, courier, "SF111111"),
        shipment(malformed, courier, "YT111111"),
        services.Shipment(missing.pk, courier.pk, ()),
        services.Shipment(unknown.pk, 0, ("SF222222",)),
        shipment(held, courier, "SF333333"),
        shipment(short, courier, "SF444444"),
        services.Shipment(10**9, courier.pk, ("SF555555",)),
    ]

    answers = services.ship_documents(shipments=wanted, by=None, at=LATER)

    assert codes(answers) == {
        good.pk: None,
        used.pk: "document_tracking_used",
        used_in_call.pk: "document_tracking_used",
        malformed.pk: "document_tracking_malformed",
        missing.pk: "document_tracking_missing",
        unknown.pk: "document_unknown_courier",
        held.pk: "document_held",
        short.pk: "document_short",
        10**9: "document_not_found",
    }
    assert WarehouseDocument.objects.filter(status="shipped").count() == 2
    assert Parcel.objects.count() == 2


def test_ship_documents_of_two_warehouses_ships_each_from_its_own():
    courier = CourierFactory()
    documents = [accepted_document(BinFactory(on_hand=5)) for _ in range(2)]

    services.ship_documents(shipments=[shipment(document, courier) for document in documents], by=None, at=LATER)

    shipped_from = Order.objects.order_by("pk").values_list("shipped_from", flat=True)
    assert list(shipped_from) == [document.warehouse_id for document in documents]
    assert breaches() == []


def test_ship_documents_refuses_a_document_twice_in_one_call():
    document = accepted_document()
    courier = CourierFactory()

    with pytest.raises(ValueError, match="twice"):
        services.ship_documents(
            shipments=[shipment(document, courier, "SF10001"), shipment(document, courier, "SF10002")], by=None, at=AT
        )


def test_ship_documents_needs_the_same_statements_for_thirty_as_for_one(django_assert_num_queries):
    stock = BinFactory(on_hand=100)
    courier = CourierFactory()
    one, many = accepted_document(stock), [accepted_document(stock, quantity=1) for _ in range(30)]

    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as single:
        services.ship_documents(shipments=[shipment(one, courier)], by=None, at=LATER)
    with django_assert_num_queries(len(single)):
        services.ship_documents(shipments=[shipment(document, courier) for document in many], by=None, at=LATER)


def test_void_documents_brings_the_order_back_and_a_new_document_can_follow():
    document = accepted_document()

    answers = services.void_documents(order_ids=[document.order_id], by=None, at=LATER, reason="Other address")

    document.refresh_from_db()
    assert answers == {document.order_id: None}
    assert (document.status, document.voided_at, document.order.status) == ("voided", LATER, "pending_split")
    assert document.order.events.last().reason == "Other address"
    assert services.create_documents(order_ids=[document.order_id], at=LATER)[document.order_id] != document.pk


def test_void_documents_leaves_the_status_to_a_caller_who_says_so():
    document = accepted_document()

    services.void_documents(order_ids=[document.order_id], by=None, at=LATER, reason="", to=None)

    document.refresh_from_db()
    assert (document.status, document.order.status) == ("voided", "pending_shipment")


def test_void_documents_has_nothing_to_do_without_a_document():
    order = ready_order(BinFactory(on_hand=5))
    events = order.events.count()

    assert services.void_documents(order_ids=[order.pk], by=None, at=LATER, reason="") == {order.pk: None}
    assert order.events.count() == events


def test_an_outside_warehouse_is_asked_and_may_agree_or_refuse(settings):
    settings.OMS_WAREHOUSE_GATEWAYS = {"outside": "tests.orders.dispatch.gateways.FakeWarehouse"}
    warehouse = WarehouseFactory(gateway="outside")
    agreed, refused = (accepted_document(BinFactory(on_hand=5, warehouse=warehouse)) for _ in range(2))
    orders = [agreed.order_id, refused.order_id]

    answers = services.void_documents(order_ids=orders, by=None, at=LATER, reason="")
    assert codes(answers) == dict.fromkeys(orders, "document_void_asked")
    assert breaches() == []
    services.answer_voids(
        agreed=[agreed.pk], refused=[services.Failure(refused.pk, "Packed", permanent=True)], at=LATER
    )

    assert [(d.status, d.order.status) for d in WarehouseDocument.objects.order_by("pk")] == [
        ("voided", "pending_split"),
        ("accepted", "pending_shipment"),
    ]
    assert WarehouseDocument.objects.get(pk=refused.pk).last_error == "Packed"


def test_mark_printed_stamps_once_and_starts_picking():
    document = accepted_document()

    services.mark_printed(document_ids=[document.pk], by=StaffFactory(), at=AT)
    services.mark_printed(document_ids=[document.pk], by=StaffFactory(), at=LATER)

    document.refresh_from_db()
    assert (document.status, document.printed_at) == ("picking", AT)


def attempt(command, document):
    """What a command says to a document, as the refusal's code; None if it did it."""
    if command == "accept":
        return codes(services.accept_documents(document_ids=[document.pk], at=LATER))[document.pk]
    if command == "resend":
        return codes(services.resend_documents(document_ids=[document.pk], by=None, at=LATER))[document.pk]
    if command == "void":
        answers = services.void_documents(order_ids=[document.order_id], by=None, at=LATER, reason="")
        return codes(answers)[document.order_id]
    shipments = [shipment(document, CourierFactory(), "SF99999")]
    return codes(services.ship_documents(shipments=shipments, by=None, at=LATER))[document.pk]


WRONG, GONE = "document_wrong_status", "document_shipped"
MATRIX = {
    #            accept  resend ship   void
    "queued": (None, WRONG, WRONG, None),
    "failed": (None, None, WRONG, None),
    "accepted": (None, WRONG, None, None),
    "picking": (WRONG, WRONG, None, None),
    "packed": (WRONG, WRONG, None, "document_packed"),
    "voiding": (WRONG, WRONG, WRONG, None),
    "shipped": (WRONG, WRONG, GONE, GONE),
    "voided": (WRONG, WRONG, WRONG, None),
}


def test_the_matrix_has_every_status():
    assert list(MATRIX) == STATUSES
    assert set(STATUSES) == set(DocumentStatus.values)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(("command", "column"), [("accept", 0), ("resend", 1), ("ship", 2), ("void", 3)])
def test_every_command_in_every_status(status, command, column):
    document = document_in(status)

    answer = attempt(command, document)

    document.refresh_from_db()
    assert answer == MATRIX[status][column]
    after = {"accept": "accepted", "resend": "queued", "ship": "shipped", "void": "voided"}[command]
    assert document.status == (after if answer is None else status)


def test_the_ledger_names_each_lines_own_document():
    stock, courier = BinFactory(on_hand=20), CourierFactory()
    documents = [accepted_document(stock) for _ in range(2)]

    services.ship_documents(shipments=[shipment(document, courier) for document in documents], by=None, at=LATER)

    named = dict(Movement.objects.filter(kind="ship").values_list("order_line_id", "reference"))
    assert named == {document.lines[0]["line"]: document.number for document in documents}
