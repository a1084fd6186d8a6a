"""Commands on chosen stays, with a result per stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_POST

from hotel.rooms.desk import current_property
from hotel.stays import listing, services
from hotel.stays.filters import StayFilter
from hotel.stays.models import Stay
from hotel.stays.services.settling import obstacles
from hotel.stays.states import StayStatus
from hotel.stays.views.leaving import render_leaving
from oms.lib.errors import DomainError
from oms.notices.services import notify
from oms.staff.models import Staff
from oms.web.selection import Selection

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from oms.web.requests import StaffRequest

    Results = dict[int, DomainError | None]

MOST = 500  # stays at once


class NothingFits(DomainError):
    """No room can be proposed."""

    code = "stay_nothing_fits"
    message = gettext_lazy("No room of its type is free for the whole stay.")


@require_POST
@login_required
def run(request: StaffRequest, action: str) -> HttpResponse:
    """Do it to the chosen stays of the house; show what happened to each."""
    if action not in ACTIONS:
        raise Http404
    title, permission, command = ACTIONS[action]
    if not request.user.has_perm(permission):
        raise PermissionDenied
    house = current_property(request)
    chosen = Selection.from_request(request, listing.stays_of(house, request.user), StayFilter)
    ids = list(chosen.queryset.order_by("pk").values_list("pk", flat=True)[:MOST])
    results = command(request, ids, timezone.now()) if ids else {}
    stays = Stay.objects.filter(pk__in=ids).select_related("room", "room_type").order_by("room__number", "pk")
    rows = [(stay, results.get(stay.pk)) for stay in stays]
    stuck = [stay for stay in stays if results.get(stay.pk) and stay.status == StayStatus.IN_HOUSE]
    if action == "check-out" and stuck and request.user.has_perm("hotel.view_folio"):
        facts = {stay.pk: refusal for stay in stuck if (refusal := results[stay.pk])}
        return render_leaving(request, house, stuck, refusals=facts, gone=[s for s in stays if s.pk not in facts])
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = reverse("stays:list")
    context = {
        "title": title,
        "rows": rows,
        "done": sum(refusal is None for _stay, refusal in rows),
        "refused": sum(refusal is not None for _stay, refusal in rows),
        "back": back,
    }
    return render(request, "hotel/stays/results.html", context)


def _assign(request: StaffRequest, ids: list[int], at: dt.datetime) -> Results:
    """The best room for each that has none."""
    bare = list(Stay.objects.filter(pk__in=ids, room=None).values_list("pk", flat=True))
    proposals = services.propose_rooms(bare)
    choices = [(pk, found[0].room_id) for pk, found in proposals.items() if found]
    results: Results = {pk: NothingFits() for pk in bare}
    results |= services.assign(choices=choices, by=request.user, at=at) if choices else {}
    return results


def _check_in(request: StaffRequest, ids: list[int], at: dt.datetime) -> Results:
    return services.check_in(stay_ids=ids, by=request.user, at=at)


def _check_out(request: StaffRequest, ids: list[int], at: dt.datetime) -> Results:
    kept = obstacles(ids)
    free = [pk for pk in ids if pk not in kept]
    return dict(kept) | (services.check_out(stay_ids=free, by=request.user, at=at) if free else {})


def _mark(request: StaffRequest, ids: list[int], at: dt.datetime) -> Results:
    return services.mark_departure(stay_ids=ids, is_leaving=True, by=request.user, at=at)


def _no_show(request: StaffRequest, ids: list[int], at: dt.datetime) -> Results:
    return services.mark_no_shows(stay_ids=ids, by=request.user, at=at)


def _cancel(request: StaffRequest, ids: list[int], at: dt.datetime) -> Results:
    reason = request.POST.get("reason", "").strip() or _("Cancelled together from the list")
    return services.cancel(stay_ids=ids, reason=reason, by=request.user, at=at)


def _remind(request: StaffRequest, ids: list[int], at: dt.datetime) -> Results:
    """预离提示: tell everybody of the desk which rooms should be leaving."""
    stays = list(Stay.objects.filter(pk__in=ids).select_related("room", "property"))
    leaving = [stay for stay in stays if stay.status == StayStatus.IN_HOUSE and stay.room]
    if leaving:
        branch = leaving[0].property.branch_id
        desk = Staff.objects.filter(branches=branch, groups__name="front_desk", is_active=True)
        notify(
            staff_ids=sorted({request.user.pk, *desk.values_list("pk", flat=True)}),
            text=gettext_noop("Due out and not gone: %(rooms)s"),
            params={"rooms": ", ".join(sorted(str(stay.room) for stay in leaving)[:20])},
            url=f"{reverse('stays:list')}?when=due_outs",
            icon="bell-ringing",
            at=at,
        )
    there = {stay.pk for stay in leaving}
    return {
        stay.pk: None
        if stay.pk in there
        else services.WrongStatus(stay=stay.number, status=str(stay.get_status_display()))
        for stay in stays
    }


ACTIONS: dict[str, tuple[Any, str, Callable[[StaffRequest, list[int], dt.datetime], Results]]] = {
    "assign": (gettext_lazy("Assign rooms"), "hotel.change_stay", _assign),
    "check-in": (gettext_lazy("Check in"), "hotel.check_in", _check_in),
    "check-out": (gettext_lazy("Check out"), "hotel.check_out", _check_out),
    "mark": (gettext_lazy("Mark as leaving"), "hotel.change_stay", _mark),
    "remind": (gettext_lazy("Remind"), "hotel.change_stay", _remind),
    "no-show": (gettext_lazy("No-show"), "hotel.change_stay", _no_show),
    "cancel": (gettext_lazy("Cancel stays"), "hotel.change_stay", _cancel),
}
