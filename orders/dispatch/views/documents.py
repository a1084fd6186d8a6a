"""The list of documents, one document, and what is done to several from there."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Max
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from inventory.stock.models import Warehouse
from oms.jobs.services import start_job
from oms.web import formats
from oms.web.counting import bounded_count
from oms.web.paging import keyset_page
from oms.web.selection import Selection
from orders.dispatch import packing, services
from orders.dispatch.filters import TABS, DocumentFilter
from orders.dispatch.models import Courier, WarehouseDocument
from orders.dispatch.printing import articles
from orders.dispatch.queries import bounded_counts
from orders.dispatch.states import SHIPPABLE, DocumentStatus
from orders.order.rows import short_place
from orders.order.timeline import events_of

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpResponse

    from oms.lib.errors import DomainError
    from oms.staff.models import Staff
    from oms.web.requests import StaffRequest
    from orders.dispatch.models import WarehouseDocumentQuerySet

LATE = dt.timedelta(hours=24)
MOST_AT_ONCE = 200  # papers and fields of one page
_S = DocumentStatus
BADGES = {
    _S.QUEUED: ("blue", "s-q2"),
    _S.FAILED: ("red", "s-x"),
    _S.ACCEPTED: ("blue", "s-q3"),
    _S.PICKING: ("cyan", "s-q3"),
    _S.PACKED: ("cyan", "s-end"),
    _S.SHIPPED: ("green", "s-ship"),
    _S.VOIDING: ("violet", "s-back"),
    _S.VOIDED: ("grey", "s-inv"),
}
SHOWN = ("order", "warehouse", "courier")
COUNTED = ("pick", "picking", "queued", "failed")


def visible_documents(staff: Staff) -> WarehouseDocumentQuerySet:
    """What this person sees, with what a row shows."""
    return WarehouseDocument.objects.visible_to(staff).select_related(*SHOWN)


def chosen_documents(request: StaffRequest) -> QuerySet[WarehouseDocument]:
    """The ticked documents, or all that match the list's filter."""
    return Selection.from_request(request, visible_documents(request.user), DocumentFilter).queryset


@require_safe
@permission_required("orders.view_warehousedocument", raise_exception=True)
def document_list(request: StaffRequest) -> HttpResponse:
    """Documents by tab and filter, the oldest open ones first."""
    params = request.GET.copy()
    searching = bool(params.get("q", "").strip())
    if not searching and params.get("tab") not in TABS:
        params["tab"] = next(iter(TABS))
    scope = WarehouseDocument.objects.visible_to(request.user)
    filterset = DocumentFilter(params, scope.select_related(*SHOWN))
    queryset = filterset.qs if filterset.is_valid() else filterset.queryset.none()
    tab = params.get("tab", "")
    newest_first = searching or tab in {"shipped", "voided"}
    page = keyset_page(queryset, ["-pk" if newest_first else "pk"], request)
    context = {
        "page": page,
        "rows": [_row(document, timezone.now()) for document in page.rows],
        "total": bounded_count(queryset),
        "tab": tab,
        "tabs": _tabs(scope),
        "filter": filterset,
        "chosen_by": "&".join(part for part in params.urlencode().split("&") if not part.endswith("=")),
        "warehouses": Warehouse.objects.visible_to(request.user).order_by("name"),
        "couriers": Courier.objects.order_by("priority", "pk"),
        "may_ship": request.user.has_perm("orders.ship_document"),
        "filtered": any(params.get(name) for name in ("warehouse", "courier", "printed", "age", "q")),
    }
    return render(request, "orders/dispatch/list.html", context)


def _tabs(scope: WarehouseDocumentQuerySet) -> list[dict[str, Any]]:
    counts = bounded_counts({code: scope.filter(status__in=TABS[code][1]) for code in COUNTED})
    return [
        {"code": code, "label": label, "count": counts.get(code), "hot": code == "failed"}
        for code, (label, _statuses) in TABS.items()
    ]


def _row(document: WarehouseDocument, now: dt.datetime) -> dict[str, Any]:
    order = document.order
    waits = document.status not in {_S.SHIPPED, _S.VOIDED}
    return {
        "pk": document.pk,
        "number": document.number,
        "url": reverse("document-detail", args=[document.number]),
        "badge": formats.badge(*BADGES[DocumentStatus(document.status)], str(document.get_status_display())),
        "order": order.number,
        "held": order.is_held,
        "who": formats.mask_name(order.receiver_name),
        "where": short_place(order.province, order.city, order.district),
        "goods": order.first_item,
        "pieces": document.item_count,
        "warehouse": document.warehouse.name,
        "courier": document.courier.name if document.courier else formats.NOTHING,
        "printed": document.printed_at is not None,
        "error": document.last_error if document.status in {_S.FAILED, _S.ACCEPTED} else "",
        "age": formats.age(document.created_at, now) if waits else "",
        "late": waits and now - document.created_at > LATE,
        "made": formats.when(document.shipped_at or document.created_at, now),
    }


