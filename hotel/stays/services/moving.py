"""To another room: moving, swapping, and what a move would cost before it is done."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from hotel.rooms import locks
from hotel.rooms.models import Room
from hotel.stays import inventory, pricing
from hotel.stays.models import RoomNight, Stay
from hotel.stays.pricing import NIGHT, NightPrice, QuoteRequest
from hotel.stays.queries import free_counts
from hotel.stays.services.changing import Preview
from hotel.stays.services.desk import (
    CHANGEABLE,
    READY,
    clock,
    finish,
    held_from,
    lock_stay,
    lock_stays,
    make_dirty,
    save,
    trace_of,
    wish_of,
    wrong_status,
)
from hotel.stays.services.errors import NoRoom, Overdue, ReasonMissing, RoomNotReady, SameRoom, WrongRoomType
from hotel.stays.states import StayStatus
from oms.lib.errors import DomainError
from oms.outbox.services import emit

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from oms.staff.models import Staff


@transaction.atomic
def move(
    *,
    stay_id: int,
    room_id: int,
    keep_price: bool,
    reason: str,
    by: Staff | None,
    at: dt.datetime,
    token: int | None = None,
    anyway: bool = False,
) -> Stay:
    """Put a stay into another room, before or after the guest has come; the room left is dirty.

    Another type: nights from today are given back and sold as the new type, at the same price (``keep_price``) or the
    plan's; nights charged already keep theirs. ``token`` fences a late save under the new room's operation lock.
    Locks the stay, date rows, both rooms. Raises WrongStatus, SameRoom, ReasonMissing (guest in the house),
    RoomNotReady, NoPrice, NoAvailability, RoomTaken, LockLost. Event hotel.stay_moved.
    """
    stay = lock_stay(stay_id, *CHANGEABLE)
    if token is not None:
        locks.fence(room_id=room_id, token=token)
    room = Room.objects.select_related("room_type").get(pk=room_id, property_id=stay.property_id)
    _refuse_move(stay, room, reason, anyway=anyway)
    nights = _nights_ahead(stay)
    before = {"room": stay.room.number if stay.room else None, "nights": {str(n.date): str(n.price) for n in nights}}
    left = stay.room_id
    if not keep_price and room.room_type_id != stay.room_type_id:
        _reprice(stay, nights, room.room_type_id, by)
    _change_type(stay, nights, room)
    _enter(stay, room, at)
    if left and stay.status == StayStatus.IN_HOUSE:
        make_dirty([left], at)
    after = {"room": room.number, "nights": {str(night.date): str(night.price) for night in nights}}
    finish([trace_of(stay, "moved", reason, before=before, after=after)], by=by, at=at, rooms=[left])
    _tell_of_moves([stay], {stay.pk: left})
    return stay


@transaction.atomic
def swap(*, stay_ids: tuple[int, int], reason: str, by: Staff | None, at: dt.datetime) -> list[Stay]:
    """Two stays with rooms of one type exchange them, both before arrival or both in the house.

    Locks the stays, then the rooms. Raises WrongStatus, NoRoom, WrongRoomType, ReasonMissing, RoomTaken.
    """
    one, two = lock_stays(stay_ids).values()
    for stay in (one, two):
        _refuse_swap(stay, reason)
    if one.room_type_id != two.room_type_id:
        raise WrongRoomType(room=str(two.room), type=str(two.room_type), sold=str(one.room_type))
    if refusal := wrong_status(two, [one.status]):
        raise refusal
    rooms = {one.pk: two.room, two.pk: one.room}
    is_inside = one.status == StayStatus.IN_HOUSE
    if is_inside:
        inventory.end_stays(stay_ids=[one.pk, two.pk], at=at)
    else:
        inventory.vacate(stay_ids=[one.pk, two.pk])
    lines, wishes = [], []
    for stay in (one, two):
        before, stay.room = str(stay.room), rooms[stay.pk]
        lines.append(trace_of(stay, "swapped", reason, before=before, after=str(stay.room)))
        wishes.append(wish_of(stay, at if is_inside else held_from(stay, at), stay.due_out_at))
    for taken in inventory.occupy(wishes).values():
        raise taken
    _exchange_rooms(one, two)
    finish(lines, by=by, at=at)
    _tell_of_moves([one, two], {one.pk: two.room_id, two.pk: one.room_id})
    return [one, two]


def preview_move(*, stay_id: int, room_id: int) -> Preview:
    """What ``move`` to the room would cost at the plan's price, and what forbids it; nothing is locked or written."""
    stay = Stay.objects.select_related("property", "room_type", "room", "guest", "member").get(pk=stay_id)
    room = Room.objects.select_related("room_type").get(pk=room_id, property_id=stay.property_id)
    nights = _nights_ahead(stay)
    total = sum(stay.nights.values_list("price", flat=True), Decimal(0))
    refusals: list[DomainError] = []
    try:
        _refuse_move(stay, room, "-", anyway=False)
    except DomainError as refusal:
        refusals.append(refusal)
    if (refused := wrong_status(stay, CHANGEABLE)) is not None:
        refusals.append(refused)
    removed = [NightPrice(night.date, night.price, night.source) for night in nights]
    added: list[NightPrice] = removed
    if room.room_type_id != stay.room_type_id:
        try:
            added = _quoted(stay, nights, room.room_type_id)
        except DomainError as refusal:
            refusals.append(refusal)
        refusals += _sold_out(nights, room)
    refusals += inventory.look([wish_of(stay, stay.due_in_at, stay.due_out_at, room.pk)]).values()
    after = total + sum((n.price for n in added), Decimal(0)) - sum((n.price for n in removed), Decimal(0))
    return Preview(total, after, added=added, removed=removed, refusals=refusals)


