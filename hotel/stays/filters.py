"""What the lists of stays and bookings can be filtered by. Public names: saved views carry them.

Today is each stay's property's business date, read in the same statement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hotel.rooms.models import Property, RoomType
from hotel.stays.models import Booking, Stay
from hotel.stays.states import BookingKind, StayStatus
from oms.staff.models import in_branches_of
from oms.web.listing import filled, hinted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

TAIL = 4
YES_NO = [("yes", _("Yes")), ("no", _("No"))]
TODAY = F("property__business_date")
COMING = (StayStatus.TENTATIVE, StayStatus.CONFIRMED)

# What somebody at the desk asks for: code → (label, condition)
WHEN: dict[str, tuple[Any, Q]] = {
    "arrivals": (_("Due in today"), Q(status__in=COMING, arrival_on=TODAY)),
    "late_arrivals": (_("Should have come"), Q(status__in=COMING, arrival_on__lt=TODAY)),
    "in_house": (_("In house"), Q(status=StayStatus.IN_HOUSE)),
    "due_outs": (_("Due out"), Q(status=StayStatus.IN_HOUSE, departure_on__lte=TODAY)),
    "marked": (_("Said they leave"), Q(status=StayStatus.IN_HOUSE, departure_marked_at__isnull=False)),
    "left": (_("Left today"), Q(status=StayStatus.CHECKED_OUT, departure_on=TODAY)),
    "coming": (_("Still to come"), Q(status__in=COMING)),
}


def _day(label: Any, field: str, side: str) -> django_filters.Filter:
    return django_filters.DateFilter(
        label=label,
        field_name=field,
        lookup_expr=side,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def _yes_no(label: Any, method: str) -> django_filters.Filter:
    return django_filters.ChoiceFilter(label=label, choices=YES_NO, method=method, empty_label=_("Any"))


def stays_found(stays: QuerySet, text: str) -> QuerySet:
    """Those the words may mean: a number, a room, the beginning of a name, the end of the guest's phone or document."""
    text = text.strip()
    upper = text.upper()
    ways = Q(number__startswith=upper) | Q(room__number=text) | Q(guest_name__istartswith=text)
    ways |= Q(booking__number=upper) | Q(booking__external_no=text)
    if len(text) == TAIL:
        ways |= Q(guest__phone_tail=text) | Q(guest__id_tail=upper)
    return stays.filter(ways)


