"""How people pay, by the codes channels send. A code that is not here is stored and shown as it was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise

METHODS: dict[str, str | Promise] = {
    "alipay": _("Alipay"),
    "wechat": _("WeChat Pay"),
    "unionpay": _("UnionPay"),
    "jdpay": _("JD Pay"),
    "douyinpay": _("Douyin Pay"),
    "pddpay": _("Pinduoduo Pay"),
    "paypal": _("PayPal"),
    "card": _("Card"),
    "transfer": _("Bank transfer"),
    "cash": _("Cash"),
    "cod": _("Cash on delivery"),
}
BY_HAND = [(code, METHODS[code]) for code in ("transfer", "cash", "alipay", "wechat")]  # what staff take themselves


def method_label(code: str) -> str:
    """What people call the method, in the reader's language."""
    return str(METHODS.get(code.strip().lower(), code))
