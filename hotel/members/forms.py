"""Forms of guests and members. They hold shape; services decide."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from hotel.folios.models import TenderKind
from hotel.members.models import BonusRule, Guest, IdType, MemberLevel
from hotel.members.queries import masked_tail
from hotel.members.services import Person
from oms.lib.sealing import unseal
from oms.web.modelforms import PlainForm

if TYPE_CHECKING:
    from oms.staff.models import Branch

GENDERS = [("", _("Not said")), ("M", _("Male")), ("F", _("Female"))]
MONEY_IN = [
    (kind.value, kind.label)
    for kind in (TenderKind.CASH, TenderKind.CARD, TenderKind.WECHAT, TenderKind.ALIPAY, TenderKind.TRANSFER)
]


class GuestForm(forms.Form):
    """A guest as typed. When one is edited, sealed numbers are not shown: empty keeps them, a tick takes them away."""

    name = forms.CharField(label=_("Full name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    id_type = forms.ChoiceField(label=_("Identity document"), choices=IdType.choices, initial=IdType.RESIDENT_ID)
    id_number = forms.CharField(
        label=_("Document number"), max_length=40, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    drop_id = forms.BooleanField(label=_("Take the document away"), required=False)
    phone = forms.CharField(
        label=_("Phone"),
        max_length=32,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
    drop_phone = forms.BooleanField(label=_("Take the phone away"), required=False)
    gender = forms.ChoiceField(label=_("Gender"), choices=GENDERS, required=False)
    born_on = forms.DateField(
        label=_("Born"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    nationality = forms.CharField(label=_("Nationality"), max_length=2, min_length=2, initial="CN")
    preferences = forms.CharField(
        label=_("Preferences"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, guest: Guest | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.guest = guest
        if guest is None:
            del self.fields["drop_id"], self.fields["drop_phone"]
            return
        for field, tail in (("id_number", guest.id_tail), ("phone", guest.phone_tail)):
            if tail:
                self.fields[field].widget.attrs["placeholder"] = masked_tail(tail)
                self.fields[field].help_text = _("Leave it empty to keep %(tail)s.") % {"tail": masked_tail(tail)}
            else:
                del self.fields[{"id_number": "drop_id", "phone": "drop_phone"}[field]]

    @staticmethod
    def initial_of(guest: Guest) -> dict[str, Any]:
        """What an edit form begins with; sealed numbers stay out."""
        names = ("name", "id_type", "gender", "born_on", "nationality", "preferences", "version")
        return {name: getattr(guest, name) for name in names}

    def person(self) -> Person:
        """What is to be stored: what was typed, and sealed numbers that are kept."""
        data, guest = self.cleaned_data, self.guest
        id_type, number, phone = data["id_type"], data["id_number"], data["phone"]
        if data.get("drop_id"):
            id_type, number = IdType.NONE, ""
        elif not number and guest and guest.id_sealed and id_type == guest.id_type:
            number = unseal(guest.id_sealed)
        elif not number and guest is None:
            id_type = IdType.NONE  # the document was left out, its kind is only what the form began with
        if not phone and guest and guest.phone_sealed and not data.get("drop_phone"):
            phone = unseal(guest.phone_sealed)
        return Person(
            name=data["name"],
            id_type=id_type,
            id_number=number,
            phone=phone,
            gender=data["gender"],
            born_on=data["born_on"],
            nationality=data["nationality"],
        )


class TopUpForm(forms.Form):
    """Money put on a member's account, and how it is paid."""

    amount = forms.DecimalField(
        label=_("Amount"), min_value=Decimal("0.01"), max_digits=9, decimal_places=2, widget=forms.NumberInput()
    )
    tender = forms.ChoiceField(label=_("Paid by"), choices=MONEY_IN)
    reference = forms.CharField(label=_("Slip number"), max_length=80, required=False)


class RefundForm(TopUpForm):
    """Stored value paid back: how much, by which tender it goes, and why."""

    tender = forms.ChoiceField(label=_("Given back by"), choices=MONEY_IN)
    reason = forms.CharField(label=_("Reason"), max_length=200)


class LevelForm(PlainForm):
    """A level: plain master data."""

    said: ClassVar = {
        "member_level_code_once": ("code", _("This code is taken.")),
        "member_level_rank_once": ("rank", _("Another level has this rank.")),
        "member_level_percent_sane": ("room_percent", _("What a member pays is above 0 % and at most 100 %.")),
    }

    class Meta:
        model = MemberLevel
        fields = (
            "code",
            "name",
            "rank",
            "room_percent",
            "goods_percent",
            "points_per_yuan",
            "upgrade_nights",
            "upgrade_points",
            "benefits",
        )

    def __init__(self, *args: Any, branch: Branch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.branch = branch

    def _get_validation_exclusions(self) -> set[str]:
        # Set here and not typed, but what is unique is so within the branch.
        return super()._get_validation_exclusions() - {"branch"}  # type: ignore[misc]


class BonusForm(PlainForm):
    """A bonus rule: plain master data."""

    said: ClassVar = {
        "bonus_rule_once": ("from_amount", _("There is a bonus from this amount already.")),
        "bonus_rule_sane": ("from_amount", _("The top-up is above 0.00, the bonus 0.00 or more.")),
    }

    class Meta:
        model = BonusRule
        fields = ("from_amount", "bonus")

    def __init__(self, *args: Any, branch: Branch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.branch = branch

    def _get_validation_exclusions(self) -> set[str]:
        # Set here and not typed, but what is unique is so within the branch.
        return super()._get_validation_exclusions() - {"branch"}  # type: ignore[misc]
