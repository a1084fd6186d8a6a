"""Forms of the front desk: they check shape, the services decide. What was typed is never lost."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hotel.folios.forms import TendersForm, typed_amount
from hotel.folios.models import Company, TenderKind
from hotel.folios.services import Paying, Routed, Tender
from hotel.members.models import IdType
from hotel.members.services import Person
from hotel.rooms.numbers import whole
from hotel.stays.models import NoteKind
from hotel.stays.rates import HourlyPrice, RatePlan
from hotel.stays.states import BookingKind, StayStatus

if TYPE_CHECKING:
    from django.http import QueryDict  # noqa: TID251 (the type only)

    from hotel.rooms.models import Property, RoomType

MOST_TENDERS = 12
FIRST_YEAR = 2000  # earlier dates are slips of the keyboard
MOST_ROOMS = 200  # in one booking
AT_DESK = [  # in the order of their keys 1 … 7; points can be no deposit
    TenderKind.CASH,
    TenderKind.CARD,
    TenderKind.WECHAT,
    TenderKind.ALIPAY,
    TenderKind.TRANSFER,
    TenderKind.STORED_VALUE,
    TenderKind.OTA,
]


def date_input() -> forms.DateInput:
    """A date as browsers edit it."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PersonForm(forms.Form):
    """A guest the house doesn't know yet: name, document, phone."""

    name = forms.CharField(label=_("Name"), max_length=80)
    id_type = forms.ChoiceField(
        label=pgettext_lazy("identity", "Document"), choices=IdType.choices[1:], initial=IdType.RESIDENT_ID
    )
    id_number = forms.CharField(label=_("Document number"), max_length=30)
    phone = forms.CharField(label=_("Phone"), max_length=20)

    def person(self) -> Person:
        """What the register command takes."""
        typed = self.cleaned_data
        return Person(typed["name"], typed["id_type"], typed["id_number"], typed["phone"])


