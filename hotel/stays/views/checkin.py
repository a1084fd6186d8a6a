"""开房: the check-in page, for a walk-in, a new guest or a booking. One screen, one save, nothing lost."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hotel.folios import services as folios
from hotel.folios.models import Folio
from hotel.members import services as members
from hotel.members.models import IdType
from hotel.members.queries import find_guests
from hotel.rooms import locking, locks
from hotel.rooms.desk import current_property
from hotel.rooms.numbers import whole
from hotel.stays import arrival, listing, moments, services, timing
from hotel.stays.forms import AT_DESK, CheckInForm, PersonForm, next_day, tenders_of, typed_tenders
from hotel.stays.models import RoomNight, Stay
from hotel.stays.pricing import NightPrice
from hotel.stays.rates import RatePlan
from hotel.stays.services import people
from oms.approvals.asking import Ask, ask_context
from oms.approvals.limits import BeyondLimit
from oms.lib.errors import DomainError
from oms.web.formats import duration

if TYPE_CHECKING:
    from decimal import Decimal

    from django.db.models import QuerySet
    from django.http import HttpResponse, QueryDict

    from hotel.rooms.models import Property, Room
    from hotel.stays.arrival import Face, Plan
    from oms.web.requests import StaffRequest

HITS = 8


@dataclass(slots=True)
class Desk:
    """What is on the page: typed or filled."""

    house: Property
    room: Room | None
    stay: Stay | None
    face: Face | None
    last: services.LastTime | None
    departure_on: dt.date
    hours: int | None
    rate_plan: RatePlan | None
    plan: Plan
    is_new: bool
    as_last: bool


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("hotel.check_in", raise_exception=True)
def check_in(request: StaffRequest) -> HttpResponse:
    """GET: the page; ``room`` for a walk-in into that room, ``stay`` (number) for a booking. POST: check in."""
    if request.method == "POST":
        return _save(request)
    data = request.GET.copy()
    data["board"] = "1" if "room" in data else ""
    return render(request, "hotel/stays/check_in.html", _context(request, _desk(request, data), data))


@require_POST
@login_required
@permission_required("hotel.check_in", raise_exception=True)
def find(request: StaffRequest) -> HttpResponse:
    """Guests who may be meant. A POST: what is typed is personal and belongs in no address."""
    text = request.POST.get("q", "").strip()
    house = current_property(request)
    hits = find_guests(house.branch_id, text, HITS) if len(text) > 1 else []
    return render(request, "hotel/stays/_hits.html", {"q": text, "hits": hits})


@require_POST
@login_required
@permission_required("hotel.check_in", raise_exception=True)
def plan(request: StaffRequest) -> HttpResponse:
    """The working part again, with what was chosen: guest, room, dates, plan. Changes nothing."""
    data = request.POST
    return render(request, "hotel/stays/_work.html", _context(request, _desk(request, data), data))


def _desk(request: StaffRequest, data: QueryDict) -> Desk:
    """What was chosen so far; everything else as the house would have it, or as last time when asked for."""
    house = current_property(request)
    stay = _stay(request, house, data.get("stay", ""))
    face = _face(house, stay, data)
    last = services.last_time(face.guest.pk, house) if face and stay is None else None
    as_last = bool(last and data.get("last") == "1")
    chosen = whole(data.get("room")) or (stay.room_id if stay else None)
    today = house.business_date
    departure_on, hours = _until(data, stay, last if as_last else None, today)
    until = moments.due_out(house, departure_on)
    rooms = arrival.ready_rooms(house, until, timezone.now(), also=chosen)
    room = rooms.filter(pk=chosen).first() if chosen else None
    plan_id = whole(data.get("rate_plan")) or None
    if as_last and last and data.get("by") != "typed":
        plan_id = last.rate_plan_id or plan_id
    plans = list(_plans(house))
    rate_plan = next((plan for plan in plans if plan.pk == plan_id), plans[0] if plans else None)
    return Desk(
        house=house,
        room=room,
        stay=stay,
        face=face,
        last=last,
        departure_on=departure_on,
        hours=hours,
        rate_plan=rate_plan,
        plan=_booked(stay) if stay else _plan(house, room, face, rate_plan, departure_on, hours, data),
        is_new=data.get("new") == "1",
        as_last=as_last,
    )


def _plans(house: Property) -> QuerySet[RatePlan]:
    return RatePlan.objects.filter(property=house, is_active=True).order_by("position", "code")


def _stay(request: StaffRequest, house: Property, number: str) -> Stay | None:
    if not number:
        return None
    stays = listing.stays_of(house, request.user).select_related("guest", "room__room_type", "room_type", "rate_plan")
    return get_object_or_404(stays, number=number)


def _face(house: Property, stay: Stay | None, data: QueryDict) -> Face | None:
    guest_id = whole(data.get("guest")) or (stay.guest_id if stay else None)
    return arrival.face_of(guest_id, house) if guest_id else None


def _until(
    data: QueryDict, stay: Stay | None, last: services.LastTime | None, today: dt.date
) -> tuple[dt.date, int | None]:
    if stay is not None:
        return stay.departure_on, stay.hours
    hours = whole(data.get("hours")) or (4 if data.get("day_use") else None)
    try:
        typed = dt.date.fromisoformat(data.get("departure_on", ""))
    except ValueError:
        typed = None
    if last and data.get("by") != "typed":
        return (today, last.hours) if last.hours else (today + dt.timedelta(days=last.nights), None)
    return (today, hours) if hours else (typed or next_day(today), None)


def _booked(stay: Stay) -> Plan:
    nights = [NightPrice(n.date, n.price, n.source) for n in RoomNight.objects.filter(stay=stay).order_by("date")]
    held = listing.money_of([stay.pk])[stay.pk]["held"]
    plan = arrival.Plan(nights, packages=listing.packages_of(stay))
    dearest = max((night.price for night in nights), default=arrival.NOTHING)
    deposit = stay.rate_plan.deposit_nights if stay.rate_plan else 1
    plan.deposit = max(arrival.NOTHING, arrival.rounded_up(dearest * deposit) - held)
    return plan


def _plan(
    house: Property,
    room: Room | None,
    face: Face | None,
    rate_plan: RatePlan | None,
    departure_on: dt.date,
    hours: int | None,
    data: QueryDict,
) -> Plan:
    if room is None:
        return arrival.Plan()
    return arrival.plan_for(
        house,
        room_type_id=room.room_type_id,
        rate_plan=rate_plan,
        departure_on=departure_on,
        hours=hours,
        level_id=face.level_id if face else None,
        adults=whole(data.get("adults")) or 1,
        children=whole(data.get("children")),
    )


def _context(request: StaffRequest, desk: Desk, data: QueryDict) -> dict[str, Any]:
    at = timezone.now()
    until = moments.due_out(desk.house, desk.departure_on)
    typed = typed_tenders(data)
    mine = [f for f in timing.figures(desk.house, at - dt.timedelta(days=30)) if not f.kind]
    return {
        "desk": desk,
        "house": desk.house,
        "room": desk.room,
        "rooms": list(arrival.ready_rooms(desk.house, until, at, also=desk.room.pk if desk.room else None)),
        "free_until": arrival.free_until(desk.room, at, desk.house) if desk.room else None,
        "proposals": services.propose_rooms([desk.stay.pk])[desk.stay.pk] if desk.stay and not desk.room else [],
        "plans": _plans(desk.house).prefetch_related("package_items__charge_code"),
        "kinds": [(position, kind.value, kind.label) for position, kind in enumerate(AT_DESK, start=1)],
        "tenders": typed,
        "typed": data,
        "q": "" if desk.face else data.get("q", ""),
        "hits": [],
        "id_types": IdType.choices[1:],
        "median_mine": next((f for f in mine if f.by_id == request.user.pk), None),
        "median_house": next((f for f in mine if f.by_id is None), None),
        "price_today": desk.last.price_then + desk.last.difference
        if desk.last and desk.last.difference is not None
        else None,
        "shift_missing": not _has_shift(request, desk.house),
    }


def _has_shift(request: StaffRequest, house: Property) -> bool:
    return request.user.shifts.filter(property=house, closed_at=None, counted_at=None).exists()


# ---- saving


def _save(request: StaffRequest) -> HttpResponse:
    """Check in. Any refusal shows the page again with everything that was typed."""
    data = request.POST
    house = current_property(request)
    form = CheckInForm(data, house=house)
    person = PersonForm(data) if data.get("new") == "1" else None
    is_valid = form.is_valid() and (person is None or person.is_valid())
    if not is_valid:
        return _again(request, form=form, person=person, status=422)
    at = timezone.now()
    try:
        with transaction.atomic():
            stay = _arrive(request, house, form.cleaned_data, person, at)
            _measure(request, stay, form.cleaned_data, at)
    except locks.LockLost as refusal:
        return _again(request, form=form, person=person, lock_refusal=refusal)
    except BeyondLimit as refusal:
        asked = ask_context(Ask.from_refusal(refusal), form="check-in", by=request.user)
        return _again(request, form=form, person=person, more=asked)
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _again(request, form=form, person=person)
    except ValueError as wrong:
        form.add_error(None, _("%(typed)s is no amount.") % {"typed": wrong})
        return _again(request, form=form, person=person, status=422)
    took = whole(data.get("elapsed_ms"))
    text = _("Room %(room)s is checked in.") % {"room": stay.room}
    messages.success(request, f"{text} {_seconds(took)}" if took else text)
    return redirect("stays:detail", stay.number)


def _seconds(ms: int) -> str:
    return f"{ms // 60_000}:{ms // 1000 % 60:02}" if ms < timing.LONGEST else duration(ms / 1000)


def _again(
    request: StaffRequest,
    *,
    form: CheckInForm,
    person: PersonForm | None,
    lock_refusal: DomainError | None = None,
    more: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    data = request.POST.copy()
    data["by"] = "typed"
    desk = _desk(request, data)
    context = _context(request, desk, data) | {
        "form": form,
        "person": person,
        "lock_refusal": lock_refusal,
        **(more or {}),
    }
    return render(request, "hotel/stays/check_in.html", context, status=status)


def _arrive(
    request: StaffRequest, house: Property, typed: dict[str, Any], person: PersonForm | None, at: dt.datetime
) -> Stay:
    """The commands of a check-in, in one transaction under the room's lock."""
    room_id = get_object_or_404(house.rooms, pk=typed["room"]).pk
    with locking.held(request, room_id, at=at, purpose=_("Check-in")):
        number = request.POST.get("stay", "")
        if number:
            return _arrive_booked(request, house, number, typed, person, at)
        if person is None and not typed["guest"]:
            raise services.NoGuest(stay=_("This check-in"))
        guest_id = _guest_id(request, house, typed, person, at)
        face = arrival.face_of(guest_id, house)
        tenders = tenders_of(request.POST, member_id=face.member_id if face else None)
        stay = services.walk_in(
            request=services.WalkIn(
                room_id=room_id,
                guest_id=guest_id,
                departure_on=typed["departure_on"],
                hours=typed["hours"],
                rate_plan_id=typed["rate_plan"].pk if typed["rate_plan"] else None,
                tenders=tenders,
                adults=typed["adults"],
                children=typed["children"] or 0,
                note=typed["note"],
                anyway=typed["anyway"],
                override_reason=typed["override_reason"],
            ),
            by=request.user,
            at=at,
        )
        _set_price(request, stay, typed, at)
        return stay


