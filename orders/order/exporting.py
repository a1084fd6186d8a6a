"""Orders as a file: one row per line, with cells that can't become formulas. Bounded memory."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.lib.sheets import csv_row
from oms.web.exports import write_xlsx
from oms.web.formats import mask_name, mask_phone
from orders.order.models import OrderLine
from orders.order.states import OrderStatus, OrderType, PaymentStatus
from orders.order.timeline import mask_address

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator

COLUMNS = {
    "order__number": gettext_lazy("Order number"),
    "order__channel__name": gettext_lazy("Channel"),
    "order__external_no": gettext_lazy("Channel number"),
    "order__type": gettext_lazy("Type"),
    "order__status": gettext_lazy("Status"),
    "order__payment_status": gettext_lazy("Payment"),
    "order__placed_at": gettext_lazy("Placed"),
    "order__paid_at": gettext_lazy("Paid"),
    "order__shipped_at": gettext_lazy("Shipped"),
    "order__warehouse__name": gettext_lazy("Warehouse"),
    "order__receiver_name": gettext_lazy("Receiver"),
    "order__receiver_phone": gettext_lazy("Phone"),
    "order__province": gettext_lazy("Province"),
    "order__city": gettext_lazy("City"),
    "order__district": gettext_lazy("District"),
    "order__address": gettext_lazy("Address"),
    "position": gettext_lazy("Line"),
    "merchant_code": gettext_lazy("Merchant code"),
    "sku__code": gettext_lazy("SKU"),
    "name": gettext_lazy("Name"),
    "quantity": gettext_lazy("Quantity"),
    "unit_price": gettext_lazy("Unit price"),
    "amount": gettext_lazy("Line amount"),
    "order__freight": gettext_lazy("Freight"),
    "order__payable": gettext_lazy("Order amount"),
    "order__currency": gettext_lazy("Currency"),
    "order__buyer_remark": gettext_lazy("Buyer's remark"),
    "order__seller_remark": gettext_lazy("Our remark"),
}
LABELS = {"order__type": OrderType, "order__status": OrderStatus, "order__payment_status": PaymentStatus}
MASKS = {"order__receiver_name": mask_name, "order__receiver_phone": mask_phone, "order__address": mask_address}


def export_rows(order_ids: Collection[int], *, unmasked: bool) -> Iterator[list[Any]]:
    """Cells of each line of the orders, by order and position."""
    lines = OrderLine.objects.filter(order_id__in=order_ids).order_by("order_id", "position")
    for values in lines.values_list(*COLUMNS).iterator(chunk_size=2000):
        yield [_cell(name, value, unmasked=unmasked) for name, value in zip(COLUMNS, values, strict=True)]


def _cell(name: str, value: Any, *, unmasked: bool) -> Any:
    if value is None:
        return ""
    if name in LABELS:
        return str(LABELS[name](value).label)
    if name.endswith("_at"):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
    return MASKS[name](value) if name in MASKS and not unmasked else value


def append_csv(path: str, *, order_ids: Collection[int], offset: int, unmasked: bool) -> int:
    """Write the orders' lines into the file from byte ``offset`` on (0: begin it); answers its new length."""
    target = Path(default_storage.path(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("r+b" if offset and target.exists() else "wb") as file:
        file.truncate(offset)
        file.seek(offset)
        if not offset:
            file.write(("\ufeff" + csv_row([str(label) for label in COLUMNS.values()])).encode())
        for cells in export_rows(order_ids, unmasked=unmasked):
            file.write(csv_row(cells).encode())
        return file.tell()


def finish_xlsx(path: str) -> str:
    """The finished CSV as an XLSX file beside it; answers its path. The CSV goes."""
    source = Path(default_storage.path(path))
    target = source.with_suffix(".xlsx")
    numbers = {i for i, name in enumerate(COLUMNS) if name in {"position", "quantity", "unit_price", "amount"}}
    numbers |= {i for i, name in enumerate(COLUMNS) if name in {"order__freight", "order__payable"}}
    with source.open(encoding="utf-8-sig", newline="") as lines, target.open("wb") as file:
        rows = csv.reader(lines)
        header = next(rows)
        write_xlsx(file, header, ([_number(c) if i in numbers else c for i, c in enumerate(row)] for row in rows))
    source.unlink()
    return str(Path(path).with_suffix(".xlsx"))


def _number(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def export_name(at: dt.datetime, path: str) -> str:
    """What the download is called."""
    return f"{_('orders')}-{timezone.localtime(at):%Y%m%d-%H%M}{Path(path).suffix}"
