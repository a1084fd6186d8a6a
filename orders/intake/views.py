"""Pages of file imports: choose a file, map its columns, watch it run, mend what was refused."""

from __future__ import annotations

import secrets
import time
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from inventory.catalog.models import Channel
from oms.jobs.services import NotCancellable, cancel_job
from oms.lib.errors import DomainError
from orders.intake.files import queries, services
from orders.intake.files.fields import FIELDS
from orders.intake.files.mapping import Mapping, propose, refuse_ambiguous_dates
from orders.intake.files.preview import masks_of, preview_of, shown_cells
from orders.intake.forms import MOST_BYTES, MappingForm, UploadForm, label_of, reading_of

if TYPE_CHECKING:
    from pathlib import Path

    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from oms.jobs.models import BatchJob
    from oms.web.requests import StaffRequest

PAGE = 50
SHOWN_ROWS = 20
MULTIPART = 64 * 1024  # what the form's other fields and boundaries may add to the file

may_import = permission_required("orders.import_orders", raise_exception=True)


class BoundedUpload(TemporaryFileUploadHandler):
    """Streams to disk, and stops reading once the file is too large."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a block."""
        if start + len(raw_data) > MOST_BYTES:
            raise StopUpload(connection_reset=True)
        super().receive_data_chunk(raw_data, start)


@require_GET
@may_import
def import_list(request: StaffRequest) -> HttpResponse:
    """Choose a file; the imports so far."""
    return _list(request, UploadForm(staff=request.user))


