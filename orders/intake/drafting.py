"""From a neutral order to the rows it becomes: amounts, bundles, shares, status. Pure; the database is not asked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from django.utils.translation import gettext_lazy as _

from oms.lib.money import ZERO, cents, share_by_weight
from orders.intake.schema import MAX_AMOUNT, FieldError, NeutralLine, NeutralOrder
from orders.order.states import OrderStatus, OrderType, PaymentStatus

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

# Plain text: reading ``.value`` of an enumeration a dozen times an order is felt in a batch.
PAID, PARTIALLY_PAID, UNPAID = str(PaymentStatus.PAID), str(PaymentStatus.PARTIALLY_PAID), str(PaymentStatus.UNPAID)
NEW, PENDING_PAYMENT = str(OrderStatus.NEW), str(OrderStatus.PENDING_PAYMENT)
PENDING_SPLIT = str(OrderStatus.PENDING_SPLIT)
RETURN, REISSUE = str(OrderType.RETURN), str(OrderType.REISSUE)
EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
AHEAD = dt.timedelta(days=1)  # how far a channel's clock may be ahead of ours
PREFIX = {"sale": "SO", RETURN: "RO", REISSUE: "RI"}
IMPLIED = "channel"  # method of a payment that is only known by its time
_PRICE = Decimal("0.0001")

Component = tuple[int, int, Decimal]  # sku id, pieces, list price


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What intake needs to know of a channel. ``zone``: the branch's; numbers and naive times are in it."""

    id: int
    code: str
    currency: str
    is_active: bool
    zone: ZoneInfo


class DraftLine(NamedTuple):
    """An order line, in the order of its columns."""

    position: int
    external_line_no: str
    merchant_code: str
    bundle_code: str
    name: str
    sku_id: int | None
    quantity: int
    unit_price: Decimal
    goods_amount: Decimal
    discount: Decimal
    discount_share: Decimal
    amount: Decimal
    is_gift: bool


@dataclass(slots=True)
class Draft:
    """One message on its way: what it says, what is wrong with it, and what it becomes."""

    index: int
    order: NeutralOrder
    raw: str
    channel: ChannelFacts | None = None
    goods: list[Decimal] = field(default_factory=list)  # per line of the message
    errors: list[FieldError] = field(default_factory=list)
    digest: str = ""
    placed_at: dt.datetime = EARLIEST
    paid_at: dt.datetime | None = None
    lines: list[DraftLine] = field(default_factory=list)
    sources: list[int] = field(default_factory=list)  # per line, the index of the message's line it comes from
    goods_amount: Decimal = ZERO
    discount_amount: Decimal = ZERO
    payable: Decimal = ZERO
    total: Decimal = ZERO
    paid_amount: Decimal = ZERO
    payment_status: str = UNPAID
    status: str = NEW
    order_id: int = 0
    number: str = ""
    line_ids: list[int] = field(default_factory=list)

    @property
    def key(self) -> tuple[int, str]:
        """What makes it the same order."""
        return self.channel.id, self.order.external_no  # type: ignore[union-attr]

    @property
    def unmapped(self) -> list[int]:
        """Indexes of the message's lines whose code is nobody's."""
        return [self.sources[line.position] for line in self.lines if line.sku_id is None]


def read_message(draft: Draft, channels: Mapping[str, ChannelFacts], at: dt.datetime) -> None:
    """Check what needs the channel, the clock or several fields at once; findings go to ``errors``."""
    order = draft.order
    channel = channels.get(order.channel)
    if channel is None or not channel.is_active:
        draft.errors.append(FieldError("channel", "unknown_channel", _("There is no such channel for you.")))
        return
    draft.channel = channel
    draft.placed_at = _moment(draft, "placed_at", order.placed_at, at)
    paid_at, path = order.paid_at, "paid_at"
    if order.payment is not None and paid_at is None:
        paid_at, path = order.payment.paid_at, "payment.paid_at"
    if paid_at is not None:
        draft.paid_at = _moment(draft, path, paid_at, at)
    _weigh(draft)
    draft.digest = _digest(draft)


def _moment(draft: Draft, path: str, time: dt.datetime, at: dt.datetime) -> dt.datetime:
    if time.tzinfo is None:
        time = time.replace(tzinfo=draft.channel.zone)  # type: ignore[union-attr]
    if not EARLIEST <= time <= at + AHEAD:
        draft.errors.append(FieldError(path, "time_out_of_range", _("This time is too far from today.")))
        return EARLIEST
    return time.astimezone(dt.UTC)


def _weigh(draft: Draft) -> None:
    """Goods per line and the bounds between amounts."""
    order, left, total = draft.order, ZERO, ZERO
    for number, line in enumerate(order.lines):
        goods = cents(line.unit_price * line.quantity)
        draft.goods.append(goods)
        if line.discount > goods:
            draft.errors.append(
                FieldError(f"lines.{number}.discount", "discount_too_large", _("The discount is more than the goods."))
            )
        left += goods - line.discount
        total += goods
    draft.goods_amount = total
    if order.discount > left and not draft.errors:
        draft.errors.append(FieldError("discount", "discount_too_large", _("The discount is more than the goods.")))
    if total > MAX_AMOUNT:
        draft.errors.append(FieldError("lines", "amount_too_large", _("The goods of one order are too dear.")))


