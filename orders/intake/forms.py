"""Forms of the import pages."""

from __future__ import annotations

import zoneinfo
from functools import cache
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from inventory.catalog.models import Channel
from orders.intake.files.delimited import DELIMITERS, ENCODINGS
from orders.intake.files.fields import ALL, GROUPS
from orders.intake.files.mapping import CHOICES, OPTIONS, Mapping
from orders.intake.files.queries import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.forms import BoundField

    from oms.staff.models import Staff

MOST_BYTES = 200 * 1024 * 1024
USUAL = {  # shown even while no column is chosen
    *("external_no", "placed_at", "receiver.name", "receiver.phone", "receiver.address"),
    *("line.merchant_code", "line.quantity", "line.unit_price"),
}
NAMES = {",": _("Comma"), ";": _("Semicolon"), "\t": _("Tab"), "|": _("Vertical bar")}


def label_of(name: str) -> str:
    """What a remembered mapping is called on the page: the one used by itself in the reader's language."""
    return gettext("default") if name == DEFAULT else name


@cache
def _zones() -> list[str]:
    return sorted(zoneinfo.available_timezones())  # looks through hundreds of files


class UploadForm(forms.Form):
    """A file, and the channel its orders were sold on."""

    channel = forms.ModelChoiceField(Channel.objects.none(), label=_("Channel"))
    file = forms.FileField(label=_("File"), help_text=_("CSV (also .gz) or XLSX, up to 200 MB"), max_length=200)

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        """Channels of the person's branches."""
        super().__init__(*args, **kwargs)
        channels = Channel.objects.visible_to(staff).filter(is_active=True).order_by("name", "pk")
        self.fields["channel"].queryset = channels  # type: ignore[attr-defined]
        self.fields["file"].widget.attrs["accept"] = ".csv,.gz,.txt,.tsv,.xlsx"


class MappingForm(forms.Form):
    """Which column is which field (``column:KEY``), what to take where it is empty (``constant:KEY``), the options."""

    encoding = forms.ChoiceField(label=_("Encoding"), required=False)
    delimiter = forms.ChoiceField(label=_("Columns are separated by"), required=False)
    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    fill_merged = forms.BooleanField(label=_("Fill merged cells"), required=False)
    date_order = forms.ChoiceField(label=_("Dates"), choices=list(CHOICES["date_order"].items()), required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    decimal_comma = forms.BooleanField(label=_("Decimal comma (1.234,50)"), required=False)
    rows = forms.ChoiceField(label=_("Rows"), choices=list(CHOICES["rows"].items()), required=False)
    negative = forms.ChoiceField(
        label=_("Quantity below zero"), choices=list(CHOICES["negative"].items()), required=False
    )
    paid = forms.ChoiceField(label=_("Payment"), choices=list(CHOICES["paid"].items()), required=False)
    name = forms.SlugField(
        label=_("Remember as"),
        required=False,
        max_length=40,
        allow_unicode=True,
    )

    def __init__(
        self, data: Any = None, *, columns: Sequence[str], facts: dict[str, Any], zone: str, mapping: Mapping
    ) -> None:
        """``facts``: what reading found out. ``zone``: of the channel's branch."""
        initial = {**OPTIONS, **mapping.options, "name": label_of(DEFAULT)}
        initial["sheet"] = facts.get("sheet", "")
        initial |= {f"column:{key}": column for key, column in mapping.columns.items()}
        initial |= {f"constant:{key}": text for key, text in mapping.option("constants").items()}
        super().__init__(data, initial=initial)
        self._facts, self._columns = facts, list(columns)
        found = {"encoding": facts.get("encoding", ""), "delimiter": str(NAMES.get(facts.get("delimiter", ""), ""))}
        auto = _("Found out: %(what)s")
        self._choose("encoding", [("", auto % {"what": found["encoding"]}), *((name, name) for name in ENCODINGS)])
        self._choose("delimiter", [("", auto % {"what": found["delimiter"]}), *((d, NAMES[d]) for d in DELIMITERS)])
        self._choose("sheet", [(name, name) for name in facts.get("sheets", [])])
        zones = [(name, name) for name in _zones()]
        self._choose("time_zone", [("", _("Of the branch: %(zone)s") % {"zone": zone}), *zones])
        for name in ("sheet", "fill_merged") if facts.get("format") == "csv" else ("encoding", "delimiter"):
            del self.fields[name]
        self._add_columns()

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def _add_columns(self) -> None:
        choices = [("", "—"), *((column, column) for column in self._columns)]
        for spec in ALL:
            self.fields[f"column:{spec.key}"] = forms.ChoiceField(label=spec.label, choices=choices, required=False)
            self.fields[f"constant:{spec.key}"] = forms.CharField(label=spec.label, required=False, max_length=120)

    def clean_name(self) -> str:
        """The usual mapping has one name in the tables, and on the page that of the language."""
        name: str = self.cleaned_data["name"]
        return DEFAULT if name == label_of(DEFAULT) else name

    @property
    def reading(self) -> str:
        """How the file was read when the form was made: read otherwise, it may have other columns."""
        return reading_of(self.data if self.is_bound else self.initial)

    def mapping(self) -> Mapping:
        """The mapping that a valid form says."""
        said = self.cleaned_data
        columns = {spec.key: column for spec in ALL if (column := said[f"column:{spec.key}"])}
        constants = {spec.key: text for spec in ALL if (text := said[f"constant:{spec.key}"].strip())}
        options = {name: said[name] for name in OPTIONS if name in said and said[name] not in ("", OPTIONS[name])}
        return Mapping(columns, {**options, **({"constants": constants} if constants else {})})

    def groups(self) -> list[dict[str, Any]]:
        """The fields for the page: (field, its column, its constant), those in use apart from the others."""
        found = []
        for code, label in GROUPS.items():
            specs = [spec for spec in ALL if spec.group == code]
            rows = [(spec, self[f"column:{spec.key}"], self[f"constant:{spec.key}"]) for spec in specs]
            used = [row for row in rows if row[0].key in USUAL or row[1].value() or row[2].value() or row[1].errors]
            found.append({"label": label, "used": used, "more": [row for row in rows if row not in used]})
        return found

    def options(self) -> list[BoundField]:
        """The other fields, but for the name."""
        return [self[name] for name in self.fields if ":" not in name and name != "name"]


def reading_of(data: Any) -> str:
    """Encoding, delimiter and sheet as one text."""
    return "|".join(str(data.get(name) or "") for name in ("encoding", "delimiter", "sheet"))
