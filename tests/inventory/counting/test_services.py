import pytest

from inventory.counting import services
from inventory.counting.services import ReceivedLine
from inventory.models import Bin, Movement, Receipt, ReceiptLine
from oms.models import OutboxMessage
from tests.factories.inventory import AT, ChannelFactory, SkuFactory, WarehouseFactory
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db


def receive(warehouse, *lines, by=None):
    return services.receive_goods(
        warehouse_id=warehouse.pk,
        lines=[ReceivedLine(*line) for line in lines],
        reference="DN-7",
        note="",
        by=by,
        at=AT,
    )


def test_receive_goods_writes_a_receipt_and_posts_it():
    warehouse, tea, cup, channel, by = WarehouseFactory(), SkuFactory(), SkuFactory(), ChannelFactory(), StaffFactory()

    receipt = receive(warehouse, (tea.pk, 5), (cup.pk, 2, channel.pk), by=by)

    assert receipt.number == f"RC261123{receipt.pk:05}"
    assert (receipt.warehouse, receipt.reference, receipt.posted_by, receipt.posted_at) == (warehouse, "DN-7", by, AT)
    assert list(ReceiptLine.objects.order_by("pk").values_list("sku", "quantity", "channel")) == [
        (tea.pk, 5, None),
        (cup.pk, 2, channel.pk),
    ]
    assert list(Bin.objects.order_by("sku").values_list("sku", "on_hand", "channel")) == [
        (tea.pk, 5, None),
        (cup.pk, 2, channel.pk),
    ]
    assert set(Movement.objects.values_list("reference", "reason", "by")) == {(receipt.number, "DN-7", by.pk)}
    assert OutboxMessage.objects.get().topic == "inventory.stock.received"


def test_receive_goods_refuses_nothing_and_closed_warehouses():
    warehouse, closed, sku = WarehouseFactory(), WarehouseFactory(is_active=False), SkuFactory()

    with pytest.raises(services.NothingReceived):
        receive(warehouse)
    with pytest.raises(services.NothingReceived):
        receive(warehouse, (sku.pk, 1), (sku.pk, 0))
    with pytest.raises(services.WarehouseClosed):
        receive(closed, (sku.pk, 1))

    assert (Receipt.objects.count(), Bin.objects.count()) == (0, 0)
