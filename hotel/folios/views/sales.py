"""Selling goods to somebody without a room."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hotel.folios import forms, pagedata, services
from hotel.folios.models import ChargeCode, Company, Department, Folio, FolioKind, Shift
from hotel.rooms.desk import current_property
from hotel.rooms.numbers import whole
from oms.approvals.asking import Ask, ask_context
from oms.approvals.limits import BeyondLimit
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hotel.rooms.models import Property
    from oms.web.requests import StaffRequest

LINES = 5


@require_http_methods(["GET", "POST"])
@login_required
@permission_required(["hotel.add_folioentry", "hotel.settle_folio"], raise_exception=True)
def sell(request: StaffRequest) -> HttpResponse:
    """Lines by code and how they are paid, in one go. Without tenders the folio stays open."""
    house = current_property(request)
    blank = Folio(property=house, kind=FolioKind.PASSER_BY)
    typed = request.POST if request.method == "POST" else None
    lines = [forms.PostForm(typed, folio=blank, prefix=f"line{n}", empty_permitted=True) for n in range(LINES)]
    tenders = forms.TendersForm(typed, folio=blank)
    refusal, asking = "", {}
    if typed is not None and all(line.is_valid() for line in _used(lines)) and tenders.is_valid():
        try:
            sold = _sell(request, house, lines, tenders)
        except BeyondLimit as beyond:
            refusal, asking = str(beyond), ask_context(Ask.from_refusal(beyond), form="settle-form", by=request.user)
        except DomainError as error:
            refusal = str(error)
        else:
            messages.success(request, _("Sold: %(number)s.") % {"number": sold.number})
            return redirect("folios:bill", sold.number) if "bill" in request.POST else redirect("folios:sell")
    context = {
        "house": house,
        "title": request.POST.get("title", ""),
        "lines": lines,
        "form": tenders,
        "refusal": refusal,
        **asking,
        "tender_rows": tenders.rows(),
        "tenders": pagedata.tender_choices(),
        "codes": ChargeCode.objects.filter(property=house, is_active=True).order_by("department", "code"),
        "companies": Company.objects.filter(property=house, is_active=True).order_by("code"),
        "shift": Shift.objects.filter(property=house, staff=request.user, closed_at=None, counted_at=None).first(),
    }
    wrong = typed is not None and (not tenders.is_valid() or any(line.errors for line in _used(lines)))
    return render(request, "hotel/folios/sell.html", context, status=422 if wrong else 200)


def _used(lines: list[forms.PostForm]) -> list[forms.PostForm]:
    """Lines somebody typed into; the first one always counts."""
    return [line for n, line in enumerate(lines) if n == 0 or any(line[name].value() for name in ("code", "text"))]


def _sell(request: StaffRequest, house: Property, lines: list[forms.PostForm], tenders: forms.TendersForm) -> Folio:
    found: list[dict[str, Any]] = [line.cleaned_data for line in _used(lines)]
    sales = [
        services.Sale(
            data["amount"],
            charge_code_id=data["charge_code"].pk if data["charge_code"] else None,
            department=data["department"] or ("" if data["charge_code"] else Department.OTHER),
            text=data["text"],
            quantity=data["quantity"] or Decimal(1),
        )
        for data in found
    ]
    return services.sell(
        property_id=house.pk,
        lines=sales,
        tenders=tenders.cleaned_data["tenders"],
        title=request.POST.get("title", "")[:80],
        approval_id=whole(request.POST.get("approval")) or None,
        by=request.user,
        at=timezone.now(),
    )