def _arrive_booked(
    request: StaffRequest,
    house: Property,
    number: str,
    typed: dict[str, Any],
    person: PersonForm | None,
    at: dt.datetime,
) -> Stay:
    stay = get_object_or_404(listing.stays_of(house, request.user), number=number)
    if stay.guest_id is None or typed["guest"] not in {None, stay.guest_id} or person is not None:
        guest_id = _guest_id(request, house, typed, person, at)
        people.name_guest(stay_id=stay.pk, guest_id=guest_id, by=request.user, at=at)
    if stay.room_id != typed["room"]:
        for refusal in services.assign(choices=[(stay.pk, typed["room"])], by=request.user, at=at).values():
            if refusal:
                raise refusal
    answers = services.check_in(
        stay_ids=[stay.pk],
        by=request.user,
        at=at,
        anyway=typed["anyway"],
        override_reason=typed["override_reason"],
    )
    if refusal := answers[stay.pk]:
        raise refusal
    stay = Stay.objects.select_related("room", "member").get(pk=stay.pk)
    if tenders := tenders_of(request.POST, member_id=stay.member_id):
        folio = Folio.objects.get(stay=stay, window=1)
        folios.take_deposit(folio_id=folio.pk, tenders=tenders, by=request.user, at=at)
    _set_price(request, stay, typed, at)
    return stay


