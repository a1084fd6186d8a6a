"""Pages of receiving: what came in, typing or scanning what comes, sending it as a file."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from inventory.catalog.models import Channel
from inventory.catalog.pictures import picture_uri
from inventory.counting import services
from inventory.counting.files import typed_rows
from inventory.counting.forms import ReceiptFileForm, ReceiptForm
from inventory.counting.queries import ReadRow, TypedRow, read_rows, receipts_visible_to
from oms.jobs.services import start_job
from oms.lib.errors import DomainError
from oms.web.counting import bounded_count
from oms.web.paging import keyset_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oms.web.requests import StaffRequest

TOKEN_SECONDS = 24 * 3600
USUAL = "receiving_warehouse"  # in the session: a clerk receives in one place all day


@require_GET
@login_required
@permission_required("inventory.view_receipt", raise_exception=True)
def receipt_list(request: StaffRequest) -> HttpResponse:
    """What came in, newest first."""
    receipts = receipts_visible_to(request.user)
    page = keyset_page(receipts, ("-pk",), request)
    context = {"page": page, "total": bounded_count(receipts)}
    return render(request, "inventory/counting/list.html", context)


@require_GET
@login_required
@permission_required("inventory.view_receipt", raise_exception=True)
def receipt_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """One receipt with its lines."""
    receipt = get_object_or_404(receipts_visible_to(request.user), pk=pk)
    lines = receipt.lines.select_related("sku", "channel").order_by("pk")
    rows = [{"line": line, "picture": picture_uri(line.sku.picture)} for line in lines]
    return render(request, "inventory/counting/detail.html", {"receipt": receipt, "rows": rows})


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("inventory.receive_stock", raise_exception=True)
def receipt_new(request: StaffRequest) -> HttpResponse:
    """Type or scan what came, then post it. Every key but the last one only redraws the rows."""
    if request.method == "GET":
        usual = {"warehouse": request.session.get(USUAL)}
        return _typing(request, ReceiptForm(initial=usual, staff=request.user), [])
    rows = _typed(request)
    if "post" not in request.POST:
        form = ReceiptForm(initial=request.POST.dict(), staff=request.user)
        return _typing(request, form, read_rows(rows, request.user))
    form = ReceiptForm(request.POST, staff=request.user)
    read = read_rows(rows, request.user)
    if form.is_valid() and all(row.refusal is None for row in read):
        answer = _post(request, form, read)
        if answer is not None:
            return answer
    return _typing(request, form, read, status=422)


def _post(request: StaffRequest, form: ReceiptForm, rows: list[ReadRow]) -> HttpResponse | None:
    # The same page sent twice (a second click, a reload) is one receipt.
    token = f"receipt:{request.user.pk}:{request.POST.get('token', '')[:40]}"
    if not cache.add(token, 1, TOKEN_SECONDS):
        messages.warning(request, _("This receipt was posted already."))
        return redirect("receipt-list")
    try:
        receipt = services.receive_goods(
            warehouse_id=form.cleaned_data["warehouse"].pk,
            lines=services.lines_of(rows),
            reference=form.cleaned_data["reference"],
            note=form.cleaned_data["note"],
            by=request.user,
            at=timezone.now(),
        )
    except DomainError as refusal:
        cache.delete(token)
        form.add_error(None, str(refusal))
        return None
    request.session[USUAL] = receipt.warehouse_id
    messages.success(request, _("%(number)s posted.") % {"number": receipt.number})
    return redirect("receipt-detail", pk=receipt.pk)


def _typed(request: StaffRequest) -> list[TypedRow]:
    """Rows of the page, without the removed one and the empty ones; a scan adds one piece or a row on top."""
    post = request.POST
    columns = [post.getlist(name) for name in ("sku", "quantity", "channel")]
    rows = [list(row) for row in zip(*columns, strict=False)]
    removed = post.get("remove", "")
    if removed.isdigit() and int(removed) < len(rows):
        rows.pop(int(removed))
    scan, pieces = post.get("scan", "").strip()[:60], post.get("scan_quantity", "").strip() or "1"
    if scan:
        same = next((row for row in rows if row[0].strip() == scan and not row[2]), None)
        if same is not None and same[1].isdigit() and pieces.isdigit():
            same[1] = str(int(same[1]) + int(pieces))
        else:
            rows.insert(0, [scan, pieces, ""])
    return [TypedRow(no, *row) for no, row in enumerate(rows, 1) if row[0].strip()]


def _typing(request: StaffRequest, form: ReceiptForm, rows: list[ReadRow], status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "rows": [{"read": row, "picture": picture_uri(row.sku.picture) if row.sku else ""} for row in rows],
        "wrong": sum(row.refusal is not None for row in rows),
        "pieces": sum(row.quantity for row in rows if row.refusal is None),
        "channels": list(Channel.objects.visible_to(request.user).order_by("name", "pk")),
        "token": request.POST.get("token") or uuid.uuid4().hex,
    }
    partial = request.htmx and request.htmx.target == "receipt-rows"
    template = "inventory/counting/new.html" + ("#rows" if partial else "")
    return render(request, template, context, status=200 if partial else status)


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("inventory.receive_stock", raise_exception=True)
def receipt_file(request: StaffRequest) -> HttpResponse:
    """Send a file: what can't be read at all is refused here, the rest is a job with a result per row."""
    form = ReceiptFileForm(request.POST or None, request.FILES or None, staff=request.user)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        path = default_storage.save(f"receipts/{uuid.uuid4().hex}", data["file"])
        try:
            rows = len(typed_rows(default_storage.path(path)))
        except DomainError as refusal:
            default_storage.delete(path)
            form.add_error("file", str(refusal))
        else:
            job = start_job(
                kind="receive_file",
                title=data["file"].name,
                params={
                    "warehouse_id": data["warehouse"].pk,
                    "reference": data["reference"],
                    "note": data["note"],
                },
                by=request.user,
                at=timezone.now(),
                file=path,
                total=rows,
            )
            return redirect("job-detail", pk=job.pk)
    return render(request, "inventory/counting/file.html", {"form": form}, status=422 if form.errors else 200)
