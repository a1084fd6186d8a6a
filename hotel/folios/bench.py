"""Posting and settling a bill, against bare SQL that writes the same rows."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from hotel.folios import services
from hotel.folios.models import FolioKind
from hotel.folios.services import Posting, Tender
from hotel.rooms.models import Property
from oms.lib.bench import Result
from oms.lib.scratch import scratch_database
from oms.staff.models import Branch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ENTRIES = 30
BILLS, BILLS_SHORT = 300, 60
WARM = 10
TARGET = 0.25
TODAY = dt.date(2026, 11, 23)
AT = dt.datetime(2026, 11, 23, 6, 30, tzinfo=dt.UTC)

# What one bill writes, and nothing read or checked: its charges and their trace, the payment and its trace.
CHARGES = """
INSERT INTO hotel_folioentry (folio_id, property_id, business_date, ledger, kind, department, tender, text, quantity,
    amount, tax_percent, reference, reason, at)
SELECT %(folio)s, %(house)s, %(today)s, 'guest', 'charge', 'shop', '', 'Tea', 1, 10, 0, '', '', %(at)s
  FROM generate_series(1, %(count)s)
"""
PAYMENT = """
INSERT INTO hotel_folioentry (folio_id, property_id, business_date, ledger, kind, department, tender, text, quantity,
    amount, tax_percent, reference, reason, at)
VALUES (%(folio)s, %(house)s, %(today)s, 'guest', 'payment', '', 'cash', '', 1, -10 * %(count)s, 0, '', '', %(at)s)
"""
TRACE = """
INSERT INTO hotel_desktrace (property_id, action, folio_id, reference, reason, data, terminal, business_date, at)
VALUES (%(house)s, %(action)s, %(folio)s, 'FO', '', '{"amount": "300.00", "entries": 30}', '', %(today)s, %(at)s)
"""


def folio(short: bool) -> Result:
    """Bills of thirty charges posted and settled a second ÷ the same rows by bare SQL, on one connection."""
    count = BILLS_SHORT if short else BILLS
    with scratch_database("folio"):
        house = _house()
        bills = [
            services.open_folio(property_id=house.pk, kind=FolioKind.PASSER_BY, by=None, at=AT).pk
            for _n in range(2 * (count + WARM))
        ]
        half = len(bills) // 2
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        floor = _rate(_bare, bills[:half], house.pk)
        rate = _rate(_command, bills[half:], house.pk)
    return Result(
        round(rate / floor, 3),
        "of bare SQL",
        TARGET,
        "higher",
        {"bills/s": round(rate), "bare SQL/s": round(floor), "entries": ENTRIES + 1, "bills": count},
    )


def _house() -> Property:
    branch = Branch.objects.create(code="BENCH", name="Bench")
    house: Property = Property.objects.create(code="BENCH", name="Bench", branch=branch, business_date=TODAY)
    return house


def _rate(work: Callable[[int, int], None], bills: Sequence[int], house: int) -> float:
    for bill in bills[:WARM]:
        work(bill, house)
    began = time.perf_counter()
    for bill in bills[WARM:]:
        work(bill, house)
    return (len(bills) - WARM) / (time.perf_counter() - began)


def _command(bill: int, house: int) -> None:
    postings = [Posting(bill, Decimal(10), department="shop", text="Tea") for _n in range(ENTRIES)]
    services.post(postings=postings, by=None, at=AT)
    services.settle(folio_id=bill, tenders=[Tender("cash", Decimal(10 * ENTRIES))], by=None, at=AT)


def _bare(bill: int, house: int) -> None:
    values: dict[str, Any] = {"folio": bill, "house": house, "today": TODAY, "at": AT, "count": ENTRIES}
    for statement, action in ((CHARGES, "folio.charged"), (PAYMENT, "folio.settled")):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            cursor.execute(TRACE, values | {"action": action})


BENCHES: dict[str, Callable[[bool], Result]] = {"folio": folio}
