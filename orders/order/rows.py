"""Rows of the order list, prepared in Python.

Template filters cell by cell cost more than the query; here a row is one join of strings (bench order_list).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from oms.web.formats import NOTHING, badge, duration, icon, mask_name, mask_phone, money, when
from orders.order.states import OPEN, Hold, OrderStatus, OrderType, PaymentStatus

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence

    from django.utils.functional import Promise

Row = dict[str, Any]

STATUS_LOOK = {
    OrderStatus.NEW: ("grey", "s-new"),
    OrderStatus.PENDING_PAYMENT: ("amber", "s-hollow"),
    OrderStatus.PENDING_SPLIT: ("blue", "s-q1"),
    OrderStatus.PENDING_DISPATCH: ("blue", "s-q2"),
    OrderStatus.PENDING_SHIPMENT: ("cyan", "s-q3"),
    OrderStatus.SHIPPED: ("cyan", "s-ship"),
    OrderStatus.SIGNED: ("green", "s-ok"),
    OrderStatus.CLOSED: ("grey", "s-end"),
    OrderStatus.CANCELLED: ("grey", "s-x"),
    OrderStatus.REJECTED: ("orange", "s-back"),
    OrderStatus.INVALID: ("grey", "s-inv"),
}
PAYMENT_TONE = {
    PaymentStatus.UNPAID: "amber",
    PaymentStatus.PARTIALLY_PAID: "orange",
    PaymentStatus.PAID: "green",
    PaymentStatus.PARTIALLY_REFUNDED: "violet",
    PaymentStatus.REFUNDED: "grey",
}
HOLD_ICON = {Hold.REVIEW: "user-question", Hold.SYSTEM: "lock", Hold.ROLLBACK: "arrow-back-up"}
SOON, LATE = 12 * 3600, 24 * 3600  # an open order this old needs a look, is late

# The peoples an autonomous region, prefecture or county is named after, and what kind of place it is.
PEOPLES = (
    "维吾尔|哈萨克|柯尔克孜|蒙古|藏|回|壮|满|苗|彝|白|傣|羌|土家|土|布依|侗|瑶|朝鲜|哈尼|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|"
    "景颇|达斡尔|仫佬|布朗|撒拉|毛南|仡佬|锡伯|塔吉克|怒|鄂温克|保安|裕固|独龙|鄂伦春|普米|各"
)
SELF_GOVERNED = re.compile(rf"(?:(?<!^内)(?<!^西)(?:{PEOPLES})族?)*自治[区州县旗]$")

FIELDS = [
    "id",
    "number",
    "external_no",
    "type",
    "status",
    "payment_status",
    "hold",
    "cash_on_delivery",
    "channel_id",
    "warehouse_id",
    "receiver_name",
    "receiver_phone",
    "province",
    "city",
    "district",
    "buyer_remark",
    "seller_remark",
    "payable",
    "paid_amount",
    "line_count",
    "item_count",
    "first_item",
    "placed_at",
]


def status_badge(status: str, payment: str, *, cod: bool, size: str = "") -> SafeString:
    """Order status and payment as one badge."""
    return _status_badge(get_language() or "", status, payment, cod, size)


@lru_cache(maxsize=512)
def _status_badge(language: str, status: str, payment: str, cod: bool, size: str) -> SafeString:
    tone, shape = STATUS_LOOK[OrderStatus(status)]
    pay_tone, pay = PAYMENT_TONE[PaymentStatus(payment)], str(PaymentStatus(payment).label)
    if cod and payment == PaymentStatus.UNPAID:
        pay_tone, pay = "grey", _("On delivery")
    first = badge(f"{tone} {size}".strip(), shape, str(OrderStatus(status).label))
    return mark_safe(f'<span class="st2">{first}{badge(f"{pay_tone} {size} pay".replace("  ", " "), "", pay)}</span>')  # noqa: S308


def hold_mark(hold: str, *, word: bool = False) -> SafeString:
    """The icon of a hold; empty for none."""
    return _hold_mark(get_language() or "", hold, word)


@lru_cache(maxsize=64)
def _hold_mark(language: str, hold: str, word: bool) -> SafeString:
    if hold == Hold.NONE:
        return mark_safe("")
    label = escape(str(Hold(hold).label))
    text = label if word else f'<span class="vh">{label}</span>'
    return mark_safe(f'<span class="hold {hold}" title="{label}">{icon(HOLD_ICON[Hold(hold)])}{text}</span>')  # noqa: S308


@dataclass(frozen=True)
class Frame:
    """What all rows of a page share: the clock, names of places, couriers by order, where a row's link leads."""

    now: dt.datetime
    channels: dict[int, str]
    warehouses: dict[int, str]
    couriers: dict[int, str]
    url: str  # with {} for the number


