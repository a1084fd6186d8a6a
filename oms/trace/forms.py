"""What the trace is narrowed to."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oms.staff.models import Staff
from oms.trace.queries import Asked, visible_models

if TYPE_CHECKING:
    from django.http import QueryDict  # noqa: TID251 (type)


class TraceForm(forms.Form):
    """Model, person, days."""

    model = forms.ChoiceField(label=_("What"), required=False)
    person = forms.ModelChoiceField(label=_("Who"), required=False, queryset=Staff.objects.none())
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}))

    def __init__(self, data: QueryDict, *, staff: Staff) -> None:
        super().__init__(data)
        shown = visible_models(staff)
        labels = sorted(
            (str(events.pgh_tracked_model._meta.verbose_name_plural), label) for label, events in shown.items()
        )
        what: Any = self.fields["model"]
        what.choices = [("", _("Everything")), *((label, text) for text, label in labels)]
        people = Staff.objects.order_by("display_name", "username")
        if staff.branch_ids is not None:
            people = people.filter(branches__in=staff.branch_ids).distinct()
        who: Any = self.fields["person"]
        who.queryset = people
        who.empty_label = _("Everybody")

    def asked(self, before: dt.datetime | None) -> Asked:
        """The valid conditions; days in the reader's time zone, the last one included."""
        wanted = self.cleaned_data
        until = wanted.get("until")
        return Asked(
            model=wanted.get("model") or "",
            person=wanted["person"].pk if wanted.get("person") else None,
            since=_midnight(wanted.get("since")),
            until=_midnight(until + dt.timedelta(days=1)) if until else None,
            before=before,
        )


def _midnight(day: dt.date | None) -> dt.datetime | None:
    if day is None:
        return None
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
