"""When the audit starts by itself, and who hears before what would stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hotel.audit import services
from hotel.audit.forms import PlanForm
from hotel.audit.models import AuditPlan
from hotel.rooms.desk import current_property
from hotel.stays import moments

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oms.web.requests import StaffRequest

VIEW, CHANGE = "hotel.view_auditplan", "hotel.change_auditplan"


@require_http_methods(["GET", "POST"])
@login_required
@permission_required(VIEW, raise_exception=True)
def plan(request: StaffRequest) -> HttpResponse:
    """The page, and what is typed there."""
    house, now = current_property(request), timezone.now()
    found = AuditPlan.objects.filter(property=house).first() or AuditPlan(property=house)
    found.property = house
    form = PlanForm.of(found)
    if request.method == "POST":
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        form = PlanForm(request.POST)
        if form.is_valid():
            services.plan_audits(property_id=house.pk, **form.cleaned_data, by=request.user, at=now)
            messages.success(request, _("Saved."))
            return redirect("audit:plan")
    night = services.coming_night(found, now)
    context = {
        "house": house,
        "form": form,
        "plan": found,
        "night": night,
        "start": moments.local(house, services.starts_at(found, night)),
        "notices": [moments.local(house, moment) for moment in services.notices_of(found, night)],
        "may_change": request.user.has_perm(CHANGE),
    }
    return render(request, "hotel/audit/plan.html", context, status=422 if form.errors else 200)
