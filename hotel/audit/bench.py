"""The night audit and the replay of real bookings, each against bare SQL that writes the same rows."""

from __future__ import annotations

import datetime as dt
import resource
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction

from hotel.audit import services
from hotel.audit.replay import replay
from hotel.audit.replay.reading import read_bookings
from hotel.audit.replay.sample import made_up
from hotel.rooms.models import Property, Room, RoomType
from oms.lib.bench import Result
from oms.lib.scratch import scratch_database
from oms.staff.models import Branch

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotel.audit.replay.reading import FileBooking

TODAY = dt.date(2026, 3, 2)
SMALL, LARGE = 1_000, 5_000
NIGHTS = 12  # everybody stays this long, so every night of the bench charges everybody
ROUNDS, ROUNDS_SHORT = 5, 3
AUDIT_TARGET, LINEAR_TARGET, REPLAY_TARGET = 0.20, 0.80, 0.10
FILE = "hotel_bookings.csv.gz"
WINDOW_SHORT = (dt.date(2017, 1, 9), dt.date(2017, 2, 20))

FILL = """
WITH guest AS (INSERT INTO hotel_guest (branch_id, name, name_keys, gender, id_type, id_tail, phone_tail, nationality,
        preferences, is_blacklisted, blacklist_reason, created_at, version)
    SELECT %(branch)s, 'Guest', '', '', 'none', '', '', 'CN', '', false, '', %(at)s, 1 RETURNING id),
booking AS (INSERT INTO hotel_booking (property_id, number, kind, title, contact_name, contact_phone, source,
        external_no, note, created_at)
    SELECT %(house)s, 'BK' || %(house)s, 'group', '', '', '', '', '', '', %(at)s RETURNING id)
INSERT INTO hotel_stay (property_id, booking_id, number, room_type_id, room_id, guest_id, guest_name, status,
    is_day_use, arrival_on, departure_on, due_in_at, due_out_at, checked_in_at, adults, children, is_pinned, note,
    version, created_at)
SELECT %(house)s, booking.id, 'ST' || r.id, r.room_type_id, r.id, guest.id, 'Guest', 'in_house', false, %(today)s,
       %(today)s + %(nights)s, %(at)s, %(at)s + %(nights)s * interval '1 day', %(at)s, 2, 0, false, '', 1, %(at)s
  FROM hotel_room r, guest, booking WHERE r.property_id = %(house)s;
INSERT INTO hotel_roomnight (stay_id, date, room_type_id, room_id, price, source, reason)
SELECT s.id, s.arrival_on + n, s.room_type_id, s.room_id, 300, 'rate', ''
  FROM hotel_stay s, generate_series(0, %(nights)s - 1) n WHERE s.property_id = %(house)s;
INSERT INTO hotel_folio (property_id, number, kind, stay_id, "window", title, version)
SELECT s.property_id, 'FO' || s.id, 'stay', s.id, 1, 'Guest', 1 FROM hotel_stay s WHERE s.property_id = %(house)s;
INSERT INTO hotel_chargecode (property_id, code, name, english_name, department, tax_percent, is_active)
VALUES (%(house)s, 'BF', 'Breakfast', '', 'food', 6, true);
INSERT INTO hotel_staypackage (stay_id, charge_code_id, text, price, per, nights, is_included, is_next_morning)
SELECT s.id, c.id, '', 34, 'person', 'every', true, true
  FROM hotel_stay s JOIN hotel_chargecode c ON c.property_id = s.property_id
 WHERE s.property_id = %(house)s AND s.id %% 2 = 0;
INSERT INTO hotel_folio (property_id, number, kind, booking_id, "window", title, version)
SELECT %(house)s, 'FM' || b.id, 'master', b.id, 1, 'Tour', 1 FROM hotel_booking b WHERE b.property_id = %(house)s;
INSERT INTO hotel_chargeroute (stay_id, folio_id, kind, department, made_at)
SELECT s.id, f.id, 'all', '', %(at)s FROM hotel_stay s JOIN hotel_folio f ON f.booking_id = s.booking_id
 WHERE s.property_id = %(house)s AND s.id %% 5 = 0;
"""
# The rows of one audit, read from a table where they stand already joined; nothing is locked, looked for or checked.
FLOOR = (
    """INSERT INTO hotel_folioentry (id, folio_id, stay_id, property_id, business_date, ledger, kind, department,
           charge_code_id, tender, text, quantity, amount, tax_percent, night_on, reference, reason, at)
       SELECT entry, folio, of_stay, %(house)s, date, 'guest', 'charge', 'room', code, '', 'Room charge', 1, price, 6,
              date, '', '', %(at)s FROM bench_due WHERE date = %(date)s
       UNION ALL
       SELECT package, folio, of_stay, %(house)s, date, 'guest', 'charge', 'food', code, '', 'Breakfast', 2, 68, 6,
              date, '#' || entry, '', %(at)s FROM bench_due WHERE date = %(date)s AND item IS NOT NULL""",
    "INSERT INTO hotel_roomcharge (night_id, entry_id) SELECT night, entry FROM bench_due WHERE date = %(date)s",
    """INSERT INTO hotel_packagecharge (night_id, item_id, entry_id)
       SELECT night, item, package FROM bench_due WHERE date = %(date)s AND item IS NOT NULL""",
    """INSERT INTO hotel_auditresult (run_id, step, stay_id, room_id, outcome, amount, entry_id, details)
       SELECT %(run)s, 2, stay, room, 'posted', price, entry, '{"night": "2026-03-02"}'::jsonb FROM bench_due
        WHERE date = %(date)s
       UNION ALL
       SELECT %(run)s, 2, stay, room, 'package', 68, package,
              '{"item": "Breakfast", "with": 1, "night": "2026-03-02", "included": true}'::jsonb
         FROM bench_due WHERE date = %(date)s AND item IS NOT NULL""",
    "UPDATE hotel_room SET housekeeping = 'dirty', housekeeping_at = %(at)s WHERE property_id = %(house)s",
    """INSERT INTO hotel_auditresult (run_id, step, stay_id, room_id, outcome, amount, details)
       SELECT %(run)s, 5, stay, room, 'dirty', 0, '{"was": "clean"}' FROM bench_due WHERE date = %(date)s""",
    """INSERT INTO hotel_dailyfigure (property_id, date, room_type_id, rooms, out_of_order, sold, complimentary,
           day_use, arrivals, departures, no_shows, persons, room_revenue, other_revenue)
       SELECT %(house)s, %(date)s, t, 1, 0, 1, 0, 0, 0, 0, 0, 2, 300, 0
         FROM (SELECT id FROM hotel_roomtype WHERE property_id = %(house)s UNION ALL SELECT NULL) x(t)""",
    """INSERT INTO hotel_dailyrevenue (property_id, date, department, amount, packages)
       SELECT %(house)s, %(date)s, d, 300, 0 FROM unnest(ARRAY['room', 'food']) d""",
    """INSERT INTO hotel_ledgerproof (property_id, date, ledger, opening, charges, payments, transfers, closing)
       SELECT %(house)s, %(date)s, l, 0, 0, 0, 0, 0 FROM unnest(ARRAY['guest', 'deposit', 'company']) l""",
    """INSERT INTO hotel_onthebooks (property_id, seen_on, date, sold, revenue)
       SELECT %(house)s, %(date)s, %(date)s + n, 1, 300 FROM generate_series(1, %(ahead)s) n""",
    "UPDATE hotel_property SET business_date = business_date + 1 WHERE id = %(house)s",
)
DUE = """
CREATE TABLE IF NOT EXISTS bench_due (house bigint, date date, night bigint, stay bigint, room bigint, folio bigint,
    of_stay bigint, entry bigint, item bigint, package bigint, code bigint, price numeric(12, 2));
INSERT INTO bench_due SELECT s.property_id, n.date, n.id, s.id, s.room_id, coalesce(r.folio_id, f.id), r.stay_id,
       nextval(pg_get_serial_sequence('hotel_folioentry', 'id')), k.id,
       CASE WHEN k.id IS NOT NULL THEN nextval(pg_get_serial_sequence('hotel_folioentry', 'id')) END, k.charge_code_id,
       CASE WHEN k.id IS NULL THEN 300 ELSE 232 END
  FROM hotel_stay s JOIN hotel_roomnight n ON n.stay_id = s.id JOIN hotel_folio f ON f.stay_id = s.id
  LEFT JOIN hotel_staypackage k ON k.stay_id = s.id LEFT JOIN hotel_chargeroute r ON r.stay_id = s.id
 WHERE s.property_id = %(house)s
"""