def _guest_id(
    request: StaffRequest, house: Property, typed: dict[str, Any], person: PersonForm | None, at: dt.datetime
) -> int:
    if person is not None:
        guest = members.register_guest(branch_id=house.branch_id, person=person.person(), by=request.user, at=at)
        return guest.pk
    face = arrival.face_of(typed["guest"] or 0, house)
    if face is None:
        raise services.NoGuest(stay=_("This check-in"))
    return face.guest.pk


def _set_price(request: StaffRequest, stay: Stay, typed: dict[str, Any], at: dt.datetime) -> None:
    """A price typed by hand, where it differs from the plan's; beyond the role's limit it needs an approval."""
    price: Decimal | None = typed["price"]
    nights = list(RoomNight.objects.filter(stay=stay).order_by("date"))
    if price is None or not nights or nights[0].price == price:
        return
    services.set_prices(
        stay_id=stay.pk,
        prices={night.date: price for night in nights},
        reason=typed["reason"],
        approval_id=typed["approval"],
        by=request.user,
        at=at,
    )


def _measure(request: StaffRequest, stay: Stay, typed: dict[str, Any], at: dt.datetime) -> None:
    kind = "booked" if request.POST.get("stay") else "new" if request.POST.get("new") == "1" else "returning"
    data = {
        "ms": whole(request.POST.get("elapsed_ms")),
        "steps": whole(request.POST.get("steps")),
        "kind": kind,
        "cards": typed["cards"] or 0,
    }
    timing.record(stay=stay, data=data, by=request.user, at=at)
