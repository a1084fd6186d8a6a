"""An order typed by an agent: form, lines, and how they become the neutral order that intake takes."""

from __future__ import annotations

import json
import secrets
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _

from inventory.catalog.models import Channel, Sku
from inventory.stock.models import Bin
from orders.intake.schema import InvalidOrder, read_order
from orders.intake.services import Message, Result, take_orders
from orders.order.places import suggest_places
from orders.payment.methods import BY_HAND

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

    from oms.staff.models import Staff
    from orders.intake.schema import FieldError

MOST_LINES = 200
BLANK_LINES = 3
MOST_HITS = 12
# Where intake's field is on the page.
LINE_FIELDS = {"merchant_code": "sku", "quantity": "quantity", "unit_price": "price", "discount": "discount"}
ORDER_FIELDS = {"payment.amount": "paid", "payment.transaction_no": "transaction_no"}


def _amount(label: Any, **kwargs: Any) -> forms.DecimalField:
    widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "num"})
    return forms.DecimalField(label=label, max_digits=11, decimal_places=2, min_value=0, widget=widget, **kwargs)


class TypedOrderForm(forms.Form):
    """Customer, receiver, money of an order taken by phone, in a shop, at the desk."""

    PAYMENTS = [("paid", _("Paid now")), ("unpaid", _("Pays later")), ("cod", _("Pays on delivery"))]

    token = forms.CharField(max_length=40, widget=forms.HiddenInput)
    channel = forms.ChoiceField(label=_("Channel"))
    buyer_name = forms.CharField(label=_("Customer"), max_length=80, required=False)
    buyer_phone = forms.CharField(label=_("Customer's phone"), max_length=32, required=False)
    receiver_name = forms.CharField(label=_("Receiver"), max_length=80)
    receiver_phone = forms.CharField(label=_("Phone"), max_length=32)
    province = forms.CharField(label=_("Province"), max_length=60)
    city = forms.CharField(label=_("City"), max_length=60)
    district = forms.CharField(label=_("District"), max_length=60, required=False)
    address = forms.CharField(label=_("Address"), max_length=300)
    postcode = forms.CharField(label=_("Postcode"), max_length=16, required=False)
    freight = _amount(_("Freight"), required=False)
    discount = _amount(_("Discount on the order"), required=False)
    payment = forms.ChoiceField(label=_("Payment"), choices=PAYMENTS)
    method = forms.ChoiceField(label=_("Method"), choices=BY_HAND, required=False)
    transaction_no = forms.CharField(label=_("Transaction number"), max_length=80, required=False)
    buyer_remark = forms.CharField(label=_("Customer's remark"), max_length=500, required=False)
    seller_remark = forms.CharField(label=_("Our remark"), max_length=500, required=False)

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels = Channel.objects.visible_to(staff).filter(is_active=True).order_by("name")
        self.fields["channel"].choices = list(  # type: ignore[attr-defined]
            channels.values_list("code", "name")
        )
        self.initial.setdefault("token", secrets.token_hex(8))
        suggest_places(self.fields)


