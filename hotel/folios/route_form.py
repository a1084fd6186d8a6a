"""The form of a routing rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hotel.folios.models import ChargeCode, Company, Department, Folio
from hotel.folios.routes import RouteKind
from hotel.folios.services import Routed
from oms.web.formats import mask_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hotel.stays.models import Booking, Stay


class RouteForm(forms.Form):
    """Which charges of which stays go to which folio from now on."""

    what_kinds = forms.MultipleChoiceField(label=_("Charges"), required=False, widget=forms.CheckboxSelectMultiple)
    code = forms.ModelChoiceField(ChargeCode.objects.none(), label=_("or one charge code"), required=False)
    to = forms.ChoiceField(label=_("Paid by"))
    stays = forms.TypedMultipleChoiceField(
        label=_("Stays"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all of them."),
    )
    from_on = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until_on = forms.DateField(
        label=_("Until, included"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, booking: Booking, stays: Sequence[Stay], of: Stay | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        house = booking.property_id
        fields: dict[str, Any] = self.fields
        departments = [(f"department-{code}", label) for code, label in Department.choices if code != Department.ROOM]
        fields["what_kinds"].choices = [
            ("department-room", _("Room charges")),
            (RouteKind.PACKAGE, RouteKind.PACKAGE.label),
            (RouteKind.ALL, RouteKind.ALL.label),
            *departments,
        ]
        fields["code"].queryset = ChargeCode.objects.filter(property=house, is_active=True).order_by("code")
        fields["to"].choices = [*_payers(booking, of)]
        fields["stays"].choices = [
            (stay.pk, f"{stay.room or stay.room_type} {mask_name(stay.guest_name)} {stay.number}") for stay in stays
        ]
        if of or len(stays) < 2:  # noqa: PLR2004 -- nothing to choose from
            del self.fields["stays"]

    def clean(self) -> dict[str, Any]:
        """Something has to be chosen, and dates in order."""
        data: dict[str, Any] = super().clean() or {}
        data.setdefault("stays", [])
        if not data.get("what_kinds") and not data.get("code"):
            self.add_error("what_kinds", _("Choose at least one."))
        if data.get("from_on") and data.get("until_on") and data["until_on"] < data["from_on"]:
            self.add_error("until_on", _("The last date is before the first."))
        return data

    def what(self) -> list[Routed]:
        """The charges, as the command takes them."""
        chosen = [Routed(*kind.split("-")) for kind in self.cleaned_data["what_kinds"]]
        code = self.cleaned_data["code"]
        return [*chosen, *([Routed(RouteKind.CODE, charge_code_id=code.pk)] if code else [])]


def _payers(booking: Booking, of: Stay | None) -> Iterator[tuple[str, Any]]:
    """The group's master, company accounts, and bills of the same booking."""
    yield "master", _("Group master")
    for company in Company.objects.filter(property=booking.property_id, is_active=True).order_by("name"):
        yield f"company-{company.pk}", company.name
    bills = Folio.objects.filter(stay__booking=booking, closed_at=None).select_related("stay__room")
    if of:
        bills = bills.exclude(stay=of, window=1)
    for bill in bills.order_by("stay__room__number", "stay", "window"):
        room = f"{bill.stay.room} · " if bill.stay and bill.stay.room else ""
        yield f"folio-{bill.pk}", f"{room}{mask_name(bill.title)} {bill.number}"
