"""What the API answers."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 -- pydantic reads annotations at run time
from decimal import Decimal  # noqa: TC003
from typing import Literal

from ninja import Schema

from orders.intake.api.problems import FieldProblem  # noqa: TC001


class ResultOut(Schema):
    """What became of one order."""

    external_no: str
    number: str
    outcome: Literal["stored", "repeated", "changed", "refused"]
    holds: list[str]
    errors: list[FieldProblem]


class BatchResultOut(ResultOut):
    """What became of one order of a batch; ``index`` is its place in the request."""

    index: int


class BatchOut(Schema):
    """What became of a batch."""

    stored: int
    repeated: int
    changed: int
    refused: int
    results: list[BatchResultOut]


class LineOut(Schema):
    """One order line; amounts are decimal strings. A bundle's components carry ``bundle_code``."""

    external_line_no: str
    merchant_code: str
    bundle_code: str
    sku: str | None
    name: str
    quantity: int
    unit_price: Decimal
    discount: Decimal
    discount_share: Decimal
    amount: Decimal
    is_gift: bool


class ParcelOut(Schema):
    """A parcel that left."""

    courier: str
    tracking_no: str


class OrderOut(Schema):
    """An order as its channel may see it: holds and audit never show."""

    number: str
    channel: str
    external_no: str
    type: str
    status: str
    payment_status: str
    placed_at: dt.datetime
    paid_at: dt.datetime | None
    shipped_at: dt.datetime | None
    currency: str
    goods_amount: Decimal
    discount_amount: Decimal
    freight: Decimal
    payable: Decimal
    total: Decimal
    paid_amount: Decimal


class OrderDetailOut(OrderOut):
    """An order with its lines and parcels."""

    lines: list[LineOut]
    parcels: list[ParcelOut]


class OrderPageOut(Schema):
    """A page of orders, newest first. Pass ``next`` as ``cursor`` for the following page; null: this is the last."""

    items: list[OrderOut]
    next: str | None


class StockOut(Schema):
    """What this key's channels may still sell of a SKU: their own fences and the shared stock."""

    sku: str
    name: str
    available: int


class StockPageOut(Schema):
    """Stock of the SKUs asked for, in the order asked; a code that is no SKU is left out."""

    items: list[StockOut]
