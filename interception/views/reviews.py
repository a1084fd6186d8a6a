"""The review queue: a list and a case, decided with one key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from interception import presenting, queries, services
from interception.forms import PassOnForm, ReasonForm
from interception.models import Kind
from interception.registry import checks
from oms.lib.errors import DomainError
from orders.order.models import Order
from orders.order.rows import status_badge
from orders.order.services import cancel_orders

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpResponse

    from interception.models import Interception
    from oms.web.requests import StaffRequest

SHOWN = 60
REVIEW = "interception.review_interception"
WHO = (
    ("", gettext_lazy("Mine and unclaimed")),
    ("mine", gettext_lazy("Mine")),
    ("free", gettext_lazy("Unclaimed")),
    ("all", gettext_lazy("Everybody's")),
)


@require_GET
@login_required
@permission_required(REVIEW, raise_exception=True)
def queue(request: StaffRequest) -> HttpResponse:
    """Open reviews, the most urgent first, and one case with its evidence."""
    now = timezone.now()
    who, check = request.GET.get("who", ""), request.GET.get("check", "")
    rows = queries.whose(queries.open_reviews(request.user), who, request.user)
    rows = rows.filter(check_code=check) if check else rows
    cases = presenting.cases(rows[:SHOWN], now)
    numbers = [case["number"] for case in cases]
    number = request.GET.get("case") or (numbers[0] if numbers else "")
    context = {
        "cases": cases,
        "case": _case(request, number, now) if number else None,
        "after": _after(numbers, number),
        "who": who,
        "check": check,
        "whos": WHO,
        "checks": [each for each in checks().values() if each.kind == Kind.REVIEW],
        "day": queries.day_of_reviews(request.user, timezone.localtime(now).replace(hour=0, minute=0, second=0)),
        "reviews": queries.review_count(request.user),
        "locks": queries.lock_count(request.user),
        "undo": _fresh_decision(request, now),
    }
    return render(request, "interception/queue.html", context)


def _after(numbers: list[str], number: str) -> str:
    """The case that comes up once this one is decided."""
    if number not in numbers:
        return numbers[0] if numbers else ""
    others = numbers[numbers.index(number) + 1 :] + numbers[: numbers.index(number)]
    return others[0] if others else ""


def _order(request: StaffRequest, number: str) -> Order:
    return get_object_or_404(Order.objects.visible_to(request.user).select_related("channel"), number=number)


def _open_reviews(request: StaffRequest, order: Order) -> list[Interception]:
    return [row for row in queries.open_of_order(order.pk, request.user) if row.kind == Kind.REVIEW]


def _case(request: StaffRequest, number: str, now: dt.datetime) -> dict[str, Any] | None:
    try:
        order = _order(request, number)
    except Http404:
        return None
    rows = queries.open_of_order(order.pk, request.user)
    reviews = [row for row in rows if row.kind == Kind.REVIEW]
    first = min(reviews, key=lambda row: (row.due_at or now, row.pk), default=None)
    return {
        "order": order,
        "badge": status_badge(order.status, order.payment_status, cod=order.cash_on_delivery),
        "evidence": [presenting.shown(row) for row in rows],
        "reviews": len(reviews),
        "lines": queries.lines_of(order),
        "due": presenting.lateness(first.due_at if first else None, now),
        "assigned_to": first.assigned_to if first else None,
        "claimable": first is not None and first.assigned_to_id != request.user.pk,
        "pass_form": PassOnForm(order=order, staff=request.user) if reviews else None,
        "reason_form": ReasonForm(auto_id=False),
    }


def _back(request: StaffRequest, number: str = "") -> HttpResponse:
    kept = {key: request.POST.get(key, "") for key in ("who", "check")} | {"case": number}
    query = urlencode({key: value for key, value in kept.items() if value})
    return redirect(f"{reverse('interception:queue')}{'?' if query else ''}{query}")


@require_POST
@login_required
@permission_required(REVIEW, raise_exception=True)
def approve(request: StaffRequest, number: str) -> HttpResponse:
    """Let one review of the order pass, or all of them; on to the next case."""
    order = _order(request, number)
    ids = [row.pk for row in _open_reviews(request, order)]
    one = request.POST.get("interception", "")
    if one.isdigit():
        ids = [pk for pk in ids if pk == int(one)]
    now = timezone.now()
    reason = request.POST.get("reason", "")[:300]
    answers = services.approve(interception_ids=ids, reason=reason, by=request.user, at=now)
    passed = [pk for pk, refusal in answers.items() if refusal is None]
    for refusal in answers.values():
        if refusal:
            messages.error(request, str(refusal))
    if not passed:
        if not answers:
            messages.error(request, _("%(number)s has no open review any more.") % {"number": number})
        return _back(request, request.POST.get("after", ""))
    request.session["decision"] = {"ids": passed, "number": number, "at": now.isoformat()}
    messages.success(request, _("%(number)s: approved.") % {"number": number})
    left = len(passed) < len(_open_reviews(request, order)) + len(passed)
    return _back(request, number if left else request.POST.get("after", ""))


def _fresh_decision(request: StaffRequest, now: dt.datetime) -> dict[str, Any] | None:
    decision = request.session.get("decision")
    made = parse_datetime(decision["at"]) if decision else None
    return decision if made and now - made <= services.UNDO else None


@require_POST
@login_required
@permission_required(REVIEW, raise_exception=True)
def undo(request: StaffRequest) -> HttpResponse:
    """Take back one's last decision, within ten seconds."""
    decision = request.session.pop("decision", None)
    if not decision:
        messages.error(request, _("There is no decision to take back."))
        return _back(request)
    answers = services.undo_approval(interception_ids=decision["ids"], by=request.user, at=timezone.now())
    refusals = [refusal for refusal in answers.values() if refusal]
    if refusals:
        messages.error(request, str(refusals[0]))
        return _back(request)
    messages.success(request, _("%(number)s: the decision was taken back.") % {"number": decision["number"]})
    return _back(request, decision["number"])


