"""Where an order goes, as people fill it in: suggestions that follow each other, and a pasted line read into fields."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from oms.lib.addresses import MOST, read_address
from oms.lib.divisions import areas, cities, provinces, whole_province

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django import forms

WHERE = ("province", "city", "district", "address", "postcode")
WHOM = {"name": "receiver_name", "phone": "receiver_phone"}
LISTS = {"province": "place-provinces", "city": "place-cities", "district": "place-districts"}
PASTED = "pasted"


@dataclass(frozen=True)
class Places:
    """What the boxes suggest: all provinces, the cities of this one, the districts of this city."""

    provinces: list[str]
    cities: list[str]
    districts: list[str]


def places_of(province: str, city: str) -> Places:
    """Suggestions below what is typed so far; without a province, every city."""
    within = whole_province(province)
    known = cities(within) if within else [] if province.strip() else [c for p in provinces() for c in cities(p)]
    above = within or next((p for p in provinces() if city and city in cities(p)), "")
    return Places(provinces(), known, areas(above, city.strip()))


def suggest_places(fields: dict[str, forms.Field]) -> None:
    """Tie the fields to the lists of the page."""
    for name, list_id in LISTS.items():
        fields[name].widget.attrs |= {"list": list_id, "autocomplete": "off"}


def filled_in(typed: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """What was typed, with what the pasted line says in its place, and whether it says anything.

    A place in the line replaces the whole place: a district of the old city never stays with the new one.
    """
    read = asdict(read_address(str(typed.get(PASTED, ""))[:MOST]))
    found = {field: read[name] for name, field in WHOM.items() if read[name]}
    if read["province"] or read["address"]:
        found |= {name: read[name] for name in WHERE}
    return {**typed, **found}, bool(found)