class LineForm(forms.Form):
    """One position: what, how many, for how much. No price: the SKU's list price."""

    sku = forms.CharField(label=_("SKU, barcode or name"), max_length=64)
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=100_000, initial=1)
    price = _amount(_("Unit price"), required=False)
    discount = _amount(_("Discount"), required=False)
    is_gift = forms.BooleanField(label=_("Gift"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # a row has no room for labels: the column's head is one for the eye only
            field.widget.attrs["aria-label"] = field.label

    def has_changed(self) -> bool:
        """A row without a SKU is no line, whatever its quantity says."""
        return bool(self.data.get(self.add_prefix("sku"), "").strip()) if self.is_bound else super().has_changed()


class _LineFormSet(forms.BaseFormSet):
    def clean(self) -> None:
        """At least one line."""
        if not any(form.has_changed() for form in self.forms):
            raise forms.ValidationError(_("Add at least one line."))


def line_formset(data: Any = None, blank: int = BLANK_LINES) -> forms.BaseFormSet:
    """Lines with ``blank`` empty ones at the end."""
    made = forms.formset_factory(
        LineForm, formset=_LineFormSet, extra=blank, max_num=MOST_LINES, absolute_max=MOST_LINES
    )
    return made(data, prefix="lines")


def find_skus(text: str, limit: int = MOST_HITS) -> QuerySet[Sku]:
    """Active SKUs by code, barcode or a part of the name; exact codes first."""
    text = text.strip()
    match = Q(code__istartswith=text) | Q(barcode=text) | Q(name__icontains=text) | Q(product__name__icontains=text)
    return Sku.objects.filter(match, is_active=True).select_related("product").order_by("code")[:limit]


def free_pieces(skus: list[int]) -> dict[int, int]:
    """What could be promised out of shared bins, by SKU."""
    bins = Bin.objects.filter(sku_id__in=skus, channel=None, warehouse__is_active=True)
    return dict(bins.values_list("sku_id").annotate(free=Sum(F("on_hand") - F("reserved"))))


def _sku_of(typed: str) -> Sku | None:
    exact = Sku.objects.filter(Q(code=typed) | Q(barcode=typed), is_active=True).order_by("pk")[:2]
    found = list(exact) or list(find_skus(typed, 2))
    return found[0] if len(found) == 1 else None


def place_typed(*, form: TypedOrderForm, lines: forms.BaseFormSet, by: Staff, at: dt.datetime) -> Result | None:
    """Hand the typed order to intake, strictly; None (with the errors put where they belong) when it is refused.

    The page's token is the channel number: the same page sent twice is one order.
    """
    rows = [line for line in lines.forms if line.has_changed()]
    skus = [_sku_of(row.cleaned_data["sku"]) for row in rows]
    for row, sku in zip(rows, skus, strict=True):
        if sku is None:
            row.add_error("sku", _("No single SKU fits this. Type its code or barcode."))
    if None in skus:
        return None
    payload = _payload(form.cleaned_data, rows, [sku for sku in skus if sku], at)
    try:
        order = read_order(payload)
    except InvalidOrder as problem:
        _put_errors(form, rows, problem.errors)
        return None
    message = Message(order, json.dumps(payload, ensure_ascii=False))
    result = take_orders(messages=[message], source="typed", by=by, at=at)[0]
    if result.outcome == "refused":
        _put_errors(form, rows, result.errors)
        return None
    return result


def _payload(typed: dict[str, Any], rows: list[forms.Form], skus: list[Sku], at: dt.datetime) -> dict[str, Any]:
    lines = []
    for number, (row, sku) in enumerate(zip(rows, skus, strict=True), start=1):
        cells = row.cleaned_data
        price = Decimal(0) if cells["is_gift"] else cells["price"] if cells["price"] is not None else sku.price
        lines.append(
            {
                "external_line_no": str(number),
                "merchant_code": sku.code,
                "name": sku.name,
                "quantity": cells["quantity"],
                "unit_price": str(price),
                "discount": str(cells["discount"] or 0),
                "is_gift": cells["is_gift"],
            }
        )
    payload = {
        "channel": typed["channel"],
        "external_no": f"TYPED-{typed['token']}",
        "origin": "offline",
        "placed_at": at.isoformat(),
        "cash_on_delivery": typed["payment"] == "cod",
        "buyer": {"name": typed["buyer_name"], "phone": typed["buyer_phone"]},
        "receiver": {name: typed[name] for name in ("province", "city", "district", "address", "postcode")}
        | {"name": typed["receiver_name"], "phone": typed["receiver_phone"]},
        "lines": lines,
        "freight": str(typed["freight"] or 0),
        "discount": str(typed["discount"] or 0),
        "buyer_remark": typed["buyer_remark"],
        "seller_remark": typed["seller_remark"],
        "strict": True,
    }
    if typed["payment"] == "paid":
        payload["paid_at"] = at.isoformat()
        goods = sum(row["quantity"] * Decimal(row["unit_price"]) - Decimal(row["discount"]) for row in lines)
        payload["payment"] = {
            "method": typed["method"] or "transfer",
            "transaction_no": typed["transaction_no"],
            "amount": str(max(Decimal(0), goods - Decimal(payload["discount"]) + Decimal(payload["freight"]))),
            "paid_at": at.isoformat(),
        }
    return payload


def _put_errors(form: TypedOrderForm, rows: list[forms.Form], errors: list[FieldError]) -> None:
    """Each error beside the field it is about; whatever has no field on the page goes on top."""
    for error in errors:
        parts = error.field.split(".")
        if parts[0] == "lines" and len(parts) > 1 and parts[1].isdigit() and int(parts[1]) < len(rows):
            name = LINE_FIELDS.get(parts[2] if len(parts) > 2 else "", "sku")  # noqa: PLR2004
            rows[int(parts[1])].add_error(name, str(error))
            continue
        name = "_".join(parts) if parts[0] == "buyer" else parts[-1]
        name = ORDER_FIELDS.get(
            error.field, f"receiver_{name}" if error.field in {"receiver.name", "receiver.phone"} else name
        )
        form.add_error(name if name in form.fields else None, str(error))
