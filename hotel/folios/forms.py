"""Forms of the till: they check shape, the services decide."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from hotel.folios.models import ChargeCode, Company, Department, Folio, TenderKind
from hotel.folios.services import Tender
from hotel.members.models import Member
from hotel.rooms.numbers import whole
from oms.lib.money import cents

if TYPE_CHECKING:
    from django.utils.datastructures import MultiValueDict

    from hotel.rooms.models import Property

DIGITS = 12  # before the point; more is refused before anything is counted with it
OF_MEMBERS = (TenderKind.STORED_VALUE, TenderKind.POINTS)


class FolioForm(forms.Form):
    """A form on one folio. ``folio`` is there for fields that depend on its hotel."""

    use_required_attribute = False

    def __init__(self, *args: Any, folio: Folio, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.folio = folio


def amount_field(label: Any, **more: Any) -> forms.DecimalField:
    """Money, two places."""
    attrs = {"inputmode": "decimal", "autocomplete": "off", "class": "num"}
    widget = forms.TextInput(attrs=attrs)
    return forms.DecimalField(label=label, max_digits=12, decimal_places=2, widget=widget, **more)


def text_field(label: Any, *, most: int, required: bool = True, **attrs: str) -> forms.CharField:
    """A line of text."""
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=label, max_length=most, required=required, widget=widget)


def typed_amount(text: str) -> Decimal:
    """Money as people type it. Raises ValidationError for what is none, or is beyond any column."""
    try:
        value = Decimal(text.replace(",", "").replace("，", "").strip())
    except ArithmeticError:
        value = Decimal("NaN")
    if not value.is_finite() or value.adjusted() > DIGITS:
        raise ValidationError(_("%(text)s is no amount."), params={"text": text[:20]})
    return value


class PostForm(FolioForm):
    """A charge by code (or name), or by text and department. An empty amount is the code's price times the quantity."""

    code = text_field(_("Code or goods"), most=60, required=False, list="charge-codes")
    quantity = forms.DecimalField(
        label=_("Quantity"), max_digits=7, decimal_places=2, initial=1, min_value=Decimal("0.01"), required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "num", "autocomplete": "off"}),
    )  # fmt: skip
    amount = amount_field(_("Amount"), required=False)
    text = text_field(_("Description"), most=120, required=False)
    department = forms.ChoiceField(
        label=_("Department"), choices=[("", _("As the code says")), *Department.choices], required=False
    )

    def clean(self) -> dict[str, Any]:
        """Find the code; work out the amount."""
        cleaned = super().clean() or {}
        cleaned["quantity"] = cleaned.get("quantity") or Decimal(1)
        found = find_code(self.folio.property, cleaned.get("code", ""))
        cleaned["charge_code"] = found
        if cleaned.get("code") and found is None:
            self.add_error("code", _("No charge code fits %(text)s.") % {"text": cleaned["code"]})
        if found is None and not cleaned.get("text") and not self.errors:
            self.add_error("code", _("Give a code, or a text and an amount."))
        if cleaned.get("amount") is None and not self.errors:
            if found is None or found.price is None:
                self.add_error("amount", _("Give the amount."))
            else:
                cleaned["amount"] = cents(found.price * cleaned["quantity"])
        return cleaned


def find_code(house: Property, text: str) -> ChargeCode | None:
    """The active code that is meant: by code, by name, or the only one that begins so."""
    text = text.strip()
    if not text:
        return None
    codes = ChargeCode.objects.filter(property=house, is_active=True)
    bare = text.split(" ")[0]
    for condition in ({"code__iexact": text}, {"code__iexact": bare}, {"name__iexact": text}):
        if found := codes.filter(**condition).first():
            return found
    for condition in ({"code__istartswith": text}, {"name__istartswith": text}, {"english_name__istartswith": text}):
        begins = list(codes.filter(**condition)[:2])
        if len(begins) == 1:
            return begins[0]
    return None


class ReasonForm(FolioForm):
    """Why."""

    reason = text_field(_("Reason"), most=200)


