"""Naming a view."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ViewForm(forms.Form):
    """Name of a view, and whether the branch sees it."""

    name = forms.CharField(label=_("Name"), max_length=40)
    is_shared = forms.BooleanField(label=_("Shared with my branches"), required=False)
