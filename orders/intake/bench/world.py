"""A company to measure with, and the orders its channels send."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

from inventory.catalog.models import Channel, MerchantCode, Product, Sku
from inventory.stock.models import Bin, Movement, MovementKind, Warehouse
from oms.staff.models import Branch

if TYPE_CHECKING:
    import datetime as dt

PLENTY = 1_000_000
BASKETS = (1, 1, 2, 2, 3, 3, 4, 4)  # lines per order: 2.5 on average
PROVINCES = (("浙江省", "杭州市", "西湖区"), ("广东省", "深圳市", "南山区"), ("江苏省", "南京市", "鼓楼区"))
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周", "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞"


@dataclass(frozen=True)
class World:
    """Codes to order by."""

    channels: list[str]
    codes: list[str]
    hot: str
    first_sku: int
    first_bin: int  # two per SKU, the first warehouse's first
    channel_id: int


def build_world(*, skus: int, at: dt.datetime) -> World:
    """Two branches, four channels, two warehouses, SKUs with merchant codes and plenty of stock."""
    branches = [Branch.objects.create(code=f"B{i}", name=f"Branch {i}") for i in (1, 2)]
    channels = [Channel.objects.create(code=f"C{i}", name=f"Shop {i}", branch=branches[i % 2]) for i in range(4)]
    warehouses = [
        Warehouse.objects.create(code=f"W{i}", name=f"Warehouse {i}", branch=branches[i], priority=i + 1)
        for i in (0, 1)
    ]
    product = Product.objects.create(code="P", name="Product")
    goods = Sku.objects.bulk_create(
        [Sku(product=product, code=f"SKU-{i:05d}", name=f"商品 {i}", price=10 + i % 90) for i in range(skus + 1)]
    )
    MerchantCode.objects.bulk_create(
        [
            MerchantCode(channel=channel, code=f"m-{i:05d}", sku=sku)
            for i, sku in enumerate(goods)
            for channel in channels
        ]
    )
    bins = Bin.objects.bulk_create(
        [Bin(sku=sku, warehouse=warehouse, on_hand=PLENTY) for sku in goods for warehouse in warehouses]
    )
    Movement.objects.bulk_create(
        [Movement(bin=place, kind=MovementKind.RECEIVE, on_hand_delta=PLENTY, at=at) for place in bins]
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    codes = [f"m-{i:05d}" for i in range(skus + 1)]
    return World(
        channels=[channel.code for channel in channels],
        codes=codes[:-1],
        hot=codes[-1],
        first_sku=goods[0].pk,
        first_bin=bins[0].pk,
        channel_id=channels[0].pk,
    )


def order_texts(world: World, *, prefix: str, count: int, at: dt.datetime, hot: bool = False) -> list[str]:
    """``count`` orders as JSON text, the same for the same prefix; a few SKUs sell much, most little."""
    rng = random.Random(prefix)  # noqa: S311 -- made-up orders
    return [json.dumps(_order(world, rng, f"{prefix}{i:06d}", at, hot=hot), ensure_ascii=False) for i in range(count)]


def _order(world: World, rng: random.Random, number: str, at: dt.datetime, *, hot: bool) -> dict[str, object]:
    lines, total = [], 0
    for position in range(rng.choice(BASKETS)):
        code = world.hot if hot else world.codes[int(len(world.codes) * rng.random() ** 2)]
        quantity, price = rng.choice((1, 1, 1, 2)), rng.randrange(990, 29900, 10)
        total += quantity * price
        lines.append(
            {
                "external_line_no": str(position + 1),
                "merchant_code": code,
                "name": f"商品 {code} 白色 M",
                "quantity": quantity,
                "unit_price": f"{price / 100:.2f}",
                "discount": "0.00",
                "is_gift": False,
            }
        )
    freight, discount = rng.choice((0, 800)), rng.choice((0, 0, 0, 500))
    total += freight - discount
    name, phone = rng.choice(SURNAMES) + rng.choice(GIVEN), f"13{rng.randrange(10**9):09d}"
    province, city, district = rng.choice(PROVINCES)
    return {
        "channel": rng.choice(world.channels),
        "external_no": number,
        "type": "sale",
        "origin": "online",
        "placed_at": at.isoformat(),
        "paid_at": at.isoformat(),
        "cash_on_delivery": False,
        "buyer": {"id": f"u{rng.randrange(10**6)}", "name": name, "phone": phone},
        "receiver": {
            "name": name,
            "phone": phone,
            "country": "中国",
            "province": province,
            "city": city,
            "district": district,
            "address": f"文三路 {rng.randrange(500)} 号 {rng.randrange(30)} 栋 {rng.randrange(2000)}",
            "postcode": "310012",
        },
        "lines": lines,
        "freight": f"{freight / 100:.2f}",
        "discount": f"{discount / 100:.2f}",
        "total": f"{total / 100:.2f}",
        "payment": {"method": "alipay", "transaction_no": f"T{number}", "amount": f"{total / 100:.2f}"},
        "buyer_remark": "",
        "seller_remark": "",
        "strict": False,
    }
