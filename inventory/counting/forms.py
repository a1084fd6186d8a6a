"""Forms of receiving."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.stock.models import Warehouse

if TYPE_CHECKING:
    from oms.staff.models import Staff

MOST_BYTES = 10 * 1024 * 1024


class ReceiptForm(forms.Form):
    """Where goods came in, on which document. The rows are read by the view."""

    warehouse = forms.ModelChoiceField(
        Warehouse.objects.none(), label=_("Warehouse"), empty_label=_("Choose a warehouse")
    )
    reference = forms.CharField(label=_("Supplier document"), max_length=60, required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["warehouse"]
        field.queryset = Warehouse.objects.visible_to(staff).filter(is_active=True).order_by("priority", "pk")


class ReceiptFileForm(ReceiptForm):
    """The same, with the rows in a file."""

    file = forms.FileField(
        label=_("File"), help_text=_("CSV or XLSX with the columns sku, quantity and, for a fence, channel")
    )

    def clean_file(self) -> Any:
        """Small enough to be read in one go."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("The file has more than 10 MB. Split it."))
        return file
