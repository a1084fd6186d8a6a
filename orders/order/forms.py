"""What people type about an order that is there."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.order.editing import RECEIVER
from orders.order.models import Order
from orders.order.places import suggest_places
from orders.payment.methods import BY_HAND


class ReceiverForm(forms.ModelForm):
    """Whom and where the goods go. ``version`` is the one the page was opened with."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why"), max_length=200, required=False)

    class Meta:
        model = Order
        fields = RECEIVER

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("receiver_name", "receiver_phone", "province", "city", "address"):
            self.fields[name].required = True
        self.initial.setdefault("version", self.instance.version)
        suggest_places(self.fields)

    @property
    def receiver(self) -> dict[str, str]:
        """What was typed, by field of the order."""
        return {name: self.cleaned_data[name] for name in RECEIVER}


class RemarkForm(forms.Form):
    """Our own remark on an order."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    remark = forms.CharField(
        label=_("Our remark"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class NoteForm(forms.Form):
    """An entry for the log."""

    text = forms.CharField(label=_("Remark"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=_("Why"), max_length=300)


class PaymentForm(forms.Form):
    """Money taken outside the channel: a transfer, cash."""

    method = forms.ChoiceField(label=_("Method"), choices=BY_HAND)
    transaction_no = forms.CharField(label=_("Transaction number"), max_length=80, required=False)
    amount = forms.DecimalField(label=_("Amount"), max_digits=14, decimal_places=2, min_value=0)
