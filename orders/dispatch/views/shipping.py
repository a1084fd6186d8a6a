"""Shipping: one by one with a scanner, ten ticked ones, or a whole table."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from oms.jobs.services import start_job
from oms.lib.errors import DomainError
from orders.dispatch import bulk, services
from orders.dispatch.forms import BulkForm, ScanForm, TickedForm
from orders.dispatch.models import WarehouseDocument
from orders.dispatch.printing import articles
from orders.dispatch.refusals import DocumentNotFound
from orders.dispatch.shipping import standing_refusal
from orders.dispatch.states import SHIPPABLE
from orders.dispatch.views.documents import chosen_documents, first_of, visible_documents

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpResponse

    from oms.staff.models import Staff
    from oms.web.requests import StaffRequest

may_ship = permission_required("orders.ship_document", raise_exception=True)
DOCUMENT_NUMBER = re.compile(r"WD\d{7,}")
COURIER = "dispatch.courier"  # the session remembers whose labels are on the roll
LATEST = 8


@require_http_methods(["GET", "HEAD", "POST"])
@may_ship
def ship_scan(request: StaffRequest) -> HttpResponse:
    """Scan a document, then its parcel, then the next: Enter drives it. Answers the desk alone to htmx."""
    if request.method != "POST":
        form = ScanForm(courier_id=request.session.get(COURIER))
        number = request.GET.get("number", "")
        if number:  # a link from a document's page: as if it had been scanned
            form = ScanForm({"number": number, "courier": form.fields["courier"].initial})
        return render(request, "orders/dispatch/ship.html", _desk(request, form, ship=False))
    form = ScanForm(request.POST)
    context = _desk(request, form, ship=True)
    template = "orders/dispatch/ship.html#desk" if request.htmx else "orders/dispatch/ship.html"
    return render(request, template, context)


def _desk(request: StaffRequest, form: ScanForm, *, ship: bool) -> dict[str, Any]:
    """The desk after this scan: the document found, or shipped and cleared, or the reason why not, input kept."""
    desk: dict[str, Any] = {"form": form, "document": None, "refusal": None, "done": None, "number": "", "tracking": ""}
    if form.is_bound:
        desk |= {"number": form.data.get("number", ""), "tracking": form.data.get("tracking", "")}
        if form.is_valid():
            _scan(request, form.cleaned_data, desk, ship=ship)
    document = desk["document"]
    if document:
        known = articles([document])
        desk["lines"] = [(known[line["sku"]], line["quantity"]) for line in document.lines]
    desk["courier_id"] = request.session.get(COURIER) or form.fields["courier"].initial
    desk["latest"] = _latest(request.user)
    return desk


def _scan(request: StaffRequest, typed: dict[str, Any], desk: dict[str, Any], *, ship: bool) -> None:
    request.session[COURIER] = typed["courier"].pk
    number, tracking = typed["number"], typed["tracking"]
    if len(tracking) == 1 and DOCUMENT_NUMBER.fullmatch(tracking[0]):
        number, tracking = tracking[0], ()  # the next document was scanned instead of a parcel
    document = _document_numbered(request.user, number)
    desk |= {"number": number, "document": document, "tracking": " ".join(tracking)}
    if document is None:
        desk["refusal"] = DocumentNotFound(reference=number)
        return
    desk["number"] = document.number
    refusal = standing_refusal(document)
    if refusal is None and ship and tracking:
        shipment = services.Shipment(document.pk, typed["courier"].pk, tracking, typed["weight"])
        answers = services.ship_documents(shipments=[shipment], by=request.user, at=timezone.now())
        refusal = answers[document.pk]
        if refusal is None:
            desk |= {"done": document, "document": None, "number": "", "tracking": ""}
    desk["refusal"] = refusal


def _document_numbered(staff: Staff, number: str) -> WarehouseDocument | None:
    """The document of this number, or the newest one of the order of this number."""
    documents = visible_documents(staff)
    return documents.filter(number=number).first() or documents.filter(order__number=number).order_by("-pk").first()


def _latest(staff: Staff) -> Iterable[WarehouseDocument]:
    """What this person has just shipped, newest first: proof for the clerk that the beep was right."""
    since = timezone.now() - dt.timedelta(hours=12)
    documents = WarehouseDocument.objects.filter(shipped_by=staff, status="shipped", shipped_at__gte=since)
    return documents.prefetch_related("parcels__courier").order_by("-shipped_at", "-pk")[:LATEST]


@require_POST
@may_ship
def ship_ticked(request: StaffRequest) -> HttpResponse:
    """A tracking field for each chosen document; what is refused stays on the page with its reason, the rest ships."""
    documents = first_of(request, chosen_documents(request).filter(status__in=SHIPPABLE))
    if not documents:
        messages.error(request, _("None of these documents can be shipped now."))
        return redirect("document-list")
    if "courier" not in request.POST:
        form = TickedForm(documents=documents, courier_id=request.session.get(COURIER))
        return render(request, "orders/dispatch/ship_ticked.html", _ticked(form, {}))
    form = TickedForm(request.POST, documents=documents)
    if not form.is_valid():
        return render(request, "orders/dispatch/ship_ticked.html", _ticked(form, {}), status=422)
    request.session[COURIER] = form.cleaned_data["courier"].pk
    answers = _ship_typed(request, form)
    refused = {pk: refusal for pk, refusal in answers.items() if refusal}
    shipped = len(answers) - len(refused)
    if shipped:
        text = ngettext("%(n)d document is shipped.", "%(n)d documents are shipped.", shipped) % {"n": shipped}
        messages.success(request, text)
    if not refused and answers:
        return redirect("document-list")
    form.documents = [document for document in documents if answers.get(document.pk, 0) is not None]
    return render(request, "orders/dispatch/ship_ticked.html", _ticked(form, refused, nothing=not answers))


def _ship_typed(request: StaffRequest, form: TickedForm) -> dict[int, DomainError | None]:
    courier = form.cleaned_data["courier"]
    typed = [(document.pk, form.tracking_of(document)) for document in form.documents]
    shipments = [services.Shipment(pk, courier.pk, numbers) for pk, numbers in typed if numbers]
    return services.ship_documents(shipments=shipments, by=request.user, at=timezone.now()) if shipments else {}


def _ticked(form: TickedForm, refused: dict[int, DomainError], *, nothing: bool = False) -> dict[str, Any]:
    rows = [
        {"document": document, "field": form[f"tracking-{document.pk}"], "refusal": refused.get(document.pk)}
        for document in form.documents
    ]
    return {"form": form, "rows": rows, "refused": len(refused), "nothing": nothing}


@require_http_methods(["GET", "HEAD", "POST"])
@may_ship
def ship_bulk(request: StaffRequest) -> HttpResponse:
    """Paste or upload a table, look at what each row means, then ship the good ones as a job."""
    form = BulkForm(request.POST or None, request.FILES or None, courier_id=request.session.get(COURIER))
    context: dict[str, Any] = {"form": form, "planned": [], "good": 0, "bad": 0}
    if form.is_bound and form.is_valid():
        courier = form.cleaned_data["courier"]
        request.session[COURIER] = courier.pk
        try:
            rows = _typed_rows(form)
        except DomainError as refusal:
            form.add_error("file" if form.cleaned_data["file"] else "table", str(refusal))
        else:
            if "go" in request.POST:
                return _start(request, rows, courier.pk)
            planned = bulk.plan_rows(rows, staff=request.user, courier_id=courier.pk)
            bad = sum(plan.problem is not None for plan in planned)
            context |= {
                "planned": sorted(planned, key=lambda plan: plan.problem is None)[:500],
                "good": len(planned) - bad,
                "bad": bad,
                "text": "\n".join(row.text for row in rows),
            }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "orders/dispatch/ship_bulk.html", context, status=status)


def _typed_rows(form: BulkForm) -> list[bulk.ShipRow]:
    file = form.cleaned_data["file"]
    return bulk.rows_of_file(file, file.name) if file else bulk.rows_of_text(form.cleaned_data["table"])


def _start(request: StaffRequest, rows: list[bulk.ShipRow], courier_id: int) -> HttpResponse:
    job = start_job(
        kind="orders.ship_documents",
        title=ngettext("Ship %(n)d row", "Ship %(n)d rows", len(rows)) % {"n": len(rows)},
        params={
            "rows": [[r.row_no, r.reference, r.tracking_no, r.courier, r.weight] for r in rows],
            "courier": courier_id,
        },
        by=request.user,
        at=timezone.now(),
        total=len(rows),
    )
    return redirect(reverse("job-detail", args=[job.pk]))
