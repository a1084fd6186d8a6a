"""Runs and figures as pages show them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hotel.audit.models import AuditRun, AuditStatus
from hotel.audit.queries import Period, per_day
from hotel.audit.states import Outcome, Step
from hotel.rooms.models import Room
from hotel.stays.models import Stay

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hotel.audit.models import AuditResult, DailyFigure
    from hotel.audit.queries import Preview

SHOWN = tuple(step for step in Step if step != Step.DONE)
TONES = {
    "posted": "green",
    "package": "green",
    "free": "grey",
    "skipped": "amber",
    "no_show": "violet",
    "refused": "red",
    "dirty": "grey",
}
WIDTH, HEIGHT, LEFT, TOP, FLOOR = 420, 190, 40, 20, 160
LABELS = 7  # dates under a chart, at most


def steps_of(run: AuditRun | None, preview: Preview | None = None, date: dt.date | None = None) -> list[dict[str, Any]]:
    """The steps as dots in a line: how far it is, and what each did or would do."""
    facts = _facts(run, preview, date)
    at = run.step if run else Step.CHECKS
    shown = []
    for step in SHOWN:
        state = "done" if at > step else "now" if at == step else ""
        if state == "now" and run and run.status == AuditStatus.RUNNING:
            state = "stop"
        shown.append({"number": step + 1, "label": step.label, "state": state, "fact": facts.get(step, "")})
    return shown


def _facts(run: AuditRun | None, preview: Preview | None, date: dt.date | None) -> dict[Step, str]:
    if run:
        totals = run.totals
        return {
            Step.CHECKS: _("passed"),
            Step.NO_SHOWS: _stays(totals["no_shows"]) if "no_shows" in totals else "",
            Step.CHARGES: _nights(totals["posted"]) if "posted" in totals else "",
            Step.DAY_USE: _stays(totals["day_use"]) if "day_use" in totals else "",
            Step.CLOSE: _arrow(run.business_date),
            Step.ROOMS: _("%(n)s to be cleaned") % {"n": totals["dirty"]} if "dirty" in totals else "",
        }
    if preview is None or date is None:
        return {}
    return {
        Step.CHECKS: _("always on"),
        Step.NO_SHOWS: _stays(preview.arrivals),
        Step.CHARGES: _nights(preview.nights),
        Step.DAY_USE: _stays(preview.day_use),
        Step.CLOSE: _arrow(date),
        Step.ROOMS: _("stay-overs"),
    }


def _stays(n: int) -> str:
    return ngettext("%(n)s stay", "%(n)s stays", n) % {"n": n}


def _nights(n: int) -> str:
    return ngettext("%(n)s night", "%(n)s nights", n) % {"n": n}


def _arrow(date: dt.date) -> str:
    return f"{date:%m-%d} → {date + dt.timedelta(days=1):%m-%d}"


def posts_of(preview: Preview, before: AuditRun | None) -> list[dict[str, Any]]:
    """Tonight's sums beside last night's."""
    last = before.totals if before else {}
    rows = [
        {
            "label": _("Room charges"),
            "count": preview.nights,
            "amount": preview.room_revenue,
            "change": _change(preview.room_revenue, last.get("room_revenue")),
        },
        {"label": _("Free rooms"), "count": preview.free, "amount": None, "change": ""},
        {"label": _("Day use"), "count": preview.day_use, "amount": None, "change": ""},
        {
            "label": _("Packages"),
            "count": preview.packages,
            "amount": preview.package_revenue,
            "change": _change(preview.package_revenue, last.get("package_revenue")),
        },
        {"label": _("Due in and not come"), "count": preview.arrivals, "amount": None, "change": ""},
    ]
    return [row for row in rows if row["count"] or row["amount"]] or rows[:1]


def _change(now: Decimal, before: Any) -> str:
    if not before or not Decimal(before):
        return ""
    return f"{(now / Decimal(before) - 1) * 100:+.1f} %"


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One result with its room and stay."""

    row: AuditResult
    room: str
    stay: str
    guest: str
    label: Any
    tone: str
    why: str


def results_of(results: Iterable[AuditResult]) -> list[ResultRow]:
    """Results with what they are about. Two statements."""
    rows = list(results)
    rooms = dict(Room.objects.filter(pk__in={r.room_id for r in rows if r.room_id}).values_list("pk", "number"))
    stays = Stay.objects.select_related("room").in_bulk({r.stay_id for r in rows if r.stay_id})
    shown = []
    for row in rows:
        stay = stays.get(row.stay_id or 0)
        room = rooms.get(row.room_id or 0, "") or (stay.room.number if stay and stay.room else "")
        details = row.details or {}
        why = details.get("why", "") or details.get("item", "")
        shown.append(
            ResultRow(
                row,
                room,
                stay.number if stay else "",
                stay.guest_name if stay else "",
                Outcome(row.outcome).label,
                TONES.get(row.outcome, "grey"),
                _("every folio is closed") if why == "folio_closed" else why,
            )
        )
    return shown


@dataclass(frozen=True, slots=True)
class Chart:
    """A line over days, ready to be drawn: points in a 420 × 190 box, marks on the left, dates below."""

    label: str
    line: str
    area: str
    marks: list[tuple[float, str]]
    dates: list[tuple[float, str]]
    last: tuple[float, float, str]


def charts_of(days: Sequence[DailyFigure]) -> list[Chart]:
    """Occupancy, average rate and revenue per available room."""
    if not days:
        return []
    rows = per_day(days)
    sets = [
        (_("Occupancy %"), [float(period.occupancy) for _day, period in rows], 100.0),
        (_("Average daily rate"), [float(period.adr) for _day, period in rows], None),
        (_("Revenue per available room"), [float(period.revpar) for _day, period in rows], None),
    ]
    dates = [day.date for day in days]
    return [_chart(label, values, dates, most) for label, values, most in sets]


def _chart(label: str, values: list[float], dates: list[dt.date], most: float | None) -> Chart:
    top = most or _nice(max(values))
    step = (WIDTH - LEFT - 20) / max(1, len(values) - 1)
    height = FLOOR - TOP
    points = [(LEFT + n * step, FLOOR - height * min(value, top) / top) for n, value in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    every = max(1, -(-len(dates) // LABELS))
    return Chart(
        label,
        line,
        f"{points[0][0]:.1f},{FLOOR} {line} {points[-1][0]:.1f},{FLOOR}",
        [(FLOOR - height * part / 4, f"{top * part / 4:g}") for part in range(5)],
        [(points[n][0], f"{date:%m-%d}") for n, date in enumerate(dates) if n % every == 0],
        (points[-1][0], points[-1][1], f"{values[-1]:,.1f}"),
    )


def _nice(value: float) -> float:
    """The next round number above: 1, 2, 4 or 8 times a power of ten, so that quarters are round too."""
    size = 1.0
    while size * 8 < value:
        size *= 10
    return next(size * n for n in (1, 2, 4, 8) if size * n >= value)


def types_of(rows: Iterable[tuple[str, Period]]) -> list[dict[str, Any]]:
    """Periods of room types for a table."""
    return [{"name": name, "period": period} for name, period in rows]
