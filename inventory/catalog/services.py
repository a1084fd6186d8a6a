"""Commands of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from inventory.catalog.models import MerchantCode
from oms.lib.errors import DomainError
from oms.outbox.services import emit

if TYPE_CHECKING:
    import datetime as dt

    from oms.staff.models import Staff


class CodeTaken(DomainError):
    """The channel's code means this SKU already; a bundle names each SKU once, with a quantity."""

    code = "merchant_code_taken"
    message = _("“%(code)s” already means %(sku)s here. Change the quantity of that row instead.")


@transaction.atomic
def add_merchant_code(
    *, channel_id: int, code: str, sku_id: int, quantity: int, by: Staff | None, at: dt.datetime
) -> MerchantCode:
    """Let a channel's code mean a SKU; a further SKU under the same code makes it a bundle.

    Emits inventory.catalog.code_mapped. Raises CodeTaken. Who and when is traced by the table's trigger.
    """
    row = MerchantCode(channel_id=channel_id, code=code, sku_id=sku_id, quantity=quantity)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as clash:
        raise CodeTaken(code=code, sku=row.sku.code) from clash
    _say_mapped(row)
    return row


@transaction.atomic
def change_merchant_code(
    *, merchant_code_id: int, sku_id: int, quantity: int, by: Staff | None, at: dt.datetime
) -> MerchantCode:
    """Let a row of a channel's code mean another SKU or quantity. Orders mapped earlier stay as they are.

    Locks the row. Emits inventory.catalog.code_mapped. Raises CodeTaken, MerchantCode.DoesNotExist.
    """
    row = MerchantCode.objects.select_for_update(no_key=True).get(pk=merchant_code_id)
    row.sku_id, row.quantity = sku_id, quantity
    try:
        with transaction.atomic():
            row.save(update_fields=["sku", "quantity"])
    except IntegrityError as clash:
        raise CodeTaken(code=row.code, sku=row.sku.code) from clash
    _say_mapped(row)
    return row


@transaction.atomic
def remove_merchant_code(*, merchant_code_id: int, by: Staff | None, at: dt.datetime) -> None:
    """Take a SKU out of what a channel's code means. Orders mapped earlier stay as they are.

    Raises MerchantCode.DoesNotExist.
    """
    MerchantCode.objects.select_for_update().get(pk=merchant_code_id).delete()


def _say_mapped(row: MerchantCode) -> None:
    payload = {"channel_id": row.channel_id, "code": row.code}
    emit(topic="inventory.catalog.code_mapped", key=f"{row.channel_id}:{row.code}"[:80], payload=payload)
