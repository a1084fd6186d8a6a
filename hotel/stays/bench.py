"""Check-ins of guests who have been here before, against bare SQL that writes the same rows."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from hotel.members.models import Guest
from hotel.rooms.models import Property, Room, RoomType
from hotel.stays import services
from hotel.stays.models import Stay
from hotel.stays.pricing import NightPrice
from hotel.stays.services import BookingRequest, StayRequest
from oms.lib.bench import Result
from oms.lib.scratch import scratch_database
from oms.staff.models import Branch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.synchronize import Barrier

CONNECTIONS = 4
EACH, EACH_SHORT = 500, 60  # check-ins per connection
WARM = 10
TARGET = 0.15
TODAY = dt.date(2026, 11, 23)
AT = dt.datetime(2026, 11, 23, 6, 30, tzinfo=dt.UTC)

# The rows one check-in writes, and nothing read or checked: stay, the room's time, bill, traces, outbox.
FLOOR = (
    """UPDATE hotel_stay SET status = 'in_house', checked_in_at = %(at)s, version = version + 1 WHERE id = %(stay)s""",
    """UPDATE hotel_occupancy SET during = tstzrange(%(at)s, upper(during)) WHERE stay_id = %(stay)s""",
    """INSERT INTO hotel_folio (property_id, number, kind, stay_id, "window", title, version)
       VALUES (%(house)s, 'FO' || %(stay)s, 'stay', %(stay)s, 1, 'Guest', 1) RETURNING id""",
    """INSERT INTO hotel_desktrace (property_id, action, room_id, stay_id, guest_id, reference, reason, terminal,
           business_date, at)
       VALUES (%(house)s, 'folio.opened', NULL, %(stay)s, NULL, 'FO', '', '', %(today)s, %(at)s),
              (%(house)s, 'stay.checked_in', %(room)s, %(stay)s, %(guest)s, 'ST', '', '', %(today)s, %(at)s)""",
    """INSERT INTO oms_outboxmessage (topic, key, payload)
       VALUES ('hotel.stay_checked_in', 'property:1',
               '{"property": 1, "stays": [{"stay": 1, "room": 1, "guest": 1}]}')""",
)

Row = tuple[int, int, int, int]  # stay, house, room, guest


def check_in(short: bool) -> Result:
    """Check-ins a second over four connections ÷ the same rows by bare SQL over as many."""
    each = EACH_SHORT if short else EACH
    with scratch_database("check_in"):
        stays = _fill(2 * CONNECTIONS * (each + WARM))
        half = len(stays) // 2
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        floor = _run(_bare, stays[:half], each)
        rate = _run(_command, stays[half:], each)
    return Result(
        round(rate / floor, 3),
        "of bare SQL",
        TARGET,
        "higher",
        {"check-ins/s": round(rate), "bare SQL/s": round(floor), "connections": CONNECTIONS, "each": each},
    )


def _fill(count: int) -> list[Row]:
    """A house with so many rooms, each booked from today by a guest who is known."""
    branch = Branch.objects.create(code="BENCH", name="Bench")
    house = Property.objects.create(code="BENCH", name="Bench", branch=branch, business_date=TODAY)
    kind = RoomType.objects.create(property=house, code="T", name="Twin")
    rooms = Room.objects.bulk_create(
        Room(property=house, room_type=kind, number=str(n), floor=str(n // 100), in_service_from=TODAY)
        for n in range(1, count + 1)
    )
    guests = Guest.objects.bulk_create(Guest(branch=branch, name=f"Guest {n}", created_at=AT) for n in range(count))
    prices = [NightPrice(TODAY + dt.timedelta(days=n), Decimal(300)) for n in range(2)]
    wanted = [
        StayRequest(
            kind.pk,
            TODAY,
            TODAY + dt.timedelta(days=2),
            prices=prices,
            guest_id=guest.pk,
            guest_name=guest.name,
            room_id=room.pk,
        )
        for room, guest in zip(rooms, guests, strict=True)
    ]
    for first in range(0, count, 200):
        services.reserve(
            property_id=house.pk,
            stays=wanted[first : first + 200],
            booking=BookingRequest(),
            by=None,
            at=AT - dt.timedelta(days=3),
        )
    return list(Stay.objects.order_by("pk").values_list("pk", "property_id", "room_id", "guest_id"))


def _run(work: Callable[[Row], None], stays: Sequence[Row], each: int) -> float:
    """Pieces of work a second, over so many processes with a connection each."""
    connection.close()
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(CONNECTIONS + 1)
    share = each + WARM
    workers = [
        context.Process(target=_work, args=(work, stays[n * share : (n + 1) * share], barrier))
        for n in range(CONNECTIONS)
    ]
    for worker in workers:
        worker.start()
    barrier.wait()
    began = time.perf_counter()
    for worker in workers:
        worker.join()
    taken = time.perf_counter() - began
    if any(worker.exitcode for worker in workers):
        message = "a worker failed"
        raise RuntimeError(message)
    return CONNECTIONS * each / taken


def _work(work: Callable[[Row], None], stays: Sequence[Row], barrier: Barrier) -> None:
    for row in stays[:WARM]:
        work(row)
    barrier.wait()
    for row in stays[WARM:]:
        work(row)


def _command(row: Row) -> None:
    (refusal,) = services.check_in(stay_ids=[row[0]], by=None, at=AT).values()
    if refusal:
        raise refusal


def _bare(row: Row) -> None:
    stay, house, room, guest = row
    values: dict[str, Any] = {"stay": stay, "house": house, "room": room, "guest": guest, "at": AT, "today": TODAY}
    with transaction.atomic(), connection.cursor() as cursor:
        for sql in FLOOR:
            cursor.execute(sql, values)


BENCHES: dict[str, Callable[[bool], Result]] = {"check_in": check_in}
