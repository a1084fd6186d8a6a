"""Two hundred products of home textiles and hotel supplies, four SKUs each, with codes per channel and bundles."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from inventory.catalog.models import MerchantCode, Product, Sku
from orders.demo.drawings import picture
from orders.demo.figures import PRICE_FACTORS, from_quantiles

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from inventory.catalog.models import Channel

BRANDS = ("栖木", "云棉", "澜庭", "素简")
# name, drawing, category, code, price in yuan, weight in grams, sizes
KINDS = (
    ("四件套", "bed", "床品", "SJT", 329, 2600, ("1.5m", "1.8m")),
    ("被套", "bed", "床品", "BT", 159, 1200, ("200×230", "220×240")),
    ("床单", "bed", "床品", "CD", 99, 900, ("1.5m", "1.8m")),
    ("床笠", "bed", "床品", "CL", 109, 950, ("1.5m", "1.8m")),
    ("枕芯", "pillow", "床品", "ZX", 89, 900, ("48×74", "40×60")),
    ("抱枕", "pillow", "软装", "BZ", 49, 420, ("45×45", "50×50")),
    ("冬被", "blanket", "床品", "DB", 299, 3200, ("200×230", "220×240")),
    ("盖毯", "blanket", "软装", "GT", 129, 1100, ("100×150", "150×200")),
    ("毛巾", "towel", "卫浴", "MJ", 19, 120, ("34×74", "35×76")),
    ("浴巾", "towel", "卫浴", "YJ", 59, 520, ("70×140", "80×160")),
    ("浴袍", "robe", "卫浴", "YP", 189, 1150, ("M", "L")),
    ("拖鞋", "slippers", "客用品", "TX", 9, 90, ("28cm", "30cm")),
    ("窗帘", "curtain", "软装", "CLN", 269, 2300, ("2.0m", "3.0m")),
    ("洗护套装", "bottle", "客用品", "XH", 39, 380, ("30ml", "300ml")),
    ("香薰", "bottle", "客用品", "XX", 79, 260, ("100ml", "200ml")),
    ("茶具", "cup", "餐饮", "CJ", 139, 900, ("2人", "4人")),
    ("马克杯", "cup", "餐饮", "MKB", 29, 340, ("300ml", "400ml")),
    ("衣架", "hanger", "客用品", "YJA", 25, 300, ("10只", "20只")),
    ("托盘", "tray", "餐饮", "TP", 69, 650, ("30cm", "40cm")),
    ("收纳盒", "box", "客用品", "SN", 45, 480, ("小号", "大号")),
)
SERIES = (
    ("长绒棉", 1.35, "LR"),
    ("水洗棉", 1.0, "SX"),
    ("天丝", 1.55, "TS"),
    ("亚麻", 1.4, "YM"),
    ("磨毛", 1.1, "MM"),
    ("竹纤维", 1.05, "ZQ"),
    ("素雅", 0.8, "SY"),
    ("轻奢", 1.8, "QS"),
    ("经典", 0.9, "JD"),
    ("酒店专供", 1.15, "JG"),
)
COLOURS = (
    ("雾蓝", "#7f9cc0", "WL"),
    ("米白", "#d9cdb8", "MB"),
    ("豆绿", "#8fae8b", "DL"),
    ("烟灰", "#8a8f98", "YH"),
    ("藕粉", "#d3a5a5", "OF"),
    ("焦糖", "#b98354", "JT"),
)
BUNDLES = 24
PREFIXES = {"tmall": "TM", "jd": "1000", "douyin": "DY"}


@dataclass(frozen=True)
class Offer:
    """What a channel lists: its code for one SKU or a bundle, the name buyers see, the price."""

    code: str
    name: str
    price: Decimal


def make_skus(rng: random.Random) -> list[Sku]:
    """Products and their SKUs, with pictures; the first of the list is the most wanted."""
    products, plans = [], []
    for kind, shape, category, code, price, weight, sizes in KINDS:
        for material, dearer, short in SERIES:
            factor = from_quantiles(rng, PRICE_FACTORS) ** 0.35  # the kind explains most of a price
            product = Product(
                code=f"{code}-{short}", name=f"{material}{kind}", category=category, brand=rng.choice(BRANDS)
            )
            products.append(product)
            colours = rng.sample(COLOURS, 2)
            base = max(Decimal(3), Decimal(round(price * dearer * factor)))
            plans += [
                (product, colour, size, base * (1 if nth == 0 else Decimal("1.15")), weight, shape)
                for colour in colours
                for nth, size in enumerate(sizes)
            ]
    Product.objects.bulk_create(products)
    skus = [
        Sku(
            product=product,
            code=f"{product.code}-{colour[2]}{nth % 2 + 1}",
            name=f"{product.name} {size} {colour[0]}",
            barcode=_ean13(690_100_000_000 + nth),
            price=price.quantize(Decimal(1)) - Decimal("0.10"),
            weight_g=weight,
            picture=picture(shape, colour[1]),
        )
        for nth, (product, colour, size, price, weight, shape) in enumerate(plans)
    ]
    Sku.objects.bulk_create(skus, batch_size=200)
    rng.shuffle(skus)
    return skus


def _ean13(number: int) -> str:
    digits = f"{number:012d}"
    total = sum(int(digit) * (3 if i % 2 else 1) for i, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def make_offers(rng: random.Random, channels: Sequence[Channel], skus: Sequence[Sku]) -> dict[str, list[Offer]]:
    """Each channel's listing, most wanted first. The own site lists SKUs under their own codes."""
    offers: dict[str, list[Offer]] = {}
    codes: list[MerchantCode] = []
    for channel in channels:
        prefix = PREFIXES.get(channel.code)
        listed = []
        for nth, sku in enumerate(skus):
            code = f"{prefix}{'' if prefix.isdigit() else '-'}{4000 + nth}" if prefix else sku.code
            if prefix:
                codes.append(MerchantCode(channel=channel, code=code, sku=sku))
            listed.append(Offer(code, sku.name, sku.price))
        for nth in range(BUNDLES if prefix else 0):
            first, second = rng.sample(list(skus[:200]), 2)
            code = f"{prefix}-SET{nth + 1:02d}"
            codes.append(MerchantCode(channel=channel, code=code, sku=first))
            codes.append(MerchantCode(channel=channel, code=code, sku=second, quantity=rng.choice((1, 1, 2))))
            price = (first.price + second.price) * Decimal("0.9")
            listed.insert(
                20 + nth * 6, Offer(code, f"组合 {first.name}+{second.name}"[:100], price.quantize(Decimal(1)))
            )
        offers[channel.code] = listed
    MerchantCode.objects.bulk_create(codes, batch_size=1000)
    return offers
