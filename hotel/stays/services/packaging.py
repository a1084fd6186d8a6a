"""What stays are sold with, and charging nights with it where the desk does so before the night audit."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from hotel.folios import services as folios
from hotel.folios.models import ChargeCode, Department
from hotel.folios.services import Posting
from hotel.stays.packages import StayPackage

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from hotel.folios.models import FolioEntry
    from hotel.stays.models import RoomNight, Stay
    from oms.staff.models import Staff

ROOM = "ROOM"  # the charge code of nights, where there are several of the department

_GIVE = """
INSERT INTO hotel_staypackage (stay_id, charge_code_id, text, price, per, nights, is_included, is_next_morning)
SELECT s.stay, i.charge_code_id, i.text, i.price, i.per, i.nights, i.is_included, i.is_next_morning
  FROM unnest(%s::bigint[], %s::bigint[]) AS s(stay, plan) JOIN hotel_packageitem i ON i.rate_plan_id = s.plan
 ORDER BY s.stay, i.id
"""


def give_packages(stays: Iterable[Stay]) -> None:
    """Copy what their rate plans give now onto stays just made. One statement, none without plans; day use has none."""
    sold = [(stay.pk, stay.rate_plan_id) for stay in stays if stay.rate_plan_id and not stay.is_day_use]
    if sold:
        with connection.cursor() as cursor:
            cursor.execute(_GIVE, [[stay for stay, _plan in sold], [plan for _stay, plan in sold]])


def charge_nights(
    stays: Mapping[int, Stay], nights: Sequence[RoomNight], *, by: Staff | None, at: dt.datetime
) -> list[FolioEntry]:
    """Charge nights of locked stays with what their prices include and what comes on top, as the night audit does.

    Locks the folios. Raises NoOpenShift, FolioClosed.
    """
    if not nights:
        return []
    codes = ChargeCode.objects.filter(property=stays[nights[0].stay_id].property_id, department=Department.ROOM)
    code = min(codes.filter(is_active=True), key=lambda each: (each.code != ROOM, each.code), default=None)
    windows = folios.open_folios(stay_ids={night.stay_id for night in nights}, by=by, at=at)
    given = _given(stays, nights)
    rooms = folios.post(
        postings=[
            Posting(
                windows[night.stay_id].pk,
                night.price - sum(amount for item, amount in given[night.pk] if item.is_included),
                charge_code_id=code.pk if code else None,
                department=Department.ROOM,
                text="" if code else _("Room charge"),
                night_id=night.pk,
                night_on=night.date,
            )
            for night in nights
        ],
        by=by,
        at=at,
    )
    packages = [
        Posting(
            windows[night.stay_id].pk,
            amount,
            charge_code_id=item.charge_code_id,
            text=item.text,
            quantity=Decimal(item.quantity(stays[night.stay_id].adults, stays[night.stay_id].children)),
            night_id=night.pk,
            item_id=item.pk,
            night_on=night.date,
            reference=f"#{room.pk}",
        )
        for night, room in zip(nights, rooms, strict=True)
        for item, amount in given[night.pk]
    ]
    return [*rooms, *(folios.post(postings=packages, by=by, at=at) if packages else [])]


def _given(stays: Mapping[int, Stay], nights: Sequence[RoomNight]) -> dict[int, list[tuple[StayPackage, Decimal]]]:
    """Packages of each night with their amounts: as ``hotel.audit.due.PACKAGES``. One statement."""
    items: dict[int, list[StayPackage]] = defaultdict(list)
    for item in StayPackage.objects.filter(stay__in={night.stay_id for night in nights}).order_by("pk"):
        items[item.stay_id].append(item)
    given: dict[int, list[tuple[StayPackage, Decimal]]] = {}
    for night in nights:
        stay, left, given[night.pk] = stays[night.stay_id], night.price, []
        for item in items[night.stay_id]:
            if not item.falls_on(night.date, stay.arrival_on, stay.departure_on):
                continue
            amount = item.amount(stay.adults, stay.children)
            if item.is_included:
                amount = min(amount, left)
                left -= amount
            if amount:
                given[night.pk].append((item, amount))
    return given
