"""Which hotel a person is working at now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from hotel.rooms.models import Property

if TYPE_CHECKING:
    from oms.staff.models import Staff
    from oms.web.requests import StaffRequest

REMEMBERED = "hotel_property"  # in the session


def houses_of(staff: Staff) -> list[Property]:
    """The hotels of the person's branches, by code. One query; kept on the person, who lives as long as a request."""
    kept: list[Property] | None = getattr(staff, "hotel_houses", None)
    if kept is None:
        kept = list(Property.objects.visible_to(staff).filter(is_active=True).order_by("code"))
        staff.hotel_houses = kept  # type: ignore[attr-defined]
    return kept


def has_hotel(staff: Staff) -> bool:
    """Whether the hotel's floor is of use to a person."""
    return bool(houses_of(staff))


def current_property(request: StaffRequest) -> Property:
    """The hotel chosen last, else the first by code, among those of the person's branches.

    Raises PermissionDenied for people without a hotel. One query; kept on the request.
    """
    kept: Property | None = getattr(request, "hotel_property", None)
    if kept is not None:
        return kept
    houses = houses_of(request.user)
    if not houses:
        raise PermissionDenied(_("You belong to no branch with a hotel."))
    chosen = request.session.get(REMEMBERED)
    house = next((house for house in houses if house.pk == chosen), houses[0])
    request.hotel_property = house  # type: ignore[attr-defined]
    return house


def choose_property(request: StaffRequest, property_id: int) -> None:
    """Work at another hotel from now on. One outside the person's branches raises Property.DoesNotExist."""
    house = Property.objects.visible_to(request.user).filter(is_active=True).get(pk=property_id)
    request.session[REMEMBERED] = house.pk
    request.hotel_property = house  # type: ignore[attr-defined]