class StayFilter(django_filters.FilterSet):
    """Stays by who, where, when and how far they are."""

    q = django_filters.CharFilter(
        label=_("Search"),
        max_length=64,
        method="filter_text",
        widget=hinted(_("Room, guest, number, last four digits")),
    )
    when = django_filters.ChoiceFilter(
        label=_("Now"), choices=[(code, label) for code, (label, _rule) in WHEN.items()], method="filter_when",
        empty_label=_("Any"),
    )  # fmt: skip
    status = django_filters.MultipleChoiceFilter(
        label=_("Status"), choices=StayStatus.choices, widget=forms.CheckboxSelectMultiple
    )
    type = django_filters.MultipleChoiceFilter(
        label=_("Room type"), field_name="room_type__code", widget=forms.CheckboxSelectMultiple
    )
    unassigned = _yes_no(_("Without a room"), "filter_unassigned")
    ready = _yes_no(_("Room is clean"), "filter_ready")
    day_use = _yes_no(_("Day use"), "filter_day_use")
    group = _yes_no(_("Group"), "filter_group")
    arrival_from = _day(_("Arrival from"), "arrival_on", "gte")
    arrival_to = _day(_("Arrival to"), "arrival_on", "lte")
    departure_from = _day(_("Departure from"), "departure_on", "gte")
    departure_to = _day(_("Departure to"), "departure_on", "lte")
    source = django_filters.CharFilter(label=_("Source"), field_name="booking__source", max_length=40)
    booking = django_filters.CharFilter(label=_("Booking"), field_name="booking__number", max_length=24)

    class Meta:
        model = Stay
        fields: tuple[str, ...] = ()

    def __init__(
        self, data: Any = None, queryset: QuerySet | None = None, *, request: Any = None, prefix: str | None = None
    ) -> None:
        super().__init__(filled(data), queryset, request=request, prefix=prefix)
        self.filters["type"].extra["choices"] = types_of(getattr(request, "user", None))

    def filter_text(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """See stays_found."""
        return stays_found(queryset, value)

    def filter_when(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """What the desk looks at today."""
        return queryset.filter(WHEN[value][1])

    def filter_unassigned(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """With or without a room."""
        return queryset.filter(room__isnull=value == "yes")

    def filter_ready(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Whose room is clean; a stay without a room has none that is."""
        clean = Q(room__housekeeping__in=("clean", "inspected"))
        return queryset.filter(clean) if value == "yes" else queryset.exclude(clean)

    def filter_day_use(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """钟点房 or nights."""
        return queryset.filter(is_day_use=value == "yes")

    def filter_group(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Of a group, or on their own."""
        group = Q(booking__kind=BookingKind.GROUP)
        return queryset.filter(group) if value == "yes" else queryset.exclude(group)


class BookingFilter(django_filters.FilterSet):
    """Bookings by who made them, from where, and when their people arrive."""

    q = django_filters.CharFilter(
        label=_("Search"), max_length=64, method="filter_text", widget=hinted(_("Number, title, contact, guest"))
    )
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=BookingKind.choices, empty_label=_("Any"))
    state = django_filters.ChoiceFilter(
        label=_("Status"), choices=StayStatus.choices, method="filter_state", empty_label=_("Any")
    )
    source = django_filters.CharFilter(label=_("Source"), max_length=40)
    arrival_from = _day(_("Arrival from"), "arrival_on", "gte")
    arrival_to = _day(_("Arrival to"), "arrival_on", "lte")
    made_from = _day(_("Made from"), "created_at", "date__gte")
    made_to = _day(_("Made to"), "created_at", "date__lte")

    class Meta:
        model = Booking
        fields: tuple[str, ...] = ()

    def __init__(
        self, data: Any = None, queryset: QuerySet | None = None, *, request: Any = None, prefix: str | None = None
    ) -> None:
        super().__init__(filled(data), queryset, request=request, prefix=prefix)
        for name, side in (("arrival_from", "gte"), ("arrival_to", "lte")):
            self.filters[name].field_name = "pk"
            self.filters[name].method = f"filter_arrival_{side}"

    def filter_text(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """A number, theirs or ours; the beginning of a title, contact or guest."""
        text = value.strip()
        ways = Q(number__startswith=text.upper()) | Q(external_no=text) | Q(title__istartswith=text)
        guests = Stay.objects.filter(guest_name__istartswith=text).values("booking_id")
        return queryset.filter(ways | Q(contact_name__istartswith=text) | Q(pk__in=guests))

    def filter_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """With a stay in that status."""
        return queryset.filter(pk__in=Stay.objects.filter(status=value).values("booking_id"))

    def filter_arrival_gte(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        """With a stay that arrives on that date or later."""
        return queryset.filter(pk__in=Stay.objects.filter(arrival_on__gte=value).values("booking_id"))

    def filter_arrival_lte(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        """With a stay that arrives on that date or earlier."""
        return queryset.filter(pk__in=Stay.objects.filter(arrival_on__lte=value).values("booking_id"))


def types_of(staff: Any) -> Sequence[tuple[str, str]]:
    """Room types of the person's properties, by code; one statement, kept with the person for the request."""
    if staff is None:
        return list(RoomType.objects.order_by("code").values_list("code", "name"))
    kept: list[tuple[str, str]] | None = staff.__dict__.get("_room_types")
    if kept is None:
        houses = in_branches_of(Property.objects.all(), staff)
        rows = RoomType.objects.filter(property__in=houses).order_by("position", "code")
        kept = staff.__dict__["_room_types"] = list(dict(rows.values_list("code", "name")).items())
    return kept
