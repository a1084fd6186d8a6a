"""Saving, renaming, sharing and deleting views of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from oms.lib.errors import DomainError
from oms.rules import services
from oms.rules.forms import ViewForm
from oms.rules.models import SavedView
from oms.rules.queries import views_of
from oms.rules.registry import Filtered, filtered

if TYPE_CHECKING:
    from oms.web.requests import StaffRequest


def _list_of(request: StaffRequest, key: str) -> Filtered:
    known = filtered(key)
    if known is None or not known.url_name:
        raise Http404
    if known.permission and not request.user.has_perm(known.permission):
        raise PermissionDenied
    return known


def _back(request: StaffRequest, known: Filtered, view: SavedView | None = None) -> HttpResponse:
    query = urlencode({**view.params, "view": view.pk}, doseq=True) if view else ""
    url = reverse(known.url_name) + (f"?{query}" if query else "")
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


@require_POST
@login_required
def save(request: StaffRequest, key: str) -> HttpResponse:
    """Keep the filter of a list under a name."""
    known = _list_of(request, key)
    form = ViewForm(request.POST)
    if form.is_valid():
        try:
            view = services.save_view(
                key=key, params=request.POST.get("query", ""), by=request.user, **form.cleaned_data
            )
        except DomainError as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("The view %(name)s is saved.") % {"name": view.name})
            return _back(request, known, view)
    context = {"form": form, "key": key, "query": request.POST.get("query", "")}
    if request.htmx:
        return render(request, "oms/rules/save_form.html", context, status=422)
    return render(request, "oms/rules/save.html", context, status=422)


@require_POST
@login_required
def change(request: StaffRequest, pk: int) -> HttpResponse:
    """Rename or share a view."""
    view, known = _view(request, pk)
    form = ViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("A view needs a name of at most 40 characters."))
        return _back(request, known, view)
    try:
        view = services.change_view(view_id=pk, by=request.user, **form.cleaned_data)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return _back(request, known, view)


@require_POST
@login_required
def delete(request: StaffRequest, pk: int) -> HttpResponse:
    """Forget a view."""
    view, known = _view(request, pk)
    try:
        services.delete_view(view_id=pk, by=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return _back(request, known, view)
    messages.success(request, _("The view %(name)s is deleted.") % {"name": view.name})
    return _back(request, known)


def _view(request: StaffRequest, pk: int) -> tuple[SavedView, Filtered]:
    view = get_object_or_404(SavedView, pk=pk)
    known = _list_of(request, view.filterset)
    return get_object_or_404(views_of(request.user, view.filterset), pk=pk), known