def _list(request: StaffRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    jobs = queries.imports_visible_to(request.user)
    before = request.GET.get("before", "")
    if before.isdigit():
        jobs = jobs.filter(pk__lt=int(before))
    rows = list(jobs[: PAGE + 1])
    names = dict(Channel.objects.filter(pk__in={job.params["channel"] for job in rows}).values_list("pk", "name"))
    shown = [_facts(job) | {"channel": names.get(job.params["channel"], "")} for job in rows[:PAGE]]
    older = rows[PAGE - 1].pk if len(rows) > PAGE else None
    context = {"form": form, "rows": shown, "older": older}
    return render(request, "orders/intake/import_list.html", context, status=status)


@csrf_exempt  # the token is in the body: it is checked in _upload, once the body's handlers are set
@require_POST
@may_import
def import_upload(request: StaffRequest) -> HttpResponse:
    """Keep the uploaded file and go on to its columns. The body is streamed to disk, never held in memory."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES + MULTIPART:
        return render(request, "413.html", status=413)
    request.upload_handlers = [BoundedUpload(request)]
    return _upload(request)


@csrf_protect
def _upload(request: StaffRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES, staff=request.user)
    if not form.is_valid():
        return _list(request, form, status=422)
    upload = form.cleaned_data["file"]
    file = services.keep_copy(upload.temporary_file_path(), name=upload.name)
    try:
        queries.sampled(queries.path_of(file), None)
    except DomainError as refusal:
        queries.path_of(file).unlink(missing_ok=True)
        form.add_error("file", str(refusal))
        return _list(request, form, status=422)
    services.forget_uploads(now=time.time())
    token = secrets.token_urlsafe(9)
    drafts = request.session.get("imports", {})
    drafts[token] = {"file": file, "name": upload.name, "channel": form.cleaned_data["channel"].pk}
    request.session["imports"] = dict(list(drafts.items())[-10:])
    return redirect("import-map", token)


@require_http_methods(["GET", "POST"])
@may_import
def import_map(request: StaffRequest, token: str) -> HttpResponse:
    """Columns to fields, with what the file would become; POST starts the import."""
    draft, channel = _draft(request, token)
    context = _mapped(request, draft, channel)
    context |= {"token": token, "draft": draft, "channel": channel, "shown": SHOWN_ROWS}
    if request.method == "POST" and context.get("preview") is not None:
        job = services.start_import(
            file=draft["file"],
            name=draft["name"],
            channel_id=channel.pk,
            mapping=context["mapping"],
            by=request.user,
            at=timezone.now(),
        )
        if name := context["form"].cleaned_data["name"]:
            services.save_mapping(
                channel_id=channel.pk, name=name, mapping=context["mapping"], by=request.user, at=timezone.now()
            )
        request.session["imports"] = {k: v for k, v in request.session["imports"].items() if k != token}
        return redirect("import-detail", job.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "orders/intake/import_map.html", context, status=status)


@require_POST
@may_import
def import_preview(request: StaffRequest, token: str) -> HttpResponse:
    """What the file would become with the mapping as it is typed now."""
    draft, channel = _draft(request, token)
    context = _mapped(request, draft, channel)
    context |= {"token": token, "draft": draft, "channel": channel, "shown": SHOWN_ROWS}
    return render(request, "orders/intake/import_map.html#mapping", context)


def _draft(request: StaffRequest, token: str) -> tuple[dict[str, Any], Channel]:
    draft = request.session.get("imports", {}).get(token)
    if draft is None or not queries.path_of(draft["file"]).exists():
        raise Http404
    channels = Channel.objects.visible_to(request.user).select_related("branch")
    return draft, get_object_or_404(channels, pk=draft["channel"])


def _mapped(request: StaffRequest, draft: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Form and table; and, if the file can be read so, its preview; else the refusal."""
    path, zone = queries.path_of(draft["file"]), channel.branch.time_zone
    saved = {m.name: Mapping(m.columns, m.options) for m in channel.import_mappings.order_by("name")}
    context: dict[str, Any] = {
        "saved": [(name, label_of(name)) for name in saved],
        "wanted": request.GET.get("mapping", ""),
        "preview": None,
    }
    data = request.POST if request.method == "POST" else None
    try:
        if data is not None and data.get("reading") != reading_of(data):
            data, mapping = None, _read_anew(path, request.POST)
        else:
            mapping = saved.get(context["wanted"]) or _best(path, channel)
        table, sample = queries.sampled(path, _as_posted(mapping, data))
        form = MappingForm(data, columns=table.columns, facts=table.facts, zone=zone, mapping=mapping)
        context["form"] = form
        if data is not None and form.is_valid():
            mapping = form.mapping()
        context |= {"mapping": mapping, **_rows_shown(table.columns, sample, mapping)}
        if data is None or form.is_valid():
            mapping.check(table)
            refuse_ambiguous_dates(mapping, table, sample)
            context["preview"] = preview_of(
                mapping=mapping, columns=table.columns, sample=sample, channel=channel, at=timezone.now()
            )
    except DomainError as refusal:
        context["refusal"] = str(refusal)
    return context


def _read_anew(path: Path, data: Any) -> Mapping:
    """What the headers say of a file read with another encoding or delimiter, or of another sheet."""
    reading = {name: data[name] for name in ("encoding", "delimiter", "sheet") if data.get(name)}
    proposed = propose(*queries.sampled(path, Mapping({}, reading)))
    return Mapping(proposed.columns, {**proposed.options, **reading})


def _as_posted(mapping: Mapping, data: Any) -> Mapping:
    """The mapping, reading the file as the form says."""
    if data is None:
        return mapping
    names = ("encoding", "delimiter", "sheet", "fill_merged")
    return Mapping(mapping.columns, {**mapping.options, **{name: data.get(name, "") for name in names}})


def _best(path: Path, channel: Channel) -> Mapping:
    try:
        return queries.mapping_for(path, channel.pk)
    except DomainError:
        table, sample = queries.sampled(path, None)
        return propose(table, sample)


def _rows_shown(columns: list[str], sample: list[Any], mapping: Mapping) -> dict[str, Any]:
    masks = masks_of(columns, mapping.columns)
    labels = {column: FIELDS[key].label for key, column in mapping.columns.items() if key in FIELDS}
    return {
        "heads": [(column, labels.get(column)) for column in columns],
        "sample": [(row.no, shown_cells(row.cells, masks)) for row in sample[:SHOWN_ROWS]],
    }


@require_GET
@may_import
def import_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """How far an import is; once it is over, what became of its orders and which rows were refused."""
    job = _job(request, pk)
    after = request.GET.get("after", "")
    context = _facts(job) | {"channel": Channel.objects.filter(pk=job.params["channel"]).first()}
    columns = job.summary.get("columns", [])
    if not job.is_open and columns:
        own = request.GET.get("all") != "1"
        after_row = int(after) if after.isdigit() else 0
        found = list(islice(queries.refused_rows(job, after=after_row, own=own), PAGE + 1))
        masks = masks_of(columns, job.params["columns"])
        rows = [(row, shown_cells(row.cells, masks)) for row in found[:PAGE]]
        next_row = found[PAGE - 1].row_no if len(found) > PAGE else None
        context |= {"refused": rows, "next": next_row, "own": own, "columns": columns}
    partial = request.htmx and request.htmx.target == "import-progress"
    template = "orders/intake/import_detail.html"
    return render(request, f"{template}#progress" if partial else template, context)


@require_POST
@may_import
def import_stop(request: StaffRequest, pk: int) -> HttpResponse:
    """Stop after the present 500 orders."""
    job = _job(request, pk)
    try:
        cancel_job(job_id=job.pk, by=request.user, at=timezone.now())
    except NotCancellable as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The import was stopped; the orders stored so far stay."))
    return redirect("import-detail", pk)


@require_GET
@may_import
def import_refused(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The refused rows as a table with the file's own columns, to be corrected and sent again."""
    job = _job(request, pk)
    columns = job.summary.get("columns", [])
    lines = queries.refused_csv(job, columns, reason=_("Why it was refused"), row=_("Row of the file"))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{job}-refused.csv"'
    return response


def _job(request: StaffRequest, pk: int) -> BatchJob:
    return get_object_or_404(queries.imports_visible_to(request.user), pk=pk)


def _facts(job: BatchJob) -> dict[str, Any]:
    tones = {"queued": "grey", "running": "blue", "done": "green", "failed": "red", "cancelled": "grey"}
    icons = {
        "queued": "hourglass",
        "running": "loader",
        "done": "circle-check",
        "failed": "alert-circle",
        "cancelled": "ban",
    }
    summary = job.summary
    reading = job.is_open and summary.get("step", "read") == "read"
    share = summary.get("read", 0) if reading else round(100 * job.done / job.total) if job.total else 100
    counts = {name: summary.get(name, 0) for name in ("stored", "repeated", "changed", "refused")}
    return {
        "job": job,
        "counts": counts,
        "rows_read": summary.get("rows", 0),
        "reading": reading,
        "share": min(share, 100),
        "tone": "amber" if job.status == "done" and counts["refused"] else tones[job.status],
        "icon": icons[job.status],
    }
