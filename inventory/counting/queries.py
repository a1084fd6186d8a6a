"""What typed or filed rows of goods mean, and what came in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from inventory.catalog.models import Channel, Sku
from inventory.counting.models import Receipt
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oms.staff.models import Staff

MOST_PIECES = 1_000_000  # of one row; more is a typing mistake


class UnknownSku(DomainError):
    """No SKU has this code or barcode."""

    code = "receipt_unknown_sku"
    message = _("No SKU has the code or barcode “%(typed)s”.")


class AmbiguousBarcode(DomainError):
    """Several SKUs carry this barcode."""

    code = "receipt_ambiguous_barcode"
    message = _("Several SKUs have the barcode “%(typed)s”: %(codes)s. Enter the SKU code.")


class UnknownChannel(DomainError):
    """No channel of the person's branches is called so."""

    code = "receipt_unknown_channel"
    message = _("There is no channel “%(typed)s” in your branches.")


class BadQuantity(DomainError):
    """A quantity is no whole number from 1 to a million."""

    code = "receipt_bad_quantity"
    message = _("“%(typed)s” is no quantity: enter a whole number from 1 to %(most)s.")


@dataclass(frozen=True, slots=True)
class TypedRow:
    """A row as it was typed, scanned or filed."""

    no: int
    sku: str
    quantity: str
    channel: str = ""


@dataclass(frozen=True, slots=True)
class ReadRow:
    """What a row means, or why it means nothing (``refusal``)."""

    row: TypedRow
    sku: Sku | None = None
    quantity: int = 0
    channel: Channel | None = None
    refusal: DomainError | None = None


def read_rows(rows: Sequence[TypedRow], staff: Staff) -> list[ReadRow]:
    """Look up SKUs by code or barcode and channels by code or name, in two statements for any number of rows."""
    typed = {row.sku.strip() for row in rows}
    by_code: dict[str, Sku] = {}
    by_barcode: dict[str, list[Sku]] = {}
    for sku in Sku.objects.filter(Q(code__in=typed) | Q(barcode__in=typed - {""})).order_by("pk"):
        by_code[sku.code] = sku
        by_barcode.setdefault(sku.barcode, []).append(sku)
    channels: dict[str, Channel] = {}
    if any(row.channel.strip() for row in rows):
        for channel in Channel.objects.visible_to(staff).order_by("-pk"):
            channels[channel.name] = channel
            channels[channel.code] = channel
    return [_read(row, by_code, by_barcode, channels) for row in rows]


def _read(
    row: TypedRow, by_code: dict[str, Sku], by_barcode: dict[str, list[Sku]], channels: dict[str, Channel]
) -> ReadRow:
    typed, wanted = row.sku.strip(), row.channel.strip()
    found = [by_code[typed]] if typed in by_code else by_barcode.get(typed, [])
    sku = found[0] if len(found) == 1 else None
    channel = channels.get(wanted)
    quantity = quantity_of(row.quantity)
    refusal: DomainError | None = None
    if len(found) > 1:
        refusal = AmbiguousBarcode(typed=typed, codes=", ".join(s.code for s in found[:5]))
    elif sku is None:
        refusal = UnknownSku(typed=typed[:60])
    elif wanted and channel is None:
        refusal = UnknownChannel(typed=wanted[:60])
    elif quantity is None:
        refusal = BadQuantity(typed=row.quantity[:20], most=f"{MOST_PIECES:,}")
    return ReadRow(row, sku, quantity or 0, channel, refusal)


def quantity_of(text: str) -> int | None:
    """A whole number from 1 to a million, as people and spreadsheets write it: 12, 12.0, 1,200."""
    bare = text.strip().replace(",", "")
    whole, _point, fraction = bare.partition(".")
    if not whole.isascii() or not whole.isdigit() or len(whole) > 7 or fraction.strip("0"):  # noqa: PLR2004
        return None
    return int(whole) if 1 <= int(whole) <= MOST_PIECES else None


def receipts_visible_to(staff: Staff) -> QuerySet[Receipt]:
    """Receipts of the person's warehouses, newest first, with how many lines and pieces they brought."""
    receipts = Receipt.objects.visible_to(staff).select_related("warehouse", "posted_by")
    return receipts.annotate(line_count=Count("lines"), pieces=Sum("lines__quantity")).order_by("-pk")
