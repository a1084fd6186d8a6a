"""The first stage: every line gets its SKU, and the stock it still lacks."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext_noop

from inventory.catalog.queries import mapped_codes
from inventory.stock import services as stock
from oms.lib.money import share_by_weight
from orders.conveyor import statements
from orders.order.models import OrderLine
from orders.order.moves import Event, log_events
from orders.order.states import EventKind

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from orders.conveyor.batch import Batch

MAPPED = gettext_noop("Merchant codes mapped")
_PRICE = Decimal("0.0001")
Part = tuple[int, int, Decimal]  # SKU id, pieces, list price


class Lack(NamedTuple):
    """What a line lacks: its SKU (``sku_id`` None), or ``missing`` pieces."""

    order_id: int
    channel_id: int
    line_id: int
    sku_id: int | None
    merchant_code: str
    missing: int


class Map:
    """Maps merchant codes known by now, and reserves what is missing. Most chunks need one look and no lock."""

    name = "map"

    def run(self, batch: Batch) -> None:
        """Map and reserve; orders whose lines changed go on with their new version."""
        needy = {lack.order_id for lack in lacking(batch.order_ids)}
        if not needy:
            return
        with transaction.atomic():
            part = batch.part(sorted(needy))
            part.lock()
            changed = map_orders(order_ids=part.order_ids, at=batch.at)
            part.versions.update(changed)
            short = reserve_missing(order_ids=part.order_ids, at=batch.at)
        for order_id in changed:
            part.note(order_id, "mapped")
        for order_id in short:
            part.note(order_id, "stock_missing")
        batch.merge(part)


def lacking(order_ids: Collection[int]) -> list[Lack]:
    """Lines that lack a SKU, or stock (a return needs none), in the order in which people ordered. One query."""
    with connection.cursor() as cursor:
        cursor.execute(statements.LACKING, {"orders": list(order_ids)})
        return [Lack(*row) for row in cursor.fetchall()]


def map_orders(*, order_ids: Collection[int], at: dt.datetime) -> dict[int, int]:
    """Give lines without a SKU the SKU their merchant code means now; a bundle's line becomes its parts.

    Answers {order id: new version} of the orders that changed. The caller holds the orders' locks. Logs an edit each.
    """
    unmapped = [lack for lack in lacking(order_ids) if lack.sku_id is None]
    if not unmapped:
        return {}
    meanings = mapped_codes({(lack.channel_id, lack.merchant_code) for lack in unmapped})
    plain: list[tuple[Lack, list[Part]]] = []
    bundles: list[tuple[Lack, list[Part]]] = []
    for lack in unmapped:
        parts = meanings.get((lack.channel_id, lack.merchant_code))
        if parts:
            single = len(parts) == 1 and parts[0][1] == 1
            (plain if single else bundles).append((lack, parts))
    codes: dict[int, list[str]] = {}
    for lack, _parts in [*plain, *bundles]:
        codes.setdefault(lack.order_id, []).append(lack.merchant_code)
    if not codes:
        return {}
    expand_bundles({lack.line_id: parts for lack, parts in bundles})
    with connection.cursor() as cursor:
        if plain:
            lines, skus = [lack.line_id for lack, _ in plain], [parts[0][0] for _, parts in plain]
            cursor.execute(statements.SET_SKUS, {"lines": lines, "skus": skus})
        cursor.execute(statements.SETTLE_LINES, {"orders": sorted(codes)})
        versions = dict(cursor.fetchall())
    edits = [Event(pk, EventKind.EDITED, MAPPED, {"mapped": sorted(set(codes[pk]))}) for pk in sorted(codes)]
    log_events(events=edits, by=None, at=at)
    return versions


def expand_bundles(parts_of: dict[int, Sequence[tuple[int, int, Decimal]]]) -> None:
    """Replace each line by its bundle's parts, money shared by list price to the last cent (largest remainder)."""
    if not parts_of:
        return
    lines = list(OrderLine.objects.filter(pk__in=parts_of).order_by("pk"))
    added = []
    for line in lines:
        first, *others = bundle_lines(line, parts_of[line.pk])
        for name in ("sku_id", "bundle_code", "quantity", "unit_price", "goods_amount", "discount", "discount_share"):
            setattr(line, name, getattr(first, name))
        line.amount = first.amount
        added += others
    changed = ["sku", "bundle_code", "quantity", "unit_price", "goods_amount", "discount", "discount_share", "amount"]
    OrderLine.objects.bulk_update(lines, changed)
    OrderLine.objects.bulk_create(added)


def bundle_lines(line: OrderLine, parts: Sequence[tuple[int, int, Decimal]]) -> list[OrderLine]:
    """The lines a bundle's line becomes: same position, same external number, ``bundle_code`` set."""
    goods = share_by_weight(line.goods_amount, [price * pieces for _sku, pieces, price in parts])
    discounts = share_by_weight(line.discount, goods)
    rest = [whole - off for whole, off in zip(goods, discounts, strict=True)]
    shares = share_by_weight(line.discount_share, rest)
    return [
        OrderLine(
            order_id=line.order_id,
            position=line.position,
            external_line_no=line.external_line_no,
            merchant_code=line.merchant_code,
            bundle_code=line.merchant_code,
            name=line.name,
            sku_id=sku_id,
            quantity=line.quantity * pieces,
            unit_price=(goods[i] / (line.quantity * pieces)).quantize(_PRICE, rounding=ROUND_HALF_UP),
            goods_amount=goods[i],
            discount=discounts[i],
            discount_share=shares[i],
            amount=goods[i] - discounts[i] - shares[i],
            is_gift=line.is_gift,
        )
        for i, (sku_id, pieces, _price) in enumerate(parts)
    ]


def reserve_missing(*, order_ids: Collection[int], at: dt.datetime) -> set[int]:
    """Promise what the orders' lines still lack, the earliest order first; answers the orders that stay short.

    One statement for all lines. The caller holds the orders' locks; bins are locked below them.
    """
    lacks = {lack.line_id: lack for lack in lacking(order_ids) if lack.sku_id is not None}
    demands = [
        stock.Demand(lack.line_id, lack.channel_id, lack.sku_id, lack.missing)  # type: ignore[arg-type]
        for lack in lacks.values()
    ]
    short = stock.reserve_lines(demands=demands, by=None, at=at) if demands else {}
    return {lacks[line_id].order_id for line_id in short}
