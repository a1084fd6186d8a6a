"""What the check-in page knows before it is confirmed: who, which rooms, prices of each night, what to take."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef

from hotel.members.models import Guest
from hotel.rooms.models import Room, RoomBlock
from hotel.rooms.states import Housekeeping
from hotel.stays import moments, pricing
from hotel.stays.models import Occupancy, Stay
from hotel.stays.pricing import NIGHT, NightPrice, QuoteRequest
from hotel.stays.rates import HourlyPrice
from hotel.stays.states import PriceSource, StayStatus

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

    from hotel.rooms.models import Property
    from hotel.stays.pricing import PackagePrice
    from hotel.stays.rates import RatePlan
    from oms.lib.errors import DomainError

NOTHING = Decimal(0)
HUNDRED = Decimal(100)
READY = (Housekeeping.CLEAN, Housekeeping.INSPECTED)


@dataclass(slots=True)
class Plan:
    """Prices of a stay that begins today, and what the desk should take for it."""

    nights: list[NightPrice] = field(default_factory=list)
    refusals: list[DomainError] = field(default_factory=list)
    packages: list[PackagePrice] = field(default_factory=list)
    deposit: Decimal = NOTHING
    hourly: HourlyPrice | None = None

    @property
    def total(self) -> Decimal:
        """All nights with what comes on top of them, or the hours."""
        if self.hourly:
            return self.hourly.price
        return sum((night.price for night in self.nights), NOTHING) + pricing.added(self.packages)

    @property
    def due(self) -> Decimal:
        """What to take now: the stay and the deposit."""
        return self.total + self.deposit

    @property
    def first_price(self) -> Decimal | None:
        """The first night's."""
        return self.nights[0].price if self.nights else None


def plan_for(
    house: Property,
    *,
    room_type_id: int,
    rate_plan: RatePlan | None,
    departure_on: dt.date,
    hours: int | None = None,
    level_id: int | None = None,
    adults: int = 1,
    children: int = 0,
) -> Plan:
    """The nights from today priced, and the deposit: the plan's nights of deposit, rounded up to a hundred."""
    if hours:
        found = HourlyPrice.objects.filter(room_type_id=room_type_id, hours__gte=hours).order_by("hours").first()
        return Plan(hourly=found, deposit=HUNDRED if found else NOTHING)
    if rate_plan is None or departure_on <= house.business_date:
        return Plan()
    request = QuoteRequest(
        room_type_id, rate_plan.pk, house.business_date, departure_on, level_id, adults=adults, children=children
    )
    (quote,), (packages,) = pricing.quote(requests=[request]), pricing.packages_of(requests=[request])
    plan = Plan(quote.nights, quote.refusals, packages)
    dearest = max((night.price for night in quote.nights), default=NOTHING)
    plan.deposit = rounded_up(dearest * rate_plan.deposit_nights)
    return plan


def repriced(nights: list[NightPrice], price: Decimal) -> list[NightPrice]:
    """Every night at the price a clerk typed."""
    return [NightPrice(night.date, price, PriceSource.FREE if not price else PriceSource.CUSTOM) for night in nights]


def rounded_up(amount: Decimal) -> Decimal:
    """To the next hundred, as people take deposits."""
    return (amount / HUNDRED).to_integral_value(ROUND_CEILING) * HUNDRED


def ready_rooms(house: Property, until: dt.datetime, at: dt.datetime, *, also: int | None = None) -> QuerySet[Room]:
    """Rooms somebody may go into now: free until ``until``, nobody in, in service, clean first. One statement."""
    free = ~Exists(Occupancy.objects.filter(room=OuterRef("pk"), during__overlap=(at, max(until, at + NIGHT / 24))))
    empty = ~Exists(Stay.objects.filter(room=OuterRef("pk"), status=StayStatus.IN_HOUSE))
    today = house.business_date
    blocked = Exists(
        RoomBlock.objects.filter(room=OuterRef("pk"), ended_at=None, from_on__lte=today, until_on__gt=today)
    )
    rooms = Room.objects.filter(property=house, in_service_from__lte=today).select_related("room_type")
    found = rooms.filter(free & empty & ~blocked, housekeeping__in=READY)
    if also is not None:
        found = found | rooms.filter(pk=also)
    return found.order_by("room_type__position", "nights_sold", "number")


def free_until(room: Room, at: dt.datetime, house: Property) -> dt.date | None:
    """The business date on which somebody else has the room next; None: nobody has."""
    later = Occupancy.objects.filter(room=room, during__startswith__gt=at).order_by("during__startswith")
    start = later.values_list("during__startswith", flat=True).first()
    return moments.local(house, start).date() if start else None


@dataclass(frozen=True, slots=True)
class Face:
    """What the clerk sees of a guest: enough to greet, nothing personal in clear but the name."""

    guest: Guest
    level: str
    level_id: int | None
    member_id: int | None
    benefits: str
    points: int
    stored_value: Decimal
    stays: int
    last_room: str
    last_arrival_on: dt.date | None


def face_of(guest_id: int, house: Property) -> Face | None:
    """The guest of the house's branch, with member level and how often they stayed. Two statements."""
    guest = (
        Guest.objects.select_related("member__level")
        .filter(pk=guest_id, branch_id=house.branch_id, merged_into=None, erased_at=None)
        .first()
    )
    if guest is None:
        return None
    past = list(
        Stay.objects.filter(guest=guest, checked_in_at__isnull=False)
        .order_by(F("arrival_on").desc())
        .values_list("room__number", "arrival_on")[:100]
    )
    member = getattr(guest, "member", None)
    member = member if member and member.is_active else None
    return Face(
        guest=guest,
        level=member.level.name if member else "",
        level_id=member.level_id if member else None,
        member_id=member.pk if member else None,
        benefits=member.level.benefits if member else "",
        points=member.points if member else 0,
        stored_value=member.stored_value + member.bonus_value if member else NOTHING,
        stays=len(past),
        last_room=past[0][0] or "" if past else "",
        last_arrival_on=past[0][1] if past else None,
    )
