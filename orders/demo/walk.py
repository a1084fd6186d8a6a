"""Thirty days in a minute: the clock ticks, and at each tick everybody does what is due, through the real commands."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from celery import current_app
from django.db import connection, transaction

from inventory.counting.services import ReceivedLine, receive_goods
from oms.outbox.models import OutboxMessage
from oms.subscriptions import SUBSCRIPTIONS
from orders.conveyor.services import run_until_idle
from orders.demo import figures
from orders.demo.catalogue import make_offers, make_skus
from orders.demo.company import Company, blacklist, make_administrator, make_company
from orders.demo.shopping import (
    BUYERS_PER_ORDER,
    DAYS,
    HERE,
    SELLER_REMARKS,
    Purchase,
    Shop,
    days_before,
    make_buyers,
)
from orders.dispatch import services as dispatch
from orders.dispatch.models import Courier, WarehouseDocument
from orders.dispatch.sending import send_waiting
from orders.dispatch.states import SHIPPABLE
from orders.intake.models import Source
from orders.intake.schema import read_order
from orders.intake.services import Message, take_orders
from orders.order import services as orders
from orders.order.models import Order
from orders.order.moves import lock_orders, move_orders
from orders.order.states import WORKABLE, Hold, OrderStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from inventory.catalog.models import Sku
    from oms.staff.models import Staff

CHUNK = 500
WINDOW = dt.timedelta(days=7)  # after-sales: signed orders close then
OPENS, CLOSES = 8, 20  # parcels leave in working hours
SHARE_OF_STOCK = {"HZ": 0.3, "KS": 0.32, "GZ": 0.23, "CD": 0.15}
SHORT_SKUS = 8  # of the wanted ones: too few were bought
GROWING = (
    *("orders_order", "orders_orderline", "orders_orderevent", "orders_warehousedocument", "orders_parcel"),
    *("orders_payment", "orders_walk", "orders_intakemessage", "inventory_bin", "inventory_reservation"),
    *("inventory_movement", "inventory_merchantcode", "inventory_sku", "interception_interception"),
)
PRINTED = 0.5  # of what is to pick now, paper is made for so much


@dataclass
class Tick:
    """What is known while the clock runs: purchases to come, and orders by what they wait for."""

    company: Company
    to_come: list[Purchase]
    waiting: list[Purchase] = field(default_factory=list)  # stored; to be paid, cancelled or edited
    to_ship: dict[int, Purchase] = field(default_factory=dict)  # by order
    to_sign: list[tuple[dt.datetime, Purchase]] = field(default_factory=list)
    to_close: list[tuple[dt.datetime, int]] = field(default_factory=list)
    tracking: int = 10_000_000
    taken: int = 0


def seed(*, count: int, number: int, now: dt.datetime, tell: Callable[[int, int, str], None]) -> None:
    """Make the demo company and ``count`` orders that end at ``now``. ``tell`` hears (done, of, doing what)."""
    rng = random.Random(number)  # noqa: S311 -- a demo
    tell(0, count, "company")
    _commit_lazily(lazily=True)
    with transaction.atomic():
        company = make_company()
        skus = make_skus(rng)
        offers = make_offers(rng, company.channels, skus)
    buyers = make_buyers(rng, max(12, round(count * BUYERS_PER_ORDER)))
    shop = Shop(rng, offers, buyers, now)
    purchases = [shop.purchase(nth, at) for nth, at in enumerate(days_before(rng, now, count), start=1)]
    _blacklist(shop)
    _receive(rng, company, skus, purchases, now)
    _analyze()
    tick = Tick(company, purchases)
    for nth, at in enumerate(_ticks(now, count)):
        _work(tick, at, rng)
        if nth % 20 == 19:  # noqa: PLR2004 -- a table that grows from nothing needs fresh statistics
            _analyze()
        tell(tick.taken, count, at.astimezone(HERE).strftime("%m-%d %H:%M"))
    _print_some(tick, now)
    _tell_listeners(now)
    _analyze()
    _commit_lazily(lazily=False)
    make_administrator()


def _tell_listeners(now: dt.datetime) -> None:
    """Who listens to a cancellation hears it now; what the other facts ask for has been done above, in its time."""
    current_app.loader.import_default_modules()
    facts = OutboxMessage.objects.filter(published_at=None)
    for message in facts.filter(topic="orders.order.cancelled").order_by("pk"):
        for name in SUBSCRIPTIONS[message.topic]:
            current_app.tasks[name](message_id=message.pk, **message.payload)
    facts.update(published_at=now)


def _analyze() -> None:
    """Fresh statistics for tables that grow from nothing."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(GROWING)}")


