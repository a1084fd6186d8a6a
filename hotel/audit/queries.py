"""What pages and commands of the night audit look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Count, Sum

from hotel.audit.checks import Check, blocking_checks, warning_checks
from hotel.audit.due import NIGHTS, PACKAGES
from hotel.audit.models import AuditRun, AuditStatus, DailyFigure, DailyRevenue, LedgerProof
from hotel.audit.states import Outcome, Severity, Step
from hotel.folios.models import Department, Shift
from hotel.rooms.models import Property

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

ZERO = Decimal("0.00")
HUNDRED = Decimal(100)
CENT = Decimal("0.01")
TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Preview:
    """What tonight would post: room nights and their sum without packages, packages and theirs, free nights; and
    who has not come.
    """

    nights: int
    room_revenue: Decimal
    free: int
    day_use: int
    packages: int
    package_revenue: Decimal
    arrivals: int

    @property
    def total(self) -> Decimal:
        """All that the nights would be charged."""
        return self.room_revenue + self.package_revenue


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How the audit would go if it ran now."""

    date: dt.date
    checks: list[Check]
    preview: Preview
    before: AuditRun | None = None  # the one that closed the date before
    on_duty: str = ""

    @property
    def blocking(self) -> list[Check]:
        """Checks that would stop it."""
        return [check for check in self.checks if check.severity == Severity.BLOCK]

    @property
    def counts(self) -> dict[str, int]:
        """How many checks of each severity."""
        return {str(s): sum(1 for check in self.checks if check.severity == s) for s in Severity}


_PREVIEW = f"""
WITH due AS MATERIALIZED ({NIGHTS}), given AS MATERIALIZED ({PACKAGES})
SELECT n.nights, n.price - g.included, n.free, g.packages, g.amount
  FROM (SELECT count(*) FILTER (WHERE price > 0) AS nights, coalesce(sum(price), 0) AS price,
               count(*) FILTER (WHERE price = 0) AS free FROM due) n,
       (SELECT count(*) AS packages, coalesce(sum(amount), 0) AS amount,
               coalesce(sum(amount) FILTER (WHERE is_included), 0) AS included FROM given WHERE amount > 0) g
"""
_COMING = """
SELECT count(*) FILTER (WHERE s.is_day_use AND s.arrival_on = %(date)s AND s.status IN ('in_house', 'checked_out')),
       count(*) FILTER (WHERE s.status IN ('tentative', 'confirmed'))
  FROM hotel_stay s WHERE s.property_id = %(house)s AND s.arrival_on <= %(date)s
   AND (s.status IN ('tentative', 'confirmed') OR s.arrival_on = %(date)s)
"""


def rehearse(property_id: int) -> Rehearsal:
    """What would fail or surprise tonight, and what tonight would post. About fifteen statements; locks nothing."""
    house = Property.objects.get(pk=property_id)
    checks = [*blocking_checks(house), *warning_checks(house)]
    order = [Severity.BLOCK, Severity.WARN, Severity.OK]
    checks.sort(key=lambda check: order.index(Severity(check.severity)))
    return Rehearsal(house.business_date, checks, preview(house), last_run(property_id), on_duty(property_id))


def preview(house: Property) -> Preview:
    """The sums of tonight's charges, by the audit's own rule of what is due. Two statements."""
    params: dict[str, Any] = {"house": house.pk, "date": house.business_date}
    with connection.cursor() as cursor:
        cursor.execute(_PREVIEW, params)
        nights, revenue, free, packages, package_revenue = cursor.fetchone()
        cursor.execute(_COMING, params)
        day_use, arrivals = cursor.fetchone()
    return Preview(nights, revenue, free, day_use, packages, package_revenue, arrivals)


def on_duty(property_id: int) -> str:
    """Who has the newest open shift."""
    shift = Shift.objects.filter(property=property_id, closed_at=None).select_related("staff").order_by("-pk").first()
    return str(shift.staff) if shift else ""


def last_run(property_id: int) -> AuditRun | None:
    """The newest audit that is done."""
    done = AuditRun.objects.filter(property=property_id, status=AuditStatus.DONE)
    return done.order_by("-business_date").first()