@require_POST
@login_required
@permission_required(REVIEW, raise_exception=True)
def claim(request: StaffRequest, number: str) -> HttpResponse:
    """Take a case."""
    ids = [row.pk for row in _open_reviews(request, _order(request, number))]
    if services.claim(interception_ids=ids, by=request.user, at=timezone.now()):
        messages.success(request, _("%(number)s is yours now.") % {"number": number})
    else:
        messages.error(request, _("%(number)s is somebody else's, and not late.") % {"number": number})
    return _back(request, number)


@require_POST
@login_required
@permission_required(REVIEW, raise_exception=True)
def pass_on(request: StaffRequest, number: str) -> HttpResponse:
    """Give a case to a colleague."""
    order = _order(request, number)
    form = PassOnForm(request.POST, order=order, staff=request.user)
    if not form.is_valid():
        messages.error(request, _("Choose a colleague."))
        return _back(request, number)
    to, ids = form.cleaned_data["to"], [row.pk for row in _open_reviews(request, order)]
    try:
        services.pass_on(interception_ids=ids, to=to, by=request.user, at=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return _back(request, number)
    messages.success(request, _("%(number)s was passed on to %(who)s.") % {"number": number, "who": to})
    return _back(request, request.POST.get("after", ""))


@require_POST
@login_required
@permission_required([REVIEW, "orders.cancel_order"], raise_exception=True)
def cancel(request: StaffRequest, number: str) -> HttpResponse:
    """Cancel the order of a case."""
    order = _order(request, number)
    reason = request.POST.get("reason", "").strip()
    try:
        refusal = cancel_orders(order_ids=[order.pk], reason=reason, by=request.user, at=timezone.now())[order.pk]
    except DomainError as problem:
        refusal = problem
    if refusal:
        messages.error(request, str(refusal))
        return _back(request, number)
    services.close_for_cancelled(order_ids=[order.pk], at=timezone.now())
    messages.success(request, _("%(number)s is cancelled.") % {"number": number})
    return _back(request, request.POST.get("after", ""))


@require_POST
@login_required
@permission_required(REVIEW, raise_exception=True)
def approve_many(request: StaffRequest) -> HttpResponse:
    """Let the reviews of several orders pass at once (ids of interceptions)."""
    wanted = {int(value) for value in request.POST.getlist("ids") if value.isdigit()}
    ids = list(queries.open_reviews(request.user).filter(pk__in=wanted).values_list("pk", flat=True))
    reason = request.POST.get("reason", "")[:300]
    answers = services.approve(interception_ids=ids, reason=reason, by=request.user, at=timezone.now())
    passed = sum(refusal is None for refusal in answers.values())
    text = ngettext("%(count)s review approved.", "%(count)s reviews approved.", passed) % {"count": passed}
    messages.success(request, text)
    return _back(request)
