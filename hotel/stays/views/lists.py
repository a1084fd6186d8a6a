"""Lists of stays (due in, in house, due out …) and of bookings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import Prefetch
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from hotel.rooms.desk import current_property
from hotel.stays import listing
from hotel.stays.filters import BookingFilter, StayFilter
from hotel.stays.models import Booking, Stay
from hotel.stays.states import StayStatus
from oms.rules.forms import ViewForm
from oms.rules.matching import query_of
from oms.rules.queries import Tab, tabs_of
from oms.web.counting import bounded_count, capped
from oms.web.listing import Action, allowed_actions
from oms.web.paging import keyset_page, sorted_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from hotel.rooms.models import Property
    from oms.web.requests import StaffRequest

KEY = "hotel.stays"
BOOKING_KEY = "hotel.bookings"
SORTS: dict[str, Sequence[str]] = {
    "arrival": ("arrival_on", "pk"),
    "departure": ("departure_on", "pk"),
    "guest": ("guest_name", "pk"),
}
BOOKING_SORTS: dict[str, Sequence[str]] = {"made": ("created_at", "pk")}
DAY = {"arrivals": "departure", "in_house": "departure", "due_outs": "departure"}  # the order one expects


@require_GET
@login_required
@permission_required("hotel.view_stay", raise_exception=True)
def stay_list(request: StaffRequest) -> HttpResponse:
    """Stays of the house that fit the filter, to begin with who is in; the desk's tabs of today come first."""
    if not request.GET:
        return redirect(f"{reverse('stays:list')}?when=in_house")
    house = current_property(request)
    stays = listing.stays_of(house, request.user)
    filterset = StayFilter(request.GET, stays, request=request)
    found = filterset.qs if filterset.is_valid() else stays.none()
    sort, order = sorted_order(request, SORTS, DAY.get(request.GET.get("when", ""), "-arrival"))
    page = keyset_page(found.select_related("room_type", "room", "booking", "guest", "rate_plan"), order, request)
    _dress(page.rows, house)
    context = {
        "filterset": filterset,
        "page": page,
        "house": house,
        "total": bounded_count(found),
        "sort": sort,
        "actions": allowed_actions(_actions(), request.user),
        "is_filtered": bool(query_of(request.GET.urlencode())),
        **_tabs(request, KEY, listing.TABS, listing.tab_counts(house, request.user)),
    }
    return render(request, "hotel/stays/list.html", context)


def _actions() -> list[Action]:
    """What can be done with chosen stays; each answers with a result per stay."""

    def url(name: str) -> str:
        return reverse("stays:batch", args=[name])

    return [
        Action(_("Assign rooms"), "wand", url("assign"), "hotel.change_stay"),
        Action(_("Check in"), "login-2", url("check-in"), "hotel.check_in"),
        Action(_("Mark as leaving"), "bell-ringing", url("mark"), "hotel.change_stay"),
        Action(_("Remind"), "message", url("remind"), "hotel.change_stay"),
        Action(_("Check out"), "logout-2", url("check-out"), "hotel.check_out"),
        Action(
            _("No-show"),
            "user-x",
            url("no-show"),
            "hotel.change_stay",
            danger=True,
            confirm=_("Mark the chosen stays as no-shows?"),
            consequences=_("Their rooms are for sale again; fees follow their rate plans."),
            keep=_("Keep the stays"),
        ),
    ]


def _dress(stays: list[Stay], house: Property) -> None:
    """What a row shows beyond its own columns, for the page at once. Two statements."""
    ids = [stay.pk for stay in stays]
    prices = listing.prices_of(ids) if ids else {}
    here = [stay.pk for stay in stays if stay.status in {StayStatus.IN_HOUSE, StayStatus.CHECKED_OUT}]
    money = listing.money_of(here or [0])
    for stay in stays:
        shown: Any = stay
        shown.price = prices.get(stay.pk)
        shown.money = money.get(stay.pk)
        shown.look = look(stay, house)