def running(property_id: int) -> AuditRun | None:
    """The audit that goes on now, or was stopped midway."""
    return AuditRun.objects.filter(property=property_id, status=AuditStatus.RUNNING).first()


def outcome_sums(run: AuditRun) -> list[dict[str, Any]]:
    """Results by step and outcome: how many, and their sum."""
    rows = run.results.values("step", "outcome").annotate(count=Count("pk"), amount=Sum("amount"))
    return [
        {**row, "label": Outcome(row["outcome"]).label, "step_label": Step(row["step"]).label}
        for row in rows.order_by("step", "outcome")
    ]


def proofs(property_id: int, date: dt.date) -> list[LedgerProof]:
    """The three ledgers of a closed date."""
    found = {p.ledger: p for p in LedgerProof.objects.filter(property=property_id, date=date)}
    return [found[ledger] for ledger in ("guest", "deposit", "company") if ledger in found]


@dataclass(frozen=True, slots=True)
class Period:
    """Figures of several days put together: sums first, ratios after, so that every room night weighs the same."""

    days: list[DailyFigure] = field(default_factory=list)

    @property
    def available(self) -> int:
        """Rooms in service and not out of order, by date."""
        return sum(day.rooms - day.out_of_order for day in self.days)

    @property
    def sold(self) -> int:
        """Room nights slept."""
        return sum(day.sold for day in self.days)

    @property
    def paid(self) -> int:
        """Room nights slept that were not free."""
        return sum(day.sold - day.complimentary for day in self.days)

    @property
    def room_revenue(self) -> Decimal:
        """Room charges of stays with nights, tax included."""
        return sum((day.room_revenue for day in self.days), ZERO)

    @property
    def other_revenue(self) -> Decimal:
        """Everything else that was charged."""
        return sum((day.other_revenue for day in self.days), ZERO)

    @property
    def occupancy(self) -> Decimal:
        """Per cent, one place."""
        return (HUNDRED * self.sold / self.available).quantize(TENTH) if self.available else Decimal("0.0")

    @property
    def adr(self) -> Decimal:
        """Room revenue ÷ paid room nights."""
        return (self.room_revenue / self.paid).quantize(CENT) if self.paid else ZERO

    @property
    def revpar(self) -> Decimal:
        """Room revenue ÷ rooms available."""
        return (self.room_revenue / self.available).quantize(CENT) if self.available else ZERO


def figures_between(
    property_id: int, start: dt.date, end: dt.date, room_type_id: int | None = None
) -> list[DailyFigure]:
    """Closed days of [start, end], the house's or one type's, by date."""
    rows = DailyFigure.objects.filter(property=property_id, date__gte=start, date__lte=end, room_type=room_type_id)
    return list(rows.order_by("date"))


def figures_by_type(property_id: int, start: dt.date, end: dt.date) -> list[tuple[str, Period]]:
    """The period of each room type, in the types' order."""
    rows = DailyFigure.objects.filter(property=property_id, date__gte=start, date__lte=end, room_type__isnull=False)
    by_type: dict[str, list[DailyFigure]] = {}
    for row in rows.select_related("room_type").order_by("room_type__position", "room_type_id", "date"):
        by_type.setdefault(str(row.room_type), []).append(row)
    return [(name, Period(days)) for name, days in by_type.items()]


def per_day(days: Sequence[DailyFigure]) -> list[tuple[DailyFigure, Period]]:
    """Each day with its ratios."""
    return [(day, Period([day])) for day in days]


def revenue_by_department(property_id: int, start: dt.date, end: dt.date) -> list[dict[str, Any]]:
    """What closed days of [start, end] were charged by department, the largest first; ``packages`` of it with rates."""
    rows = DailyRevenue.objects.filter(property=property_id, date__gte=start, date__lte=end).values("department")
    sums = rows.annotate(total=Sum("amount"), of_packages=Sum("packages")).order_by("-total", "department")
    return [{**row, "label": Department(row["department"]).label if row["department"] else ""} for row in sums]
