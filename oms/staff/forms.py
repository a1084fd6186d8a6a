"""Sign-in, code, settings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from oms.staff.models import Staff


class SignInForm(forms.Form):
    """Who you are. Whether it is right is asked by the view: the form only reads."""

    username = forms.CharField(
        label=_("Staff number or phone"),
        max_length=150,
        widget=forms.TextInput({"autocomplete": "username", "autofocus": True, "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    """Six digits from the phone, or a backup code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=16,
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True}),
    )

    def clean_code(self) -> str:
        """Phones show the digits in two groups."""
        return str(self.cleaned_data["code"]).replace(" ", "")


class SettingsForm(forms.ModelForm):
    """What a person chooses for themselves."""

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("As the browser asks")), ("zh-hans", "简体中文"), ("en", "English")],
    )

    class Meta:
        model = Staff
        fields = ["language", "theme", "density", "single_keys"]
        labels = {"theme": _("Light or dark"), "density": _("Row height"), "single_keys": _("One-letter keys")}
        help_texts = {"single_keys": _("J, K, X and the letters on buttons. Ctrl and / always work.")}

    def changes(self) -> dict[str, Any]:
        """What the command takes."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}