def night_audit(short: bool) -> list[Result]:
    """Audits of a full house ÷ the same rows by bare set-wise SQL; and the rate of a large house ÷ a small one's.

    Every second stay has breakfast in its price, every fifth is paid by the group's master.
    """
    rounds = ROUNDS_SHORT if short else ROUNDS
    with scratch_database("night_audit"):
        small, small_floor = _best(SMALL, rounds)
        large, large_floor = _best(LARGE, rounds)
    detail = {
        "seconds": round(small, 4),
        "floor_seconds": round(small_floor, 4),
        f"seconds_at_{LARGE}": round(large, 4),
        f"ratio_at_{LARGE}": round(large_floor / large, 3),
    }
    linear = (LARGE / large) / (SMALL / small)
    return [
        Result(small_floor / small, "×", AUDIT_TARGET, "higher", detail),
        Result(linear, "×", LINEAR_TARGET, "higher", {"part": "night_audit_linear", "rooms": [SMALL, LARGE]}),
    ]


def _best(rooms: int, rounds: int) -> tuple[float, float]:
    """The best audit and the best floor over some nights, taking turns on two houses of one size."""
    house, bare = _house(f"A{rooms}", rooms), _house(f"B{rooms}", rooms)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_due")
        cursor.execute(DUE, {"house": bare.pk})
        cursor.execute("ANALYZE")
    audits, floors = [], []
    for night in range(rounds):
        Room.objects.update(housekeeping="clean")
        audits.append(_timed(partial(_audit, house, TODAY + dt.timedelta(days=night))))
        floors.append(_timed(partial(_bare, bare, night)))
    return min(audits), min(floors)


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _audit(house: Property, date: dt.date) -> None:
    at = dt.datetime.combine(date, dt.time(18), tzinfo=dt.UTC)
    services.run_audit(property_id=house.pk, by=None, clock=lambda: at, business_date=date)


