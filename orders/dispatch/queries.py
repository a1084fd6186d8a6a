"""What is asked of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Sum

from inventory.stock.models import Reservation, Warehouse
from oms.web.counting import BOUND, Count
from orders.dispatch.gateways.base import gateway_named
from orders.dispatch.models import Courier

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from django.db.models import QuerySet

    from orders.dispatch.models import WarehouseDocument


def default_courier() -> Courier | None:
    """The active courier with the lowest priority number: whom documents name unless told otherwise."""
    return Courier.objects.filter(is_active=True).order_by("priority", "pk").first()


def local_warehouse_ids(warehouse_ids: Collection[int]) -> set[int]:
    """Those whose clerks work in OMS itself."""
    warehouses = Warehouse.objects.filter(pk__in=warehouse_ids).values_list("pk", "gateway")
    return {pk for pk, name in warehouses if gateway_named(name).local}


def bounded_counts(querysets: Mapping[str, QuerySet]) -> dict[str, Count]:
    """How many rows each has, none counted further than the bound, all in one statement."""
    parts: list[str] = []
    values: list[Any] = []
    for queryset in querysets.values():
        sql, params = queryset.order_by().values("pk")[: BOUND + 1].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) rows)")
        values += params
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        numbers = cursor.fetchone()
    return {code: Count(min(n, BOUND), n <= BOUND) for code, n in zip(querysets, numbers, strict=True)}


def lines_short(documents: Sequence[WarehouseDocument]) -> dict[int, int]:
    """Per document, how many of its lines are not wholly reserved in its warehouse; only documents that lack some."""
    line_ids = [line["line"] for document in documents for line in document.lines]
    reserved = {
        (line, warehouse): quantity
        for line, warehouse, quantity in Reservation.objects.filter(order_line_id__in=line_ids)
        .values_list("order_line_id", "bin__warehouse")
        .annotate(Sum("quantity"))
    }
    short = {
        document.pk: sum(
            reserved.get((line["line"], document.warehouse_id), 0) != line["quantity"] for line in document.lines
        )
        for document in documents
    }
    return {pk: count for pk, count in short.items() if count}
