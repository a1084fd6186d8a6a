"""Companies that pay later: what they owe, how old it is, what they may owe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hotel.folios import ageing
from hotel.folios.forms import LimitForm
from hotel.folios.models import Company
from hotel.folios.services import company_folios
from hotel.rooms.desk import current_property
from oms.staff.models import in_branches_of

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.forms import Form
    from django.http import HttpResponse

    from oms.web.requests import StaffRequest

VIEW = "hotel.view_company"


@require_GET
@login_required
@permission_required(VIEW, raise_exception=True)
def company_list(request: StaffRequest) -> HttpResponse:
    """Every company of the hotel with what it owes by age, the largest debt first."""
    house = current_property(request)
    companies = list(_visible(request).filter(property=house).select_related("folio").order_by("code"))
    aged = ageing.ages_of([company.folio.pk for company in companies if hasattr(company, "folio")], house.business_date)
    pairs = [(aged.get(company.folio.pk) if hasattr(company, "folio") else None, company) for company in companies]
    known = [(ages or ageing.Ages(), company) for ages, company in pairs]
    known.sort(key=lambda pair: -pair[0].total)
    context = {
        "house": house,
        "rows": [{"ages": ages, "company": company} for ages, company in known],
        "total": ageing.total(ages for ages, _company in known),
    }
    return render(request, "hotel/folios/companies.html", context)


@require_GET
@login_required
@permission_required(VIEW, raise_exception=True)
def company(request: StaffRequest, pk: int) -> HttpResponse:
    """A company's statement: what is open, by age, and all that happened."""
    return _page(request, pk)


@require_POST
@login_required
@permission_required("hotel.change_company", raise_exception=True)
def limit(request: StaffRequest, pk: int) -> HttpResponse:
    """Change what it may owe. Traced by the model."""
    found = get_object_or_404(_visible(request), pk=pk)
    form = LimitForm(request.POST)
    if not form.is_valid():
        return _page(request, pk, form)
    for name, value in form.cleaned_data.items():
        setattr(found, name, value)
    found.save(update_fields=list(form.cleaned_data))
    messages.success(request, _("The limit is saved."))
    return redirect("folios:company", pk)


def _visible(request: StaffRequest) -> QuerySet[Company]:
    return in_branches_of(Company.objects.all(), request.user, "property__branch_id")


def _page(request: StaffRequest, pk: int, form: Form | None = None) -> HttpResponse:
    found = get_object_or_404(_visible(request).select_related("property"), pk=pk)
    account = company_folios(company_ids=[found.pk], by=request.user, at=timezone.now())[found.pk]
    today = found.property.business_date
    items = ageing.items_of(account.pk)
    names = ("credit_limit", "agreement_until", "is_active")
    context = {
        "company": found,
        "folio": account,
        "items": items[::-1],
        "ages": ageing.ages_of([account.pk], today).get(account.pk, ageing.Ages()),
        "today": today,
        "form": form or LimitForm(initial={name: getattr(found, name) for name in names}),
    }
    return render(request, "hotel/folios/company.html", context, status=422 if form and form.errors else 200)
