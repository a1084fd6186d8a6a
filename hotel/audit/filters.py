"""What the traces of the desk can be filtered by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hotel.members.models import Guest
from hotel.rooms.models import DeskTrace, Property, Room
from hotel.stays.models import Stay
from oms.staff.models import Staff
from oms.web.listing import filled

if TYPE_CHECKING:
    from django.db.models import QuerySet

ABOUT = [
    ("room.", _("Rooms")),
    ("stay.", _("Stays")),
    ("folio.", _("Folios")),
    ("shift.", _("Shifts")),
    ("guest.", _("Guests")),
    ("audit.", _("Night audit")),
]
MOST = 200  # guests of one name


def _day(label: Any, side: str) -> django_filters.Filter:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return django_filters.DateFilter(label=label, field_name="business_date", lookup_expr=side, widget=widget)


def _text(label: Any, longest: int, method: str) -> django_filters.Filter:
    widget = forms.TextInput(attrs={"placeholder": label})
    return django_filters.CharFilter(label=label, max_length=longest, method=method, widget=widget)


class TraceFilter(django_filters.FilterSet):
    """Traces of one property by room, stay, guest, staff, shift, kind and business date."""

    room = _text(_("Room"), 10, "filter_room")
    stay = _text(_("Stay"), 24, "filter_stay")
    guest = _text(_("Guest"), 80, "filter_guest")
    staff = _text(_("Staff"), 80, "filter_staff")
    shift = django_filters.NumberFilter(label=_("Shift"), field_name="shift_id", min_value=1, max_value=2**62)
    about = django_filters.ChoiceFilter(label=_("About"), choices=ABOUT, method="filter_about", empty_label=_("Any"))
    since = _day(_("From"), "gte")
    until = _day(_("Until"), "lte")

    class Meta:
        model = DeskTrace
        fields: list[str] = []

    def __init__(self, data: Any = None, *args: Any, house: Property, **kwargs: Any) -> None:
        super().__init__(filled(data), *args, **kwargs)
        self.house = house

    def filter_room(self, lines: QuerySet, name: str, number: str) -> QuerySet:
        """A room of this hotel."""
        return lines.filter(room_id__in=self._ids(Room.objects.filter(property=self.house, number=number.strip())))

    def filter_stay(self, lines: QuerySet, name: str, number: str) -> QuerySet:
        """A stay's number."""
        return lines.filter(
            stay_id__in=self._ids(Stay.objects.filter(property=self.house, number=number.strip().upper()))
        )

    def filter_guest(self, lines: QuerySet, name: str, text: str) -> QuerySet:
        """The beginning of a name, or the end of a phone or document."""
        text = text.strip()
        ways = Q(name__startswith=text) | Q(phone_tail=text) | Q(id_tail=text.upper())
        guests = self._ids(Guest.objects.filter(ways, branch_id=self.house.branch_id))
        stays = self._ids(Stay.objects.filter(guest_id__in=guests, property=self.house))
        return lines.filter(Q(guest_id__in=guests) | Q(stay_id__in=stays))

    def filter_staff(self, lines: QuerySet, name: str, text: str) -> QuerySet:
        """A sign-in name, or the beginning of a person's name."""
        text = text.strip()
        people = Staff.objects.filter(Q(username=text) | Q(display_name__startswith=text))
        return lines.filter(by_id__in=self._ids(people))

    def filter_about(self, lines: QuerySet, name: str, start: str) -> QuerySet:
        """What kind of thing was done."""
        return lines.filter(action__startswith=start)

    def _ids(self, rows: QuerySet) -> list[int]:
        return list(rows.order_by("-pk").values_list("pk", flat=True)[:MOST])