def _digest(draft: Draft) -> str:
    """Four parts of eight hex digits: lines and money, receiver, remarks, the rest; a part that differs names a change.

    Left out: what says nothing new (names of lines with a code, exact times). The parts are compared with those of the
    message last applied, never with the order's fields, which people may have edited since.
    """
    order = draft.order
    lines = [
        f"{line.external_line_no}\0{line.merchant_code or line.name}\0{line.quantity}\0{goods}\0"
        f"{cents(line.discount) if line.discount else ''}\0{line.is_gift:d}"
        for line, goods in zip(order.lines, draft.goods, strict=True)
    ]
    total = "" if order.total is None else cents(order.total)
    discount, freight = order.discount, order.freight  # 0, 0.0 and 0.00 are the same
    lines.append(f"{cents(freight) if freight else ''}\0{cents(discount) if discount else ''}\0{total}\0{order.type}")
    to, buyer, payment = order.receiver, order.buyer, order.payment
    money = "" if payment is None else f"{payment.method}\0{payment.transaction_no}\0{cents(payment.amount)}"
    who = f"{buyer.id}\0{buyer.name}\0{buyer.phone}"
    parts = (
        "\n".join(lines),
        f"{to.name}\0{to.phone}\0{to.country}\0{to.province}\0{to.city}\0{to.district}\0{to.address}\0{to.postcode}",
        f"{order.buyer_remark}\0{order.seller_remark}",
        f"{order.origin}\0{order.cash_on_delivery:d}\0{draft.paid_at is not None:d}\0{money}\0{who}",
    )
    return "%08x%08x%08x%08x" % tuple([crc32(part.encode()) for part in parts])  # noqa: UP031 -- four at once


def write_rows(draft: Draft, mapped: Mapping[tuple[int, str], list[Component]]) -> None:
    """Lines, amounts that add up, and where the order starts."""
    order, channel_id = draft.order, draft.channel.id  # type: ignore[union-attr]
    lines: list[DraftLine] = []
    discounts = order.discount
    for number, (line, goods) in enumerate(zip(order.lines, draft.goods, strict=True)):
        discounts += line.discount
        components = mapped.get((channel_id, line.merchant_code))
        if components is None or components == []:
            lines.append(_plain(len(lines), line, goods, None))
        elif len(components) == 1 and components[0][1] == 1:
            lines.append(_plain(len(lines), line, goods, components[0][0]))
        else:
            lines.extend(_components(len(lines), line, goods, components))
        draft.sources.extend([number] * (len(lines) - len(draft.sources)))
    draft.lines = share_discount(lines, order.discount) if order.discount else lines
    draft.discount_amount = discounts
    draft.payable = draft.goods_amount - discounts + order.freight
    draft.total = draft.payable if order.total is None else order.total
    settle(draft)


def _plain(position: int, line: NeutralLine, goods: Decimal, sku_id: int | None) -> DraftLine:
    return DraftLine(
        position,
        line.external_line_no,
        line.merchant_code,
        "",
        line.name,
        sku_id,
        line.quantity,
        line.unit_price,
        goods,
        line.discount,
        ZERO,
        goods - line.discount,
        line.is_gift,
    )


def _components(first: int, line: NeutralLine, goods: Decimal, components: list[Component]) -> list[DraftLine]:
    """A bundle's SKUs, each with its share of the bundle's money by list price."""
    shares = share_by_weight(goods, [price * pieces for _sku, pieces, price in components])
    discounts = share_by_weight(line.discount, shares)
    result = []
    for offset, (sku_id, pieces, _price) in enumerate(components):
        quantity, share, discount = line.quantity * pieces, shares[offset], discounts[offset]
        price = (share / quantity).quantize(_PRICE, rounding=ROUND_HALF_UP)
        result.append(
            DraftLine(
                first + offset,
                line.external_line_no,
                line.merchant_code,
                line.merchant_code,
                line.name,
                sku_id,
                quantity,
                price,
                share,
                discount,
                ZERO,
                share - discount,
                line.is_gift,
            )
        )
    return result


def share_discount(lines: list[DraftLine], discount: Decimal) -> list[DraftLine]:
    """The order's discount laid on its lines by what each costs; the shares add up to it."""
    shares = share_by_weight(discount, [line.amount for line in lines])
    return [
        line._replace(discount_share=share, amount=line.amount - share)
        for line, share in zip(lines, shares, strict=True)
    ]


def settle(draft: Draft) -> None:
    """What is paid, and the status that follows.

    Paid means: as much as the channel says it charged, or as we compute, whichever is less; an order whose amounts
    don't agree must reach the audit (amount_mismatch), not wait for money that will not come.
    """
    order = draft.order
    if order.payment is not None:
        draft.paid_amount = order.payment.amount
        draft.paid_at = draft.paid_at or (draft.placed_at if draft.paid_amount else None)
    elif draft.paid_at is not None:
        draft.paid_amount = draft.total
    draft.payment_status = payment_status(draft.paid_amount, draft.payable, draft.total)
    if draft.payment_status != PAID:
        draft.paid_at = None if not draft.paid_amount else draft.paid_at
    draft.status = first_status(order.type, draft.payment_status, cash_on_delivery=order.cash_on_delivery)


def payment_status(paid: Decimal, payable: Decimal, total: Decimal) -> str:
    """How far an order is paid by ``paid``."""
    if paid >= min(payable, total):
        return PAID
    return PARTIALLY_PAID if paid else UNPAID


def first_status(type_: str, payment: str, *, cash_on_delivery: bool) -> str:
    """Where an order starts: waiting for money, or for us. A return owes us nothing: it is new."""
    if type_ == RETURN:
        return NEW
    if payment == PAID or cash_on_delivery or type_ == REISSUE:
        return PENDING_SPLIT
    return PENDING_PAYMENT


def holds_of(draft: Draft) -> list[str]:
    """Codes of the checks that will stop this order, as far as intake can tell (short stock comes from the ledger)."""
    holds = []
    if draft.total != draft.payable:
        holds.append("amount_mismatch")
    if draft.unmapped:
        holds.append("sku_unmapped")
    return holds
