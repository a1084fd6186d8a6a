"""Typing an order in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from orders.order.places import filled_in, places_of
from orders.order.typed import (
    BLANK_LINES,
    MOST_LINES,
    TypedOrderForm,
    find_skus,
    free_pieces,
    line_formset,
    place_typed,
)

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oms.web.requests import StaffRequest

SHORTEST = 2


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("orders.place_order", raise_exception=True)
def order_type(request: StaffRequest) -> HttpResponse:
    """An order taken by phone or at a desk. Refused (stock short, …): everything typed stays, the line is marked."""
    if request.method == "GET":
        return _page(request, TypedOrderForm(staff=request.user), line_formset())
    if "more" in request.POST:
        return _page(request, _unjudged(request, request.POST.dict()), line_formset(_with_more_lines(request.POST)))
    if "read" in request.POST:
        typed, found = filled_in(request.POST.dict())
        return _page(request, _unjudged(request, typed), line_formset(request.POST), read=found, nothing_read=not found)
    form = TypedOrderForm(request.POST, staff=request.user)
    lines = line_formset(request.POST)
    if not (form.is_valid() & lines.is_valid()):
        return _page(request, form, lines, status=422)
    result = place_typed(form=form, lines=lines, by=request.user, at=timezone.now())
    if result is None:
        return _page(request, form, lines, status=422)
    messages.success(request, _("%(number)s is placed; its stock is reserved.") % {"number": result.number})
    return redirect("orders:order-detail", number=result.number)


def _unjudged(request: StaffRequest, typed: dict[str, Any]) -> TypedOrderForm:
    """What is typed so far, without a word on what is still missing: nobody has asked for it to be placed yet."""
    return TypedOrderForm(initial=typed, staff=request.user)


def _with_more_lines(data: Any) -> Any:
    data = data.copy()
    typed = data.get("lines-TOTAL_FORMS", "")
    total = min(int(typed), MOST_LINES) if typed.isdecimal() else 0
    data["lines-TOTAL_FORMS"] = str(min(total + BLANK_LINES, MOST_LINES))
    for number in range(total, total + BLANK_LINES):
        data.setdefault(f"lines-{number}-quantity", "1")
    return data


def _page(request: StaffRequest, form: TypedOrderForm, lines: Any, status: int = 200, **extra: Any) -> HttpResponse:
    wrong = [row for row in lines.forms if row.is_bound and row.errors]
    places = places_of(str(form["province"].value() or ""), str(form["city"].value() or ""))
    judged = form.is_bound
    context = {"form": form, "lines": lines, "wrong_lines": len(wrong), "places": places, "judged": judged} | extra
    return render(request, "orders/order/typed.html", context, status=status)


@require_GET
@login_required
@permission_required("orders.place_order", raise_exception=True)
def sku_hits(request: StaffRequest) -> HttpResponse:
    """Options for the SKU boxes: code, name, what is free, list price."""
    typed = next(
        (str(value) for name, value in request.GET.items() if name.endswith("-sku") or name == "q"), ""
    ).strip()
    skus = list(find_skus(typed)) if len(typed) >= SHORTEST else []
    free = free_pieces([sku.pk for sku in skus])
    hits = [{"sku": sku, "free": free.get(sku.pk, 0)} for sku in skus]
    return render(request, "orders/order/_sku_hits.html", {"hits": hits})


@require_GET
@login_required
@permission_required("orders.view_order", raise_exception=True)
def place_hits(request: StaffRequest) -> HttpResponse:
    """Options for the boxes of province, city and district, each below the one before."""
    places = places_of(request.GET.get("province", "")[:60], request.GET.get("city", "")[:60])
    return render(request, "orders/order/_place_lists.html", {"places": places})