class MoveForm(ReasonForm):
    """Where to: a folio number, or a room whose guest is in the house."""

    to = text_field(_("To folio or room"), most=24, list="folios-near")

    def clean_to(self) -> Folio:
        """An open folio of this hotel."""
        text = self.cleaned_data["to"].strip().split(" ")[0].upper()
        folios = Folio.objects.filter(property=self.folio.property_id, closed_at=None).exclude(pk=self.folio.pk)
        found = folios.filter(number=text).first() or folios.filter(
            stay__status="in_house", stay__room__number__iexact=text, window=1
        ).first()  # fmt: skip
        if found is None:
            raise ValidationError(
                _("There is no open folio %(text)s, and no guest in such a room."), params={"text": text}
            )
        return found


class SplitForm(ReasonForm):
    """How: so many equal parts (nights), percentages, or amounts; the rest is the last part."""

    how = forms.ChoiceField(
        label=_("Split into"),
        choices=[
            ("parts", _("Equal parts")),
            ("nights", _("Nights")),
            ("percents", _("Per cent")),
            ("amounts", _("Amounts")),
        ],
    )
    values = text_field(_("Values"), most=200, placeholder="2")

    def clean(self) -> dict[str, Any]:
        """Numbers, as ``services.shares`` wants them."""
        cleaned = super().clean() or {}
        try:
            numbers = [Decimal(part) for part in cleaned.get("values", "").replace("，", " ").replace(",", " ").split()]
            is_plain = all(n.is_finite() and n.adjusted() <= DIGITS for n in numbers) and bool(numbers)
            shares = _shares(cleaned.get("how", ""), numbers) if is_plain else None
        except ArithmeticError:
            shares = None
        if shares is None:
            self.add_error(
                "values", _("Give numbers: 2 for two equal parts, 30 70 for per cent, 120.00 for an amount.")
            )
        cleaned["shares"] = shares
        return cleaned


def _shares(how: str, numbers: list[Decimal]) -> dict[str, Any] | None:
    if how in ("parts", "nights"):
        return {"parts": int(numbers[0])} if len(numbers) == 1 and numbers[0] == int(numbers[0]) > 1 else None
    return {how: [number.quantize(Decimal("0.01")) for number in numbers]}


class MoneyForm(FolioForm):
    """An amount and why, or a slip."""

    amount = amount_field(_("Amount"), min_value=Decimal("0.01"))


class WriteOffForm(MoneyForm):
    """What is given up, and why."""

    reason = text_field(_("Reason"), most=200)


class PayOutForm(MoneyForm):
    """Cash out of the till for a guest."""

    text = text_field(_("What for"), most=120)
    reference = text_field(_("Receipt"), most=80, required=False)


class HoldForm(MoneyForm):
    """What the bank holds."""

    reference = text_field(_("Slip of the terminal"), most=80)


class CaptureForm(MoneyForm):
    """How much of a hold is taken."""

    hold = forms.IntegerField(widget=forms.HiddenInput)


class ReleaseForm(FolioForm):
    """Which hold ends."""

    hold = forms.IntegerField(widget=forms.HiddenInput)


class WindowForm(FolioForm):
    """A further window of the stay: who pays there."""

    title = text_field(_("Who pays"), most=80)


class InvoiceForm(MoneyForm):
    """What the guest wants on the invoice."""

    title = text_field(_("Invoice title"), most=120)
    tax_no = text_field(_("Tax number"), most=30, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)


