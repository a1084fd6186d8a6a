"""What the pages of night audit take."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST = 400  # days of figures on one page
DAY = dt.timedelta(days=1)


class FixForm(forms.Form):
    """One click on the worklist."""

    code = forms.ChoiceField(
        choices=[(code, code) for code in ("extend", "check_out", "no_show", "move_arrival", "open_folio", "ask")]
    )
    object = forms.IntegerField(min_value=1, max_value=2**62)


class PeriodForm(forms.Form):
    """Days, both included."""

    since = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def clean(self) -> dict[str, Any]:
        """In order, and no longer than a page can show."""
        data: dict[str, Any] = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error(None, _("The period ends before it begins."))
        elif since and until and (until - since).days > LONGEST:
            self.add_error(None, _("At most %(days)s days at once.") % {"days": LONGEST})
        return data
