"""Finding guests, one guest's page, registering and editing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hotel.members import services
from hotel.members.filters import GuestFilter
from hotel.members.forms import GuestForm, RefundForm, TopUpForm
from hotel.members.models import BonusRule, Guest, Member, MemberLevel
from hotel.members.queries import guests_visible_to, masked_tail, nights_in_year, stays_of, traces_of
from hotel.members.services.guests import REVEALED, checked, field_label
from hotel.rooms.desk import current_property
from hotel.rooms.presenting import told
from hotel.stays.listing import STATUS_LOOK
from oms.lib.errors import DomainError
from oms.web.counting import bounded_count
from oms.web.formats import badge
from oms.web.paging import keyset_page, sorted_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oms.web.requests import StaffRequest

STAYS, ENTRIES, TRACES = 12, 15, 20
ORDERS: dict[str, Sequence[str]] = {"newest": ("-pk",), "name": ("name", "pk")}


def guest_of(request: StaffRequest, pk: int) -> Guest:
    """The guest, if it is of the person's branches; one that was merged leads nowhere."""
    return get_object_or_404(guests_visible_to(request.user).select_related("branch"), pk=pk)


@require_GET
@login_required
@permission_required("hotel.view_guest", raise_exception=True)
def guest_list(request: StaffRequest) -> HttpResponse:
    """Guests of the branch, found by whatever the clerk has. Names are masked until somebody is looked for."""
    house = current_property(request)
    guests = Guest.objects.filter(branch=house.branch_id, merged_into=None, erased_at=None)
    filterset = GuestFilter(
        request.GET, guests.select_related("member__level"), request=request, branch_id=house.branch_id
    )
    found = filterset.qs if filterset.is_valid() else Guest.objects.none()
    _name, order = sorted_order(request, ORDERS, "newest")
    page = keyset_page(found, order, request)
    searched = request.GET.get("q", "").strip()
    last = _last_stays(page.rows)
    rows = [{"guest": guest, "member": _member(guest), "last": last.get(guest.pk)} for guest in page]
    if searched and len(rows) == 1 and not page.previous and "only" in request.GET:
        return redirect("members:guest", rows[0]["guest"].pk)
    context = {
        "house": house,
        "filterset": filterset,
        "page": page,
        "rows": rows,
        "searched": searched,
        "total": bounded_count(found),
        "is_filtered": bool(filterset.form.is_valid() and any(filterset.form.cleaned_data.values())),
    }
    return render(request, "hotel/members/list.html", context)


@require_GET
@login_required
@permission_required("hotel.view_guest", raise_exception=True)
def guest(request: StaffRequest, pk: int) -> HttpResponse:
    """One guest: who, membership, stays, points and value, what was done. Sealed fields wait for a traced look."""
    found = guest_of(request, pk)
    return render(request, "hotel/members/guest.html", guest_context(request, found))


