"""The inbox of approvals, one's own PIN, and what the asking dialog talks to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from oms.approvals import services
from oms.approvals.asking import Ask, action_label, ask_context, read, shown
from oms.approvals.forms import PinForm
from oms.approvals.models import Approval, ApprovalStatus
from oms.approvals.queries import approvals_visible_to, concerns, waiting_for
from oms.lib.errors import DomainError
from oms.web.paging import keyset_page

if TYPE_CHECKING:
    from oms.web.requests import StaffRequest

TONES = {
    ApprovalStatus.WAITING: ("amber", "hourglass"),
    ApprovalStatus.APPROVED: ("green", "circle-check"),
    ApprovalStatus.REFUSED: ("red", "circle-x"),
    ApprovalStatus.USED: ("grey", "checks"),
    ApprovalStatus.WITHDRAWN: ("grey", "arrow-back-up"),
}


@require_GET
@login_required
def inbox(request: StaffRequest) -> HttpResponse:
    """What waits for my decision, what I asked for, what was decided."""
    may_decide = request.user.has_perm("oms.decide_approval")
    show = request.GET.get("show", "waiting" if may_decide else "mine")
    waiting = waiting_for(request.user)
    everything = approvals_visible_to(request.user)
    lists = {
        "waiting": waiting,
        "mine": everything.filter(asked_by=request.user),
        "decided": everything.exclude(status=ApprovalStatus.WAITING),
    }
    show = show if show in lists else "mine"
    page = keyset_page(lists[show], ["-pk"], request)
    context = {
        "page": page,
        "rows": [_row(approval) for approval in page],
        "show": show,
        "may_decide": may_decide,
        "waiting": waiting.count(),
        "has_pin": bool(request.user.approval_pin),
    }
    return render(request, "oms/approvals/inbox.html", context)


@require_POST
@permission_required("oms.decide_approval", raise_exception=True)
def decide(request: StaffRequest, pk: int) -> HttpResponse:
    """Approve or refuse, with a note."""
    approval = get_object_or_404(approvals_visible_to(request.user), pk=pk)
    approve = request.POST.get("approve") == "1"
    note = request.POST.get("note", "").strip()
    if not approve and not note:
        messages.error(request, _("Say why you refuse: the other person reads it."))
        return redirect("approvals:inbox")
    try:
        services.decide(approval_id=approval.pk, approve=approve, by=request.user, at=timezone.now(), note=note)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        text = _("Approved: %(subject)s") if approve else _("Refused: %(subject)s")
        messages.success(request, text % {"subject": approval.subject})
    return redirect("approvals:inbox")


@require_POST
@login_required
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Take my own request back."""
    approval = get_object_or_404(Approval, pk=pk, asked_by=request.user)
    try:
        services.withdraw(approval_id=approval.pk, by=request.user, at=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("/approvals/?show=mine")


@sensitive_post_parameters("password", "pin", "again")
@require_http_methods(["GET", "POST"])
@login_required
def own_pin(request: StaffRequest) -> HttpResponse:
    """Set, change or end my PIN; only with my password."""
    form = PinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if request.user.check_password(form.cleaned_data["password"]):
            services.set_pin(pin=form.cleaned_data["pin"], by=request.user)
            messages.success(request, _("Your PIN is set.") if form.cleaned_data["pin"] else _("Your PIN is ended."))
            return redirect("approvals:inbox")
        form.add_error("password", _("This is not your password."))
    context = {"form": form, "has_pin": bool(request.user.approval_pin)}
    return render(request, "oms/approvals/pin.html", context, status=422 if form.errors else 200)


# ---- what the dialog of _ask.html talks to


@require_POST
@login_required
def ask(request: StaffRequest) -> HttpResponse:
    """Ask the supervisors of the branch; the dialog then waits for their answer."""
    wanted = _wanted(request)
    reason = request.POST.get("reason", "").strip()
    if not reason:
        return _dialog(request, wanted, _("Say why you need it."))
    approval = services.ask(
        action=wanted.action,
        branch_id=wanted.branch_id,
        subject=wanted.subject,
        facts=wanted.facts,
        reason=reason,
        url=wanted.url,
        by=request.user,
        at=timezone.now(),
    )
    return _answer(request, approval)


@sensitive_post_parameters("pin")
@require_POST
@login_required
def by_pin(request: StaffRequest) -> HttpResponse:
    """A supervisor approves at this desk with name and PIN."""
    wanted = _wanted(request)
    reason = request.POST.get("reason", "").strip()
    if not reason:
        return _dialog(request, wanted, _("Say why you need it."))
    try:
        approval = services.approve_by_pin(
            action=wanted.action,
            branch_id=wanted.branch_id,
            subject=wanted.subject,
            facts=wanted.facts,
            reason=reason,
            username=request.POST.get("username", ""),
            pin=request.POST.get("pin", ""),
            by=request.user,
            at=timezone.now(),
        )
    except DomainError as refusal:
        return _dialog(request, wanted, str(refusal))
    return _answer(request, approval)


@require_GET
@login_required
def state(request: StaffRequest, pk: int) -> HttpResponse:
    """What became of my request: the dialog asks again until it is decided. Without htmx: to the inbox."""
    approval = get_object_or_404(Approval.objects.select_related("decided_by"), pk=pk, asked_by=request.user)
    if not request.htmx:
        return redirect("/approvals/?show=mine")
    return _answer(request, approval)


def _wanted(request: StaffRequest) -> Ask:
    try:
        wanted = read(request.POST.get("token", ""))
    except signing.BadSignature as forged:
        raise Http404 from forged
    if not concerns(request.user) or ((ids := request.user.branch_ids) is not None and wanted.branch_id not in ids):
        raise Http404
    return wanted


def _dialog(request: StaffRequest, wanted: Ask, error: str) -> HttpResponse:
    context = ask_context(wanted, form=request.POST.get("form", ""), by=request.user)
    return render(
        request,
        "oms/approvals/_ask_body.html",
        {**context, "error": error, "reason": request.POST.get("reason", ""), "open_pin": "pin" in request.POST},
        status=422,
    )


def _answer(request: StaffRequest, approval: Approval) -> HttpResponse:
    form = request.POST.get("form") or request.GET.get("form", "")
    return render(request, "oms/approvals/_answer.html", {"approval": approval, "form": form, **_row(approval)})


def _row(approval: Approval) -> dict[str, Any]:
    tone, icon = TONES[ApprovalStatus(approval.status)]
    return {
        "approval": approval,
        "label": action_label(approval.action),
        "facts": shown(approval.facts),
        "tone": tone,
        "icon": icon,
    }
