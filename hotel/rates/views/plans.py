"""Rate plans, hourly prices, cancellation rules: plain master data of one hotel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hotel.rates.forms import HourlyForm, PlanForm, RuleForm
from hotel.rooms.desk import current_property
from hotel.stays.rates import CancellationRule, HourlyPrice, RatePlan

if TYPE_CHECKING:
    from decimal import Decimal

    from django.forms import ModelForm
    from django.http import HttpResponse

    from oms.web.requests import StaffRequest

LADDER = 6  # hours beyond the first block that are shown


def _saved(request: StaffRequest, form: ModelForm, permission: str, to: str) -> HttpResponse | None:
    if request.method != "POST":
        return None
    if not request.user.has_perm(permission):
        raise PermissionDenied
    if not form.is_valid():
        return None
    form.save()
    messages.success(request, _("Saved: %(name)s") % {"name": form.instance})
    return redirect(to)


def _page(request: StaffRequest, template: str, form: ModelForm, **context: Any) -> HttpResponse:
    context = {"house": current_property(request), "form": form, **context}
    return render(request, f"hotel/rates/{template}.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("hotel.view_rateplan", raise_exception=True)
def plan_list(request: StaffRequest) -> HttpResponse:
    """All rate plans, and a form for another one."""
    house = current_property(request)
    form = PlanForm(request.POST or None, house=house)
    return _saved(request, form, "hotel.add_rateplan", "rates:plans") or _page(
        request, "plans", form, plans=_plans(request), editing=None
    )


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("hotel.change_rateplan", raise_exception=True)
def plan(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a rate plan. It is switched off, never deleted: stays name it."""
    house = current_property(request)
    found = get_object_or_404(RatePlan, pk=pk, property=house)
    form = PlanForm(request.POST or None, house=house, instance=found)
    return _saved(request, form, "hotel.change_rateplan", "rates:plans") or _page(
        request, "plans", form, plans=_plans(request), editing=pk
    )


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("hotel.view_cancellationrule", raise_exception=True)
def rule_list(request: StaffRequest) -> HttpResponse:
    """Cancellation rules, and a form for another one."""
    house = current_property(request)
    form = RuleForm(request.POST or None, house=house)
    rules = CancellationRule.objects.filter(property=house).order_by("name")
    return _saved(request, form, "hotel.add_cancellationrule", "rates:rules") or _page(
        request, "rules", form, rules=rules, editing=None
    )


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("hotel.change_cancellationrule", raise_exception=True)
def rule(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a cancellation rule, for bookings cancelled from now on."""
    house = current_property(request)
    found = get_object_or_404(CancellationRule, pk=pk, property=house)
    form = RuleForm(request.POST or None, house=house, instance=found)
    rules = CancellationRule.objects.filter(property=house).order_by("name")
    return _saved(request, form, "hotel.change_cancellationrule", "rates:rules") or _page(
        request, "rules", form, rules=rules, editing=pk
    )


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("hotel.view_hourlyprice", raise_exception=True)
def hourly_list(request: StaffRequest) -> HttpResponse:
    """Hourly prices with what each hour more costs."""
    house = current_property(request)
    form = HourlyForm(request.POST or None, house=house)
    return _saved(request, form, "hotel.add_hourlyprice", "rates:hourly") or _page(
        request, "hourly", form, rows=_ladders(request), editing=None
    )


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("hotel.change_hourlyprice", raise_exception=True)
def hourly(request: StaffRequest, pk: int) -> HttpResponse:
    """Change an hourly price."""
    house = current_property(request)
    found = get_object_or_404(HourlyPrice, pk=pk, room_type__property=house)
    form = HourlyForm(request.POST or None, house=house, instance=found)
    return _saved(request, form, "hotel.change_hourlyprice", "rates:hourly") or _page(
        request, "hourly", form, rows=_ladders(request), editing=pk
    )


@require_POST
@login_required
@permission_required("hotel.delete_hourlyprice", raise_exception=True)
def end_hourly(request: StaffRequest, pk: int) -> HttpResponse:
    """An hourly price is no longer sold; stays sold by it keep theirs."""
    get_object_or_404(HourlyPrice, pk=pk, room_type__property=current_property(request)).delete()
    return redirect("rates:hourly")


def _plans(request: StaffRequest) -> Any:
    plans = (
        RatePlan.objects.filter(property=current_property(request))
        .select_related("cancellation_rule")
        .prefetch_related("package_items__charge_code")
    )
    return plans.order_by("position", "pk")


def _ladders(request: StaffRequest) -> list[dict[str, Any]]:
    prices = HourlyPrice.objects.filter(room_type__property=current_property(request)).select_related("room_type")
    return [
        {"price": price, "steps": _ladder(price)}
        for price in prices.order_by("room_type__position", "room_type", "hours")
    ]


def _ladder(price: HourlyPrice) -> list[tuple[int, Decimal, bool]]:
    """Hours, what they cost, whether the most is reached."""
    steps = []
    for more in range(LADDER + 1):
        amount = min(price.price + price.extra_hour * more, price.most)
        steps.append((price.hours + more, amount, amount == price.most))
        if amount == price.most:
            break
    return steps