@require_safe
@permission_required("orders.view_warehousedocument", raise_exception=True)
def document_detail(request: StaffRequest, number: str) -> HttpResponse:
    """Lines, receiver, parcels and events of one document."""
    documents = visible_documents(request.user).select_related("shipped_by", "order__channel")
    document = get_object_or_404(documents, number=number)
    may_ship = request.user.has_perm("orders.ship_document")
    known = articles([document])
    lines = [(known[line["sku"]], line["quantity"]) for line in document.lines]
    tone, shape = BADGES[DocumentStatus(document.status)]
    context = {
        "document": document,
        "order": document.order,
        "badge": formats.badge(tone, shape, str(document.get_status_display())),
        "lines": lines,
        "weight_kg": f"{sum(article.weight_g * quantity for article, quantity in lines) / 1000:.2f}",
        "parcels": document.parcels.select_related("courier").order_by("pk"),
        "events": events_of(document.order, revealed=False),
        "can_ship": may_ship and document.status in SHIPPABLE and not document.order.is_held,
        "can_pack": may_ship and document.status in packing.PACKABLE and not document.order.is_held,
        "can_unpack": may_ship and document.status == _S.PACKED,
        "can_resend": may_ship and document.status == _S.FAILED,
    }
    return render(request, "orders/dispatch/detail.html", context)


@require_POST
@permission_required("orders.ship_document", raise_exception=True)
def document_resend(request: StaffRequest) -> HttpResponse:
    """Queue the chosen failed documents again; many of them as a job with a result per document."""
    chosen = Selection.from_request(request, visible_documents(request.user), DocumentFilter)
    ids = list(chosen.queryset.order_by("pk").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    if len(ids) > MOST_AT_ONCE:
        job = start_job(
            kind="orders.resend_documents",
            title=_("Send documents again"),
            params={"chosen": chosen.params, "until": chosen.queryset.aggregate(last=Max("pk"))["last"]},
            by=request.user,
            at=timezone.now(),
            total=chosen.queryset.count(),
        )
        return redirect("job-detail", pk=job.pk)
    answers = services.resend_documents(document_ids=ids, by=request.user, at=timezone.now())
    say_outcome(
        request,
        answers,
        lambda n: ngettext("%(n)d document is queued again.", "%(n)d documents are queued again.", n) % {"n": n},
    )
    return redirect(f"{reverse('document-list')}?tab=failed")


@require_POST
@permission_required("orders.ship_document", raise_exception=True)
def document_pack(request: StaffRequest) -> HttpResponse:
    """The chosen documents are packed: from now on nobody changes or cancels their orders behind the clerk's back."""
    return _answer_each(
        request,
        packing.pack_documents,
        lambda n: ngettext("%(n)d document is packed.", "%(n)d documents are packed.", n) % {"n": n},
    )


@require_POST
@permission_required("orders.ship_document", raise_exception=True)
def document_unpack(request: StaffRequest) -> HttpResponse:
    """The chosen documents are open again, and being picked."""
    return _answer_each(
        request,
        packing.unpack_documents,
        lambda n: ngettext("%(n)d document is open.", "%(n)d documents are open.", n) % {"n": n},
    )


def _answer_each(request: StaffRequest, command: Any, done: Any) -> HttpResponse:
    ids = [document.pk for document in first_of(request, chosen_documents(request))]
    say_outcome(request, command(document_ids=ids, by=request.user, at=timezone.now()), done)
    return _back(request, ids)


def _back(request: StaffRequest, ids: list[int]) -> HttpResponse:
    """To the document's page if it was one document's button, else to the list."""
    if request.POST.get("from") == "detail" and len(ids) == 1:
        return redirect("document-detail", WarehouseDocument.objects.get(pk=ids[0]).number)
    return redirect(f"{reverse('document-list')}?tab=picking")


def first_of(request: StaffRequest, documents: QuerySet[WarehouseDocument]) -> list[WarehouseDocument]:
    """As many of the chosen documents as one page takes, the oldest first; says so where there are more."""
    found = list(documents.order_by("pk")[: MOST_AT_ONCE + 1])
    if len(found) > MOST_AT_ONCE:
        text = _("These are the first %(most)d of those chosen. The others wait in the list.")
        messages.warning(request, text % {"most": MOST_AT_ONCE})
    return found[:MOST_AT_ONCE]


def say_outcome(request: StaffRequest, answers: dict[int, DomainError | None], done: Any) -> None:
    """Messages for a command over several documents: how many it did, and the reason of the first it did not do."""
    refusals = [refusal for refusal in answers.values() if refusal]
    if len(answers) > len(refusals):
        messages.success(request, done(len(answers) - len(refusals)))
    if refusals:
        what = ngettext("%(n)d was left as it is: %(why)s", "%(n)d were left as they are: %(why)s", len(refusals))
        messages.error(request, what % {"n": len(refusals), "why": refusals[0]})
    if not answers:
        messages.error(request, _("Choose documents first."))