def make_frame(
    now: dt.datetime, channels: dict[int, str], warehouses: dict[int, str], couriers: dict[int, str], url: str
) -> Frame:
    """A frame with the names already escaped."""
    safe = [{key: escape(name) for key, name in names.items()} for names in (channels, warehouses, couriers)]
    return Frame(now, safe[0], safe[1], safe[2], url)


def _number(row: Row, frame: Frame) -> str:
    number = row["number"]
    url = frame.url.replace("{}", number)
    return (
        f'<td class="c-no"><div class="row-x gap-1"><a href="{url}" class="t-b num">{number}'
        f'</a>{hold_mark(row["hold"])}</div><small class="num">{escape(row["external_no"])}</small></td>'
    )


def _state(row: Row, frame: Frame) -> str:
    return f'<td class="c-st">{status_badge(row["status"], row["payment_status"], cod=row["cash_on_delivery"])}</td>'


def _source(row: Row, frame: Frame) -> str:
    name = frame.channels.get(row["channel_id"], NOTHING)
    return f'<td class="c-x">{name}<small class="num">{when(row["placed_at"], frame.now)}</small></td>'


@lru_cache(maxsize=4096)
def short_place(province: str, city: str, district: str) -> str:
    """浙江 杭州 滨江: without what kind of place each is, and a city that is its own province only once."""
    parts = [_short(part) for part in (province, city, district)]
    return " ".join(dict.fromkeys(filter(None, parts))) or NOTHING


def _short(part: str) -> str:
    """新疆 for 新疆维吾尔自治区, 伊犁 for 伊犁哈萨克自治州, 滨江 for 滨江区."""
    if own := SELF_GOVERNED.search(part):
        return part[: own.start()] or part
    return part[:-1] if len(part) > 2 and part[-1] in "省市区县" else part  # noqa: PLR2004


def _who(row: Row, frame: Frame) -> str:
    place = short_place(row["province"], row["city"], row["district"])
    name, phone = escape(mask_name(row["receiver_name"])), escape(mask_phone(row["receiver_phone"]))
    return f'<td class="c-who">{name}<small class="num">{escape(place)} · {phone}</small></td>'


def _goods(row: Row, frame: Frame) -> str:
    name = escape(row["first_item"] or NOTHING)
    if row["line_count"] > 1:
        name = _("%(name)s +%(more)d") % {"name": name, "more": row["line_count"] - 1}
    pieces = ngettext("%(n)d piece", "%(n)d pieces", row["item_count"]) % {"n": row["item_count"]}
    return (
        f'<td class="c-x"><div class="clip w-goods" title="{name}">{name}</div><small>{pieces}{_tags(row)}</small></td>'
    )


def _tags(row: Row) -> str:
    tags = ""
    if row["type"] != OrderType.SALE:
        tone = "violet" if row["type"] == OrderType.RETURN else "blue"
        tags += f' <span class="tag tone-{tone}">{OrderType(row["type"]).label}</span>'
    if row["buyer_remark"]:
        tags += f' <span class="tag" title="{escape(row["buyer_remark"])}">{_("Remark")}</span>'
    if row["cash_on_delivery"]:
        tags += f' <span class="tag">{_("COD")}</span>'
    return tags


