"""Commands on chosen orders: what will happen first, then a job with a result per order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from oms.jobs.services import start_job
from oms.web.formats import badge
from oms.web.selection import Selection
from orders.order.cancelling import cancel_refusal
from orders.order.filters import OrderFilter
from orders.order.models import Order
from orders.order.rows import STATUS_LOOK, hold_mark
from orders.order.states import OrderStatus

if TYPE_CHECKING:
    from oms.web.requests import StaffRequest

ACTIONS: dict[str, dict[str, Any]] = {
    "cancel": {
        "kind": "orders.cancel",
        "permission": "orders.cancel_order",
        "title": gettext_lazy("Cancel orders"),
        "verb": gettext_lazy("Cancel %(number)s orders"),
        "keep": gettext_lazy("Keep the orders"),
        "icon": "ban",
        "reason": gettext_lazy("Why they are cancelled"),
    },
    "remark": {
        "kind": "orders.remark",
        "permission": "orders.change_order",
        "title": gettext_lazy("Add remark"),
        "verb": gettext_lazy("Write into %(number)s logs"),
        "keep": gettext_lazy("Write nothing"),
        "icon": "message",
        "reason": gettext_lazy("Remark"),
    },
    "export": {
        "kind": "orders.export",
        "permission": "orders.export_orders",
        "title": gettext_lazy("Export orders"),
        "verb": gettext_lazy("Export %(number)s orders"),
        "keep": gettext_lazy("Export nothing"),
        "icon": "download",
        "reason": "",
    },
}


def _action(request: StaffRequest, code: str) -> dict[str, Any]:
    if code not in ACTIONS:
        raise Http404
    if not request.user.has_perm(ACTIONS[code]["permission"]):
        raise PermissionDenied
    return ACTIONS[code]


def _selection(request: StaffRequest) -> Selection:
    return Selection.from_request(request, Order.objects.visible_to(request.user), OrderFilter)


@require_POST
@login_required
def bulk_preview(request: StaffRequest, action: str) -> HttpResponse:
    """How many orders it would do, and how many it would refuse and why. Changes nothing."""
    about = _action(request, action)
    return render(request, "orders/order/bulk.html", _preview(request, action, about, _selection(request)))


def _preview(request: StaffRequest, action: str, about: dict[str, Any], selection: Selection) -> dict[str, Any]:
    groups = list(
        selection.queryset.order_by().values("status", "hold").annotate(number=Count("pk")).order_by("-number")
    )
    rows, able = [], 0
    for group in groups:
        like = Order(status=group["status"], hold=group["hold"], number=_("An order here"))
        refusal = cancel_refusal(like, request.user) if action == "cancel" else None
        able += 0 if refusal else group["number"]
        rows.append(
            {
                "badge": badge(*STATUS_LOOK[OrderStatus(group["status"])], str(like.get_status_display())),
                "hold": hold_mark(group["hold"], word=True),
                "number": group["number"],
                "refusal": str(refusal) if refusal else "",
            }
        )
    return {
        "action": action,
        "about": about,
        "rows": sorted(rows, key=lambda row: not row["refusal"]),
        "able": able,
        "refused": sum(group["number"] for group in groups) - able,
        "verb": about["verb"] % {"number": f"{able:,}"},
        "start_url": reverse("orders:bulk-start", args=[action]),
        "all": request.POST.get("all", ""),
        "filter": request.POST.get("filter", ""),
        "ids": request.POST.getlist("ids"),
        "until": selection.queryset.aggregate(last=Max("pk"))["last"] or 0,
        "back": reverse("orders:order-list") + f"?{request.POST.get('filter', '')}",
    }


@require_POST
@login_required
def bulk_start(request: StaffRequest, action: str) -> HttpResponse:
    """Start the job and go to its page."""
    about, selection = _action(request, action), _selection(request)
    reason = request.POST.get("reason", "").strip()[:300]
    if about["reason"] and not reason:
        context = _preview(request, action, about, selection) | {"reason_missing": True}
        return render(request, "orders/order/bulk.html", context, status=422)
    until = request.POST.get("until", "")
    job = start_job(
        kind=about["kind"],
        title=str(about["title"]),
        params={
            "chosen": selection.params,
            "until": int(until) if until.isdigit() and len(until) < 19 else 0,  # noqa: PLR2004 -- a bigint
            "reason": reason,
            "format": "xlsx" if request.POST.get("format") == "xlsx" else "csv",
        },
        by=request.user,
        at=timezone.now(),
        total=selection.queryset.count(),
    )
    return redirect("job-detail", pk=job.pk)
