"""Forms of rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hotel.folios.models import ChargeCode
from hotel.rates.services import Pricing, Span
from hotel.rooms.models import RoomType
from hotel.stays.packages import PackageItem
from hotel.stays.rates import CancellationRule, HourlyPrice, RatePlan
from oms.web.modelforms import PlainForm

if TYPE_CHECKING:
    from decimal import Decimal

    from hotel.rooms.models import Property

WEEKDAYS = [
    ("0", pgettext_lazy("weekday", "Mon")),
    ("1", pgettext_lazy("weekday", "Tue")),
    ("2", pgettext_lazy("weekday", "Wed")),
    ("3", pgettext_lazy("weekday", "Thu")),
    ("4", pgettext_lazy("weekday", "Fri")),
    ("5", pgettext_lazy("weekday", "Sat")),
    ("6", pgettext_lazy("weekday", "Sun")),
]
CODE_TAKEN = _("This code is taken.")
LEAVE = [("", _("Leave it")), ("yes", _("Set")), ("no", _("Lift"))]
SWITCHES = {"is_closed": _("Closed"), "closed_to_arrival": _("No arrival"), "closed_to_departure": _("No departure")}


def _date(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class ChangeForm(forms.Form):
    """One change of the calendar: where (dates, weekdays, types, plans), and what (prices, restrictions, rooms)."""

    what = forms.ChoiceField(
        choices=[("price", _("Prices")), ("restriction", _("Restrictions")), ("overbooking", _("Overbooking"))],
        widget=forms.HiddenInput,
    )
    from_on = _date(_("From"))
    until_on = _date(_("Until, included"))
    weekdays = forms.MultipleChoiceField(
        label=_("Weekdays"), choices=WEEKDAYS, required=False, widget=forms.CheckboxSelectMultiple
    )
    types = forms.ModelMultipleChoiceField(
        label=_("Room types"), queryset=RoomType.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    plans = forms.ModelMultipleChoiceField(
        label=_("Rate plans"), queryset=RatePlan.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    how = forms.ChoiceField(
        label=_("How"),
        choices=[("set", _("Set to")), ("percent", _("By percent")), ("amount", _("By amount"))],
        required=False,
    )
    number = forms.DecimalField(label=_("Price, percent or amount"), max_digits=9, decimal_places=2, required=False)
    whole = forms.BooleanField(label=_("Round to whole yuan"), required=False)
    is_closed = forms.ChoiceField(label=SWITCHES["is_closed"], choices=LEAVE, required=False)
    closed_to_arrival = forms.ChoiceField(label=SWITCHES["closed_to_arrival"], choices=LEAVE, required=False)
    closed_to_departure = forms.ChoiceField(label=SWITCHES["closed_to_departure"], choices=LEAVE, required=False)
    min_nights = forms.IntegerField(
        label=_("Shortest stay"), min_value=0, max_value=365, required=False, help_text=_("0 lifts it.")
    )
    max_nights = forms.IntegerField(
        label=_("Longest stay"), min_value=0, max_value=365, required=False, help_text=_("0 lifts it.")
    )
    rooms = forms.IntegerField(label=_("Rooms more than there are"), min_value=0, max_value=500, required=False)

    def __init__(self, *args: Any, house: Property, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types, plans = self.fields["types"], self.fields["plans"]
        types.queryset = house.room_types.filter(is_active=True).order_by("position", "pk")  # type: ignore[attr-defined]
        plans.queryset = house.rate_plans.filter(is_active=True).order_by("position", "pk")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Each kind of change needs its own number."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("what") == "price":
            if data.get("number") is None:
                self.add_error("number", _("How much?"))
            if not data.get("plans"):
                self.add_error("plans", _("Choose at least one."))
        if data.get("what") == "overbooking" and data.get("rooms") is None:
            self.add_error("rooms", _("How many?"))
        return data

    def span(self) -> Span:
        """Which cells."""
        data = self.cleaned_data
        types = [kind.pk for kind in data["types"]]
        return Span(data["from_on"], data["until_on"], types, frozenset(map(int, data["weekdays"])))

    def pricing(self) -> Pricing:
        """How prices change."""
        number: Decimal = self.cleaned_data["number"]
        how, whole = self.cleaned_data["how"], self.cleaned_data["whole"]
        if how == "percent":
            return Pricing(percent=number, whole=whole)
        if how == "amount":
            return Pricing(amount=number, whole=whole)
        return Pricing(price=number)

    def restrictions(self) -> dict[str, Any]:
        """Restrictions to set or lift."""
        data = self.cleaned_data
        changes: dict[str, Any] = {name: data[name] == "yes" for name in SWITCHES if data[name]}
        for name in ("min_nights", "max_nights"):
            if data[name] is not None:
                changes[name] = data[name] or None
        return changes


class _OfHouse(PlainForm):
    """Plain master data of one hotel; names and codes are unique in it."""

    def __init__(self, *args: Any, house: Property, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.house = house
        if hasattr(self.instance, "property_id"):
            self.instance.property = house

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - {"property"}  # type: ignore[misc]


class PlanForm(_OfHouse):
    """A rate plan."""

    said: ClassVar = {"rate_plan_code_once": ("code", CODE_TAKEN)}

    class Meta:
        model = RatePlan
        fields = (
            "code",
            "name",
            "deposit_nights",
            "cancellation_rule",
            "is_member_priced",
            "is_active",
            "position",
        )
        labels = {"cancellation_rule": _("Cancellation rule"), "position": _("Place in lists")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = CancellationRule.objects.filter(property=self.house).order_by("name")
        self.fields["cancellation_rule"].queryset = rules  # type: ignore[attr-defined]
        self.fields["cancellation_rule"].empty_label = _("No rule: free of charge")  # type: ignore[attr-defined]


class RuleForm(_OfHouse):
    """A cancellation rule."""

    said: ClassVar = {
        "cancellation_fee_not_negative": ("fee", _("Fees are 0.00 or more.")),
        "cancellation_percent_at_most_whole": ("fee", _("At most 100 %.")),
        "no_show_percent_at_most_whole": ("no_show_fee", _("At most 100 %.")),
    }

    class Meta:
        model = CancellationRule
        fields = ("name", "free_hours", "fee_kind", "fee", "no_show_fee_kind", "no_show_fee")


class HourlyForm(_OfHouse):
    """An hourly price."""

    said: ClassVar = {
        "hourly_price_once": ("hours", _("This type has a price for so many hours already.")),
        "hourly_price_sane": ("most", _("Prices are 0.00 or more, and the most is at least the price.")),
    }

    class Meta:
        model = HourlyPrice
        fields = ("room_type", "hours", "price", "extra_hour", "grace_minutes", "most")
        labels = {"room_type": _("Room type")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["room_type"].queryset = self.house.room_types.order_by("position", "pk")  # type: ignore[attr-defined]
        self.fields["room_type"].empty_label = _("Choose")  # type: ignore[attr-defined]


class PackageForm(_OfHouse):
    """What a rate plan gives with its nights."""

    said: ClassVar = {"packageitem_price_not_negative": ("price", _("A price is 0.00 or more."))}

    class Meta:
        model = PackageItem
        fields = ("charge_code", "text", "price", "per", "nights", "is_included", "is_next_morning")
        help_texts = {"text": _("Empty: the name of the charge code.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = ChargeCode.objects.filter(property=self.house, is_active=True).order_by("department", "code")
        self.fields["charge_code"].queryset = codes  # type: ignore[attr-defined]