def _refuse_move(stay: Stay, room: Room, reason: str, *, anyway: bool) -> None:
    if stay.room_id == room.pk:
        raise SameRoom(stay=stay.number, room=room.number)
    if stay.status != StayStatus.IN_HOUSE:
        return
    if not reason.strip():
        raise ReasonMissing
    if room.housekeeping not in READY and not anyway:
        raise RoomNotReady(room=room.number, status=str(room.get_housekeeping_display()))


def _refuse_swap(stay: Stay, reason: str) -> None:
    if refusal := wrong_status(stay, CHANGEABLE):
        raise refusal
    if stay.room is None:
        raise NoRoom(stay=stay.number)
    if stay.status == StayStatus.IN_HOUSE and not reason.strip():
        raise ReasonMissing


def _nights_ahead(stay: Stay) -> list[RoomNight]:
    """The nights still to be slept, today's included, with their charges."""
    nights = RoomNight.objects.filter(stay=stay).order_by("date").select_related("charge")
    return list(nights.filter(date__gte=stay.property.business_date) if stay.status == StayStatus.IN_HOUSE else nights)


def _quoted(stay: Stay, nights: Sequence[RoomNight], room_type_id: int) -> list[NightPrice]:
    """The nights at the plan's price for another type; charged ones, and those of a stay without plan, as they are."""
    if not stay.rate_plan_id or not nights:
        return [NightPrice(night.date, night.price, night.source) for night in nights]
    level = stay.member.level_id if stay.member else None
    last = nights[-1].date + NIGHT
    (found,) = pricing.quote(requests=[QuoteRequest(room_type_id, stay.rate_plan_id, nights[0].date, last, level)])
    for refusal in found.refusals:
        if isinstance(refusal, pricing.NoPrice):
            raise refusal
    return [
        NightPrice(night.date, night.price, night.source) if hasattr(night, "charge") else price
        for night, price in zip(nights, found.nights, strict=True)
    ]


def _reprice(stay: Stay, nights: Sequence[RoomNight], room_type_id: int, by: Staff | None) -> None:
    for night, price in zip(nights, _quoted(stay, nights, room_type_id), strict=True):
        if not hasattr(night, "charge"):
            night.price, night.source, night.reason, night.by = price.price, price.source, "", by


def _change_type(stay: Stay, nights: Sequence[RoomNight], room: Room) -> None:
    if room.room_type_id != stay.room_type_id:
        inventory.exchange(
            back=[(night.room_type_id, night.date) for night in nights],
            wanted=[(room.room_type_id, night.date) for night in nights],
        )
    for night in nights:
        night.room_id, night.room_type_id = room.pk, room.room_type_id
    RoomNight.objects.bulk_update(nights, ["room", "room_type", "price", "source", "reason", "by"])


def _enter(stay: Stay, room: Room, at: dt.datetime) -> None:
    if stay.status == StayStatus.IN_HOUSE:
        if at >= stay.due_out_at:
            raise Overdue(stay=stay.number, until=clock(stay, stay.due_out_at))
        inventory.end_stays(stay_ids=[stay.pk], at=at)
        refused = inventory.occupy([wish_of(stay, at, stay.due_out_at, room.pk)], entering=True)
    else:
        refused = inventory.reoccupy([wish_of(stay, held_from(stay, at), stay.due_out_at, room.pk)])
    for refusal in refused.values():
        raise refusal
    stay.room, stay.room_type = room, room.room_type
    save(stay, "room", "room_type")


def _exchange_rooms(one: Stay, two: Stay) -> None:
    # In the house a room has one guest at every moment, even halfway: the first steps out while the second moves.
    status = one.status
    Stay.objects.filter(pk=one.pk).update(status=StayStatus.CONFIRMED, room=None)
    save(two, "room")
    one.status = status
    save(one, "status", "room")
    for stay in (one, two):
        ids = [night.pk for night in _nights_ahead(stay)]
        RoomNight.objects.filter(pk__in=ids).update(room_id=stay.room_id)


def _tell_of_moves(stays: Sequence[Stay], left: Mapping[int, int | None]) -> None:
    """Cards and phones follow guests who are in the house; nobody else has any."""
    inside = [stay for stay in stays if stay.status == StayStatus.IN_HOUSE]
    if inside:
        house = inside[0].property_id
        told = [{"stay": s.pk, "room": s.room_id, "left": left[s.pk], "guest": s.guest_id} for s in inside]
        emit(topic="hotel.stay_moved", key=f"property:{house}", payload={"property": house, "stays": told})


def _sold_out(nights: Sequence[RoomNight], room: Room) -> list[DomainError]:
    if not nights:
        return []
    free = free_counts([room.room_type_id], nights[0].date, nights[-1].date + NIGHT)
    return [
        inventory.NoAvailability(type=str(room.room_type), date=str(date), free=max(0, count), wanted=1)
        for (_type, date), count in sorted(free.items())
        if count < 1
    ]
