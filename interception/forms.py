"""Forms of the queues and of the blacklist: they check shape, the services decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from interception import assignment
from interception.blacklist import normalise
from interception.models import BlacklistEntry, BlacklistField
from inventory.catalog.forms import SkuField
from oms.staff.models import Staff

if TYPE_CHECKING:
    from orders.order.models import Order


class ReasonForm(forms.Form):
    """Why somebody decided."""

    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


class PassOnForm(forms.Form):
    """Who takes over."""

    to = forms.ModelChoiceField(Staff.objects.none(), label=_("Colleague"), empty_label=None)

    def __init__(self, *args: Any, order: Order, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["to"]
        people.queryset = assignment.reviewers_of(order.channel.branch_id).exclude(pk=staff.pk)


class MapCodeForm(forms.Form):
    """What the code of a channel means."""

    channel_id = forms.IntegerField(widget=forms.HiddenInput)
    code = forms.CharField(max_length=64, widget=forms.HiddenInput)
    sku = SkuField(label=_("SKU"), max_length=40)
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=9_999, initial=1)


class BlacklistForm(forms.Form):
    """One entry. The value is kept as the check compares it."""

    field = forms.ChoiceField(label=_("Field"), choices=BlacklistField.choices)
    value = forms.CharField(label=_("Value"), max_length=300)
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def clean(self) -> dict[str, Any]:
        """Normalise; refuse what would fit everybody or is there already."""
        cleaned = super().clean() or {}
        field, value = cleaned.get("field"), cleaned.get("value")
        if not field or not value:
            return cleaned
        cleaned["value"] = normalise(field, value)
        if len(cleaned["value"]) < (4 if field in {"phone", "address"} else 2):
            self.add_error("value", _("This is too short: it would fit too many orders."))
        elif BlacklistEntry.objects.filter(field=field, value=cleaned["value"], is_active=True).exists():
            self.add_error("value", _("This is on the blacklist already."))
        return cleaned
