"""What the pages of night audit take."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.utils.translation import gettext_lazy as _

from hotel.audit.models import EVENING, NOON

if TYPE_CHECKING:
    from hotel.audit.models import AuditPlan

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


class PlanForm(forms.Form):
    """When the audit starts by itself, and when people hear what would stop it."""

    is_on = forms.BooleanField(
        label=_("The audit starts by itself"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    start_time = forms.TimeField(
        label=_("Start at"), widget=forms.TimeInput(attrs={"type": "time", "class": "form-control"}, format="%H:%M")
    )
    notice_times = SimpleArrayField(
        forms.TimeField(),
        label=_("Notices at"),
        required=False,
        max_length=4,
        widget=forms.TextInput(attrs={"class": "form-control", "placeholder": "18:00, 23:00"}),
    )

    @classmethod
    def of(cls, plan: AuditPlan) -> PlanForm:
        """The form as the plan stands."""
        times = ", ".join(f"{time:%H:%M}" for time in plan.notice_times)
        return cls(initial={"is_on": plan.is_on, "start_time": plan.start_time, "notice_times": times})

    def clean_start_time(self) -> dt.time:
        """At night: a date is over from 20:00 on."""
        time: dt.time = self.cleaned_data["start_time"]
        if NOON <= time < EVENING:
            raise forms.ValidationError(_("A date is closed from 20:00 on, or before noon of the next day."))
        return time
