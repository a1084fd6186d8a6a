"""How long the forward chart takes beside its bare SQL, and whether a large house takes longer than a small one."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from typing import TYPE_CHECKING, cast

from django.db import connection, transaction
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from hotel.chart import queries, sample
from hotel.chart.queries import Window
from hotel.rooms.models import Property
from oms.lib.bench import Result
from oms.lib.scratch import scratch_database
from oms.staff.models import Branch, Staff

if TYPE_CHECKING:
    from collections.abc import Callable

    from oms.web.requests import StaffRequest

TODAY = dt.date(2026, 11, 23)
SMALL, LARGE = 100, 1_000
DAYS = 60
GROWTH = 1.5  # the large house's first screen may take this many times the small one's
MOST_QUERIES = 8


def make_house(rooms: int) -> Property:
    """A furnished house in the current database."""
    with transaction.atomic():
        branch = Branch.objects.create(code=f"B{rooms}", name=f"{rooms} rooms")
        house = Property.objects.create(
            code=f"H{rooms}",
            name=f"{rooms} rooms",
            branch=branch,
            business_date=TODAY,
            check_in_time=dt.time(14),
            check_out_time=dt.time(12),
        )
        sample.furnish(house, rooms=rooms, days=DAYS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return house


def chart(short: bool) -> list[Result]:
    """The first screen (dates, types, fifty rooms, 60 days) at 1,000 rooms ÷ at 100, and the whole chart's queries.

    ``detail``: milliseconds of the page and of its bare SQL (the very statements, fetched, thrown away) at both sizes.
    """
    times = 8 if short else 40
    with scratch_database("chart"):
        small, large = make_house(SMALL), make_house(LARGE)
        for house in (small, large):
            _measure(house, 1)  # what is counted once for a person's side navigation is not the chart's
        rounds = [{house.code: _measure(house, 3) for house in (small, large)} for _each in range(times // 3)]
        figures = {code: min((each[code] for each in rounds), key=lambda found: found["page_ms"]) for code in rounds[0]}
        whole = _whole(large)
    page_small, page_large = figures[f"H{SMALL}"], figures[f"H{LARGE}"]
    growth = page_large["page_ms"] / page_small["page_ms"]
    detail = {str(SMALL): page_small, str(LARGE): page_large, "whole_chart": whole}
    return [
        Result(round(growth, 2), "x", GROWTH, "lower", detail),
        Result(whole["queries"], "queries", MOST_QUERIES, "lower", {"rooms": LARGE, "days": DAYS, "ms": whole["ms"]}),
    ]


def _measure(house: Property, times: int) -> dict[str, float]:
    from hotel.chart.views.page import chart as page

    person, _new = Staff.objects.get_or_create(username="bench", defaults={"is_superuser": True})
    asked: list[tuple[str, tuple]] = []

    def ask() -> None:
        request = RequestFactory().get("/hotel/chart/", {"days": str(DAYS)})
        request.user, request.session = person, {"hotel_property": house.pk}  # type: ignore[assignment]
        page(cast("StaffRequest", request))

    with CaptureQueriesContext(connection) as seen:
        ask()
    asked = [(query["sql"], ()) for query in seen.captured_queries]

    def bare() -> None:
        with connection.cursor() as cursor:
            for sql, _params in asked:
                cursor.execute(sql.replace("%", "%%"), ())
                cursor.fetchall()

    page_ms, bare_ms = _median(ask, times), _median(bare, times)
    return {
        "page_ms": round(page_ms, 1),
        "bare_sql_ms": round(bare_ms, 1),
        "ratio": round(page_ms / bare_ms, 1),
        "queries": len(asked),
    }


def _whole(house: Property) -> dict[str, float]:
    window = Window(house, TODAY - dt.timedelta(days=1), DAYS)
    with CaptureQueriesContext(connection) as seen:
        begun = time.perf_counter()
        queries.types(window)
        rows = queries.rows(window, limit=LARGE)
        spent = time.perf_counter() - begun
    bars = sum(len(row.bars) for row in rows)
    return {"queries": len(seen), "ms": round(1000 * spent, 1), "rooms": len(rows), "bars": bars}


def _median(work: Callable[[], None], times: int) -> float:
    spent = []
    for _each in range(times):
        begun = time.perf_counter()
        work()
        spent.append(1000 * (time.perf_counter() - begun))
    return statistics.median(spent)


BENCHES = {"chart": chart}
