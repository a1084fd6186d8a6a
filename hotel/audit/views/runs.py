"""A run: started, followed, gone on with, taken back; and the runs of the past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hotel.audit import presenting, queries, services, working
from hotel.audit.entries import RUN, VIEW
from hotel.audit.models import AuditRun, AuditStatus, DailyFigure
from hotel.audit.queries import Period
from hotel.audit.services.reversing import dependents
from hotel.audit.services.running import QUEUE
from hotel.audit.states import Outcome
from hotel.rooms.desk import current_property
from hotel.rooms.models import Property
from oms.lib.errors import DomainError
from oms.web.paging import keyset_page

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpResponse

    from oms.web.requests import StaffRequest

REVERSE = "hotel.reverse_audit"


@require_POST
@login_required
@permission_required(RUN, raise_exception=True)
def start(request: StaffRequest) -> HttpResponse:
    """Have the date the page showed closed: a worker does it, the page of the run follows."""
    house = current_property(request)
    try:
        date = parse_date(request.POST.get("date", ""))
    except ValueError:
        date = None
    if date is None:
        messages.error(request, _("Say which date to close."))
        return redirect("audit:rehearsal")
    try:
        found = services.start_audit(property_id=house.pk, by=request.user, at=timezone.now(), business_date=date)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("audit:rehearsal")
    return redirect("audit:run", found.pk)


@require_GET
@login_required
@permission_required(VIEW, raise_exception=True)
def run(request: StaffRequest, pk: int) -> HttpResponse:
    """How it goes or went, result by result."""
    return render(request, "hotel/audit/run.html", _context(request, _run(request, pk)))


@require_GET
@login_required
@permission_required(VIEW, raise_exception=True)
def progress(request: StaffRequest, pk: int) -> HttpResponse:
    """What changes while it runs, asked for again; once it is over the whole page is."""
    found = _run(request, pk)
    response = render(request, "hotel/audit/_run.html", _context(request, found))
    if found.status != AuditStatus.RUNNING:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@login_required
@permission_required(RUN, raise_exception=True)
def go_on(request: StaffRequest, pk: int) -> HttpResponse:
    """Go on with a run that was stopped: a worker does, or (``here``) this request, where there is no worker."""
    found = _run(request, pk)
    try:
        if request.POST.get("here"):
            services.take_over(run_id=found.pk, by=request.user, clock=timezone.now)
            messages.success(request, _("%(date)s is closed.") % {"date": found.business_date})
        else:
            services.hand_over(run_id=found.pk, by=request.user, at=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("audit:run", found.pk)


@require_POST
@login_required
@permission_required(REVERSE, raise_exception=True)
def reverse_run(request: StaffRequest, pk: int) -> HttpResponse:
    """Open the date again."""
    found = _run(request, pk)
    reason = request.POST.get("reason", "")[:200]
    try:
        services.reverse_audit(run_id=found.pk, reason=reason, by=request.user, at=timezone.now())
        messages.success(request, _("%(date)s is open again.") % {"date": found.business_date})
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("audit:run", found.pk)


@require_GET
@login_required
@permission_required(VIEW, raise_exception=True)
def history(request: StaffRequest) -> HttpResponse:
    """All runs of the hotel, newest first."""
    house = current_property(request)
    runs = AuditRun.objects.filter(property=house).select_related("started_by")
    return render(
        request,
        "hotel/audit/history.html",
        {"house": house, "page": keyset_page(runs, ("-business_date", "-pk"), request)},
    )


def _run(request: StaffRequest, pk: int) -> AuditRun:
    rows: QuerySet[AuditRun] = AuditRun.objects.select_related("property", "started_by", "reversed_by", "job")
    return get_object_or_404(rows.filter(property__in=Property.objects.visible_to(request.user)), pk=pk)


def _context(request: StaffRequest, found: AuditRun) -> dict[str, Any]:
    results = found.results.order_by("step", "pk")
    if (outcome := request.GET.get("outcome", "")) in Outcome.values:
        results = results.filter(outcome=outcome)
    page = keyset_page(results, ("step", "pk"), request)
    date = found.business_date
    figure = DailyFigure.objects.filter(property_id=found.property_id, date=date, room_type=None).first()
    work = working.work_of(found, timezone.now())
    return {
        "run": found,
        "work": work,
        "steps": working.at_work(presenting.steps_of(found), work),
        "channel": f"queue:{QUEUE}{found.property_id}",
        "page": page,
        "rows": presenting.results_of(page.rows),
        "outcome": outcome,
        "outcomes": queries.outcome_sums(found),
        "proofs": queries.proofs(found.property_id, date) if found.status == AuditStatus.DONE else [],
        "period": Period([figure]) if figure else None,
        "figure": figure,
        "obstacles": dependents(found, found.property) if request.user.has_perm(REVERSE) else ["-"],
        "may_run": request.user.has_perm(RUN),
    }