def _commit_lazily(*, lazily: bool) -> None:
    """Thousands of small commits need not wait for the disk one by one: a demo cut short is made anew."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET synchronous_commit TO {'off' if lazily else 'DEFAULT'}")


def _blacklist(shop: Shop) -> None:
    phones = [("phone", buyer.phone) for buyer in shop.bad_buyers[:3]]
    accounts = [("buyer", buyer.buyer_id.lower()) for buyer in shop.bad_buyers[3:5]]
    places = [("address", f"{b.district}{b.address}".replace(" ", "").lower()) for b in shop.bad_buyers[5:6]]
    blacklist(phones + accounts + places)


def _receive(
    rng: random.Random, company: Company, skus: Sequence[Sku], purchases: Sequence[Purchase], now: dt.datetime
) -> None:
    """Stock for what will be asked, a day before the first order; a second delivery two weeks later."""
    pieces = sum(line["quantity"] for purchase in purchases for line in purchase.body["lines"])
    wanted = [weight * pieces for weight in figures.popularity(len(skus))]
    scarce = set(rng.sample(range(20, min(160, len(skus))), SHORT_SKUS))
    fenced_for = company.channels[0].pk
    for days, part in ((DAYS + 1, 0.75), (DAYS // 2, 0.6)):
        for code, warehouse in company.warehouses.items():
            lines = []
            for nth, sku in enumerate(skus):
                enough = 0.6 if nth in scarce else 1.25
                quantity = round(wanted[nth] * SHARE_OF_STOCK[code] * part * enough)
                quantity += 0 if nth in scarce else rng.randint(6, 14)
                if nth < 12 and code == "HZ" and quantity >= 8:  # noqa: PLR2004 -- the best sellers: a part for Tmall only
                    lines.append(ReceivedLine(sku.pk, quantity // 4, fenced_for))
                    quantity -= quantity // 4
                if quantity:
                    lines.append(ReceivedLine(sku.pk, quantity))
            receive_goods(
                warehouse_id=warehouse.pk,
                lines=lines,
                reference=f"PO-{code}-{days:02d}",
                note="演示到货",
                by=None,
                at=now - dt.timedelta(days=days),
            )


def _ticks(now: dt.datetime, count: int) -> Iterator[dt.datetime]:
    """Moments at which the company works: rarely long ago, every half hour on the last day."""
    scale = 1 if count > CHUNK else 3  # 18 hours: every part of the day comes round
    at = now - dt.timedelta(days=DAYS)
    while at < now:
        left = now - at
        hours = 6 if left > dt.timedelta(days=3) else 2 if left > dt.timedelta(days=1) else 0.5
        at = min(at + dt.timedelta(hours=hours * scale), now)
        yield at


def _work(tick: Tick, at: dt.datetime, rng: random.Random) -> None:
    """One tick. Each step a little later than the one before, all of them not after ``at``."""
    step = [at - dt.timedelta(minutes=minutes) for minutes in (6, 5, 4, 3, 2, 1)]
    _intake(tick, step[0])
    _service(tick, step[1], rng)
    run_until_idle(clock=lambda: step[2])
    send_waiting(clock=lambda: step[3])
    _ship(tick, step[4], rng)
    _deliver(tick, step[5])


def _intake(tick: Tick, at: dt.datetime) -> None:
    fresh = []
    while tick.to_come and tick.to_come[0].placed_at <= at:
        fresh.append(tick.to_come.pop(0))
    late = [p for p in tick.waiting if not p.told_paid and p.paid_at is not None and p.paid_at <= at]
    purchases = fresh + late
    for begin in range(0, len(purchases), CHUNK):
        part = purchases[begin : begin + CHUNK]
        raws = [json.dumps(purchase.message(at), ensure_ascii=False) for purchase in part]
        messages = [Message(read_order(raw), raw) for raw in raws]
        for purchase, result in zip(
            part, take_orders(messages=messages, source=Source.DEMO, by=None, at=at), strict=True
        ):
            purchase.order_id = result.order_id
    tick.taken += len(fresh)
    for purchase in fresh:
        if purchase.order_id is None:
            continue
        if purchase.cancel_at or purchase.edit_at or not purchase.told_paid:
            tick.waiting.append(purchase)
        tick.to_ship[purchase.order_id] = purchase


def _service(tick: Tick, at: dt.datetime, rng: random.Random) -> None:
    """Customers call: orders are cancelled and addresses changed, by an agent; unpaid ones by nobody."""
    agents = [tick.company.people["agent"], tick.company.people["agent2"]]
    cancelled: dict[tuple[str, bool], list[int]] = defaultdict(list)
    stay = []
    for purchase in tick.waiting:
        if purchase.order_id is None:
            continue
        if purchase.cancel_at and purchase.cancel_at <= at:
            cancelled[purchase.cancel_reason, purchase.paid_at is None].append(purchase.order_id)
        elif purchase.edit_at and purchase.edit_at <= at:
            _edit(purchase, rng.choice(agents), at, rng)
        else:
            stay.append(purchase)
    tick.waiting = stay
    _refuse_blacklisted(at, rng.choice(agents))
    for (reason, nobody), order_ids in cancelled.items():
        by = None if nobody else rng.choice(agents)
        orders.cancel_orders(order_ids=order_ids, reason=reason, by=by, at=at)


def _refuse_blacklisted(at: dt.datetime, agent: Staff) -> None:
    """Orders of people on the blacklist that lie longer than a day: some are called off, the others wait on."""
    held = Order.objects.filter(hold=Hold.REVIEW, status__in=WORKABLE, created_at__lt=at - dt.timedelta(days=1))
    chosen = [pk for pk in held.values_list("pk", flat=True) if pk % 4]
    if chosen:
        orders.cancel_orders(order_ids=chosen, reason="黑名单客户，电话核实未通过", by=agent, at=at)


def _edit(purchase: Purchase, agent: Staff, at: dt.datetime, rng: random.Random) -> None:
    order = Order.objects.filter(pk__in=[purchase.order_id]).first()
    if order is None or order.is_held or order.status not in {OrderStatus.PENDING_SPLIT, OrderStatus.PENDING_SHIPMENT}:
        return
    address = f"{order.address[:-1]}{rng.randint(2, 9)}室"
    order = orders.edit_receiver(
        order_id=order.pk,
        version=order.version,
        receiver={"address": address},
        by=agent,
        at=at,
        reason="客户来电改地址",
    )
    orders.edit_seller_remark(
        order_id=order.pk, version=order.version, remark=rng.choice(SELLER_REMARKS), by=agent, at=at
    )


def _ship(tick: Tick, at: dt.datetime, rng: random.Random) -> None:
    """What was accepted long enough ago leaves, in working hours, by the clerk of its branch."""
    if not OPENS <= at.astimezone(HERE).hour < CLOSES:
        return
    due = [pk for pk, p in tick.to_ship.items() if max(p.placed_at, p.paid_at or p.placed_at) + p.ship_after <= at]
    documents = WarehouseDocument.objects.filter(order_id__in=due, status__in=SHIPPABLE, accepted_at__lte=at)
    by_clerk: dict[str, list[WarehouseDocument]] = defaultdict(list)
    for document in documents.select_related("warehouse__branch").order_by("pk"):
        by_clerk["warehouse" if document.warehouse.branch.code == "east" else "warehouse2"].append(document)
    for clerk, leaving in by_clerk.items():
        by = tick.company.people[clerk]
        dispatch.mark_printed(document_ids=[d.pk for d in leaving], by=by, at=at - dt.timedelta(minutes=1))
        shipments = [_shipment(tick, document, rng) for document in leaving]
        answers = dispatch.ship_documents(shipments=shipments, by=by, at=at)
        for document in leaving:
            if answers[document.pk] is None:
                purchase = tick.to_ship.pop(document.order_id)
                tick.to_sign.append((at + purchase.deliver_after, purchase))


def _shipment(tick: Tick, document: WarehouseDocument, rng: random.Random) -> dispatch.Shipment:
    couriers = tick.company.couriers
    courier: Courier = rng.choices(couriers, weights=[5, 3, 2, 2])[0]
    prefix = {"SF": "SF", "ZTO": "7", "YTO": "YT", "JDL": "JD"}[courier.code]
    tick.tracking += rng.randint(1, 9)
    numbers = [f"{prefix}{tick.tracking:013d}"]
    if document.item_count > 20:  # noqa: PLR2004 -- more than one carton holds
        tick.tracking += 1
        numbers.append(f"{prefix}{tick.tracking:013d}")
    return dispatch.Shipment(document.pk, courier.pk, tuple(numbers), 400 + 350 * document.item_count)


def _deliver(tick: Tick, at: dt.datetime) -> None:
    arrived = [purchase for when, purchase in tick.to_sign if when <= at]
    tick.to_sign = [(when, purchase) for when, purchase in tick.to_sign if when > at]
    refused = [p.order_id for p in arrived if p.rejected and p.order_id]
    signed = [p.order_id for p in arrived if not p.rejected and p.order_id]
    if refused:
        with transaction.atomic():
            lock_orders(refused)
            move_orders(order_ids=refused, to=OrderStatus.REJECTED, by=None, at=at, reason="收件人拒收")
    if signed:
        orders.sign_orders(order_ids=signed, by=None, at=at)
        tick.to_close += [(at + WINDOW, pk) for pk in signed]
    closing = [pk for when, pk in tick.to_close if when <= at]
    tick.to_close = [(when, pk) for when, pk in tick.to_close if when > at]
    if closing:
        orders.close_orders(order_ids=closing, by=None, at=at)


def _print_some(tick: Tick, now: dt.datetime) -> None:
    """Paper for the older half of what is to pick: the day is in full swing."""
    open_ids = list(WarehouseDocument.objects.filter(status="accepted").order_by("pk").values_list("pk", flat=True))
    by = tick.company.people["warehouse"]
    chosen = open_ids[: round(len(open_ids) * PRINTED)]
    dispatch.mark_printed(document_ids=chosen, by=by, at=now)
