"""Companies that pay later: what they owe, how old it is, what they may owe."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hotel.folios import ageing, pagedata
from hotel.folios.forms import LimitForm, PartsForm
from hotel.folios.models import Company, Folio, Shift, TenderKind
from hotel.folios.services import NothingGiven, apply_oldest_first, apply_payments, company_folios, pay_company
from hotel.rooms.desk import current_property
from oms.lib.errors import DomainError
from oms.staff.models import in_branches_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.forms import Form
    from django.http import HttpResponse

    from oms.web.requests import StaffRequest

VIEW = "hotel.view_company"
SETTLE = "hotel.settle_folio"
PAID_BY = (TenderKind.TRANSFER, TenderKind.CASH, TenderKind.CARD, TenderKind.WECHAT, TenderKind.ALIPAY)


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


@require_POST
@login_required
@permission_required([VIEW, SETTLE], raise_exception=True)
def pay(request: StaffRequest, pk: int) -> HttpResponse:
    """The company pays: tenders, and the debts they are for; the oldest first where none is named."""
    account = _account(request, pk)
    form = PartsForm(request.POST, folio=account)
    if form.is_valid() and not form.cleaned_data["tenders"]:
        form.add_error(None, str(NothingGiven()))
    if form.is_valid():
        data = form.cleaned_data
        command = partial(pay_company, folio_id=account.pk, tenders=data["tenders"], parts=data["parts"])
        if _done(request, form, command):
            messages.success(request, _("The payment is taken."))
            return redirect("folios:company", pk)
    return _page(request, pk, parts_form=form)


@login_required
@permission_required([VIEW, SETTLE], raise_exception=True)
def apply(request: StaffRequest, pk: int, payment: int) -> HttpResponse:
    """Choose anew what a payment settles: the amounts typed, or the oldest debts."""
    account = _account(request, pk)
    if request.method != "POST":
        return _page(request, pk, payment=payment)
    form = PartsForm(request.POST, folio=account)
    if form.is_valid():
        command: Callable[..., object] = partial(
            apply_payments, folio_id=account.pk, payment_ids=[payment], parts=form.cleaned_data["parts"]
        )
        if "oldest" in request.POST:
            command = partial(apply_oldest_first, folio_id=account.pk, payment_ids=[payment])
        if _done(request, form, command):
            messages.success(request, _("The payment is applied."))
            return redirect("folios:company", pk)
    return _page(request, pk, parts_form=form, payment=payment)


def _done(request: StaffRequest, form: PartsForm, command: Callable[..., object]) -> bool:
    """Whether the command went through; what it refused is said on the form."""
    try:
        command(by=request.user, at=timezone.now())
    except DomainError as refusal:
        form.add_error(None, str(refusal))
    return not form.errors


def _account(request: StaffRequest, pk: int) -> Folio:
    found = get_object_or_404(_visible(request), pk=pk)
    folio = company_folios(company_ids=[found.pk], by=request.user, at=timezone.now())[found.pk]
    return Folio.objects.select_related("property").get(pk=folio.pk)


def _visible(request: StaffRequest) -> QuerySet[Company]:
    return in_branches_of(Company.objects.all(), request.user, "property__branch_id")


def _page(
    request: StaffRequest,
    pk: int,
    form: Form | None = None,
    *,
    parts_form: PartsForm | None = None,
    payment: int | None = None,
) -> HttpResponse:
    found = get_object_or_404(_visible(request).select_related("property"), pk=pk)
    account = company_folios(company_ids=[found.pk], by=request.user, at=timezone.now())[found.pk]
    house, today = found.property, found.property.business_date
    items = ageing.items_of(account.pk)
    chosen = next((item for item in items if item.entry.pk == payment and item.entry.amount < 0), None)
    if payment and chosen is None:
        raise Http404
    names = ("credit_limit", "agreement_until", "is_active")
    shifts = Shift.objects.filter(property=house, staff=request.user, closed_at=None, counted_at=None)
    context = {
        "company": found,
        "folio": account,
        "items": items[::-1],
        "ages": ageing.ages_of([account.pk], today).get(account.pk, ageing.Ages()),
        "today": today,
        "form": form or LimitForm(initial={name: getattr(found, name) for name in names}),
        "payment": chosen,
        "debts": ageing.debts(items, payment, parts_form.data if parts_form else None),
        "parts_form": parts_form,
        "tender_rows": parts_form.rows() if parts_form else [],
        "tenders": [each for each in pagedata.tender_choices() if each["kind"] in PAID_BY],
        "shift": shifts.first(),
    }
    wrong = (form and form.errors) or (parts_form and parts_form.errors)
    return render(request, "hotel/folios/company.html", context, status=422 if wrong else 200)
