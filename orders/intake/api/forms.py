"""Making an API key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.catalog.models import Channel
from orders.intake.models import PER_MINUTE, ApiKey

if TYPE_CHECKING:
    from oms.staff.models import Staff


class LimitForm(forms.ModelForm):
    """How often a key may be used."""

    class Meta:
        model = ApiKey
        fields = ("per_minute",)


class KeyForm(forms.Form):
    """Who gets the key, and for which channels."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Who will use it: a shop, a program."))
    channels = forms.ModelMultipleChoiceField(
        label=_("Channels"), queryset=Channel.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    per_minute = forms.IntegerField(
        label=_("Requests a minute"), min_value=1, max_value=10_000_000, initial=PER_MINUTE, required=False
    )

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels = Channel.objects.visible_to(staff).filter(is_active=True).order_by("code")
        self.fields["channels"].queryset = channels  # type: ignore[attr-defined]

    def clean_per_minute(self) -> int:
        """Left empty: what a key may send usually."""
        return self.cleaned_data["per_minute"] or PER_MINUTE
