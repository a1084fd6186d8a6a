"""The rate calendar: look, choose, see what would change, change it, take it back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from hotel.rates import services
from hotel.rates.forms import ChangeForm
from hotel.rates.queries import calendar
from hotel.rooms.desk import current_property
from hotel.rooms.models import DeskTrace
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hotel.rates.services import Cell, Done
    from hotel.rooms.models import Property
    from hotel.stays.rates import RatePlan
    from oms.web.requests import StaffRequest

LENGTHS = (14, 31)
SHOWN = 60  # cells of a preview
NEEDS = {
    "price": "hotel.change_rate",
    "restriction": "hotel.change_restriction",
    "overbooking": "hotel.set_overbooking",
}
UNDOABLE = ("rates.changed", "rates.restricted", "rates.overbooking")


@require_GET
@login_required
@permission_required("hotel.view_rate", raise_exception=True)
def show(request: StaffRequest) -> HttpResponse:
    """Types × dates of a plan: price, sold, what forbids; and the form that changes them."""
    house = current_property(request)
    plans = list(house.rate_plans.filter(is_active=True).order_by("position", "pk"))
    asked = request.GET.get("plan", "")
    plan = next((plan for plan in plans if str(plan.pk) == asked), plans[0] if plans else None)
    start = _start(request, house)
    days = 31 if request.GET.get("days") == "31" else LENGTHS[0]
    rows = calendar(house, plan, start, days) if plan else []
    context = {
        "house": house,
        "plans": plans,
        "plan": plan,
        "start": start,
        "days": days,
        "lengths": LENGTHS,
        "before": max(house.business_date, start - dt.timedelta(days)),
        "after": start + dt.timedelta(days),
        "rows": rows,
        "heads": rows[0].days if rows else [],
        "form": ChangeForm(house=house, initial=_initial(plan, rows, start)),
        "changes": _changes(house),
        "may_change": any(request.user.has_perm(permission) for permission in NEEDS.values()),
    }
    return render(request, "hotel/rates/calendar.html", context)


@require_POST
@login_required
@permission_required("hotel.view_rate", raise_exception=True)
def change(request: StaffRequest) -> HttpResponse:
    """``step`` preview: what would change, nothing done. ``step`` apply: change it."""
    house = current_property(request)
    form = ChangeForm(request.POST, house=house)
    what = request.POST.get("what", "")
    if not request.user.has_perm(NEEDS.get(what, "hotel.no_such_right")):
        raise PermissionDenied
    cells: list[Cell] = []
    if form.is_valid():
        try:
            if request.POST.get("step") == "apply":
                return _applied(request, house, _apply(request, house, form))
            cells = _preview(house, form)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "house": house, "what": what, **_shown(house, cells, what)}
    return render(request, "hotel/rates/_preview.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
@permission_required("hotel.change_rate", raise_exception=True)
def undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a change back."""
    house = current_property(request)
    try:
        cells = services.undo(property_id=house.pk, trace_id=pk, by=request.user, at=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        text = ngettext("%(n)d cell is as it was.", "%(n)d cells are as they were.", cells)
        messages.success(request, text % {"n": cells})
    return redirect(_back(request))


def _back(request: StaffRequest) -> str:
    """Where the calendar was looked at."""
    back = request.POST.get("next", "")
    return back if back.startswith("/hotel/rates/") else reverse("rates:calendar")


def _start(request: StaffRequest, house: Property) -> dt.date:
    try:
        asked = parse_date(request.GET.get("start", ""))
    except ValueError:
        asked = None
    if asked is None or abs((asked - house.business_date).days) > 1000:  # noqa: PLR2004 -- nobody prices further
        return house.business_date
    return asked


def _initial(plan: RatePlan | None, rows: list[Any], start: dt.date) -> dict[str, Any]:
    return {
        "what": "price",
        "from_on": start,
        "until_on": start + dt.timedelta(6),
        "types": [row.type.pk for row in rows],
        "plans": [plan.pk] if plan else [],
    }


def _plans(form: ChangeForm) -> list[int | None]:
    """Restrictions without a plan are those of every plan."""
    chosen: list[int | None] = [plan.pk for plan in form.cleaned_data["plans"]]
    return chosen or [None]


def _preview(house: Property, form: ChangeForm) -> list[Cell]:
    what, span = form.cleaned_data["what"], form.span()
    if what == "price":
        plans = [plan.pk for plan in form.cleaned_data["plans"]]
        return services.preview_prices(property_id=house.pk, plan_ids=plans, span=span, pricing=form.pricing())
    if what == "restriction":
        return services.preview_restrictions(
            property_id=house.pk, plan_ids=_plans(form), span=span, changes=form.restrictions()
        )
    return services.preview_overbooking(property_id=house.pk, span=span, number=form.cleaned_data["rooms"])


def _apply(request: StaffRequest, house: Property, form: ChangeForm) -> Done:
    what, span, by, at = form.cleaned_data["what"], form.span(), request.user, timezone.now()
    if what == "price":
        plans = [plan.pk for plan in form.cleaned_data["plans"]]
        return services.change_prices(
            property_id=house.pk, plan_ids=plans, span=span, pricing=form.pricing(), by=by, at=at
        )
    if what == "restriction":
        return services.change_restrictions(
            property_id=house.pk, plan_ids=_plans(form), span=span, changes=form.restrictions(), by=by, at=at
        )
    return services.change_overbooking(property_id=house.pk, span=span, number=form.cleaned_data["rooms"], by=by, at=at)


def _applied(request: StaffRequest, house: Property, done: Done) -> HttpResponse:
    text = ngettext("%(n)d cell changed.", "%(n)d cells changed.", done.cells) % {"n": done.cells}
    messages.success(request, text)
    answer = redirect(_back(request))
    if request.htmx:
        answer["HX-Redirect"] = answer["Location"]
        answer.status_code = 200
    return answer


def _shown(house: Property, cells: list[Cell], what: str) -> dict[str, Any]:
    """A preview's cells in words, the first of them."""
    types = {kind.pk: kind.name for kind in house.room_types.all()}
    plans = {plan.pk: plan.name for plan in house.rate_plans.all()}
    rows = [
        {
            "date": cell.date,
            "type": types[cell.type_id],
            "plan": plans.get(cell.plan_id or 0, _("every plan")) if what != "overbooking" else "",
            "before": _words(cell.before, what),
            "after": _words(cell.after, what),
        }
        for cell in sorted(cells, key=lambda cell: (cell.date, cell.type_id, cell.plan_id or 0))[:SHOWN]
    ]
    return {"cells": rows, "count": len(cells), "more": max(0, len(cells) - SHOWN)}


def _words(value: Any, what: str) -> str:
    if what != "restriction":
        return "—" if value is None else f"{value:,}"
    marks = {"is_closed": _("Closed"), "closed_to_arrival": _("No arrival"), "closed_to_departure": _("No departure")}
    words = [label for name, label in marks.items() if value[name]]
    words += [f"≥ {value['min_nights']}"] if value["min_nights"] else []
    words += [f"≤ {value['max_nights']}"] if value["max_nights"] else []
    return ", ".join(words) or "—"


def _changes(house: Property) -> list[dict[str, Any]]:
    """The last changes, and whether each may still be undone."""
    traces = list(
        DeskTrace.objects.filter(property=house, action__in=[*UNDOABLE, "rates.undone"])
        .select_related("by")
        .defer("data")
        .order_by("-pk")[:16]
    )
    undone = {trace.reference for trace in traces if trace.action == "rates.undone"}
    from hotel.rates.entries import ACTIONS

    return [
        {
            "trace": trace,
            "icon": ACTIONS[trace.action][0],
            "text": ACTIONS[trace.action][1],
            "is_undone": str(trace.pk) in undone,
        }
        for trace in traces
        if trace.action in UNDOABLE
    ][:6]
