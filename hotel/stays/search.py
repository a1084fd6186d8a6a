"""The search box among guests, stays, bookings and rooms. Every way uses an index; names and numbers are masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from hotel.members.queries import find_guests
from hotel.rooms.models import Property, Room
from hotel.stays.listing import STATUS_LOOK
from hotel.stays.models import Booking, Stay
from hotel.stays.states import StayStatus
from oms.web.formats import mask_name
from oms.web.search import Hit

if TYPE_CHECKING:
    from oms.staff.models import Staff

LIVE = (StayStatus.IN_HOUSE, StayStatus.CONFIRMED, StayStatus.TENTATIVE)


class StaySearch:
    """Stays and bookings by number, theirs or ours, by room number, by the guest's name."""

    label: ClassVar = _("Stays and bookings")
    hint: ClassVar = _("stay, booking")
    permission: ClassVar[str] = "hotel.view_stay"

    def find(self, q: str, staff: Staff, limit: int) -> list[Hit]:
        """Exact numbers first, then who is in the house, then who comes."""
        text, upper = q.strip(), q.strip().upper()
        stays = Stay.objects.visible_to(staff).select_related("room", "room_type")
        ways = Q(number__startswith=upper) | Q(booking__number=upper) | Q(booking__external_no=text)
        if text.isdigit():
            ways |= Q(status__in=LIVE, room__number=text)
        else:
            ways |= Q(status__in=LIVE, guest_name__istartswith=text)
        found = list(stays.filter(ways).order_by("-pk")[: limit * 3])
        found.sort(key=lambda stay: (stay.number != upper, LIVE.index(stay.status) if stay.status in LIVE else 9))
        hits = [_stay_hit(stay, upper) for stay in found[:limit]]
        return self._bookings(upper, text, staff) + hits

    def _bookings(self, upper: str, text: str, staff: Staff) -> list[Hit]:
        if not upper.startswith("BK") and not text.isdigit():
            return []
        houses = Property.objects.visible_to(staff).values("pk")
        rows = Booking.objects.filter(Q(number=upper) | Q(external_no=text), property__in=houses)[:3]
        return [
            Hit(b.number, b.title or b.source, reverse("stays:booking", args=[b.number]), "calendar-event", exact=True)
            for b in rows
        ]


def _stay_hit(stay: Stay, upper: str) -> Hit:
    room = stay.room.number if stay.room else stay.room_type.name
    dates = f"{stay.arrival_on:%m-%d} → {stay.departure_on:%m-%d}"
    subtitle = f"{stay.get_status_display()} · {mask_name(stay.guest_name)} · {dates}"
    url = reverse("stays:detail", args=[stay.number])
    return Hit(f"{room} · {stay.number}", subtitle, url, STATUS_LOOK[stay.status][1], stay.number == upper)


class GuestSearch:
    """Guests by phone or document tail, name, pinyin, member number; the newest stay of each is what opens."""

    label: ClassVar = _("Guests")
    hint: ClassVar = _("guest, phone tail, member")
    permission: ClassVar[str] = "hotel.view_guest"

    def find(self, q: str, staff: Staff, limit: int) -> list[Hit]:
        """Of each branch the person belongs to, at most three."""
        branches = Property.objects.visible_to(staff).order_by("branch_id").values_list("branch_id", flat=True)
        hits = []
        for branch_id in list(dict.fromkeys(branches))[:3]:
            for hit in find_guests(branch_id, q, limit):
                facts = [hit.level, hit.phone, hit.in_house or hit.last_room]
                subtitle = " · ".join(fact for fact in facts if fact)
                hits.append(Hit(mask_name(hit.name), subtitle, _guest_url(hit.guest_id, hit.last_stay_id), "user"))
        return hits[:limit]


def _guest_url(guest_id: int, stay_id: int | None) -> str:
    try:
        return reverse("members:guest", args=[guest_id])
    except NoReverseMatch:
        number = Stay.objects.filter(pk=stay_id or 0).values_list("number", flat=True).first()
        return reverse("stays:detail", args=[number]) if number else reverse("stays:list")


class RoomSearch:
    """Rooms by number."""

    label: ClassVar = _("Rooms")
    hint: ClassVar = _("room")
    permission: ClassVar[str] = "hotel.view_room"

    def find(self, q: str, staff: Staff, limit: int) -> list[Hit]:
        """The board, with the room open."""
        houses = Property.objects.visible_to(staff).values("pk")
        rooms = Room.objects.filter(property__in=houses, number__startswith=q.strip()).select_related("room_type")
        try:
            board = reverse("rooms:board")
        except NoReverseMatch:
            return []
        return [
            Hit(
                room.number,
                f"{room.room_type} · {room.get_housekeeping_display()}",
                f"{board}?room={room.pk}",
                "building",
                room.number == q.strip(),
            )
            for room in rooms.order_by("number")[:limit]
        ]
