"""夜审彩排: what tonight's audit would meet, mended with one click, and what it would post."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hotel.audit import presenting, queries, services, working
from hotel.audit.entries import RUN, VIEW
from hotel.audit.forms import FixForm
from hotel.audit.models import AuditRun, AuditStatus
from hotel.audit.services.running import QUEUE
from hotel.rooms.desk import current_property
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hotel.rooms.models import Property
    from oms.web.requests import StaffRequest

RECENT = 5
SHOWN = 200
FIRST = 6  # matters of one kind before one asks for all
NEEDED = {  # what each fix's own page asks for
    "extend": "hotel.change_stay",
    "check_out": "hotel.check_out",
    "no_show": "hotel.change_stay",
    "move_arrival": "hotel.change_stay",
    "open_folio": "hotel.settle_folio",
    "ask": RUN,
}


@require_GET
@login_required
@permission_required(VIEW, raise_exception=True)
def rehearsal(request: StaffRequest) -> HttpResponse:
    """The page."""
    return render(request, "hotel/audit/rehearsal.html", _context(request, current_property(request)))


@require_GET
@login_required
@permission_required(VIEW, raise_exception=True)
def checks(request: StaffRequest) -> HttpResponse:
    """The part of the page that follows what happens in the house; the whole page once its date is closed."""
    house = current_property(request)
    response = render(request, "hotel/audit/_rehearsal.html", _context(request, house))
    if request.GET.get("date", str(house.business_date)) != str(house.business_date):
        response["HX-Refresh"] = "true"
    return response


@require_POST
@login_required
@permission_required(RUN, raise_exception=True)
def dry_run(request: StaffRequest) -> HttpResponse:
    """Run the audit and roll it back."""
    house = current_property(request)
    try:
        found = services.dry_run(property_id=house.pk, by=request.user, at=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("audit:rehearsal")
    context = _context(request, house) | {
        "dry": found,
        "dry_results": presenting.results_of(row for row in found.results[:SHOWN]),
        "dry_more": max(0, len(found.results) - SHOWN),
    }
    return render(request, "hotel/audit/rehearsal.html", context)


@require_POST
@login_required
@permission_required(RUN, raise_exception=True)
def fix(request: StaffRequest) -> HttpResponse:
    """One click on the worklist."""
    house, form = current_property(request), FixForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("This can't be mended here."))
        return redirect("audit:rehearsal")
    code = form.cleaned_data["code"]
    if not request.user.has_perm(NEEDED[code]):
        raise PermissionDenied
    try:
        services.fix(
            code=code, property_id=house.pk, object_id=form.cleaned_data["object"], by=request.user, at=timezone.now()
        )
        messages.success(request, _("They are asked to close the shift.") if code == "ask" else _("Done."))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    except ObjectDoesNotExist:
        messages.error(request, _("This is settled already."))
    return redirect("audit:rehearsal")


def _context(request: StaffRequest, house: Property) -> dict[str, Any]:
    found = services.rehearse(house.pk)
    codes = {check.code for check in found.checks}
    opened = asked if (asked := request.GET.get("check", "")) in codes else ""
    run = queries.running(house.pk)
    work = working.work_of(run, timezone.now())
    recent = AuditRun.objects.filter(property=house).exclude(status=AuditStatus.RUNNING)
    return {
        "house": house,
        "channel": f"queue:{QUEUE}{house.pk}",
        "found": found,
        "is_over": services.is_over(house, timezone.now()),
        "opened": opened,
        "listed": [
            {"check": check, "items": items, "more": check.count - len(items)}
            for check in found.checks
            for items in [check.items if check.code == opened else check.items[:FIRST]]
        ],
        "run": run,
        "work": work,
        "steps": working.at_work(presenting.steps_of(run, found.preview, found.date), work),
        "posts": presenting.posts_of(found.preview, found.before),
        "recent": recent.order_by("-business_date", "-pk")[:RECENT],
        "may_run": request.user.has_perm(RUN),
        "now": timezone.now(),
    }
