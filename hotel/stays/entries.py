"""What bookings and stays put on the side navigation, the saved views and the workbench."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hotel.rooms.desk import current_property
from hotel.rooms.models import Property
from hotel.rooms.presenting import name_actions
from hotel.stays.arrival import READY
from hotel.stays.filters import COMING, BookingFilter, StayFilter
from hotel.stays.models import Stay
from hotel.stays.states import StayStatus
from hotel.stays.views.ringing import strip
from oms.rules import registry
from oms.web import navigation, strips, workbench
from oms.web.navigation import Entry
from oms.web.strips import Strip
from oms.web.workbench import Card, Section

if TYPE_CHECKING:
    from collections.abc import Callable

    from oms.staff.models import Staff

VIEW = "hotel.view_stay"
TODAY = F("property__business_date")
SHOWN = 8
RULES = {
    "arrivals": Q(status__in=COMING, arrival_on=TODAY),
    "dirty": Q(status__in=COMING, arrival_on=TODAY, room__isnull=False) & ~Q(room__housekeeping__in=READY),
    "due_outs": Q(status=StayStatus.IN_HOUSE, departure_on__lte=TODAY),
    "late": Q(status__in=COMING, arrival_on__lt=TODAY),
}


def register() -> None:
    """Called once from AppConfig.ready."""
    registry.register("hotel.stays", StayFilter, url_name="stays:list", permission=VIEW)
    registry.register("hotel.bookings", BookingFilter, url_name="stays:booking-list", permission="hotel.view_booking")
    navigation.register(
        Entry(
            _("Bookings"),
            "calendar-event",
            "stays:booking-list",
            permission="hotel.view_booking",
            group="front",
            key="B",
            position=30,
            covers=("stays:booking", "stays:reserve", "stays:rooming"),
        ),
        Entry(
            _("Guests and stays"),
            "bed",
            "stays:list",
            permission=VIEW,
            group="front",
            count=_count("due_outs"),
            key="S",
            position=40,
            covers=("stays:detail", "stays:ask", "stays:do", "stays:check-in", "stays:leave", "stays:batch"),
        ),
        Entry(_("Packages due"), "checklist", "stays:packages", permission=VIEW, group="service", position=20),
        Entry(
            _("Check-in times"),
            "clock",
            "stays:timing",
            permission=VIEW,
            group="hotel",
            position=80,
        ),
    )
    workbench.register(
        Card(_("Arrivals today"), "login-2", _count("arrivals"), _list("when=arrivals"), "hotel.check_in", position=60),
        Card(
            _("Arrivals without a clean room"),
            "wash-machine",
            _count("dirty"),
            _list("when=arrivals&ready=no"),
            "hotel.check_in",
            "wait",
            position=61,
        ),
        Card(
            _("Due out today"), "logout-2", _count("due_outs"), _list("when=due_outs"), "hotel.check_out", position=62
        ),
        Card(
            _("Should have come"),
            "clock-exclamation",
            _count("late"),
            _list("when=late_arrivals"),
            "hotel.check_in",
            "hot",
            position=63,
        ),
        Section("hotel/stays/_bench.html", bench, "hotel.check_in", "half", position=30),
    )
    strips.register("hotel", Strip("hotel/stays/_ringing.html", strip))
    name_actions(ACTIONS)


def _count(rule: str) -> Callable[[Staff], int]:
    def count(staff: Staff) -> int:
        return Stay.objects.visible_to(staff).filter(RULES[rule]).count()

    return count


def _list(query: str) -> Callable[[Staff], str]:
    return lambda _staff: f"{reverse('stays:list')}?{query}"


def bench(request: Any) -> dict[str, Any] | None:
    """Who comes and who goes next, at the house one works at."""
    if not Property.objects.visible_to(request.user).filter(is_active=True).exists():
        return None
    house = current_property(request)
    stays = Stay.objects.visible_to(request.user).filter(property=house).select_related("room", "room_type")
    return {
        "house": house,
        "arrivals": stays.filter(RULES["arrivals"]).order_by("due_in_at", "pk")[:SHOWN],
        "due_outs": stays.filter(RULES["due_outs"]).order_by("due_out_at", "pk")[:SHOWN],
    }


ACTIONS = {
    "stay.unassigned": ("bed", _("Room taken back")),
    "stay.pinned": ("lock-check", _("Room promised")),
    "stay.unpinned": ("lock-open", _("Promise of the room taken back")),
    "stay.swapped": ("replace", _("Rooms swapped")),
    "stay.priced": ("coin", _("Prices set by hand")),
    "stay.departure_marked": ("bell-ringing", _("Marked as leaving")),
    "stay.departure_unmarked": ("bell-off", _("No longer leaving")),
    "stay.cancelled": ("ban", _("Cancelled")),
    "stay.no_show": ("user-x", _("No-show")),
    "stay.reactivated": ("refresh", _("Reactivated")),
    "stay.restored": ("arrow-back-up", _("Check-out restored")),
    "stay.check_in_reversed": ("arrow-back-up", _("Check-in reversed")),
    "stay.confirmed": ("check", _("Confirmed")),
    "stay.guest_named": ("user-check", _("Guest named")),
    "stay.sharer_added": ("user-plus", _("Another guest in the room")),
    "stay.sharer_left": ("user-x", _("A guest left the room")),
    "stay.noted": ("note", _("Noted down")),
    "stay.note_done": ("check", _("Note done")),
    "stay.timed": ("clock", _("Check-in timed")),
    "folio.opened": ("receipt-2", _("Folio opened")),
    "folio.closed": ("receipt-2", _("Folio closed")),
    "folio.reopened": ("receipt-2", _("Folio reopened")),
    "folio.deposit_taken": ("cash", _("Deposit taken")),
    "folio.deposit_refunded": ("receipt-refund", _("Deposit refunded")),
    "folio.settled": ("cash", _("Settled")),
    "folio.routed": ("transfer", _("Routing rule set")),
    "folio.unrouted": ("transfer", _("Routing rule ended")),
    "folio.charged": ("plus", _("Charged")),
    "folio.reversed": ("arrow-back-up", _("Entries reversed")),
    "folio.transferred": ("arrows-exchange", _("Entries moved")),
}
