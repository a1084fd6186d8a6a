"""Pages of the API: its documentation, and the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inventory.catalog.models import Channel
from orders.intake.api.forms import KeyForm, LimitForm
from orders.intake.api.problems import Problem, problem_response
from orders.intake.api.queries import keys_visible_to
from orders.intake.keys import create_key, deactivate_key, set_limit

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from oms.web.requests import StaffRequest


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The interactive API page: signs requests in the browser, with a key that stays there."""
    return render(request, "orders/intake/api_docs.html")


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """An address below /api/v1 that is none."""
    return problem_response(request, Problem(404, "no_such_address", _("There is nothing at this address.")))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("orders.add_apikey", raise_exception=True)
def key_list(request: StaffRequest) -> HttpResponse:
    """The keys, and a form for a new one. The answer to the form is the only page that ever shows the secret."""
    form = KeyForm(request.POST or None, staff=request.user)
    made = secret = None
    if request.method == "POST" and form.is_valid():
        made, secret = create_key(
            name=form.cleaned_data["name"],
            channel_ids=[channel.pk for channel in form.cleaned_data["channels"]],
            per_minute=form.cleaned_data["per_minute"],
            by=request.user,
            at=timezone.now(),
        )
        form = KeyForm(staff=request.user)
    keys = keys_visible_to(request.user).prefetch_related(
        Prefetch("channels", queryset=Channel.objects.order_by("code"))
    )
    context = {"form": form, "keys": keys, "made": made, "secret": secret}
    return render(request, "orders/intake/api_keys.html", context, status=422 if form.errors else 200)


@require_POST
@permission_required("orders.change_apikey", raise_exception=True)
def key_deactivate(request: StaffRequest, pk: int) -> HttpResponse:
    """End a key."""
    key = get_object_or_404(keys_visible_to(request.user), pk=pk)
    deactivate_key(key_id=key.pk, by=request.user, at=timezone.now())
    messages.success(request, _("%(name)s can no longer be used.") % {"name": key.name})
    return redirect("api-key-list")


@require_POST
@permission_required("orders.change_apikey", raise_exception=True)
def key_limit(request: StaffRequest, pk: int) -> HttpResponse:
    """How often a key may be used."""
    key = get_object_or_404(keys_visible_to(request.user), pk=pk)
    form = LimitForm(request.POST)
    if form.is_valid():
        per_minute = form.cleaned_data["per_minute"]
        set_limit(key_id=key.pk, per_minute=per_minute, by=request.user, at=timezone.now())
        messages.success(
            request, _("%(name)s may send %(count)s requests a minute.") % {"name": key.name, "count": per_minute}
        )
    else:
        messages.error(request, " ".join(str(error) for error in form.errors["per_minute"]))
    return redirect("api-key-list")
