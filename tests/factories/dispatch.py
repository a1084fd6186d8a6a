"""Orders with a document at any place of its life, walked there by the real commands."""

import datetime as dt

from inventory.stock.services import Demand, reserve_lines
from orders.dispatch import services
from orders.models import WarehouseDocument
from tests.factories.inventory import AT, BinFactory, ChannelFactory
from tests.factories.orders import CourierFactory, OrderFactory


def tracking(document, nth=0):
    return f"SF{document.pk:08d}{nth}"


def ready_order(stock, *, quantity=2, **fields):
    """A routed order of one line, ``quantity`` pieces of the bin ``stock`` promised to it."""
    fields = {"channel": ChannelFactory(branch=stock.warehouse.branch), "warehouse": stock.warehouse, **fields}
    order = OrderFactory(lines=[(stock.sku, quantity, "10.00")], **fields)
    line = order.lines.get()
    demand = Demand(order_line_id=line.pk, channel_id=order.channel_id, sku_id=stock.sku_id, quantity=quantity)
    assert not reserve_lines(demands=[demand], by=None, at=AT)
    return order


def queued_document(stock=None, **fields):
    stock = stock or BinFactory(on_hand=20)
    order = ready_order(stock, **fields)
    return WarehouseDocument.objects.get(pk=services.create_documents(order_ids=[order.pk], at=AT)[order.pk])


def accepted_document(stock=None, **fields):
    document = queued_document(stock, **fields)
    services.accept_documents(document_ids=[document.pk], at=AT)
    document.refresh_from_db()
    return document


def shipment(document, courier, *tracking_nos, weight_g=None):
    return services.Shipment(document.pk, courier.pk, tracking_nos or (tracking(document),), weight_g)


def shipped_document(stock=None, *, courier=None, **fields):
    document = accepted_document(stock, **fields)
    answers = services.ship_documents(
        shipments=[shipment(document, courier or CourierFactory())], by=None, at=AT + dt.timedelta(hours=1)
    )
    assert answers == {document.pk: None}
    document.refresh_from_db()
    return document


def document_in(status, stock=None):
    """A document in ``status``."""
    makers = {
        "accepted": accepted_document,
        "picking": accepted_document,
        "packed": accepted_document,
        "voiding": accepted_document,
        "shipped": shipped_document,
    }
    document = makers.get(status, queued_document)(stock)
    if status == "failed":
        services.fail_documents(failures=[services.Failure(document.pk, "Closed today")], at=AT)
    elif status == "voided":
        services.void_documents(order_ids=[document.order_id], by=None, at=AT, reason="")
    elif status in {"picking", "packed", "voiding"}:
        WarehouseDocument.objects.filter(pk=document.pk).update(status=status)
    document.refresh_from_db()
    return document
