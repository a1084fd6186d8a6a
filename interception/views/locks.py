"""System locks by check and cause: mended once, re-checked, let go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from interception import presenting, queries, services
from interception.forms import MapCodeForm
from interception.registry import checks
from inventory.catalog.models import Channel
from inventory.catalog.services import add_merchant_code
from oms.jobs.queries import jobs_visible_to
from oms.jobs.services import start_job
from oms.lib.errors import DomainError
from oms.web.listing import Action, allowed_actions
from oms.web.paging import keyset_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oms.jobs.models import BatchJob
    from oms.web.requests import StaffRequest

VIEW, UNLOCK = "interception.view_interception", "interception.unlock_interception"
AT_ONCE = 20  # so many are re-checked while the page waits; more become a job


@require_GET
@login_required
@permission_required(VIEW, raise_exception=True)
def locked(request: StaffRequest) -> HttpResponse:
    """Causes with their counts; below, the orders of the chosen one; beside, the re-checks."""
    check, cause = request.GET.get("check", ""), request.GET.get("cause", "")
    groups = queries.locks_by_cause(request.user)
    if check not in {group.code for group in groups}:
        check, cause = (groups[0].code if groups else ""), ""
    group = next((each for each in groups if each.code == check), None)
    page = keyset_page(queries.locks(request.user, check, cause), ("pk",), request) if group else None
    rows = [presenting.shown(row) for row in page.rows] if page else []
    first = rows[0]["row"] if rows else None
    mend = checks()[check].mend(first.cause, first.evidence) if first and check in checks() else None
    jobs = list(jobs_visible_to(request.user).filter(kind="recheck").select_related("created_by")[:6])
    context = {
        "groups": groups,
        "group": group,
        "total": sum(each.count for each in groups),
        "check": check,
        "cause": cause,
        "cause_count": sum(each.count for each in group.causes if each.cause == cause) if group and cause else None,
        "cause_text": checks()[check].explain_cause(cause) if cause and check in checks() else cause,
        "page": page,
        "rows": rows,
        "mend": mend,
        "mend_form": _mend_form(mend.params) if mend and mend.kind == "map_code" else None,
        "jobs": jobs,
        "running": [job for job in jobs if job.is_open],
        "may_unlock": request.user.has_perm(UNLOCK),
        "may_map": request.user.has_perm("inventory.add_merchantcode"),
        "actions": allowed_actions([_action()], request.user),
        "reviews": queries.review_count(request.user),
    }
    return render(request, "interception/locked.html", context)


def _action() -> Action:
    url = reverse("interception:handle")
    return Action(gettext_lazy("Mark as handled"), "lock-open", url, permission=UNLOCK)


def _mend_form(params: dict[str, Any]) -> MapCodeForm:
    return MapCodeForm(initial={"channel_id": params["channel_id"], "code": params["code"]})


@require_POST
@login_required
@permission_required(UNLOCK, raise_exception=True)
def handle(request: StaffRequest) -> HttpResponse:
    """Mark locks as handled: the ticked ones, those of a check or a cause, or all. Each is checked again."""
    ids = sorted({int(value) for value in request.POST.getlist("ids") if value.isdigit()})
    check, cause = request.POST.get("check", ""), request.POST.get("cause", "")
    if "ids" in request.POST or request.POST.get("everything") or check:
        params: dict[str, Any] = {"ids": ids} if "ids" in request.POST else {"check": check, "cause": cause}
        rows = queries.locks(request.user, check, cause) if "ids" not in params else queries.locks(request.user)
        rows = rows.filter(pk__in=ids) if "ids" in params else rows
        count = rows.order_by()[:10_001].count()
        if count <= AT_ONCE:
            _handle_now(request, list(rows.values_list("pk", flat=True)))
        else:
            _start(request, params, count)
    return _back(check, cause)


def _handle_now(request: StaffRequest, ids: list[int]) -> None:
    handled = services.mark_handled(interception_ids=ids, by=request.user, at=timezone.now())
    counts = {"released": len(handled.released), "still": len(handled.still)}
    if handled.released or not handled.still:
        messages.success(request, _("Checked again: %(released)s released, %(still)s still locked.") % counts)
    else:
        messages.warning(request, _("Checked again: still locked, all %(still)s.") % counts)


def _start(request: StaffRequest, params: dict[str, Any], count: int) -> BatchJob:
    check = checks().get(params.get("check", ""))
    what = " · ".join(str(part) for part in (check.label if check else "", params.get("cause", "")) if part)
    title = _("Re-check: %(what)s") % {"what": what or _("all locks")}
    return start_job(kind="recheck", title=title, params=params, by=request.user, at=timezone.now(), total=count)


def _back(check: str, cause: str) -> HttpResponse:
    query = urlencode({key: value for key, value in (("check", check), ("cause", cause)) if value})
    return redirect(f"{reverse('interception:locked')}{'?' if query else ''}{query}")


@require_POST
@login_required
@permission_required([UNLOCK, "inventory.add_merchantcode"], raise_exception=True)
def map_code(request: StaffRequest) -> HttpResponse:
    """Map the unknown code and re-check every order that cites it."""
    form = MapCodeForm(request.POST)
    check, cause = request.POST.get("check", "sku_unmapped"), request.POST.get("cause", "")
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return _back(check, cause)
    facts = form.cleaned_data
    channel = get_object_or_404(Channel.objects.visible_to(request.user), pk=facts["channel_id"])
    try:
        add_merchant_code(
            channel_id=channel.pk,
            code=facts["code"],
            sku_id=facts["sku"].pk,
            quantity=facts["quantity"],
            by=request.user,
            at=timezone.now(),
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return _back(check, cause)
    cause = f"{channel.code} {facts['code']}"[:120]
    count = queries.locks(request.user, "sku_unmapped", cause).order_by().count()
    messages.success(request, _("%(code)s means %(sku)s now.") % {"code": facts["code"], "sku": facts["sku"].code})
    if count <= AT_ONCE:
        ids = list(queries.locks(request.user, "sku_unmapped", cause).values_list("pk", flat=True))
        _handle_now(request, ids)
    else:
        _start(request, {"check": "sku_unmapped", "cause": cause}, count)
    return _back("sku_unmapped", "")


@require_GET
@login_required
@permission_required(VIEW, raise_exception=True)
def history(request: StaffRequest) -> HttpResponse:
    """What was decided, released or ended, newest first."""
    page = keyset_page(queries.closed(request.user), ("-pk",), request)
    context = {
        "page": page,
        "rows": [presenting.shown(row) for row in page.rows],
        "reviews": queries.review_count(request.user),
        "locks": queries.lock_count(request.user),
    }
    return render(request, "interception/history.html", context)
