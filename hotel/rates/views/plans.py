"""Rate plans with their packages, hourly prices, cancellation rules: plain master data of one hotel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hotel.rates.forms import HourlyForm, PackageForm, PlanForm, RuleForm
from hotel.rooms.desk import current_property
from hotel.stays.packages import PackageItem
from hotel.stays.rates import CancellationRule, HourlyPrice, RatePlan

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from django.db.models import QuerySet
    from django.forms import ModelForm
    from django.http import HttpResponse

    from hotel.rooms.models import Property
    from oms.web.requests import StaffRequest

LADDER = 6  # hours beyond the first block that are shown


def _master(
    form_class: type[PlanForm | RuleForm | HourlyForm],
    template: str,
    rows_of: Callable[[Property], QuerySet[Any]],
    shown: Callable[[QuerySet[Any]], Any] = list,
) -> Any:
    """The page of one kind: a list, and a form for another one; with ``pk`` to change that one.

    Nothing is deleted that stays name: it is switched off, or counts for what is sold from now on.
    """
    name = form_class._meta.model._meta.model_name

    @require_http_methods(["GET", "POST"])
    @login_required
    @permission_required(f"hotel.view_{name}", raise_exception=True)
    def page(request: StaffRequest, pk: int | None = None) -> HttpResponse:
        house = current_property(request)
        rows = rows_of(house)
        found = get_object_or_404(rows, pk=pk) if pk else None
        if found or request.method == "POST":
            _refuse_unless(request, f"hotel.{'change' if found else 'add'}_{name}")
        form = form_class(request.POST or None, house=house, instance=found)
        saved = _saved(request, form, f"rates:{template}")
        return saved or _page(request, template, form, rows=shown(rows), editing=pk)

    return page


def _refuse_unless(request: StaffRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _saved(request: StaffRequest, form: ModelForm, to: str, *args: Any) -> HttpResponse | None:
    if request.method != "POST" or not form.is_valid():
        return None
    form.save()
    messages.success(request, _("Saved: %(name)s") % {"name": form.instance})
    return redirect(to, *args)


def _page(request: StaffRequest, template: str, form: ModelForm, **context: Any) -> HttpResponse:
    context = {"house": current_property(request), "form": form, **context}
    return render(request, f"hotel/rates/{template}.html", context, status=422 if form.errors else 200)


def _plans(house: Property) -> QuerySet[RatePlan]:
    plans = RatePlan.objects.filter(property=house).select_related("cancellation_rule")
    return plans.prefetch_related("package_items__charge_code").order_by("position", "pk")


def _rules(house: Property) -> QuerySet[CancellationRule]:
    return CancellationRule.objects.filter(property=house).order_by("name")


def _hours(house: Property) -> QuerySet[HourlyPrice]:
    prices = HourlyPrice.objects.filter(room_type__property=house).select_related("room_type")
    return prices.order_by("room_type__position", "room_type", "hours")


def _ladders(prices: QuerySet[HourlyPrice]) -> list[dict[str, Any]]:
    return [{"price": price, "steps": _ladder(price)} for price in prices]


def _ladder(price: HourlyPrice) -> list[tuple[int, Decimal, bool]]:
    """Hours, what they cost, whether the most is reached."""
    steps = []
    for more in range(LADDER + 1):
        amount = min(price.price + price.extra_hour * more, price.most)
        steps.append((price.hours + more, amount, amount == price.most))
        if amount == price.most:
            break
    return steps


plans = _master(PlanForm, "plans", _plans)
rules = _master(RuleForm, "rules", _rules)
hourly = _master(HourlyForm, "hourly", _hours, _ladders)


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("hotel.view_packageitem", raise_exception=True)
def packages(request: StaffRequest, plan: int, pk: int | None = None) -> HttpResponse:
    """What a rate plan gives, and a form for another item; with ``pk`` to change that, for stays sold from now on."""
    house = current_property(request)
    chosen = get_object_or_404(RatePlan, pk=plan, property=house)
    rows = chosen.package_items.select_related("charge_code").order_by("pk")
    found = get_object_or_404(rows, pk=pk) if pk else PackageItem(rate_plan=chosen)
    if pk or request.method == "POST":
        _refuse_unless(request, f"hotel.{'change' if pk else 'add'}_packageitem")
    form = PackageForm(request.POST or None, house=house, instance=found)
    saved = _saved(request, form, "rates:packages", plan)
    return saved or _page(request, "packages", form, plan=chosen, rows=rows, editing=pk)


@require_POST
@login_required
@permission_required("hotel.delete_packageitem", raise_exception=True)
def end_package(request: StaffRequest, pk: int) -> HttpResponse:
    """The plan gives it no longer; stays sold with it keep it."""
    item = get_object_or_404(PackageItem, pk=pk, rate_plan__property=current_property(request))
    item.delete()
    return redirect("rates:packages", item.rate_plan_id)


@require_POST
@login_required
@permission_required("hotel.delete_hourlyprice", raise_exception=True)
def end_hourly(request: StaffRequest, pk: int) -> HttpResponse:
    """An hourly price is no longer sold; stays sold by it keep theirs."""
    get_object_or_404(HourlyPrice, pk=pk, room_type__property=current_property(request)).delete()
    return redirect("rates:hourly")
