"""Orders whose lines add up and whose log explains their status."""

import datetime as dt
from decimal import Decimal

import factory

from oms.lib.money import share_by_weight
from orders.models import Courier, Order, OrderEvent, OrderLine, Payment
from tests.factories.inventory import AT, ChannelFactory, SkuFactory, WarehouseFactory

PATHS = {  # statuses an order passed before it came to its own
    "new": [],
    "pending_payment": ["new"],
    "pending_split": ["new"],
    "pending_dispatch": ["new", "pending_split"],
    "pending_shipment": ["new", "pending_split", "pending_dispatch"],
    "shipped": ["new", "pending_split", "pending_dispatch", "pending_shipment"],
    "signed": ["new", "pending_split", "pending_dispatch", "pending_shipment", "shipped"],
    "closed": ["new", "pending_split", "pending_dispatch", "pending_shipment", "shipped", "signed"],
    "cancelled": ["new"],
    "rejected": ["new", "pending_split", "pending_dispatch", "pending_shipment", "shipped"],
    "invalid": ["new"],
}
PREFIX = {"sale": "SO", "return": "RO", "reissue": "RI"}
UNPAID = {"pending_payment", "cancelled", "invalid"}


class CourierFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Courier

    code = factory.Sequence(lambda n: f"CR{n}")
    name = factory.Sequence(lambda n: f"Courier {n}")


class OrderFactory(factory.django.DjangoModelFactory):
    """A sale at ``AT``. ``lines``: [(sku or None, quantity, unit price)], one piece at 10.00 unless told.

    ``OrderFactory(lines=[(sku, 2, "9.90")], freight="5.00", discount="1.00", status="pending_split")``: amounts follow,
    the order's discount is shared over the lines, the log walks to ``status``, a paid order has its payment.
    """

    class Meta:
        model = Order

    number = factory.Sequence(lambda n: f"?{n}")  # its kind, day and id, once it has one
    channel = factory.SubFactory(ChannelFactory)
    external_no = factory.Sequence(lambda n: f"EXT-{n}")
    status = "pending_split"
    payment_status = factory.LazyAttribute(lambda o: "unpaid" if o.status in UNPAID else "paid")
    receiver_name = "王小芳"
    receiver_phone = "13800136021"
    country = "中国"
    province = "上海市"
    city = "上海市"
    district = "徐汇区"
    address = "漕溪北路 18 号 3 栋 602"
    freight = "0.00"
    placed_at = AT
    created_at = AT
    paid_at = factory.LazyAttribute(lambda o: None if o.payment_status == "unpaid" else AT)
    audited_at = factory.LazyAttribute(lambda o: AT if "pending_split" in PATHS[o.status] else None)
    dispatched_at = factory.LazyAttribute(
        lambda o: AT if o.status == "pending_shipment" or "pending_shipment" in PATHS[o.status] else None
    )
    shipped_at = factory.LazyAttribute(lambda o: AT if o.status == "shipped" or "shipped" in PATHS[o.status] else None)
    signed_at = factory.LazyAttribute(lambda o: AT if o.status in {"signed", "closed"} else None)
    closed_at = factory.LazyAttribute(lambda o: AT if o.status == "closed" else None)
    shipped_from = factory.LazyAttribute(lambda o: o.warehouse or WarehouseFactory() if o.shipped_at else None)
    warehouse = None

    @classmethod
    def _create(cls, model_class, *args, lines=None, **kwargs):
        discount = Decimal(kwargs.pop("discount", "0.00"))
        rows = _lines([(SkuFactory(), 1, "10.00")] if lines is None else lines, discount)
        goods = sum((row.goods_amount for row in rows), Decimal(0))
        off = sum((row.discount + row.discount_share for row in rows), Decimal(0))
        payable = goods - off + Decimal(kwargs.get("freight", 0))
        paid = kwargs.get("payment_status") == "paid"
        amounts = {
            "goods_amount": goods,
            "discount_amount": off,
            "payable": payable,
            "total": payable,
            "paid_amount": payable if paid else 0,
            "line_count": len(rows),
            "item_count": sum(row.quantity for row in rows),
            "first_item": rows[0].name[:120] if rows else "",
        }
        order = super()._create(model_class, *args, **(amounts | kwargs))
        if order.number.startswith("?"):
            order.number = f"{PREFIX[order.type]}261123{order.pk:05d}"
            order.save(update_fields=["number"])
        for row in rows:
            row.order = order
        OrderLine.objects.bulk_create(rows)
        if paid and order.paid_amount:
            Payment.objects.create(
                order=order, method="alipay", transaction_no=f"T{order.pk}", amount=order.paid_amount, paid_at=AT
            )
        _write_log(order)
        return order


def _lines(lines, discount):
    rows = [
        OrderLine(
            position=position,
            sku=sku,
            merchant_code=sku.code if sku else f"?{position}",
            name=sku.name if sku else "Unmapped",
            quantity=quantity,
            unit_price=Decimal(price),
            goods_amount=quantity * Decimal(price),
        )
        for position, (sku, quantity, price) in enumerate(lines, start=1)
    ]
    for row, share in zip(rows, share_by_weight(discount, [row.goods_amount for row in rows]), strict=True):
        row.discount_share = share
        row.amount = row.goods_amount - share
    return rows


def _write_log(order):
    path = [*PATHS[order.status], order.status]
    OrderEvent.objects.bulk_create(
        OrderEvent(
            order=order,
            kind="moved" if source else "placed",
            from_status=source,
            to_status=target,
            at=AT + dt.timedelta(minutes=i),
        )
        for i, (source, target) in enumerate(zip(["", *path], path, strict=False))
    )
