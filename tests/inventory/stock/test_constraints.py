"""Every constraint of the floor is violated once; the ledger is only ever added to."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from inventory.models import Bin, Movement, Receipt, ReceiptLine, Reservation, WarehouseRegion
from tests.factories.inventory import (
    AT,
    BinFactory,
    ChannelFactory,
    MerchantCodeFactory,
    SkuFactory,
    WarehouseFactory,
)

pytestmark = pytest.mark.django_db


def broken_by(violation):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        violation()
    return error.value.__cause__.diag.constraint_name


@pytest.mark.parametrize(("on_hand", "reserved"), [(1, 2), (1, -1), (-1, -1)])
def test_a_bin_is_never_oversold(on_hand, reserved):
    assert broken_by(lambda: BinFactory(on_hand=on_hand, reserved=reserved)) == "bin_never_oversold"


def test_a_place_has_one_shared_bin_and_one_fence_per_channel():
    shared, fence = BinFactory(), BinFactory(channel=ChannelFactory())

    for bin_ in (shared, fence):
        again = {"sku": bin_.sku, "warehouse": bin_.warehouse, "channel": bin_.channel}
        assert broken_by(lambda again=again: BinFactory(**again)) == "bin_once_per_place"


def test_a_line_has_one_promise_per_bin_and_it_is_positive():
    bin_ = BinFactory(on_hand=5)
    Reservation.objects.create(order_line_id=1, bin=bin_, quantity=1)

    again = broken_by(lambda: Reservation.objects.create(order_line_id=1, bin=bin_, quantity=1))
    none = broken_by(lambda: Reservation.objects.create(order_line_id=2, bin=bin_, quantity=0))

    assert (again, none) == ("reservation_once_per_line_and_bin", "reservation_quantity_positive")


def test_a_movement_is_of_a_known_kind_and_moves_something():
    bin_ = BinFactory()

    kind = broken_by(lambda: Movement.objects.create(bin=bin_, kind="theft", on_hand_delta=1, at=AT))
    nothing = broken_by(lambda: Movement.objects.create(bin=bin_, kind="adjust", at=AT))

    assert (kind, nothing) == ("movement_kind_known", "movement_moves_something")


def test_a_receipt_line_is_positive_and_a_receipt_has_its_own_number():
    receipt = Receipt.objects.create(number="RC1", warehouse=WarehouseFactory(), posted_at=timezone.now())

    line = broken_by(lambda: ReceiptLine.objects.create(receipt=receipt, sku=SkuFactory(), quantity=0))
    again = broken_by(
        lambda: Receipt.objects.create(number="RC1", warehouse=receipt.warehouse, posted_at=timezone.now())
    )

    assert (line, again) == ("receipt_line_quantity_positive", "inventory_receipt_number_key")


def test_a_merchant_code_means_a_sku_once_and_at_least_one_piece():
    code = MerchantCodeFactory()

    again = broken_by(lambda: MerchantCodeFactory(channel=code.channel, code=code.code, sku=code.sku))
    none = broken_by(lambda: MerchantCodeFactory(quantity=0))

    assert (again, none) == ("merchant_code_sku_once", "merchant_code_quantity_positive")


def test_master_data_keeps_to_what_is_known():
    warehouse = WarehouseFactory()
    WarehouseRegion.objects.create(warehouse=warehouse, province="广东")

    found = [
        broken_by(lambda: ChannelFactory(platform="fax")),
        broken_by(lambda: ChannelFactory(currency="rmb")),
        broken_by(lambda: SkuFactory(price="-0.01")),
        broken_by(lambda: WarehouseRegion.objects.create(warehouse=warehouse, province="广东")),
    ]

    expected = ["channel_platform_known", "channel_currency_iso", "sku_price_not_negative", "warehouse_region_once"]
    assert found == expected


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE inventory_movement SET on_hand_delta = 2",
        "DELETE FROM inventory_movement",
        "DELETE FROM inventory_bin",
    ],
)
def test_the_ledger_is_only_ever_added_to(sql):
    bin_ = BinFactory(on_hand=1)

    with pytest.raises(IntegrityError, match="only ever added to"), transaction.atomic():
        connection.cursor().execute(sql)

    assert Movement.objects.get().on_hand_delta == 1
    assert Bin.objects.get() == bin_
