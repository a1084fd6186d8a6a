"""Pages of long work: how far it is, what became of each row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from oms.jobs import services
from oms.jobs.kinds import kinds
from oms.jobs.queries import jobs_visible_to, results_of
from oms.lib.errors import refusal_text
from oms.lib.sheets import csv_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpResponse

    from oms.jobs.models import BatchJob, JobResult
    from oms.web.requests import StaffRequest

PAGE = 50


@require_GET
@login_required
def job_list(request: StaffRequest) -> HttpResponse:
    """The last jobs a person may see."""
    before = request.GET.get("before", "")
    jobs = jobs_visible_to(request.user)
    if before.isdigit():
        jobs = jobs.filter(pk__lt=int(before))
    rows = [_job_facts(job) for job in jobs[: PAGE + 1]]
    older = rows[PAGE - 1]["job"].pk if len(rows) > PAGE else None
    return render(request, "oms/jobs/list.html", {"rows": rows[:PAGE], "older": older})


@require_GET
@login_required
def job_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """One job: progress that renews itself, results by outcome."""
    job = get_object_or_404(jobs_visible_to(request.user), pk=pk)
    outcome = request.GET.get("outcome", "")
    after = request.GET.get("after", "")
    results = results_of(job, outcome)
    if after.isdigit():
        results = results.filter(position__gt=int(after))
    rows = list(results[: PAGE + 1])
    context = {
        **_job_facts(job),
        "outcome": outcome,
        "results": [{"row": row, "text": _result_text(row)} for row in rows[:PAGE]],
        "next": rows[PAGE - 1].position if len(rows) > PAGE else None,
        "tabs": _tabs(job),
    }
    partial = request.htmx and request.htmx.target == "job-progress"
    return render(request, "oms/jobs/detail.html#progress" if partial else "oms/jobs/detail.html", context)


@require_POST
@login_required
def job_cancel(request: StaffRequest, pk: int) -> HttpResponse:
    """Stop a job after its present chunk."""
    job = get_object_or_404(jobs_visible_to(request.user), pk=pk)
    try:
        services.cancel_job(job_id=job.pk, by=request.user, at=timezone.now())
    except services.NotCancellable as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The job was stopped; what was done stays done."))
    return redirect("job-detail", pk=pk)


@require_GET
@login_required
def job_results(request: StaffRequest, pk: int) -> StreamingHttpResponse:
    """All results, or those of one outcome, as CSV."""
    job = get_object_or_404(jobs_visible_to(request.user), pk=pk)
    outcome = request.GET.get("outcome", "")
    response = StreamingHttpResponse(_csv(job, outcome), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{job}-{outcome or "results"}.csv"'
    return response


@require_GET
@login_required
def job_file(request: StaffRequest, pk: int) -> FileResponse:
    """The file a job made (an export)."""
    from django.core.files.storage import default_storage

    job = get_object_or_404(jobs_visible_to(request.user), pk=pk)
    if not job.file or not job.summary.get("download") or not default_storage.exists(job.file):
        raise Http404
    return FileResponse(default_storage.open(job.file), as_attachment=True, filename=job.summary["download"])


def _csv(job: BatchJob, outcome: str) -> Iterator[str]:
    yield "\ufeff" + csv_row([_("Row"), _("Result"), _("Why")])
    for row in results_of(job, outcome).iterator(chunk_size=2000):
        yield csv_row([row.reference, row.get_outcome_display(), _result_text(row)])


def _result_text(row: JobResult) -> str:
    return refusal_text(row.code, row.details) if row.code else str(row.details.get("message", ""))


def _job_facts(job: BatchJob) -> dict[str, Any]:
    kind = kinds().get(job.kind)
    share = min(100, round(100 * job.done / job.total)) if job.total else (0 if job.is_open else 100)
    tones = {"queued": "grey", "running": "blue", "done": "green", "failed": "red", "cancelled": "grey"}
    icons = {
        "queued": "hourglass",
        "running": "loader",
        "done": "circle-check",
        "failed": "alert-circle",
        "cancelled": "ban",
    }
    return {
        "job": job,
        "label": kind.label if kind else job.kind,
        "share": share,
        "tone": tones[job.status],
        "icon": icons[job.status],
    }


def _tabs(job: BatchJob) -> list[tuple[str, str, int]]:
    return [
        ("", _("All"), job.done),
        ("succeeded", _("Succeeded"), job.succeeded),
        ("skipped", _("Skipped"), job.skipped),
        ("refused", _("Refused"), job.refused),
    ]