def guest_context(request: StaffRequest, guest: Guest, **more: Any) -> dict[str, Any]:
    """What the guest's page shows."""
    member = Member.objects.select_related("level").filter(guest=guest).first()
    house = current_property(request)
    levels = list(MemberLevel.objects.filter(branch=guest.branch_id).order_by("rank"))
    entries = []
    if member:
        rows = member.entries.select_related("by", "reversed_by").order_by("-pk")[:ENTRIES]
        entries = [{"entry": entry, "is_reversed": hasattr(entry, "reversed_by")} for entry in rows]
    return {
        "house": house,
        "guest": guest,
        "member": member,
        "levels": levels,
        "next_level": next((level for level in levels if member and level.rank > member.level.rank), None),
        "nights": nights_in_year(guest, house.business_date) if member else 0,
        "stays": [
            {"stay": stay, "badge": _badge(stay.status, stay.get_status_display())} for stay in stays_of(guest)[:STAYS]
        ],
        "entries": entries,
        "traces": told(traces_of(guest)[:TRACES]),
        "sealed": _sealed(guest),
        "top_up_form": TopUpForm(),
        "refund_form": RefundForm(prefix="refund"),
        "bonus_rules": list(BonusRule.objects.filter(branch=guest.branch_id).order_by("from_amount")),
        **more,
    }


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("hotel.add_guest", raise_exception=True)
def register(request: StaffRequest) -> HttpResponse:
    """A new guest; a document that is known already leads to the guest who has it."""
    house = current_property(request)
    form = GuestForm(request.POST or None, initial={"name": request.GET.get("name", "")})
    if request.method == "POST" and form.is_valid():
        try:
            made = services.register_guest(
                branch_id=house.branch_id,
                person=form.person(),
                preferences=form.cleaned_data["preferences"],
                by=request.user,
                at=timezone.now(),
            )
        except services.BadPerson as refusal:
            form.add_error(_field(form, refusal), str(refusal))
        else:
            messages.success(request, _("Saved: %(name)s") % {"name": made.name})
            return redirect("members:guest", made.pk)
    context = {"form": form, "house": house}
    return render(request, "hotel/members/form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("hotel.change_guest", raise_exception=True)
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a guest. A late save is refused, shown as a difference, and keeps what was typed."""
    found = guest_of(request, pk)
    if found.erased_at:
        raise Http404
    form = GuestForm(request.POST or None, guest=found, initial=GuestForm.initial_of(found))
    difference: list[dict[str, str]] = []
    if request.method == "POST" and form.is_valid():
        try:
            services.change_guest(
                guest_id=found.pk,
                version=form.cleaned_data["version"] or 0,
                person=form.person(),
                preferences=form.cleaned_data["preferences"],
                by=request.user,
                at=timezone.now(),
            )
        except services.BadPerson as refusal:
            form.add_error(_field(form, refusal), str(refusal))
        except services.GuestChanged as refusal:
            difference = _difference(found, form)
            form.data = {**request.POST.dict(), "version": str(found.version)}  # saving again is knowing
            form.add_error(None, str(refusal))
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved: %(name)s") % {"name": form.cleaned_data["name"]})
            return redirect("members:guest", found.pk)
    context = {"form": form, "guest": found, "difference": difference, "house": current_property(request)}
    return render(request, "hotel/members/form.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
@permission_required("hotel.reveal_guest", raise_exception=True)
def reveal(request: StaffRequest, pk: int) -> HttpResponse:
    """One field in clear, and the trace of it. With htmx the field alone, else the whole page with it."""
    found, field = guest_of(request, pk), request.POST.get("field", "")
    if field not in REVEALED:
        raise Http404
    terminal = request.META.get("REMOTE_ADDR", "")
    try:
        text = services.reveal(guest_id=found.pk, field=field, by=request.user, at=timezone.now(), terminal=terminal)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("members:guest", found.pk)
    if request.htmx:
        return render(request, "hotel/members/_sealed.html", {"item": {"shown": text}})
    context = guest_context(request, found)
    context["sealed"] = [{**item, "shown": text} if item["field"] == field else item for item in context["sealed"]]
    return render(request, "hotel/members/guest.html", context)


@require_POST
@login_required
@permission_required("hotel.change_guest", raise_exception=True)
def blacklist(request: StaffRequest, pk: int) -> HttpResponse:
    """Put on the blacklist, or take off it: the latter only by people who may let a blacklisted guest in."""
    found = guest_of(request, pk)
    command = services.clear_blacklist if found.is_blacklisted else services.blacklist_guest
    if found.is_blacklisted and not request.user.has_perm("hotel.override_blacklist"):
        messages.error(request, _("Only somebody who may let blacklisted guests in can take one off the list."))
        return redirect("members:guest", found.pk)
    try:
        command(guest_id=found.pk, reason=request.POST.get("reason", ""), by=request.user, at=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("members:guest", found.pk)


def _field(form: GuestForm, refusal: services.BadPerson) -> str | None:
    field = refusal.details["field"]
    return field if field in form.fields else None


def _member(guest: Guest) -> Member | None:
    member: Member | None = getattr(guest, "member", None)
    return member if member and member.is_active else None


def _last_stays(guests: list[Guest]) -> dict[int, Any]:
    from hotel.stays.models import Stay

    stays = Stay.objects.filter(guest__in=guests, status__in=["in_house", "checked_out"]).select_related("room")
    newest = stays.order_by("guest_id", "-arrival_on", "-pk").distinct("guest_id")
    return {stay.guest_id: stay for stay in newest if stay.guest_id}


def _sealed(guest: Guest) -> list[dict[str, Any]]:
    """Fields shown by their tails: label, what is shown, and the name ``reveal`` knows them by."""
    document = f"{guest.get_id_type_display()} " if guest.id_tail else ""
    born = f"{guest.born_on:%Y}-••-••" if guest.born_on else ""
    return [
        {"field": "phone", "label": _("Phone"), "masked": masked_tail(guest.phone_tail), "guest": guest},
        {
            "field": "id_number",
            "label": _("Identity document"),
            "masked": document + masked_tail(guest.id_tail),
            "guest": guest,
        },
        {"field": "born_on", "label": _("Born"), "masked": born, "guest": guest},
    ]


def _difference(guest: Guest, form: GuestForm) -> list[dict[str, str]]:
    """What somebody saved meanwhile beside what was typed, for fields that differ."""
    data, rows = form.cleaned_data, []
    person = checked(form.person(), timezone.now().date())  # birthday and gender as the document tells them
    said = {field: getattr(person, field) for field in ("name", "gender", "born_on", "nationality")}
    said["preferences"] = data["preferences"]
    for field, value in said.items():
        now, typed = str(getattr(guest, field) or ""), str(value or "")
        if now != typed:
            rows.append({"label": field_label(field), "now": now or "—", "typed": typed or "—"})
    for field, tail in (("id_number", guest.id_tail), ("phone", guest.phone_tail)):
        if data[field]:
            rows.append({"label": field_label(field), "now": masked_tail(tail) or "—", "typed": data[field]})
    return rows


def _badge(status: str, label: str) -> str:
    return badge(*STATUS_LOOK[status], label)
