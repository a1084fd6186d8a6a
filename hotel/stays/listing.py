"""Questions about stays that pages ask: what the lists say, today's figures, what a stay owes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Min, Q, Sum
from django.utils.translation import gettext_lazy as _

from hotel.folios.models import Folio, FolioEntry, Ledger
from hotel.folios.routes import ChargeRoute
from hotel.stays.filters import COMING, WHEN
from hotel.stays.models import RoomNight, Stay
from hotel.stays.packages import StayPackage
from hotel.stays.pricing import priced
from hotel.stays.states import StayStatus

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet

    from hotel.rooms.models import Property
    from hotel.stays.pricing import PackagePrice
    from oms.staff.models import Staff

NOTHING = Decimal(0)

# Tone and shape of a status, as everywhere in the house.
STATUS_LOOK: dict[str, tuple[str, str]] = {
    StayStatus.WAITLISTED: ("grey", "clock-pause"),
    StayStatus.TENTATIVE: ("amber", "clock"),
    StayStatus.CONFIRMED: ("green", "calendar-event"),
    StayStatus.IN_HOUSE: ("blue", "bed"),
    StayStatus.CHECKED_OUT: ("grey", "logout-2"),
    StayStatus.NO_SHOW: ("red", "user-x"),
    StayStatus.CANCELLED: ("grey", "s-x"),
}
# Tabs that everybody has: code → (label, query string, whether somebody must act)
TABS: dict[str, tuple[Any, str, bool]] = {
    "arrivals": (WHEN["arrivals"][0], "when=arrivals", False),
    "in_house": (WHEN["in_house"][0], "when=in_house", False),
    "due_outs": (WHEN["due_outs"][0], "when=due_outs", True),
    "left": (WHEN["left"][0], "when=left", False),
    "late_arrivals": (WHEN["late_arrivals"][0], "when=late_arrivals", True),
    "unassigned": (_("Coming, without a room"), "when=coming&unassigned=yes", False),
    "waitlist": (_("Waitlist"), "status=waitlisted", True),
    "all": (_("All"), "sort=-arrival", False),
}


def stays_of(house: Property, staff: Staff) -> QuerySet[Stay]:
    """The stays of one house, as this person may see them."""
    return Stay.objects.visible_to(staff).filter(property=house)


def tab_counts(house: Property, staff: Staff) -> dict[str, int]:
    """How many stays each tab has. One statement over those that are not over yet, or ended today."""
    today = house.business_date
    coming = Q(status__in=COMING)
    here = Q(status=StayStatus.IN_HOUSE)
    return stays_of(house, staff).filter(departure_on__gte=today).aggregate(
        arrivals=Count("pk", filter=coming & Q(arrival_on=today)),
        left=Count("pk", filter=Q(status=StayStatus.CHECKED_OUT, departure_on=today)),
        late_arrivals=Count("pk", filter=coming & Q(arrival_on__lt=today)),
        unassigned=Count("pk", filter=coming & Q(room=None)),
        waitlist=Count("pk", filter=Q(status=StayStatus.WAITLISTED)),
    ) | stays_of(house, staff).filter(here).aggregate(
        in_house=Count("pk"), due_outs=Count("pk", filter=Q(departure_on__lte=today))
    )


def prices_of(stay_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Per stay: sum, number and lowest price of its nights. One statement."""
    rows = RoomNight.objects.filter(stay__in=stay_ids).values("stay_id").order_by()
    found = rows.annotate(total=Sum("price"), count=Count("pk"), lowest=Min("price"))
    return {row["stay_id"]: dict(row) for row in found}


def money_of(stay_ids: Collection[int]) -> dict[int, dict[str, Decimal]]:
    """Per stay: what its windows owe together (below zero: are owed) and the deposit held. One statement."""
    on_deposit = Q(ledger=Ledger.DEPOSIT)
    rows = (
        FolioEntry.objects.filter(folio__stay__in=stay_ids)
        .values("folio__stay_id")
        .order_by()
        .annotate(owed=Sum("amount", filter=~on_deposit), held=Sum("amount", filter=on_deposit))
    )
    found = {pk: {"owed": NOTHING, "held": NOTHING} for pk in stay_ids}
    for row in rows:
        found[row["folio__stay_id"]] = {"owed": row["owed"] or NOTHING, "held": -(row["held"] or NOTHING)}
    return found


def folios_of(stay: Stay) -> list[Folio]:
    """The stay's windows in order, and its group's master last, each with ``owed`` and ``held``."""
    on_deposit = Q(entries__ledger=Ledger.DEPOSIT)
    windows = Folio.objects.filter(Q(stay=stay) | Q(kind="master", booking_id=stay.booking_id)).annotate(
        owed=Sum("entries__amount", filter=~on_deposit, default=NOTHING),
        deposit=Sum("entries__amount", filter=on_deposit, default=NOTHING),
    )
    folios: list[Folio] = list(windows.order_by("kind", "window", "pk"))
    folios.sort(key=lambda folio: (folio.kind == "master", folio.window))
    for folio in folios:
        folio.held = -folio.deposit  # type: ignore[attr-defined]
    return folios


def packages_of(stay: Stay) -> list[PackagePrice]:
    """What the stay was sold with, over all its nights. One statement."""
    items = StayPackage.objects.filter(stay=stay).select_related("charge_code").order_by("pk")
    return priced(items, stay.arrival_on, stay.departure_on, adults=stay.adults, children=stay.children)


def routes_of(stay_ids: Collection[int]) -> list[ChargeRoute]:
    """Routing rules of these stays that count, alike ones once with their ``count``. One statement."""
    rules = ChargeRoute.objects.filter(stay__in=stay_ids, ended_at=None).select_related("folio", "charge_code")
    found: dict[tuple[Any, ...], ChargeRoute] = {}
    for rule in rules.order_by("pk"):
        first = found.setdefault((rule.what, rule.folio_id, rule.from_on, rule.until_on), rule)
        first.count = getattr(first, "count", 0) + 1  # type: ignore[attr-defined]
    return list(found.values())
