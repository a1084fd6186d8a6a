"""Forms of approval."""

from __future__ import annotations

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _


class PinForm(forms.Form):
    """One's own approval PIN, with the password: a PIN opens what the password protects."""

    password = forms.CharField(
        label=_("Your password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), strip=False
    )
    pin = forms.CharField(
        label=_("PIN"),
        required=False,
        min_length=4,
        max_length=8,
        validators=[RegexValidator(r"^[0-9]+$", _("Digits only."))],
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("Four to eight digits. Leave it empty to end it."),
    )
    again = forms.CharField(
        label=_("PIN again"),
        required=False,
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean_again(self) -> str:
        """Both the same."""
        again = str(self.cleaned_data["again"])
        if again != self.cleaned_data.get("pin", again):
            raise forms.ValidationError(_("The two PINs differ."))
        return again