def look(stay: Stay, house: Property) -> tuple[str, str, Any]:
    """Tone, shape and word of a stay now: its status, or what is due of it."""
    tone, shape = listing.STATUS_LOOK[stay.status]
    today = house.business_date
    if stay.status == StayStatus.IN_HOUSE and stay.departure_on <= today:
        return (
            ("red", "clock-exclamation", _("Overdue")) if stay.departure_on < today else ("orange", shape, _("Due out"))
        )
    if stay.status in {StayStatus.TENTATIVE, StayStatus.CONFIRMED} and stay.arrival_on < today:
        return "red", "clock-exclamation", _("Should have come")
    return tone, shape, stay.get_status_display()


def _tabs(
    request: StaffRequest, key: str, fixed: dict[str, tuple[Any, str, bool]], counts: dict[str, int]
) -> dict[str, Any]:
    tabs = tabs_of(request, key, [Tab(label, query) for label, query, _hot in fixed.values()])
    codes = [*fixed, *("" for _tab in tabs[len(fixed) :])]
    tabs = [
        replace(tab, count=capped(counts.get(code)), hot=bool(code and fixed[code][2]))
        for code, tab in zip(codes, tabs, strict=True)
    ]
    return {
        "key": key,
        "tabs": tabs,
        "open": next((tab for tab in tabs if tab.current and tab.own), None),
        "query": query_of(request.GET.urlencode()).urlencode(),
        "form": ViewForm(auto_id="view_%s"),
    }


@require_GET
@login_required
@permission_required("hotel.view_stay", raise_exception=True)
def shortcut(request: StaffRequest, when: str) -> HttpResponse:
    """预抵, 在住, 预离: addresses one can keep."""
    return redirect(f"{reverse('stays:list')}?when={when}")


@require_GET
@login_required
@permission_required("hotel.view_booking", raise_exception=True)
def booking_list(request: StaffRequest) -> HttpResponse:
    """Bookings of the house, the newest first."""
    house = current_property(request)
    bookings = Booking.objects.filter(property=house)
    filterset = BookingFilter(request.GET, bookings, request=request)
    found = filterset.qs if filterset.is_valid() else bookings.none()
    sort, order = sorted_order(request, BOOKING_SORTS, "-made")
    people = Stay.objects.select_related("room_type", "room").order_by("arrival_on", "pk")
    page = keyset_page(
        found.prefetch_related(Prefetch("stays", people, to_attr="people")).select_related("created_by"), order, request
    )
    for booking in page.rows:
        _sum_up(booking, house)
    context = {
        "filterset": filterset,
        "page": page,
        "house": house,
        "total": bounded_count(found),
        "sort": sort,
        "is_filtered": bool(query_of(request.GET.urlencode())),
        **_tabs(request, BOOKING_KEY, BOOKING_TABS, {}),
    }
    return render(request, "hotel/stays/bookings.html", context)


BOOKING_TABS: dict[str, tuple[Any, str, bool]] = {
    "all": (_("All"), "", False),
    "confirmed": (_("Still to come"), "state=confirmed", False),
    "tentative": (_("Tentative"), "state=tentative", True),
    "groups": (_("Groups"), "kind=group", False),
    "waitlist": (_("Waitlist"), "state=waitlisted", True),
    "cancelled": (_("Cancelled"), "state=cancelled", False),
}


def _sum_up(booking: Any, house: Property) -> None:
    """Of the booking's stays: from when to when, how many of which type, where they stand."""
    people = booking.people
    booking.arrival_on = min((stay.arrival_on for stay in people), default=None)
    booking.departure_on = max((stay.departure_on for stay in people), default=None)
    types: dict[str, int] = {}
    looks: dict[tuple[str, str, str], int] = {}
    for stay in people:
        types[stay.room_type.name] = types.get(stay.room_type.name, 0) + 1
        tone, shape, word = look(stay, house)
        looks[tone, shape, str(word)] = looks.get((tone, shape, str(word)), 0) + 1
    booking.types = types
    booking.looks = looks
