"""Shapes of what clerks type. Whether it can ship, the commands decide."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.dispatch.models import Courier
from orders.dispatch.queries import default_courier

if TYPE_CHECKING:
    from orders.dispatch.models import WarehouseDocument

MOST_PARCELS = 50
SEPARATORS = re.compile(r"[\s,;，；]+")


def tracking_numbers(text: str) -> tuple[str, ...]:
    """The numbers of a field: apart by spaces, commas or lines; upper case; each once, in the order typed."""
    return tuple(dict.fromkeys(part.upper() for part in SEPARATORS.split(text) if part))


class _CourierForm(forms.Form):
    courier = forms.ModelChoiceField(label=_("Courier"), queryset=Courier.objects.none(), empty_label=None)

    def __init__(self, *args: Any, courier_id: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        couriers = Courier.objects.filter(is_active=True).order_by("priority", "pk")
        self.fields["courier"].queryset = couriers  # type: ignore[attr-defined]
        first = default_courier() if courier_id is None else None
        self.fields["courier"].initial = courier_id or (first and first.pk)


class ScanForm(_CourierForm):
    """The fast flow: a document's number, then its tracking numbers."""

    number = forms.CharField(label=_("Document or order number"), max_length=64)
    tracking = forms.CharField(label=_("Tracking number"), max_length=1000, required=False)
    weight = forms.IntegerField(label=_("Weight (g)"), min_value=0, max_value=10_000_000, required=False)

    def clean_number(self) -> str:
        """Scanners may send small letters and spaces."""
        return re.sub(r"\s", "", self.cleaned_data["number"]).upper()

    def clean_tracking(self) -> tuple[str, ...]:
        """One number per parcel."""
        numbers = tracking_numbers(self.cleaned_data["tracking"])
        if len(numbers) > MOST_PARCELS:
            raise forms.ValidationError(_("At most %(most)d parcels."), params={"most": MOST_PARCELS})
        return numbers


class TickedForm(_CourierForm):
    """A tracking field per chosen document; empty ones are left for later."""

    def __init__(self, *args: Any, documents: list[WarehouseDocument], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.documents = documents
        for document in documents:
            self.fields[f"tracking-{document.pk}"] = forms.CharField(
                label=document.number,
                max_length=1000,
                required=False,
                widget=forms.TextInput(
                    attrs={
                        "class": "form-control num",
                        "autocomplete": "off",
                        "autocapitalize": "characters",
                        "data-enter": "next",
                        "data-keep": f"tracking-{document.pk}",
                    }
                ),
            )

    def tracking_of(self, document: WarehouseDocument) -> tuple[str, ...]:
        """What was typed for one document."""
        return tracking_numbers(self.cleaned_data.get(f"tracking-{document.pk}", ""))


class BulkForm(_CourierForm):
    """A table to paste or upload, and the courier of rows that name none."""

    table = forms.CharField(
        label=_("Rows"), required=False, strip=False, widget=forms.Textarea(attrs={"class": "form-control", "rows": 10})
    )
    file = forms.FileField(label=_("CSV or XLSX file"), required=False)

    def clean(self) -> dict[str, Any]:
        """Something to read."""
        cleaned = super().clean() or {}
        if not cleaned.get("table", "").strip() and not cleaned.get("file"):
            self.add_error("table", _("Paste rows or choose a file."))
        return cleaned
