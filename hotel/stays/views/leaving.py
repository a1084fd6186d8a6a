"""Leaving: what is owed, held and still open for one stay or many, and one confirm that settles and checks out."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hotel.folios import pagedata
from hotel.folios.models import Company, Folio, FolioKind, Shift
from hotel.rooms import locking, locks
from hotel.rooms.desk import current_property
from hotel.rooms.numbers import whole
from hotel.stays import listing, services
from hotel.stays.departing import back, cases_of
from hotel.stays.forms import LeavingForm
from hotel.stays.states import StayStatus
from oms.approvals.asking import Ask, ask_context
from oms.approvals.limits import BeyondLimit
from oms.lib.errors import DomainError
from oms.lib.money import ZERO

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from hotel.rooms.models import Property
    from hotel.stays.models import Stay
    from oms.web.requests import StaffRequest

MOST = 100  # stays on one page


@require_http_methods(["GET", "POST"])
@login_required
@permission_required(["hotel.check_out", "hotel.view_folio"], raise_exception=True)
def leave(request: StaffRequest) -> HttpResponse:
    """GET: the stays named by ``stay`` (numbers) or all of ``booking`` in the house. POST: settle and check out."""
    house = current_property(request)
    if request.method != "POST":
        return render_leaving(request, house, _named(request, house))
    shown, chosen = _typed(request, house)
    form = LeavingForm(request.POST, folio=Folio(property=house, kind=FolioKind.PASSER_BY))
    if not chosen or not form.is_valid():
        return render_leaving(request, house, shown, form=form, status=422)
    if form.moves_money and not request.user.has_perm("hotel.settle_folio"):
        raise PermissionDenied
    at = timezone.now()
    try:
        with _held(request, chosen, at):
            gone = services.settle_and_check_out(departure=_departure(request, chosen, form), by=request.user, at=at)
    except BeyondLimit as refusal:
        asked = ask_context(Ask.from_refusal(refusal), form="leave-form", by=request.user)
        return render_leaving(request, house, shown, form=form, **asked)
    except locks.LockLost as refusal:
        return render_leaving(request, house, shown, form=form, lock_refusal=refusal)
    except DomainError as refusal:
        return render_leaving(request, house, shown, form=form, refusal=refusal)
    rooms = ", ".join(str(stay.room) for stay in gone)
    messages.success(request, _("Settled and checked out: %(rooms)s.") % {"rooms": rooms})
    return _after(request, shown, gone)


def render_leaving(
    request: StaffRequest,
    house: Property,
    stays: Sequence[Stay],
    *,
    form: LeavingForm | None = None,
    refusals: dict[int, DomainError] | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """The page, with what was typed; ``refusals``: why a stay did not leave with the others."""
    cases, refused = cases_of(stays, form.data if form else None, refusals or {}, timezone.now())
    chosen = [case for case in cases if case.is_chosen]
    owing = [window for case in chosen for window in case.windows]
    one = stays[0] if len(stays) == 1 else None
    net = sum((case.net for case in chosen), ZERO)
    context = {
        "house": house,
        "cases": cases,
        "form": form,
        "one": one,
        "windows": [window for case in cases for window in case.windows],
        "notes_done": {whole(value) for value in request.POST.getlist("note_done")},
        "has_notes": any(case.notes for case in cases),
        "net": net,
        "net_shown": abs(net),
        "tender_rows": form.rows() if form else back(owing),
        "tenders": pagedata.tender_choices(),
        "companies": Company.objects.filter(property=house, is_active=True).order_by("code"),
        "shift": Shift.objects.filter(property=house, staff=request.user, closed_at=None, counted_at=None).first(),
        "refusal": refused,
        "next": request.POST.get("next") or request.GET.get("next", ""),
        **more,
    }
    return render(request, "hotel/stays/leave.html", context, status=status)


def _named(request: StaffRequest, house: Property) -> list[Stay]:
    stays = listing.stays_of(house, request.user)
    if group := request.GET.get("booking"):
        stays = stays.filter(booking__number=group, status=StayStatus.IN_HOUSE)
    else:
        stays = stays.filter(number__in=request.GET.getlist("stay"))
    return _read(stays)


def _typed(request: StaffRequest, house: Property) -> tuple[list[Stay], list[Stay]]:
    """All stays of the page, and those that are ticked."""
    shown = _read(listing.stays_of(house, request.user).filter(number__in=request.POST.getlist("shown")))
    ticked = set(request.POST.getlist("stay"))
    return shown, [stay for stay in shown if stay.number in ticked]


def _read(stays: Any) -> list[Stay]:
    related = ("property", "booking", "room__room_type", "room_type", "guest", "member__level")
    return list(stays.select_related(*related).order_by("room__number", "pk")[:MOST])


def _departure(request: StaffRequest, chosen: list[Stay], form: LeavingForm) -> services.Departure:
    return services.Departure(
        stay_ids=[stay.pk for stay in chosen],
        payings=form.cleaned_data["tenders"],
        captures=form.captures,
        notes_done={whole(value) for value in request.POST.getlist("note_done")},
        notes_seen=request.POST.get("notes_seen") == "on",
        master_ids={whole(value) for value in request.POST.getlist("master")},
        approval_id=whole(request.POST.get("approval")) or None,
    )


def _held(request: StaffRequest, chosen: list[Stay], at: dt.datetime) -> Any:
    """Under the lock of the room, where the page took one: it does for a single room."""
    if len(chosen) == 1 and chosen[0].room_id and request.POST.get("lock_token"):
        return locking.held(request, chosen[0].room_id, at=at)
    return nullcontext()


def _after(request: StaffRequest, shown: list[Stay], gone: list[Stay]) -> HttpResponse:
    """The bill, if it was asked for; those who are still here; where one came from; the stay."""
    if "bill" in request.POST:
        first = Folio.objects.filter(stay=gone[0]).order_by("window")[0]
        return redirect("folios:bill", first.number)
    left = {stay.number for stay in shown} - {stay.number for stay in gone}
    if left:
        query = "&".join(f"stay={number}" for number in sorted(left))
        return HttpResponseRedirect(f"{reverse('stays:leave')}?{query}")
    after = request.POST.get("next", "")
    if after and url_has_allowed_host_and_scheme(after, allowed_hosts={request.get_host()}):
        return HttpResponseRedirect(after)
    if len(gone) == 1:
        return redirect("stays:detail", gone[0].number)
    return HttpResponseRedirect(f"{reverse('stays:list')}?when=due_outs")
