"""Forms of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.catalog.models import Channel, Sku

if TYPE_CHECKING:
    from oms.staff.models import Staff


class SkuField(forms.CharField):
    """A SKU by its code or, if only one has it, its barcode: what is typed and what a scanner sends."""

    def clean(self, value: Any) -> Sku | None:
        """The SKU; a code before a barcode."""
        typed = super().clean(value)
        if not typed:
            return None
        sku = Sku.objects.filter(code=typed).first()
        if sku is None:
            found = list(Sku.objects.filter(barcode=typed).order_by("pk")[:2])
            if len(found) != 1:
                text = _("No SKU has this code or barcode.") if not found else _("Several SKUs have this barcode.")
                raise forms.ValidationError(text)
            sku = found[0]
        return sku


class MerchantCodeForm(forms.Form):
    """What a channel's code means."""

    channel = forms.ModelChoiceField(Channel.objects.none(), label=_("Channel"), empty_label=_("Choose a channel"))
    code = forms.CharField(label=_("Merchant code"), max_length=64)
    sku = SkuField(label=_("SKU"), max_length=40, help_text=_("Code or barcode"))
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=9_999, initial=1)

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels: Any = self.fields["channel"]
        channels.queryset = Channel.objects.visible_to(staff).order_by("name", "pk")


class MerchantCodeRowForm(forms.Form):
    """Another SKU or quantity for a row."""

    sku = SkuField(label=_("SKU"), max_length=40)
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=9_999)