def _bare(house: Property, night: int) -> None:
    date = TODAY + dt.timedelta(days=night)
    at = dt.datetime.combine(date, dt.time(18), tzinfo=dt.UTC)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO hotel_auditrun (property_id, business_date, status, step, totals, started_at, finished_at,
                   reason) VALUES (%s, %s, 'done', 6, '{}', %s, %s, '') RETURNING id""",
            [house.pk, date, at, at],
        )
        (run,) = cursor.fetchone()
        params = {"house": house.pk, "date": date, "at": at, "run": run, "ahead": NIGHTS - night - 1}
        for sql in FLOOR:
            cursor.execute(sql, params)


def _house(code: str, rooms: int) -> Property:
    branch, _made = Branch.objects.get_or_create(code="bench", defaults={"name": "bench"})
    house = Property.objects.create(code=code, name=code, branch=branch, business_date=TODAY)
    types = [RoomType.objects.create(property=house, code=f"T{n}", name=f"T{n}") for n in range(8)]
    Room.objects.bulk_create(
        Room(property=house, number=f"{n:05}", room_type=types[n % 8], floor="1", in_service_from=TODAY)
        for n in range(rooms)
    )
    at = dt.datetime.combine(TODAY, dt.time(6), tzinfo=dt.UTC)
    with connection.cursor() as cursor:
        params: dict[str, Any] = {"house": house.pk, "branch": branch.pk, "today": TODAY, "nights": NIGHTS, "at": at}
        cursor.execute(FILL, params)
    return house


# What the replay writes, in the order of their references.
TABLES = (
    "hotel_guest", "hotel_booking", "hotel_stay", "hotel_roomnight", "hotel_occupancy", "hotel_availability",
    "hotel_folio", "hotel_folioentry", "hotel_roomcharge", "hotel_desktrace", "hotel_auditrun", "hotel_auditresult",
    "hotel_dailyfigure", "hotel_dailyrevenue", "hotel_ledgerproof", "hotel_onthebooks", "oms_outboxmessage",
)  # fmt: skip


def replay_stays(short: bool) -> Result:
    """Bookings played through the commands, an audit a day ÷ their last rows by one bare INSERT per table.

    The whole real file (short: what was made and over within some weeks of it); made-up bookings of the same shape
    where the file is absent.
    """
    bookings, source = _bookings(WINDOW_SHORT if short else None)
    with scratch_database("replay"):
        report = replay(bookings)
        rows, floor = _rewrite()
    detail = {
        "source": source,
        "bookings": report.bookings,
        "days": report.days,
        "nights": report.nights_posted,
        "rows": rows,
        "bookings_per_second": round(report.bookings / report.seconds),
        "floor_per_second": round(report.bookings / floor),
        "refusals": dict(report.refusals),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    return Result(floor / report.seconds, "×", REPLAY_TARGET, "higher", detail)


def _bookings(window: tuple[dt.date, dt.date] | None) -> tuple[list[FileBooking], str]:
    path = Path(settings.BASE_DIR).parent / "shared" / "data" / FILE
    if not path.is_file():
        return made_up(2_000, WINDOW_SHORT[0]), "made up"
    found = read_bookings(path)
    if window is None:
        return found, "real"
    since, until = window
    return [b for b in found if b.booked_on >= since and max(b.departure_on, b.ended_on) <= until], "real"


def _rewrite() -> tuple[int, float]:
    """Take the rows away and write them again: how many, and in how many seconds."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"CREATE UNLOGGED TABLE bench_{table} AS SELECT * FROM {table} ORDER BY 1")
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        cursor.execute("ALTER TABLE hotel_folioentry DISABLE TRIGGER folio_entry_open_date")
        rows, begun = 0, time.perf_counter()
        with transaction.atomic():
            cursor.execute("SET LOCAL synchronous_commit = off")  # neither does the replay wait for the disk
            for table in TABLES:
                cursor.execute(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM bench_{table}")
                rows += cursor.rowcount
        return rows, time.perf_counter() - begun


BENCHES = {"night_audit": night_audit, "replay_stays": replay_stays}
