"""What pages send about rooms."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hotel.rooms.states import BlockKind, Housekeeping, ServiceFlag

MOST_ROOMS = 1000


class RoomIds(forms.Field):
    """Room ids, comma-separated or repeated."""

    def clean(self, value: Any) -> list[int]:
        """The ids, each once; at most MOST_ROOMS."""
        texts = [text.strip() for text in str(value or "").split(",") if text.strip()]
        if not texts or len(texts) > MOST_ROOMS:
            raise forms.ValidationError(_("Choose rooms first."))
        if not all(text.isascii() and text.isdigit() and len(text) < 19 for text in texts):  # noqa: PLR2004
            raise forms.ValidationError(_("This is no room."))
        return list(dict.fromkeys(int(text) for text in texts))


class HousekeepingForm(forms.Form):
    """Rooms become this clean."""

    rooms = RoomIds()
    to = forms.ChoiceField(label=_("How clean"), choices=Housekeeping)


class FlagForm(forms.Form):
    """What the guest asks for at the door."""

    rooms = RoomIds()
    flag = forms.ChoiceField(label=_("Door sign"), choices=ServiceFlag)


class BlockFields(forms.Form):
    """Dates, reason and return of a block."""

    kind = forms.ChoiceField(label=_("What"), choices=BlockKind)
    from_on = forms.DateField(label=_("from"), widget=forms.DateInput(attrs={"type": "date"}))
    until_on = forms.DateField(label=_("back on"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label=_("Reason"), max_length=200)
    return_status = forms.ChoiceField(
        label=_("How clean it comes back"), choices=Housekeeping, initial=Housekeeping.DIRTY
    )


class BlockForm(BlockFields):
    """Rooms are taken out of service."""

    rooms = RoomIds()


class RoomForm(forms.Form):
    """How one room is: the form under its operation lock."""

    housekeeping = forms.ChoiceField(label=_("How clean"), choices=Housekeeping)
    service_flag = forms.ChoiceField(label=_("Door sign"), choices=ServiceFlag)
    kind = forms.ChoiceField(
        label=_("Out of service"), choices=[("", _("In service")), *BlockKind.choices], required=False
    )
    from_on = forms.DateField(label=_("from"), widget=forms.DateInput(attrs={"type": "date"}), required=False)
    until_on = forms.DateField(label=_("back on"), widget=forms.DateInput(attrs={"type": "date"}), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)
    return_status = forms.ChoiceField(
        label=_("How clean it comes back"), choices=Housekeeping, initial=Housekeeping.DIRTY
    )

    def clean(self) -> dict[str, Any]:
        """A block needs dates and a reason."""
        found = super().clean() or {}
        if found.get("kind"):
            for name in ("from_on", "until_on", "reason"):
                if not found.get(name):
                    self.add_error(name, _("A block needs this."))
        return found


def block_dates(today: dt.date) -> dict[str, dt.date]:
    """The dates a new block begins with."""
    return {"from_on": today, "until_on": today + dt.timedelta(days=1)}
