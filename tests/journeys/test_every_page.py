"""Every page, light on the desk and dark on a phone: it answers, fits the window, and can be read by all."""

import io

import pytest
from django.core.management import call_command

from interception.models import Interception
from inventory.models import Receipt, Sku
from oms.models import Staff
from orders.models import IntakeMessage, Order, WarehouseDocument
from tests.journeys.touring import faults_of

pytestmark = pytest.mark.django_db(transaction=True)


def pages():
    held = Interception.objects.open().select_related("order").first().order
    document = WarehouseDocument.objects.filter(status="accepted").first()
    shipped = Order.objects.filter(status="shipped").first()
    assert IntakeMessage.objects.exists()
    return [
        "/",
        "/orders/",
        "/orders/?status=shipped&page_size=25",
        "/orders/new/",
        f"/orders/{held.number}/",
        f"/orders/{shipped.number}/",
        f"/orders/{held.number}/edit/",
        "/interceptions/",
        "/interceptions/locked/",
        "/interceptions/blacklist/",
        "/interceptions/history/",
        "/conveyor/",
        "/documents/",
        f"/documents/{document.number}/",
        "/documents/ship/",
        "/documents/ship/table/",
        "/imports/",
        "/inventory/stock/",
        "/inventory/stock/move/",
        "/inventory/stock/adjust/",
        "/inventory/skus/",
        f"/inventory/skus/{Sku.objects.first().pk}/",
        "/inventory/merchant-codes/",
        "/inventory/receipts/",
        "/inventory/receipts/new/",
        "/inventory/receipts/file/",
        f"/inventory/receipts/{Receipt.objects.first().pk}/",
        "/jobs/",
        "/notices/",
        "/search/?q=SO",
        "/approvals/",
        "/approvals/?show=decided",
        "/approvals/pin/",
        "/trace/",
        "/settings/",
        "/settings/second-factor/",
    ]


@pytest.fixture
def manager():
    call_command("sync_roles", verbosity=0)
    call_command("seed_demo", orders=60, stdout=io.StringIO())
    return Staff.objects.get(username="manager")


def test_every_page_answers_fits_and_can_be_read_by_all(page, sign_in, manager):
    sign_in(manager)

    assert faults_of(page, manager, pages()) == ""
