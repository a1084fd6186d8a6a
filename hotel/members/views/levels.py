"""Levels, what they give and take, and the bonus of top-ups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hotel.members.forms import BonusForm, LevelForm
from hotel.members.models import BonusRule, MemberLevel
from hotel.rooms.desk import current_property

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oms.web.requests import StaffRequest


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("hotel.view_memberlevel", raise_exception=True)
def level_list(request: StaffRequest) -> HttpResponse:
    """All levels of the branch, and a form for another one."""
    branch = current_property(request).branch
    form = LevelForm(request.POST or None, branch=branch)
    if request.method == "POST" and request.user.has_perm("hotel.add_memberlevel") and form.is_valid():
        form.save()
        messages.success(request, _("Saved: %(name)s") % {"name": form.instance.name})
        return redirect("members:levels")
    return _page(request, form, BonusForm(branch=branch))


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("hotel.change_memberlevel", raise_exception=True)
def level(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a level. Prices of stays booked already stay as they are."""
    branch = current_property(request).branch
    found = get_object_or_404(MemberLevel, pk=pk, branch=branch)
    form = LevelForm(request.POST or None, branch=branch, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved: %(name)s") % {"name": found.name})
        return redirect("members:levels")
    return _page(request, form, BonusForm(branch=branch), pk)


@require_POST
@login_required
@permission_required("hotel.change_memberlevel", raise_exception=True)
def add_bonus(request: StaffRequest) -> HttpResponse:
    """One more bonus rule."""
    branch = current_property(request).branch
    form = BonusForm(request.POST, branch=branch)
    if form.is_valid():
        form.save()
        return redirect("members:levels")
    return _page(request, LevelForm(branch=branch), form)


@require_POST
@login_required
@permission_required("hotel.change_memberlevel", raise_exception=True)
def end_bonus(request: StaffRequest, pk: int) -> HttpResponse:
    """A bonus rule no longer counts; bonus given stays."""
    get_object_or_404(BonusRule, pk=pk, branch=current_property(request).branch_id).delete()
    return redirect("members:levels")


def _page(request: StaffRequest, form: LevelForm, bonus: BonusForm, editing: int | None = None) -> HttpResponse:
    branch = current_property(request).branch_id
    members = Count("members", filter=Q(members__is_active=True))
    context = {
        "house": current_property(request),
        "levels": MemberLevel.objects.filter(branch=branch).annotate(count=members).order_by("rank"),
        "rules": BonusRule.objects.filter(branch=branch).order_by("from_amount"),
        "form": form,
        "bonus_form": bonus,
        "editing": editing,
    }
    return render(request, "hotel/members/levels.html", context, status=422 if form.errors or bonus.errors else 200)