class TendersForm(FolioForm):
    """Rows of tenders: ``kind``, ``amount``, ``detail`` (slip, member number or company code) side by side."""

    deposit = amount_field(_("Use of the deposit"), required=False, min_value=Decimal(0))
    close = forms.BooleanField(required=False)
    data: MultiValueDict
    COLUMNS: tuple[str, ...] = ("kind", "amount", "detail")

    def rows(self) -> list[dict[str, str]]:
        """What was typed, row by row."""
        if not self.is_bound:
            return []
        lines = zip(*(self.data.getlist(name) for name in self.COLUMNS), strict=False)
        rows = [dict(zip(self.COLUMNS, line, strict=True)) for line in lines]
        return [row for row in rows if row["amount"].strip()]

    def clean(self) -> dict[str, Any]:
        """Tenders; whose stored value, which company."""
        cleaned = super().clean() or {}
        try:
            cleaned["tenders"] = [self.read(row) for row in self.rows()]
        except ValidationError as wrong:
            self.add_error(None, wrong)
        return cleaned

    def read(self, row: dict[str, str]) -> Any:
        """What a row means. Raises ValidationError."""
        return self._tender(row["kind"], row["amount"], row["detail"])

    def _tender(self, kind: str, amount: str, detail: str) -> Tender:
        if kind not in TenderKind.values:
            raise ValidationError(_("Choose how it is paid."))
        value = typed_amount(amount)
        detail = detail.strip()[:80]
        if kind in OF_MEMBERS:
            return Tender(kind, value, member_id=self._member(detail).pk)
        if kind == TenderKind.COMPANY:
            return Tender(kind, value, company_id=self._company(detail).pk)
        return Tender(kind, value, detail)

    def _member(self, number: str) -> Member:
        branch = self.folio.property.branch_id
        member = Member.objects.filter(guest__branch=branch, number__iexact=number.split(" ", maxsplit=1)[0]).first()
        if member is None:
            raise ValidationError(_("There is no member %(number)s."), params={"number": number or "—"})
        return member

    def _company(self, code: str) -> Company:
        companies = Company.objects.filter(property=self.folio.property_id, is_active=True)
        company = (
            companies.filter(code__iexact=code.split(" ", maxsplit=1)[0]).first() or companies.filter(name=code).first()
        )
        if company is None:
            raise ValidationError(_("There is no company account %(code)s."), params={"code": code or "—"})
        return company


class PartsForm(TendersForm):
    """What a company pays, and of which debts: ``item_<entry id>`` amounts; none typed: the oldest first."""

    def clean(self) -> dict[str, Any]:
        """``parts``: amount by entry."""
        cleaned = super().clean()
        cleaned["parts"] = {}
        for name, typed in self.data.items():
            item = whole(name.removeprefix("item_")) if name.startswith("item_") else 0
            if not item or not str(typed).strip():
                continue
            try:
                cleaned["parts"][item] = typed_amount(str(typed))
            except ValidationError as wrong:
                self.add_error(None, wrong)
        return cleaned


class OpenShiftForm(forms.Form):
    """What is in the till."""

    opening_cash = amount_field(_("Cash in the till"), min_value=Decimal(0))


class CountForm(forms.Form):
    """What was counted, by tender. Empty is nothing."""

    note = text_field(_("Note"), most=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, label in TenderKind.choices:
            self.fields[kind] = amount_field(label, required=False)
        self.order_fields([*TenderKind.values, "note"])

    @property
    def counted(self) -> dict[str, Decimal]:
        """Amounts by tender kind, those left empty left out."""
        return {kind: self.cleaned_data[kind] for kind in TenderKind.values if self.cleaned_data[kind] is not None}


class HandOverForm(forms.Form):
    """The second signature."""

    username = text_field(_("Name of the second person"), most=150, autocapitalize="none")
    secret = forms.CharField(
        label=_("Password or PIN"), widget=forms.PasswordInput(attrs={"autocomplete": "off"}), strip=False
    )
    opening_cash = amount_field(_("Their till begins with"), required=False, min_value=Decimal(0))


class IssueForm(forms.Form):
    """The number of an invoice that was issued."""

    invoice_no = text_field(_("Invoice number"), most=40)


class LimitForm(forms.Form):
    """What a company may owe, and how long its agreement runs."""

    credit_limit = amount_field(_("Credit limit"), min_value=Decimal(0))
    agreement_until = forms.DateField(
        label=_("Agreement until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    is_active = forms.BooleanField(label=_("Active"), required=False)
