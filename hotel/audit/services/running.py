"""The run: one step after the other, each in a transaction of its own that also moves ``AuditRun.step`` on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, OperationalError, connection, transaction

from hotel.audit.checks import blocking_checks
from hotel.audit.models import AuditResult, AuditRun, AuditStatus, DailyFigure, LedgerProof
from hotel.audit.queries import outcome_sums, proofs
from hotel.audit.services.errors import DayInProgress, OtherDate, Unsettled, WorklistOpen
from hotel.audit.services.steps import STEPS
from hotel.audit.states import Severity, Step
from hotel.rooms import traces
from hotel.rooms.models import Property
from hotel.rooms.traces import Trace
from hotel.stays import moments
from oms.notices.live import publish

if TYPE_CHECKING:
    from collections.abc import Callable

    from oms.staff.models import Staff

CLOSES_FROM = dt.time(20, 0)  # of the business date itself, on the house's clock: before that the day is going on
TRIES = 3
QUEUE = "audit-"  # the live channel queue:audit-<property>


def run_audit(
    *, property_id: int, by: Staff | None, clock: Callable[[], dt.datetime], business_date: dt.date | None = None
) -> AuditRun:
    """Close the property's business date, or go on with the audit that was stopped; returns the run.

    Six steps (hotel.audit.states.Step), each one transaction that also moves the run on, so a run killed anywhere goes
    on where it was and comes to the same books. Two at once take turns: the second joins. ``business_date``: the date
    the caller means; asked again once it is closed, the run that closed it comes back and nothing is done.
    Locks: the run, then as each step says. Raises WorklistOpen, DayInProgress, OtherDate, Unsettled.
    Event hotel.audit_done.
    """
    run = begin_audit(property_id=property_id, by=by, at=clock(), business_date=business_date)
    return finish_audit(run_id=run.pk, clock=clock)


def finish_audit(*, run_id: int, clock: Callable[[], dt.datetime]) -> AuditRun:
    """Do the steps that are left."""
    run = AuditRun.objects.get(pk=run_id)
    while run.status == AuditStatus.RUNNING:
        run = advance_patiently(run_id=run_id, clock=clock)
    return run


@transaction.atomic
def begin_audit(
    *, property_id: int, by: Staff | None, at: dt.datetime, business_date: dt.date | None = None
) -> AuditRun:
    """The first step: nothing on the worklist stops it, and the run exists. One that is running is joined.

    Locks nothing: the unique constraints settle a race. Raises WorklistOpen, DayInProgress, OtherDate.
    """
    house = Property.objects.get(pk=property_id)
    if business_date and business_date != house.business_date:
        closed = _current(house.pk, business_date)
        if closed is None:
            raise OtherDate(asked=str(business_date), today=str(house.business_date))
        return closed
    if found := _current(house.pk, house.business_date):
        return found
    _refuse_in_progress(house, at)
    open_checks = [check for check in blocking_checks(house) if check.severity == Severity.BLOCK]
    if open_checks:
        what = "; ".join(f"{check.label}: {check.count}" for check in open_checks)
        raise WorklistOpen(count=sum(check.count for check in open_checks), what=what)
    run = AuditRun(
        property=house, business_date=house.business_date, step=Step.CHECKS + 1, started_at=at, started_by=by
    )
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError:
        found = _current(house.pk, house.business_date)
        if found is None:  # it was closed in this moment
            raise OtherDate(asked=str(house.business_date), today=str(house.business_date)) from None
        return found
    line = Trace(house.pk, "audit.started", reference=str(run.business_date))
    traces.write(lines=[line], by=by, at=at)
    return run


@transaction.atomic
def advance(*, run_id: int, at: dt.datetime) -> AuditRun:
    """Do the run's next step and move it on, both or neither. Locks the run first; a finished run is returned as is."""
    run: AuditRun = AuditRun.objects.select_for_update(of=("self",), no_key=True).get(pk=run_id)
    if run.status != AuditStatus.RUNNING:
        return run
    house = Property.objects.get(pk=run.property_id)
    run.totals = {**run.totals, **STEPS[Step(run.step)](house, run, at)}
    run.step += 1
    if run.step == Step.DONE:
        run.status, run.finished_at = AuditStatus.DONE, at
    run.save(update_fields=["step", "totals", "status", "finished_at"])
    publish(channel=f"queue:{QUEUE}{run.property_id}", event="audit", data={"run": run.pk, "step": run.step})
    return run


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a run would have done, had it not been rolled back."""

    totals: dict[str, Any]
    outcomes: list[dict[str, Any]]
    results: list[AuditResult]
    proofs: list[LedgerProof]
    figure: DailyFigure | None = None
    amount: Decimal = field(default=Decimal(0))


def dry_run(*, property_id: int, by: Staff | None, at: dt.datetime) -> DryRun:
    """Run the whole audit and roll it back: the same statements, so the totals are the audit's own.

    Holds the locks of all steps for the time of one audit. Raises as ``run_audit``; the day may still be going on.
    """
    with transaction.atomic():
        house = Property.objects.get(pk=property_id)
        run = _current(house.pk, house.business_date) or AuditRun.objects.create(
            property=house, business_date=house.business_date, step=Step.CHECKS + 1, started_at=at, started_by=by
        )
        while run.status == AuditStatus.RUNNING:
            run = advance(run_id=run.pk, at=at)
        figure = DailyFigure.objects.filter(property=house, date=run.business_date, room_type=None).first()
        found = DryRun(
            run.totals,
            outcome_sums(run),
            list(run.results.order_by("step", "pk")),
            proofs(house.pk, run.business_date),
            figure,
            sum((row.amount for row in run.results.all()), Decimal(0)),
        )
        transaction.set_rollback(True)
    return found


def advance_patiently(*, run_id: int, clock: Callable[[], dt.datetime]) -> AuditRun:
    """``advance``, tried again when somebody was in the middle of something. Inside a transaction a savepoint holds
    each try. Raises Unsettled.
    """
    for left in reversed(range(TRIES)):
        try:
            return advance(run_id=run_id, at=clock())
        except (Unsettled, OperationalError):  # somebody was in the middle of something, or the database broke a tie
            if not left or connection.connection is None or connection.connection.closed:
                raise
    raise AssertionError


def _current(property_id: int, date: dt.date) -> AuditRun | None:
    runs = AuditRun.objects.filter(property_id=property_id, business_date=date)
    return runs.exclude(status=AuditStatus.REVERSED).first()


def is_over(house: Property, at: dt.datetime) -> bool:
    """Whether the property's business date may be closed at this time."""
    return at >= moments.moment(house, house.business_date, CLOSES_FROM)


def _refuse_in_progress(house: Property, at: dt.datetime) -> None:
    if not is_over(house, at):
        local = moments.local(house, moments.moment(house, house.business_date, CLOSES_FROM))
        raise DayInProgress(date=str(house.business_date), **{"from": f"{local:%Y-%m-%d %H:%M}"})
