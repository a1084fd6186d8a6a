"""A whole running house at once, for the measures (and tests) of boards and charts. Written set-wise, by a seed."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotel.models import (
    Booking,
    Folio,
    FolioEntry,
    Guest,
    Rate,
    RatePlan,
    Room,
    RoomNight,
    RoomType,
    Stay,
)
from hotel.rooms import services
from hotel.stays import inventory, moments
from hotel.stays.inventory import Wish
from oms.lib.bulk import next_ids

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hotel.models import Property

DAY = dt.timedelta(days=1)
TYPES = ["高级大床", "高级双床", "家庭房", "套房", "商务大床", "商务双床", "亲子房", "行政套房"]
FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = ["伟", "芳", "娜", "敏", "静", "磊", "洋", "艳", "勇", "杰", "慕云", "小暖", "思远", "文斌", "超凡", "欣然"]
FLOOR, LARGE = 12, 300  # rooms on a floor; forty in a house of more than these
EMPTY, LATE, TENTATIVE, SOON, LATER = 0.08, 0.5, 0.06, 0.7, 0.75  # chances


@dataclass(slots=True)
class Plan:
    room: Room | None
    kind: RoomType
    start: dt.date
    end: dt.date
    status: str
    name: str


def furnish(house: Property, *, rooms: int, types: int = 8, days: int = 60, seed: int = 7) -> Property:
    """Rooms by floor, guests in house, arrivals and stays ahead, some without a room, a few blocks."""
    chance = random.Random(seed)  # noqa: S311
    kinds = RoomType.objects.bulk_create(
        RoomType(property=house, code=f"T{n + 1}", name=TYPES[n % 8], position=n) for n in range(types)
    )
    per_floor = FLOOR if rooms <= LARGE else 40
    made = Room.objects.bulk_create(
        Room(
            property=house,
            number=f"{3 + n // per_floor}{n % per_floor + 1:02}",
            floor=str(3 + n // per_floor),
            room_type=kinds[chance.choices(range(types), [8, 6, 3, 1, 2, 2, 1, 1][:types])[0]],
            housekeeping=chance.choice(["inspected", "clean", "clean", "inspected", "dirty"]),
            in_service_from=house.business_date - 400 * DAY,
        )
        for n in range(rooms)
    )
    _rates(house, kinds, days)
    plans = [plan for room in made for plan in _plans_of(room, house.business_date, days, chance)]
    _write(house, plans)
    free = [room.pk for room in made if not any(p.room is room for p in plans)]
    today, until = house.business_date, house.business_date + 5 * DAY
    at = moments.due_in(house, house.business_date)
    for rooms_of, kind, reason in ((free[:2], "ooo", "空调压缩机"), (free[2:4], "oos", "地毯清洗")):
        services.block_rooms(room_ids=rooms_of, kind=kind, from_on=today, until_on=until, reason=reason, by=None, at=at)
    return house


def _rates(house: Property, kinds: Sequence[RoomType], days: int) -> None:
    plan = RatePlan.objects.create(property=house, code="BAR", name="门市价")
    Rate.objects.bulk_create(
        Rate(rate_plan=plan, room_type=kind, date=house.business_date + n * DAY, price=388 + 80 * at)
        for at, kind in enumerate(kinds)
        for n in range(-1, days + 1)
    )


def _plans_of(room: Room, today: dt.date, days: int, chance: random.Random) -> Iterator[Plan]:
    """Back to back with gaps, from a stay in house on; every tenth room has nobody, every fourth stay no room yet."""
    if chance.random() < EMPTY:
        return
    day = today - chance.randint(0, 3) * DAY
    while day < today + days * DAY:
        end = day + chance.choice([1, 1, 1, 2, 2, 3, 5]) * DAY
        name = chance.choice(FAMILY) + chance.choice(GIVEN)
        if end > today or (end == today and chance.random() < LATE):
            status = "confirmed" if day >= today else "in_house"
            status = "tentative" if status == "confirmed" and chance.random() < TENTATIVE else status
            assigned = status == "in_house" or day > today + 2 * DAY or chance.random() < SOON
            assigned = assigned and (status == "in_house" or chance.random() < LATER)
            yield Plan(room if assigned else None, room.room_type, day, end, status, name)
        day = end + chance.choice([0, 0, 1, 2, 4]) * DAY


def _write(house: Property, plans: Sequence[Plan]) -> None:
    at = moments.due_in(house, house.business_date)
    guests = Guest.objects.bulk_create(
        Guest(branch_id=house.branch_id, name=plan.name, created_at=at) for plan in plans if plan.status == "in_house"
    )
    guest = iter(guests)
    ids = next_ids(table="hotel_booking", count=len(plans))
    Booking.objects.bulk_create(Booking(pk=pk, property=house, number=f"BK{pk}", created_at=at) for pk in ids)
    stays = Stay.objects.bulk_create(_stay(house, plan, pk, guest, at) for plan, pk in zip(plans, ids, strict=True))
    RoomNight.objects.bulk_create(
        RoomNight(stay=stay, date=date, room_type_id=stay.room_type_id, room_id=stay.room_id, price=388)
        for stay in stays
        for date in _nights(stay)
    )
    inventory.take((stay.room_type_id, date) for stay in stays for date in _nights(stay))
    inventory.occupy([Wish(s.room_id, s.due_in_at, s.due_out_at, "stay", stay_id=s.pk) for s in stays if s.room_id])
    inside = [stay for stay in stays if stay.status == "in_house"]
    folios = Folio.objects.bulk_create(
        Folio(property=house, number=f"FO{stay.pk}", kind="stay", stay=stay) for stay in inside
    )
    FolioEntry.objects.bulk_create(
        FolioEntry(
            folio=folio,
            property=house,
            business_date=house.business_date,
            kind=kind,
            ledger=ledger,
            tender=tender,
            amount=amount if folio.pk % 15 or amount > 0 else 0,
            at=at,
        )
        for folio in folios
        for kind, ledger, tender, amount in (("charge", "guest", "", 388), ("deposit", "deposit", "cash", -800))
    )


def _stay(house: Property, plan: Plan, pk: int, guest: Iterator[Guest], at: dt.datetime) -> Stay:
    inside = plan.status == "in_house"
    return Stay(
        property=house,
        booking_id=pk,
        number=f"ST{pk}",
        room_type=plan.kind,
        room=plan.room,
        guest=next(guest) if inside else None,
        guest_name=plan.name,
        status=plan.status,
        arrival_on=plan.start,
        departure_on=plan.end,
        due_in_at=moments.due_in(house, plan.start),
        due_out_at=moments.due_out(house, plan.end),
        checked_in_at=moments.due_in(house, plan.start) if inside else None,
        created_at=at,
    )


def _nights(stay: Stay) -> list[dt.date]:
    return [stay.arrival_on + n * DAY for n in range((stay.departure_on - stay.arrival_on).days)]
