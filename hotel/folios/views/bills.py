"""Bills on A4 and on the till's 80 mm roll."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from hotel.folios import billing, pagedata, services
from hotel.folios.models import BillPrint, Folio
from hotel.folios.queries import folios_visible_to

if TYPE_CHECKING:
    from django.http import HttpResponse, QueryDict

    from oms.web.requests import StaffRequest


LOOKS = {
    "style": (billing.STYLES, "summary"),
    "by": (billing.GROUPINGS, "department"),
    "lang": (tuple(billing.LANGUAGES), "both"),
    "paper": (billing.PAPERS, "a4"),
}


@require_GET
@login_required
@permission_required("hotel.view_folio", raise_exception=True)
def bill(request: StaffRequest, number: str) -> HttpResponse:
    """What would be printed: ?style=, ?by=, ?lang=, ?paper=."""
    found = _folio(request, number)
    return _page(request, found, request.GET, BillPrint.objects.filter(folio=found).count() + 1, printing=False)


@require_POST
@login_required
@permission_required("hotel.view_folio", raise_exception=True)
def print_bill(request: StaffRequest, number: str) -> HttpResponse:
    """Count the printing, and print."""
    found = _folio(request, number)
    how = _how(request.POST)
    printed = services.record_print(
        folio_id=found.pk,
        style=f"{how['style']} {how['paper']}",
        by=request.user,
        at=timezone.now(),
    )
    return _page(request, found, request.POST, printed.number, printing=True)


def _folio(request: StaffRequest, number: str) -> Folio:
    related = ("property", "stay__room__room_type", "stay__member__level", "company")
    return get_object_or_404(folios_visible_to(request.user).select_related(*related), number=number)


def _how(asked: QueryDict) -> dict[str, str]:
    """How the bill looks; what is not known is as usual."""
    return {key: str(asked[key]) if asked.get(key) in known else usual for key, (known, usual) in LOOKS.items()}


def _kind_name(found: Folio, language: str) -> str:
    """The room's type in the bill's languages."""
    if not found.stay or not found.stay.room:
        return ""
    kind = found.stay.room.room_type
    names = {"zh": [kind.name], "en": [kind.english_name or kind.name], "both": [kind.name, kind.english_name]}
    return " ".join(dict.fromkeys(filter(None, names[language])))


def _page(request: StaffRequest, found: Folio, asked: QueryDict, copy: int, *, printing: bool) -> HttpResponse:
    how = _how(asked)
    made = billing.make_bill(pagedata.entries_of(found), style=how["style"], by=how["by"], language=how["lang"])
    context = {
        "folio": found,
        "stay": found.stay,
        "bill": made,
        "words": made.words,
        "how": how,
        "kind_name": _kind_name(found, how["lang"]),
        "page_url": reverse("folios:bill", args=[found.number]),
        "copy": copy,
        "printing": printing,
        "now": timezone.now(),
    }
    return render(request, "hotel/folios/bill.html", context)