class CheckInForm(forms.Form):
    """Who comes into which room until when at what price; tenders come beside it (``tenders_of``)."""

    room = forms.IntegerField(label=_("Room"), error_messages={"required": _("Choose a room.")})
    guest = forms.IntegerField(required=False)
    departure_on = forms.DateField(label=_("Departure"), widget=date_input(), required=False)
    hours = forms.IntegerField(label=_("Hours"), required=False, min_value=1, max_value=24)
    rate_plan = forms.ModelChoiceField(RatePlan.objects.none(), label=_("Rate plan"), required=False)
    price = forms.DecimalField(
        label=_("Price per night"), required=False, min_value=Decimal(0), max_digits=12, decimal_places=2
    )
    reason = forms.CharField(label=_("Reason for the price"), required=False, max_length=200)
    adults = forms.IntegerField(label=_("Adults"), min_value=1, max_value=20, initial=1)
    children = forms.IntegerField(label=_("Children"), min_value=0, max_value=20, initial=0, required=False)
    note = forms.CharField(label=_("Note"), required=False, max_length=500)
    anyway = forms.BooleanField(label=_("Though the room is not clean"), required=False)
    override_reason = forms.CharField(label=_("Reason to let the guest in"), required=False, max_length=200)
    cards = forms.IntegerField(label=_("Cards"), min_value=0, max_value=9, initial=1, required=False)
    approval = forms.IntegerField(required=False)

    def __init__(self, data: Any = None, *, house: Property, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        plans: Any = self.fields["rate_plan"]
        plans.queryset = RatePlan.objects.filter(property=house, is_active=True).order_by("position", "code")
        plans.empty_label = None


def tenders_of(data: QueryDict, *, member_id: int | None = None) -> list[Tender]:
    """The tenders typed beside a form: lists tender_kind, tender_amount, tender_reference. Empty amounts are left out.

    Raises ValueError with what was typed when an amount is none.
    """
    rows = zip(
        data.getlist("tender_kind")[:MOST_TENDERS],
        data.getlist("tender_amount"),
        data.getlist("tender_reference"),
        strict=False,
    )
    tenders = []
    for kind, amount, reference in rows:
        if not amount.strip():
            continue
        try:
            value = typed_amount(amount)
        except ValidationError:
            raise ValueError(amount) from None
        spent_by = member_id if kind == TenderKind.STORED_VALUE else None
        tenders.append(Tender(kind, value, reference[:80], member_id=spent_by))
    return tenders


def typed_tenders(data: QueryDict) -> list[dict[str, str]]:
    """The tenders as they were typed, to show them again."""
    labels = dict(TenderKind.choices)
    rows = zip(
        data.getlist("tender_kind"), data.getlist("tender_amount"), data.getlist("tender_reference"), strict=False
    )
    return [
        {"kind": kind, "label": str(labels[kind]), "amount": amount, "reference": reference}
        for kind, amount, reference in rows
        if kind in labels
    ]


class ReserveForm(forms.Form):
    """A booking: what, from when to when, how many, for whom."""

    KINDS = (("single", _("Single")), ("group", _("Group")), ("day_use", _("Day use")), ("waitlist", _("Waitlist")))

    form = forms.ChoiceField(label=_("Kind"), choices=KINDS, initial="single")
    arrival_on = forms.DateField(label=_("Arrival"), widget=date_input())
    departure_on = forms.DateField(label=_("Departure"), widget=date_input(), required=False)
    hours = forms.TypedChoiceField(label=_("Hours"), coerce=int, required=False, empty_value=None)
    start_at = forms.TimeField(
        label=_("From"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    rate_plan = forms.ModelChoiceField(RatePlan.objects.none(), label=_("Rate plan"), required=False)
    guest = forms.IntegerField(required=False, widget=forms.HiddenInput)
    guest_name = forms.CharField(label=_("Guest"), max_length=80, required=False)
    contact_name = forms.CharField(label=_("Contact"), max_length=80, required=False)
    contact_phone = forms.CharField(label=_("Contact phone"), max_length=32, required=False)
    title = forms.CharField(label=_("Name of the group"), max_length=80, required=False)
    source = forms.ChoiceField(label=_("Source"), required=False)
    external_no = forms.CharField(label=_("Their number"), max_length=64, required=False)
    company = forms.ModelChoiceField(Company.objects.none(), label=_("Company"), required=False)
    pays = forms.ChoiceField(
        label=_("Company or group pays"),
        required=False,
        choices=[
            ("", _("Nothing: the guests pay")),
            ("department-room", _("Room charges")),
            ("department-room package", _("Room charges and packages")),
            ("all", _("Everything")),
        ],
    )
    adults = forms.IntegerField(label=_("Adults per room"), min_value=1, max_value=20, initial=1)
    children = forms.IntegerField(label=_("Children"), min_value=0, max_value=20, initial=0, required=False)
    tentative = forms.BooleanField(label=_("Tentative: not confirmed yet"), required=False)
    note = forms.CharField(label=_("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    SOURCES = (
        ("phone", _("Phone")),
        ("walk-in", _("Walk-in")),
        ("ota", _("OTA")),
        ("company", _("Company")),
        ("website", _("Website")),
        ("other", _("Other")),
    )

    def __init__(self, data: Any = None, *, house: Property, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        fields: Any = self.fields
        fields["rate_plan"].queryset = RatePlan.objects.filter(property=house, is_active=True).order_by(
            "position", "code"
        )
        fields["rate_plan"].empty_label = None
        fields["company"].empty_label = _("No company")
        fields["company"].queryset = Company.objects.filter(property=house, is_active=True).order_by("name")
        fields["source"].choices = self.SOURCES
        hours = HourlyPrice.objects.filter(room_type__property=house).order_by("hours").values_list("hours", flat=True)
        fields["hours"].choices = [("", "—"), *((n, str(n)) for n in dict.fromkeys(hours))]

    def clean(self) -> dict[str, Any]:
        """Nights need a departure, day use its hours, a group its name; somebody must be named."""
        typed = super().clean() or {}
        kind = typed.get("form")
        if kind == "day_use" and not typed.get("hours"):
            self.add_error("hours", _("Choose the hours of the day use."))
        if kind != "day_use" and "departure_on" not in self.errors and not typed.get("departure_on"):
            self.add_error("departure_on", _("Say when the guest leaves."))
        if kind == "group" and not typed.get("title"):
            self.add_error("title", _("Give the group a name."))
        if kind != "group" and not (typed.get("guest_name") or typed.get("guest")):
            self.add_error("guest_name", _("Say who comes."))
        if typed.get("pays") and kind != "group" and not typed.get("company"):
            self.add_error("company", _("Choose the company that pays."))
        return typed

    def routed(self) -> list[Routed]:
        """What the company, or else the group's master, pays."""
        return [Routed(*kind.split("-")) for kind in self.cleaned_data["pays"].split()]

    def status(self) -> str:
        """What the stays begin as."""
        if self.cleaned_data["form"] == "waitlist":
            return StayStatus.WAITLISTED
        return StayStatus.TENTATIVE if self.cleaned_data["tentative"] else StayStatus.CONFIRMED

    def kind(self) -> str:
        """What the booking is."""
        return BookingKind.GROUP if self.cleaned_data["form"] == "group" else BookingKind.INDIVIDUAL


def rooms_wanted(data: QueryDict, types: list[RoomType]) -> dict[int, int]:
    """How many rooms of each type were asked for: fields ``rooms_<type id>``; nonsense counts as none."""
    wanted = {}
    for kind in types:
        typed = data.get(f"rooms_{kind.pk}", "").strip()
        if typed.isascii() and typed.isdigit() and 0 < int(typed) <= MOST_ROOMS:
            wanted[kind.pk] = int(typed)
    return wanted


class NoteForm(forms.Form):
    """Something to keep in mind for a stay."""

    kind = forms.ChoiceField(label=_("Kind"), choices=NoteKind.choices)
    text = forms.CharField(label=_("What"), max_length=200, required=False)
    pieces = forms.IntegerField(label=_("Pieces"), min_value=1, max_value=99, initial=1, required=False)
    due_on = forms.DateField(label=_("Date"), widget=date_input(), required=False)
    due_time = forms.TimeField(
        label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), required=False
    )

    def clean(self) -> dict[str, Any]:
        """A wake-up call needs its time."""
        typed = super().clean() or {}
        if typed.get("kind") == NoteKind.WAKE_UP and not (typed.get("due_on") and typed.get("due_time")):
            self.add_error("due_time", _("Say when."))
        if typed.get("due_on") and not FIRST_YEAR < typed["due_on"].year < dt.MAXYEAR:
            self.add_error("due_on", _("Say when."))
        if typed.get("kind") in {NoteKind.LOAN, NoteKind.MESSAGE} and not typed.get("text"):
            self.add_error("text", _("Say what."))
        return typed


def next_day(day: dt.date) -> dt.date:
    """The date after."""
    return day + dt.timedelta(days=1)


class LeavingForm(TendersForm):
    """How those who leave pay: tenders for all or for one folio, and what is taken from pre-authorisations."""

    COLUMNS = ("kind", "amount", "detail", "folio")
    captures: dict[int, Decimal]

    def clean(self) -> dict[str, Any]:
        """Amounts of ``capture_<hold id>``; an empty one lets go of the hold."""
        cleaned = super().clean()
        self.captures = {}
        for name, typed in self.data.items():
            hold = whole(name.removeprefix("capture_")) if name.startswith("capture_") else 0
            if not hold or not str(typed).strip():
                continue
            try:
                self.captures[hold] = typed_amount(str(typed))
            except ValidationError as wrong:
                self.add_error(None, wrong)
        return cleaned

    def read(self, row: dict[str, str]) -> Paying:
        """A tender, and the folio it is for if it is not for all."""
        return Paying(super().read(row), whole(row["folio"]) or None)

    @property
    def moves_money(self) -> bool:
        """Whether anything is taken or given back."""
        return bool(self.cleaned_data.get("tenders") or any(self.captures.values()))
