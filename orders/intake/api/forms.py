"""Making an API key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.catalog.models import Channel

if TYPE_CHECKING:
    from oms.staff.models import Staff


class KeyForm(forms.Form):
    """Who gets the key, and for which channels."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Who will use it: a shop, a program."))
    channels = forms.ModelMultipleChoiceField(
        label=_("Channels"), queryset=Channel.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels = Channel.objects.visible_to(staff).filter(is_active=True).order_by("code")
        self.fields["channels"].queryset = channels  # type: ignore[attr-defined]