def _amount(row: Row, frame: Frame) -> str:
    return f'<td class="num c-amt">{money(row["payable"])}</td>'


def _place(row: Row, frame: Frame) -> str:
    warehouse = frame.warehouses.get(row["warehouse_id"], NOTHING)
    return f'<td class="c-x">{warehouse}<small>{frame.couriers.get(row["id"], NOTHING)}</small></td>'


def _age(row: Row, frame: Frame) -> str:
    if row["status"] not in OPEN:
        return f'<td class="c-age"><span class="age t-3">{NOTHING}</span></td>'
    seconds = (frame.now - row["placed_at"]).total_seconds()
    tone = " late" if seconds >= LATE else " soon" if seconds >= SOON else ""
    mark = icon("alert-triangle", "sm") if seconds >= LATE else ""
    return f'<td class="c-age"><span class="age{tone}">{mark}{duration(seconds)}</span></td>'


def _buyer_remark(row: Row, frame: Frame) -> str:
    return f'<td class="c-x"><div class="clip w-goods">{escape(row["buyer_remark"]) or NOTHING}</div></td>'


def _seller_remark(row: Row, frame: Frame) -> str:
    return f'<td class="c-x"><div class="clip w-goods">{escape(row["seller_remark"]) or NOTHING}</div></td>'


def _paid(row: Row, frame: Frame) -> str:
    return f'<td class="num c-x">{money(row["paid_amount"])}</td>'


@dataclass(frozen=True)
class Column:
    """One column. ``fixed`` ones are always shown; ``sort`` names the order its heading asks for."""

    label: str | Promise
    cell: Callable[[Row, Frame], str]
    fixed: bool = False
    usual: bool = True
    sort: str = ""
    css: str = ""


COLUMNS: dict[str, Column] = {
    "number": Column(gettext_lazy("Order / channel number"), _number, fixed=True),
    "state": Column(gettext_lazy("Status · payment"), _state, fixed=True),
    "source": Column(gettext_lazy("Channel / placed"), _source, sort="placed"),
    "who": Column(gettext_lazy("Receiver"), _who),
    "goods": Column(gettext_lazy("Goods"), _goods),
    "amount": Column(gettext_lazy("Amount"), _amount, sort="amount", css="num"),
    "place": Column(gettext_lazy("Warehouse"), _place),
    "age": Column(gettext_lazy("Waiting"), _age, sort="age"),
    "paid": Column(gettext_lazy("Paid"), _paid, usual=False, css="num"),
    "buyer_remark": Column(gettext_lazy("Buyer's remark"), _buyer_remark, usual=False),
    "seller_remark": Column(gettext_lazy("Our remark"), _seller_remark, usual=False),
}


def shown_columns(asked: str | None) -> list[str]:
    """Codes of the columns to show: those asked for (comma-separated) and the fixed ones; else the usual ones."""
    if asked is None:
        return [code for code, column in COLUMNS.items() if column.usual]
    wanted = set(asked.split(","))
    return [code for code, column in COLUMNS.items() if column.fixed or code in wanted]


def render_rows(rows: Iterable[Row], frame: Frame, columns: Sequence[str]) -> SafeString:
    """The body of the table. Everything that came from outside is escaped here."""
    cells = [COLUMNS[code].cell for code in columns]
    choose = escape(_("Choose %s"))
    parts = []
    for row in rows:
        parts.append(
            '<tr tabindex="0"><td class="chk"><input class="form-check-input" type="checkbox" name="ids" form="bulk" '
            f'value="{row["id"]}" aria-label="{choose % row["number"]}"></td>'
        )
        parts += [cell(row, frame) for cell in cells]
        parts.append("</tr>\n")
    return mark_safe("".join(parts))  # noqa: S308
