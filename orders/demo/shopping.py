"""Who buys what and when: every order of the demo with its later life, drawn from the measured figures."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from faker import Faker

from oms.lib.divisions import areas, cities, provinces
from orders.demo import figures
from orders.demo.figures import from_counts, from_quantiles

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

    from orders.demo.catalogue import Offer

DAYS = 30
HERE = ZoneInfo("Asia/Shanghai")
SHARES = {"tmall": 0.42, "jd": 0.26, "douyin": 0.24, "site": 0.08}
METHODS = {"tmall": "alipay", "jd": "jdpay", "douyin": "douyinpay", "site": "wechat"}
BUYERS_PER_ORDER = 0.8  # some come again
MOST_TRADE_LINES = 24
CENT = Decimal("0.01")
# Shares of what is not plain. Faults are likelier in young orders: of the older ones most have been mended.
UNPAID, PAYS_LATER, CASH = 0.045, 0.04, 0.03
UNMAPPED, WRONG_TOTAL, BLACKLISTED = 0.015, 0.008, 0.005
EDITED, REMARKED, REJECTED = 0.012, 0.06, 0.004
DISCOUNTED, DISCOUNTS = 0.3, (Decimal("0.05"), Decimal("0.1"))
FREE_FREIGHT_FROM = 99
UNKNOWN_CODES = {
    "tmall": (("TM-8831-B", "秋冬新款珊瑚绒四件套 1.8m"), ("TM-8840", "凉感冰丝三件套 1.5m")),
    "jd": (("100067724510", "九孔枕 单只装"), ("100071120033", "加厚浴巾 礼盒 2 条")),
    "douyin": (("DY-LIVE-77", "直播间福袋 毛巾 3 条"), ("DY-9912", "主播同款盖毯 奶油白")),
    "site": (("HOTEL-KIT-2", "客房用品套装 B"), ("YP-VIP-01", "定制浴袍 绣字")),
}
BUYER_REMARKS = (
    "请尽快发货，周末要用",
    "送人的，包装好一点",
    "放菜鸟驿站，不要打电话",
    "要新日期的",
    "开公司抬头发票",
    "工作日送，家里没人",
)
SELLER_REMARKS = ("已电话确认地址", "赠品随单发", "客户要求发顺丰", "老客户，优先发")


@dataclass(frozen=True)
class Buyer:
    """A person with an address."""

    buyer_id: str
    name: str
    phone: str
    province: str
    city: str
    district: str
    address: str


@dataclass
class Purchase:
    """One order as its channel tells it, and what will become of it; None: it never happens."""

    body: dict[str, Any]
    placed_at: dt.datetime
    paid_at: dt.datetime | None
    cancel_at: dt.datetime | None = None
    cancel_reason: str = ""
    edit_at: dt.datetime | None = None
    ship_after: dt.timedelta = dt.timedelta(days=1)
    deliver_after: dt.timedelta = dt.timedelta(days=2)
    rejected: bool = False
    order_id: int | None = field(default=None, repr=False)
    told_paid: bool = False

    def message(self, at: dt.datetime) -> dict[str, Any]:
        """What the channel says at ``at``: paid or not yet."""
        self.told_paid = self.paid_at is not None and self.paid_at <= at
        body = dict(self.body)
        payment = body.pop("payment")
        if self.told_paid and self.paid_at and not body["cash_on_delivery"]:
            body["paid_at"] = self.paid_at.isoformat()
            body["payment"] = {**payment, "paid_at": self.paid_at.isoformat()}
        return body


def make_buyers(rng: random.Random, count: int) -> list[Buyer]:
    """People by Faker, at places that exist; provinces by how many districts they have."""
    fake = Faker("zh_CN")
    fake.seed_instance(rng.randrange(2**32))
    places = [(p, c, a) for p in provinces() for c in cities(p) for a in areas(p, c)]
    return [
        Buyer(
            f"{fake.user_name()}{nth}",
            fake.name(),
            fake.phone_number(),
            *rng.choice(places),
            f"{fake.street_name()}{rng.randint(1, 399)}号{rng.randint(1, 30)}幢{rng.randint(101, 3204)}室",
        )
        for nth in range(count)
    ]


def days_before(rng: random.Random, now: dt.datetime, count: int) -> list[dt.datetime]:
    """Moments of purchase in the ``DAYS`` days before ``now``, oldest first, by hour, weekday and season."""
    start = now.astimezone(HERE) - dt.timedelta(days=DAYS)
    hours = [start.replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=h) for h in range(DAYS * 24 + 1)]
    weights = [
        figures.HOURS[hour.hour]
        * figures.WEEKDAYS[hour.weekday()]
        * figures.SEASON_DAYS.get((hour.month, hour.day), 1.0)
        for hour in hours
    ]
    moments = [
        hour + dt.timedelta(seconds=rng.randrange(3600)) for hour in rng.choices(hours, weights=weights, k=count)
    ]
    latest = now - dt.timedelta(minutes=8)  # the last look for new orders is six minutes before now
    earliest = now - dt.timedelta(days=DAYS)
    return sorted(min(max(moment.astimezone(dt.UTC), earliest), latest) for moment in moments)


class Shop:
    """Draws purchases."""

    def __init__(
        self, rng: random.Random, offers: Mapping[str, Sequence[Offer]], buyers: Sequence[Buyer], now: dt.datetime
    ) -> None:
        self.rng, self.offers, self.buyers, self.now = rng, offers, buyers, now
        self.weights = {code: figures.popularity(len(listed)) for code, listed in offers.items()}
        self.bad_buyers = list(buyers[:: max(1, len(buyers) // 6)])[:6]

    def purchase(self, nth: int, at: dt.datetime) -> Purchase:
        """One order placed at ``at``, with its later life."""
        rng = self.rng
        channel = rng.choices(list(SHARES), weights=list(SHARES.values()))[0]
        buyer = rng.choice(self.bad_buyers) if self._chance(BLACKLISTED, at) else rng.choice(self.buyers)
        lines = self._lines(channel, at)
        goods = sum((Decimal(line["unit_price"]) * line["quantity"] for line in lines), Decimal(0))
        discounted = rng.random() < DISCOUNTED
        discount = (goods * rng.choice(DISCOUNTS)).quantize(CENT) if discounted else Decimal(0)
        freight = Decimal(0) if goods >= FREE_FREIGHT_FROM or channel == "jd" else Decimal(8)
        total = goods - discount + freight
        if self._chance(WRONG_TOTAL, at):
            total += rng.choice((Decimal(-10), Decimal("0.5"), Decimal(20)))
            total = max(total, Decimal(1))
        cash = channel in {"jd", "site"} and rng.random() < CASH / 0.34
        body = {
            "channel": channel,
            "external_no": _external_no(channel, at, nth),
            "placed_at": at.isoformat(),
            "cash_on_delivery": cash,
            "buyer": {"id": buyer.buyer_id, "name": buyer.name, "phone": buyer.phone},
            "receiver": {
                "name": buyer.name,
                "phone": buyer.phone,
                "country": "中国",
                "province": buyer.province,
                "city": buyer.city,
                "district": buyer.district,
                "address": buyer.address,
            },
            "lines": lines,
            "freight": str(freight),
            "discount": str(discount),
            "total": str(total),
            "payment": {"method": METHODS[channel], "transaction_no": f"{at:%Y%m%d}{nth:08d}", "amount": str(total)},
            "buyer_remark": rng.choice(BUYER_REMARKS) if rng.random() < REMARKED else "",
        }
        return self._life(body, at, cash=cash)

    def _lines(self, channel: str, at: dt.datetime) -> list[dict[str, Any]]:
        rng = self.rng
        if channel == "site":
            wanted = min(
                MOST_TRADE_LINES, max(1, round(from_quantiles(rng, figures.TRADE_LINES) * figures.TRADE_SHARE))
            )
        else:
            wanted = from_counts(rng, figures.SHOP_LINES)
        chosen = {o.code: o for o in rng.choices(self.offers[channel], weights=self.weights[channel], k=wanted)}
        lines = [
            {
                "external_line_no": str(nth),
                "merchant_code": offer.code,
                "name": offer.name,
                "quantity": from_counts(rng, figures.PIECES) * (2 if channel == "site" else 1),
                "unit_price": str(offer.price),
            }
            for nth, offer in enumerate(chosen.values(), start=1)
        ]
        if self._chance(UNMAPPED, at):
            code, name = rng.choice(UNKNOWN_CODES[channel])
            lines[0] |= {"merchant_code": code, "name": name}
        return lines

    def _chance(self, share: float, at: dt.datetime) -> bool:
        """Whether a fault of this share strikes: four times as often in the last two days as in the weeks before."""
        young = self.now - at < dt.timedelta(days=2)
        return self.rng.random() < share * (3.2 if young else 0.8)

    def _life(self, body: dict[str, Any], at: dt.datetime, *, cash: bool) -> Purchase:
        rng = self.rng
        draw = rng.random()
        late = dt.timedelta(minutes=max(30.0, from_quantiles(rng, figures.PAY_MINUTES)))
        paid_at = (
            None if cash or draw < UNPAID else at + (late if draw < UNPAID + PAYS_LATER else dt.timedelta(seconds=40))
        )
        made = Purchase(body, at, paid_at)
        if paid_at is None and not cash:
            made.cancel_at, made.cancel_reason = at + dt.timedelta(hours=36), "超时未支付"
        elif rng.random() < figures.CANCELLED:
            made.cancel_at = at + dt.timedelta(minutes=rng.randint(20, 600))
            made.cancel_reason = rng.choice(("买家不想要了", "拍错规格", "地址填错，重新下单"))
        elif rng.random() < EDITED:
            made.edit_at = at + dt.timedelta(minutes=rng.randint(10, 300))
        made.ship_after = dt.timedelta(hours=from_quantiles(rng, figures.SHIP_HOURS) / figures.SHIP_FASTER)
        made.deliver_after = dt.timedelta(days=from_quantiles(rng, figures.DELIVER_DAYS) / figures.DELIVER_FASTER)
        made.rejected = rng.random() < REJECTED
        return made


def _external_no(channel: str, at: dt.datetime, nth: int) -> str:
    """Numbers as the platforms write them."""
    day = at.astimezone(HERE)
    return {
        "tmall": f"24{day:%m%d}{nth:06d}{(nth * 7919) % 1_000_000:06d}",
        "jd": f"JD{day:%m%d}{nth:07d}",
        "douyin": f"69{day:%m%d}{(nth * 104_729) % 1_000_000_000:09d}{nth % 1000:03d}",
        "site": f"QM{day:%y%m%d}{nth:05d}",
    }[channel]
