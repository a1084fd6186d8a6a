"""One's own till: open, count blind, hand over; and shifts of the past."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from hotel.folios import shifts
from hotel.folios.forms import CountForm, HandOverForm, OpenShiftForm
from hotel.folios.models import Shift, TenderKind
from hotel.folios.queries import shift_summary
from hotel.rooms.desk import current_property
from oms.lib.errors import DomainError
from oms.staff.models import in_branches_of
from oms.web.paging import keyset_page

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.forms import Form
    from django.http import HttpResponse

    from oms.web.requests import StaffRequest

SHIFT = "hotel.add_shift"


@require_GET
@login_required
@permission_required(SHIFT, raise_exception=True)
def shift(request: StaffRequest) -> HttpResponse:
    """My shift: what it took so far by tender goes without sums until counted."""
    return _page(request)


@require_POST
@login_required
@permission_required(SHIFT, raise_exception=True)
def open_shift(request: StaffRequest) -> HttpResponse:
    """Begin a turn at the till."""
    form = OpenShiftForm(request.POST)
    if not form.is_valid():
        return _page(request, open_form=form)
    house, cash = current_property(request), form.cleaned_data["opening_cash"]
    try:
        shifts.open_shift(property_id=house.pk, opening_cash=cash, by=request.user, at=timezone.now())
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, open_form=form)
    messages.success(request, _("Your shift is open."))
    return redirect("folios:shift")


@require_POST
@login_required
@permission_required(SHIFT, raise_exception=True)
def count(request: StaffRequest, pk: int) -> HttpResponse:
    """Put down what was counted; then what was expected is shown."""
    mine = get_object_or_404(Shift, pk=pk, staff=request.user)
    form = CountForm(request.POST)
    if not form.is_valid():
        return _page(request, count_form=form)
    try:
        shifts.count_shift(
            shift_id=mine.pk,
            counted=form.counted,
            note=form.cleaned_data["note"],
            by=request.user,
            at=timezone.now(),
        )
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, count_form=form)
    return redirect("folios:shift")


@sensitive_post_parameters("secret")
@require_POST
@login_required
@permission_required(SHIFT, raise_exception=True)
def hand_over(request: StaffRequest, pk: int) -> HttpResponse:
    """Signed by the second person at this screen."""
    mine = get_object_or_404(Shift, pk=pk, staff=request.user)
    form = HandOverForm(request.POST)
    if not form.is_valid():
        return _page(request, hand_form=form)
    data = form.cleaned_data
    try:
        second = shifts.second_person(shift=mine, username=data["username"], secret=data["secret"])
        shifts.hand_over(
            shift_id=mine.pk, to=second, opening_cash=data["opening_cash"], by=request.user, at=timezone.now()
        )
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, hand_form=form)
    messages.success(request, _("The till is handed over to %(who)s.") % {"who": second})
    return redirect("folios:shift-summary", mine.pk)


@require_GET
@login_required
@permission_required("hotel.view_shift", raise_exception=True)
def summary(request: StaffRequest, pk: int) -> HttpResponse:
    """A shift by tender and kind (Z when closed, X before); an uncounted one keeps its expected sums to itself."""
    one = get_object_or_404(_visible(request).select_related("staff", "handed_to", "property"), pk=pk)
    context = {"shift": one, "lines": _differences(one), "summary": shift_summary(one) if one.counted_at else None}
    return render(request, "hotel/folios/shift_summary.html", context)


def _visible(request: StaffRequest) -> QuerySet[Shift]:
    return in_branches_of(Shift.objects.all(), request.user, "property__branch_id")


def _page(
    request: StaffRequest,
    *,
    open_form: Form | None = None,
    count_form: Form | None = None,
    hand_form: Form | None = None,
) -> HttpResponse:
    house = current_property(request)
    mine = Shift.objects.filter(property=house, staff=request.user, closed_at=None).first()
    past = _visible(request).filter(property=house).select_related("staff", "handed_to")
    context = {
        "house": house,
        "shift": mine,
        "lines": _differences(mine) if mine else [],
        "entries": mine.entries.count() if mine else 0,
        "open_form": open_form or OpenShiftForm(initial={"opening_cash": _left_over(house.pk)}),
        "count_form": count_form or CountForm(),
        "hand_form": hand_form or HandOverForm(initial={"opening_cash": _counted_cash(mine)}),
        "page": keyset_page(past, ["-opened_at"], request, size=25),
        "now": timezone.now(),
    }
    wrong = any(form is not None and form.errors for form in (open_form, count_form, hand_form))
    return render(request, "hotel/folios/shift.html", context, status=422 if wrong else 200)


def _left_over(house_id: int) -> Decimal | None:
    """The cash of the last shift that was handed over: what the next one most likely begins with."""
    last = Shift.objects.filter(property=house_id, closed_at__isnull=False).order_by("-closed_at").first()
    return _counted_cash(last)


def _counted_cash(one: Shift | None) -> Decimal | None:
    counted = (one.counted or {}).get(TenderKind.CASH) if one else None
    return Decimal(counted) if counted is not None else None


def _differences(one: Shift) -> list[dict[str, Any]]:
    """Counted against expected by tender, once counted."""
    if not one.counted_at:
        return []
    counted, expected = one.counted or {}, one.expected or {}
    lines = []
    for kind, label in TenderKind.choices:
        if kind not in counted and kind not in expected:
            continue
        has, should = Decimal(counted.get(kind, "0.00")), Decimal(expected.get(kind, "0.00"))
        lines.append({"label": label, "counted": has, "expected": should, "difference": has - should})
    return lines
