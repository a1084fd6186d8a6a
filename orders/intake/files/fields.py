"""The fields an order file can fill, and the words people head their columns with."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True)
class Field:
    """One field. ``kind`` says how a cell is read; ``names`` are column headers that mean it, best first."""

    key: str
    label: str | StrPromise
    kind: str  # code, text, quantity, money, price, date, yes, choice
    group: str  # order, people, money, line
    names: tuple[str, ...] = ()
    required: bool = False
    most: int = 300

    @property
    def of_line(self) -> bool:
        """Whether it belongs to a line and not to the whole order."""
        return self.key.startswith("line.")


ALL = (
    Field(
        "external_no",
        _("Channel number"),
        "code",
        "order",
        (
            *("订单号", "订单编号", "原始单号", "平台单号", "平台订单号", "交易编号", "主订单编号", "线上订单号"),
            *(
                "订单ID",
                "单号",
                "external_no",
                "order_no",
                "order number",
                "order_id",
                "invoice no",
                "invoice",
                "order",
            ),
            *("Name", "orderid", "platform order", "channel number"),
        ),
        required=True,
        most=64,
    ),
    Field("type", _("Type"), "choice", "order", ("订单类型", "单据类型", "类型", "type", "order type")),
    Field("origin", _("Origin"), "choice", "order", ("订单分类", "origin")),
    Field(
        "placed_at",
        _("Placed"),
        "date",
        "order",
        (
            *("下单时间", "订单创建时间", "拍单时间", "创建时间", "订单时间", "下单日期", "订单日期", "日期"),
            *(
                "placed_at",
                "order date",
                "invoice date",
                "created at",
                "order_purchase_timestamp",
                "order time",
                "date",
            ),
        ),
    ),
    Field(
        "paid_at",
        _("Paid at"),
        "date",
        "order",
        ("付款时间", "支付时间", "订单付款时间", "买家付款时间", "paid_at", "payment date", "order_approved_at"),
    ),
    Field(
        "paid", _("Paid"), "yes", "order", ("已付款", "是否付款", "是否已付款", "paid", "is paid", "financial status")
    ),
    Field(
        "cash_on_delivery",
        _("Cash on delivery"),
        "yes",
        "order",
        ("货到付款", "是否货到付款", "cash_on_delivery", "cod"),
    ),
    Field(
        "buyer.id",
        _("Buyer"),
        "code",
        "people",
        (
            *("买家昵称", "买家会员名", "买家ID", "买家账号", "会员名", "用户ID", "客户编号", "买家", "buyer id"),
            *("customer id", "buyer", "customer_unique_id"),
        ),
        most=64,
    ),
    Field(
        "buyer.name",
        _("Buyer name"),
        "text",
        "people",
        ("买家姓名", "客户姓名", "buyer name", "customer name"),
        most=80,
    ),
    Field("buyer.phone", _("Buyer phone"), "code", "people", ("买家电话", "买家手机", "buyer phone"), most=32),
    Field(
        "receiver.name",
        _("Receiver"),
        "text",
        "people",
        (
            *("收货人", "收货人姓名", "收件人", "收件人姓名", "姓名", "receiver", "receiver name", "shipping name"),
            *("recipient", "ship to", "consignee"),
        ),
        most=80,
    ),
    Field(
        "receiver.phone",
        _("Phone"),
        "code",
        "people",
        (
            *(
                "收货人手机",
                "收货人手机号",
                "收件人手机",
                "手机",
                "手机号",
                "手机号码",
                "联系手机",
                "收货人电话",
                "收件人电话",
            ),
            *("联系电话", "电话", "receiver phone", "shipping phone", "phone", "mobile", "telephone"),
        ),
        most=32,
    ),
    Field("receiver.country", _("Country"), "text", "people", ("国家", "country", "shipping country"), most=60),
    Field(
        "receiver.province",
        _("Province"),
        "text",
        "people",
        ("省", "省份", "收货省份", "收件省", "province", "state", "shipping province", "customer_state"),
        most=60,
    ),
    Field(
        "receiver.city",
        _("City"),
        "text",
        "people",
        ("市", "城市", "收货城市", "city", "shipping city", "customer_city"),
        most=60,
    ),
    Field(
        "receiver.district",
        _("District"),
        "text",
        "people",
        ("区", "区县", "区/县", "县区", "地区", "district", "county"),
        most=60,
    ),
    Field(
        "receiver.address",
        _("Address"),
        "text",
        "people",
        (
            *("详细地址", "收货地址", "收货人地址", "收件地址", "收件人地址", "地址", "街道地址", "address"),
            *("shipping address", "shipping address1", "street", "shipping street"),
        ),
        most=300,
    ),
    Field(
        "receiver.postcode",
        _("Postcode"),
        "code",
        "people",
        ("邮编", "邮政编码", "postcode", "zip", "zip code", "postal code", "shipping zip", "customer_zip_code_prefix"),
        most=16,
    ),
    Field(
        "buyer_remark", _("Buyer remark"), "text", "people", ("买家留言", "买家备注", "buyer remark", "note"), most=500
    ),
    Field(
        "seller_remark",
        _("Seller remark"),
        "text",
        "people",
        ("卖家备注", "客服备注", "备注", "seller remark", "remark"),
        most=500,
    ),
    Field("freight", _("Freight"), "money", "money", ("运费", "邮费", "快递费", "freight", "shipping", "shipping fee")),
    Field(
        "discount", _("Discount"), "money", "money", ("订单优惠", "优惠金额", "整单优惠", "discount", "discount amount")
    ),
    Field(
        "total",
        _("Channel total"),
        "money",
        "money",
        (
            "订单金额",
            "订单总额",
            "应付金额",
            "实付金额",
            "买家应付货款",
            "总金额",
            "合计",
            "total",
            "order total",
            "amount due",
        ),
    ),
    Field(
        "payment.method",
        _("Payment method"),
        "code",
        "money",
        ("支付方式", "付款方式", "payment method", "payment_type"),
    ),
    Field(
        "payment.transaction_no",
        _("Transaction number"),
        "code",
        "money",
        ("支付流水号", "支付单号", "交易流水号", "支付交易号", "transaction_no", "transaction id", "payment reference"),
        most=64,
    ),
    Field(
        "payment.amount",
        _("Amount paid"),
        "money",
        "money",
        ("支付金额", "付款金额", "已付金额", "买家实际支付金额", "payment amount", "paid amount", "payment_value"),
    ),
    Field(
        "line.external_line_no",
        _("Line number"),
        "code",
        "line",
        ("子订单号", "子订单编号", "子单号", "明细编号", "external_line_no", "line no", "line id", "order_item_id"),
        most=64,
    ),
    Field(
        "line.merchant_code",
        _("Merchant code"),
        "code",
        "line",
        (
            *(
                "商家编码",
                "商家sku",
                "sku编码",
                "商品编码",
                "规格编码",
                "外部编码",
                "货号",
                "商品编号",
                "merchant_code",
            ),
            *("sku", "stock code", "sku code", "lineitem sku", "product code", "item code", "product_id"),
        ),
        required=True,
        most=64,
    ),
    Field(
        "line.name",
        _("Goods name"),
        "text",
        "line",
        (
            *(
                "商品名称",
                "宝贝标题",
                "商品标题",
                "品名",
                "货品名称",
                "商品",
                "description",
                "product name",
                "lineitem name",
            ),
            *("item name", "product", "title"),
        ),
        most=200,
    ),
    Field(
        "line.quantity",
        _("Quantity"),
        "quantity",
        "line",
        ("数量", "商品数量", "购买数量", "件数", "宝贝数量", "quantity", "qty", "lineitem quantity", "pieces"),
    ),
    Field(
        "line.unit_price",
        _("Unit price"),
        "price",
        "line",
        ("单价", "商品单价", "商品价格", "价格", "售价", "unit_price", "unit price", "price", "lineitem price"),
    ),
    Field(
        "line.amount",
        _("Line amount"),
        "money",
        "line",
        ("小计", "明细金额", "商品金额", "金额", "line amount", "subtotal"),
    ),
    Field(
        "line.discount",
        _("Line discount"),
        "money",
        "line",
        ("商品优惠", "明细优惠", "line discount", "lineitem discount"),
    ),
    Field("line.freight", _("Freight of the line"), "money", "line", ("明细运费", "freight_value", "line freight")),
    Field("line.is_gift", _("Gift"), "yes", "line", ("赠品", "是否赠品", "gift", "is_gift")),
)
FIELDS = {field.key: field for field in ALL}
GROUPS = {"order": _("Order"), "people": _("People"), "money": _("Money"), "line": _("Lines")}
_NOISE = re.compile(r"[\s_\-./\\()（）\[\]【】*#:：]+")


def plain(name: str) -> str:
    """A header without case, spaces and punctuation: “Invoice No.” and “InvoiceNo” are one."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", name)).lower()


@cache
def _synonyms() -> dict[str, tuple[int, str]]:
    found: dict[str, tuple[int, str]] = {}
    for field in ALL:
        for rank, name in enumerate((field.key, *field.names)):
            found.setdefault(plain(name), (rank, field.key))
    return found


def field_of(column: str) -> str | None:
    """The field that a column headed so usually is."""
    hit = _synonyms().get(plain(column))
    return hit[1] if hit else None


def proposal(columns: list[str]) -> dict[str, str]:
    """Field → column for the headers that are understood; where two mean one field, the more exact word wins."""
    best: dict[str, tuple[int, str]] = {}
    for column in columns:
        hit = _synonyms().get(plain(column))
        if hit and (hit[1] not in best or hit[0] < best[hit[1]][0]):
            best[hit[1]] = (hit[0], column)
    return {key: column for key, (_rank, column) in best.items()}
