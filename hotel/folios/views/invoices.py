"""Invoices that were asked for, and their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hotel.folios import services
from hotel.folios.forms import IssueForm
from hotel.folios.models import InvoiceRequest
from hotel.rooms.desk import current_property
from oms.lib.errors import DomainError
from oms.staff.models import in_branches_of
from oms.web.paging import keyset_page

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpResponse

    from oms.web.requests import StaffRequest


@require_GET
@login_required
@permission_required("hotel.view_invoicerequest", raise_exception=True)
def invoice_list(request: StaffRequest) -> HttpResponse:
    """Those waiting for a number first asked first served; the issued ones on their tab."""
    house = current_property(request)
    show = "issued" if request.GET.get("show") == "issued" else "waiting"
    asked = _visible(request).filter(folio__property=house, issued_at__isnull=show == "waiting")
    order = ["pk"] if show == "waiting" else ["-issued_at"]
    page = keyset_page(asked.select_related("folio", "requested_by"), order, request)
    context = {"house": house, "show": show, "page": page}
    return render(request, "hotel/folios/invoices.html", context)


@require_POST
@login_required
@permission_required("hotel.change_invoicerequest", raise_exception=True)
def issue(request: StaffRequest, pk: int) -> HttpResponse:
    """Put down the number of the invoice."""
    asked = get_object_or_404(_visible(request), pk=pk)
    form = IssueForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the invoice number."))
        return redirect("folios:invoices")
    try:
        services.issue_invoice(
            request_id=asked.pk, invoice_no=form.cleaned_data["invoice_no"], by=request.user, at=timezone.now()
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The invoice number is noted."))
    return redirect("folios:invoices")


def _visible(request: StaffRequest) -> QuerySet[InvoiceRequest]:
    return in_branches_of(InvoiceRequest.objects.all(), request.user, "folio__property__branch_id")
