"""Forms of stock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.catalog.forms import SkuField
from inventory.catalog.models import Channel
from inventory.stock.models import Warehouse

if TYPE_CHECKING:
    from oms.staff.models import Staff

MOST = 1_000_000


class _PlaceForm(forms.Form):
    """Forms whose warehouses and channels are those of the person's branches."""

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        warehouses = Warehouse.objects.visible_to(staff).order_by("priority", "pk")
        channels = Channel.objects.visible_to(staff).order_by("name", "pk")
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField):
                of_warehouses = field.queryset is not None and field.queryset.model is Warehouse
                field.queryset = warehouses if of_warehouses else channels


def _warehouse(label: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(Warehouse.objects.none(), label=label, empty_label=_("Choose a warehouse"))


def _fence(label: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(Channel.objects.none(), label=label, required=False, empty_label=_("Shared"))


class MoveForm(_PlaceForm):
    """Pieces that change bins."""

    sku = SkuField(label=_("SKU"), max_length=40, help_text=_("Code or barcode"))
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=MOST)
    from_warehouse = _warehouse(_("From warehouse"))
    from_channel = _fence(_("From bin"))
    to_warehouse = _warehouse(_("To warehouse"))
    to_channel = _fence(_("To bin"))
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def clean(self) -> dict[str, Any]:
        """Source and target differ."""
        data = super().clean() or {}
        source = (data.get("from_warehouse"), data.get("from_channel"))
        if source[0] and source == (data.get("to_warehouse"), data.get("to_channel")):
            self.add_error("to_warehouse", _("This is where the pieces are. Choose another warehouse or bin."))
        return data


class AdjustForm(_PlaceForm):
    """What a count found more or less."""

    sku = SkuField(label=_("SKU"), max_length=40, help_text=_("Code or barcode"))
    delta = forms.IntegerField(
        label=_("Difference"),
        min_value=-MOST,
        max_value=MOST,
        help_text=_("Pieces found: 3. Pieces lost or broken: -3."),
    )
    warehouse = _warehouse(_("Warehouse"))
    channel = _fence(_("Bin"))
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def clean_delta(self) -> int:
        """Zero is no adjustment."""
        delta: int = self.cleaned_data["delta"]
        if delta == 0:
            raise forms.ValidationError(_("Enter how many pieces more or fewer there are."))
        return delta
