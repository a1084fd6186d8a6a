"""Who is looked at twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from interception import queries
from interception.blacklist import normalise
from interception.forms import BlacklistForm
from interception.models import BlacklistEntry, BlacklistField
from oms.web.paging import keyset_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oms.web.requests import StaffRequest


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("interception.view_blacklistentry", raise_exception=True)
def blacklist(request: StaffRequest) -> HttpResponse:
    """Entries, newest first, with a form to add one."""
    form = BlacklistForm()
    if request.method == "POST":
        if not request.user.has_perm("interception.add_blacklistentry"):
            return _refuse(request)
        form = BlacklistForm(request.POST)
        if form.is_valid():
            return _add(request, form)
    entries = BlacklistEntry.objects.select_related("created_by")
    wanted = request.GET.get("q", "").strip()
    if wanted:
        values = {normalise(field, wanted) for field in BlacklistField.values}
        entries = entries.filter(value__in=values)
    context = {
        "page": keyset_page(entries, ("-pk",), request),
        "form": form,
        "wanted": wanted,
        "reviews": queries.review_count(request.user),
        "locks": queries.lock_count(request.user),
    }
    return render(request, "interception/blacklist.html", context, status=422 if form.errors else 200)


def _refuse(request: StaffRequest) -> HttpResponse:
    messages.error(request, _("You may not change the blacklist."))
    return redirect("interception:blacklist")


def _add(request: StaffRequest, form: BlacklistForm) -> HttpResponse:
    facts = form.cleaned_data
    BlacklistEntry.objects.update_or_create(
        field=facts["field"],
        value=facts["value"],
        defaults={"reason": facts["reason"], "is_active": True, "created_by": request.user},
    )
    messages.success(request, _("The entry counts from the next audit on."))
    return redirect("interception:blacklist")


@require_POST
@login_required
@permission_required("interception.change_blacklistentry", raise_exception=True)
def toggle(request: StaffRequest, pk: int) -> HttpResponse:
    """Switch an entry off or on. Approvals given for it stay as they are."""
    entry = get_object_or_404(BlacklistEntry, pk=pk)
    entry.is_active = not entry.is_active
    entry.save(update_fields=["is_active"])
    messages.success(request, _("The entry counts again.") if entry.is_active else _("The entry counts no more."))
    return redirect("interception:blacklist")
