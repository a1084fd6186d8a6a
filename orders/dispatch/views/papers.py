"""Pick lists and packing slips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders.dispatch import services
from orders.dispatch.printing import pick_lists, slips
from orders.dispatch.views.documents import MOST_AT_ONCE, chosen_documents, first_of, visible_documents

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oms.web.requests import StaffRequest
    from orders.dispatch.models import WarehouseDocument

LONGEST_ID = 19  # a bigint has at most so many digits
PAPERS = {"pick-list": "orders/dispatch/pick_list.html", "slips": "orders/dispatch/slips.html"}


@require_POST
@permission_required("orders.ship_document", raise_exception=True)
def document_print(request: StaffRequest, paper: str) -> HttpResponse:
    """Mark the chosen documents printed and show their paper."""
    ids = [document.pk for document in first_of(request, chosen_documents(request).exclude(status="voided"))]
    if not ids:
        messages.error(request, _("Choose documents first."))
        return redirect("document-list")
    services.mark_printed(document_ids=ids, by=request.user, at=timezone.now())
    return redirect(f"{reverse('document-paper', args=[paper])}?ids={','.join(map(str, ids))}")


@require_safe
@permission_required("orders.view_warehousedocument", raise_exception=True)
def document_paper(request: StaffRequest, paper: str) -> HttpResponse:
    """A pick list per warehouse, or a packing slip per document, ready for the printer."""
    parts = request.GET.get("ids", "").split(",")[:MOST_AT_ONCE]
    ids = [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < LONGEST_ID]
    documents = list(visible_documents(request.user).filter(pk__in=ids).exclude(status="voided").order_by("pk"))
    context = {
        "documents": documents,
        "ids": ",".join(str(document.pk) for document in documents),
        "printed_by": request.user,
        "printed_at": timezone.now(),
        **_content(paper, documents),
    }
    return render(request, PAPERS[paper], context)


def _content(paper: str, documents: list[WarehouseDocument]) -> dict[str, object]:
    return {"lists": pick_lists(documents)} if paper == "pick-list" else {"slips": slips(documents)}
