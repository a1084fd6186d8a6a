"""Folios of the hotel: open ones, balances due, deposits held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import render
from django.views.decorators.http import require_GET

from hotel.folios.filters import SHOW, FolioFilter
from hotel.folios.models import Folio
from hotel.folios.queries import folios_visible_to, house_totals, with_sums
from hotel.rooms.desk import current_property
from oms.web.paging import keyset_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oms.web.requests import StaffRequest


@require_GET
@login_required
@permission_required("hotel.view_folio", raise_exception=True)
def folio_list(request: StaffRequest) -> HttpResponse:
    """Folios that fit; open ones unless asked for others. A number or room that fits one only is opened by Enter."""
    house = current_property(request)
    request.house = house  # type: ignore[attr-defined]
    asked = request.GET.copy()
    if not {"show", "q"} & asked.keys():
        asked["show"] = "open"
    folios = with_sums(folios_visible_to(request.user).filter(property=house))
    filterset = FolioFilter(asked, folios, request=request)
    found = filterset.qs if filterset.is_valid() else Folio.objects.none()
    context = {
        "house": house,
        "filterset": filterset,
        "page": keyset_page(found.select_related("stay__room", "company", "booking"), ["-pk"], request),
        "tabs": SHOW,
        "show": asked.get("show", ""),
        "totals": house_totals(house.pk),
    }
    return render(request, "hotel/folios/list.html", context)
