"""Commands of receiving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inventory.counting.models import Receipt, ReceiptLine
from inventory.stock.models import Warehouse
from inventory.stock.services import Addition, receive_stock
from oms.lib.bulk import next_ids
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from inventory.counting.queries import ReadRow
    from oms.staff.models import Staff


class NothingReceived(DomainError):
    """A receipt without lines, or with a line that brings nothing."""

    code = "nothing_received"
    message = _("Enter at least one SKU, each with a quantity above zero.")


class WarehouseClosed(DomainError):
    """Goods can't come into a warehouse that is not active."""

    code = "warehouse_closed"
    message = _("%(warehouse)s is not active: nothing can be received there.")


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    """Pieces of a SKU, for the shared bin (``channel_id`` None) or a channel's fence."""

    sku_id: int
    quantity: int
    channel_id: int | None = None


def lines_of(rows: Iterable[ReadRow]) -> list[ReceivedLine]:
    """The lines that read rows stand for; rows without a SKU stand for none."""
    return [ReceivedLine(row.sku.pk, row.quantity, row.channel.pk if row.channel else None) for row in rows if row.sku]


@transaction.atomic
def receive_goods(
    *,
    warehouse_id: int,
    lines: Sequence[ReceivedLine],
    reference: str,
    note: str,
    by: Staff | None,
    at: dt.datetime,
) -> Receipt:
    """Write a receipt and post its pieces to the ledger. Emits inventory.stock.received.

    Locks the warehouse against being changed, then the bins. Raises NothingReceived, WarehouseClosed.
    """
    warehouse = Warehouse.objects.select_for_update(no_key=True).get(pk=warehouse_id)
    if not warehouse.is_active:
        raise WarehouseClosed(warehouse=warehouse.name)
    if not lines or any(line.quantity <= 0 for line in lines):
        raise NothingReceived
    (pk,) = next_ids(table="inventory_receipt", count=1)
    receipt = Receipt.objects.create(
        pk=pk,
        number=f"RC{timezone.localtime(at):%y%m%d}{pk:05}",
        warehouse=warehouse,
        reference=reference[:60],
        note=note[:200],
        posted_at=at,
        posted_by=by,
    )
    ReceiptLine.objects.bulk_create(
        ReceiptLine(receipt=receipt, sku_id=line.sku_id, channel_id=line.channel_id, quantity=line.quantity)
        for line in lines
    )
    receive_stock(
        additions=[Addition(line.sku_id, warehouse_id, line.channel_id, line.quantity) for line in lines],
        reference=receipt.number,
        reason=reference[:200],
        by=by,
        at=at,
    )
    return receipt
