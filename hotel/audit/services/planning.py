"""The audit by the clock: when a date is closed by itself, and who hears before what would stop that.

A beat looks at every plan again and again. What is due follows from the business date alone, so a beat that comes
twice, late or not at all changes nothing: the date is closed once, and what was said is not said again.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_noop

from hotel.audit.checks import SHOWN, blocking_checks
from hotel.audit.models import NOON, AuditPlan, AuditRun
from hotel.audit.queries import running
from hotel.audit.services.errors import DayInProgress, OtherDate, WorklistOpen
from hotel.audit.services.starting import start_audit
from hotel.audit.states import Severity
from hotel.folios.models import Shift
from hotel.rooms import traces
from hotel.rooms.models import Property
from hotel.rooms.traces import Trace
from hotel.stays import moments
from oms.jobs.models import JobStatus
from oms.notices.services import notify
from oms.staff.queries import holders

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from hotel.audit.checks import Check
    from oms.staff.models import Staff

DAY = dt.timedelta(days=1)
PAUSE = dt.timedelta(minutes=10)  # after a job that gave up, before the next
NAMED = 6  # rooms or people of one kind in a notice
RUN = "hotel.run_audit"
log = logging.getLogger(__name__)

WOULD_STOP = gettext_noop("Tonight's audit (%(at)s) would stop: %(what)s")
WAITS = gettext_noop("The audit of %(date)s waits: %(what)s")
GAVE_UP = gettext_noop("The audit of %(date)s stopped midway and is tried again: %(why)s")
YOUR_SHIFT = gettext_noop("Your shift of %(date)s is still open: count it and hand it over before %(at)s")
ON_DUTY = gettext_noop("on duty: %(who)s")
MATTERS = {
    "due_out": gettext_noop("%(n)s due out and not left (%(where)s)"),
    "old_shift": gettext_noop("%(n)s shifts still open (%(where)s)"),
    "no_night": gettext_noop("%(n)s in house without a price for tonight (%(where)s)"),
    "closed_folio": gettext_noop("%(n)s in house with every folio closed (%(where)s)"),
}


@transaction.atomic
def plan_audits(
    *,
    property_id: int,
    is_on: bool,
    start_time: dt.time,
    notice_times: Collection[dt.time],
    by: Staff | None,
    at: dt.datetime,
) -> AuditPlan:
    """Say when the property's audit starts by itself (before noon: on the morning after the date; else from 20:00 on)
    and when those concerned hear what would stop it. Times of today that are past are not made up for.
    """
    values = {"is_on": is_on, "start_time": start_time, "notice_times": sorted(set(notice_times)), "noticed_until": at}
    plan, _made = AuditPlan.objects.update_or_create(property_id=property_id, defaults=values)
    after = {"on": is_on, "start": f"{start_time:%H:%M}", "notices": [f"{t:%H:%M}" for t in plan.notice_times]}
    traces.write(lines=[Trace(property_id, "audit.planned", data=after)], by=by, at=at)
    return plan


def starts_at(plan: AuditPlan, date: dt.date) -> dt.datetime:
    """The moment a business date is to be closed at."""
    return moments.moment(plan.property, date + DAY if plan.start_time < NOON else date, plan.start_time)


def coming_night(plan: AuditPlan, at: dt.datetime) -> dt.date:
    """The date whose start is the next to come: the business date, or a later one if that is overdue."""
    today = moments.local(plan.property, at).date()
    nights = (today - DAY, today, today + DAY)
    return max(plan.property.business_date, next(night for night in nights if starts_at(plan, night) > at))


def notices_of(plan: AuditPlan, night: dt.date) -> list[dt.datetime]:
    """The moments people hear of a night: each time as it last comes before the start."""
    start = moments.local(plan.property, starts_at(plan, night)).date()
    found = (
        moments.moment(plan.property, start if time < plan.start_time else start - DAY, time)
        for time in plan.notice_times
    )
    return sorted(found)


def keep_plans(*, at: dt.datetime) -> int:
    """Close what is to be closed and tell what is to be told, at every property with a plan; answers how many acted.

    Each property in a transaction of its own; a plan another beat is at is left to it. What goes wrong at one is
    logged and stops no other.
    """
    plans = AuditPlan.objects.filter(Q(is_on=True) | ~Q(notice_times=[]), property__is_active=True)
    acted = 0
    for pk in plans.order_by("property_id").values_list("pk", flat=True):
        try:
            acted += _keep(pk, at)
        except Exception:
            log.exception("audit plan %s", pk)
    return acted


@transaction.atomic
def _keep(plan_id: int, at: dt.datetime) -> bool:
    locked = AuditPlan.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    plan: AuditPlan | None = locked.filter(pk=plan_id).first()
    if plan is None:
        return False
    house = Property.objects.get(pk=plan.property_id)  # once the plan is held: another beat may just have been here
    plan.property = house
    if plan.is_on and at >= starts_at(plan, house.business_date):
        return _start(plan, at)
    night = coming_night(plan, at)
    past = [moment for moment in notices_of(plan, night) if moment <= at]
    if not past or (plan.noticed_until and plan.noticed_until >= past[-1]):
        return False
    plan.noticed_until = past[-1]
    plan.save(update_fields=["noticed_until"])
    checks = _found(house)
    if checks and _is_news(plan, "notice", night, checks):
        _warn(plan, checks, at)
    return True


def _start(plan: AuditPlan, at: dt.datetime) -> bool:
    house = plan.property
    run = running(house.pk)
    if run and run.job and not _may_go_on(plan, run, at):
        return False
    try:
        found = start_audit(property_id=house.pk, by=None, at=at, business_date=house.business_date)
    except WorklistOpen:
        checks = _found(house)
        if _is_news(plan, "waits", house.business_date, checks):
            _tell_waits(plan, checks, at)
            return True
        return False
    except (DayInProgress, OtherDate):  # not yet, or closed by somebody in this moment
        return False
    return run is None or run.job_id != found.job_id


def _may_go_on(plan: AuditPlan, run: AuditRun, at: dt.datetime) -> bool:
    """Whether a run with a job gets another: not while that is at work, or was stopped by somebody."""
    job = run.job
    if job is None or job.status != JobStatus.FAILED or job.finished_at is None:
        return False
    date, texts = str(run.business_date), {"why": job.error[:200], "date": str(run.business_date)}
    if _remember(plan, "stopped", date, {f"job:{job.pk}"}):
        people = holders(RUN, plan.property.branch_id)
        notify(staff_ids=people, text=GAVE_UP, params=texts, url=_page(run), icon="moon-stars", at=at)
    return at >= job.finished_at + PAUSE


def _page(run: AuditRun) -> str:
    return reverse("audit:run", args=[run.pk])


def _found(house: Property) -> list[Check]:
    return [check for check in blocking_checks(house) if check.severity == Severity.BLOCK]


def _warn(plan: AuditPlan, checks: Sequence[Check], at: dt.datetime) -> None:
    """Before the start: whoever runs audits and whoever is on duty hear everything, owners of old shifts theirs."""
    house = plan.property
    start = f"{moments.local(house, starts_at(plan, coming_night(plan, at))):%m-%d %H:%M}"
    duty = dict(_on_duty(house))
    what = [*_what(checks), *([[ON_DUTY, {"who": ", ".join(duty.values())}]] if duty else [])]
    _ring([*holders(RUN, house.branch_id), *duty], WOULD_STOP, {"at": start, "what": what}, at)
    for item in (item for check in checks for item in check.items if item.owner_id):
        opened = moments.local(house, item.since).date() if item.since else house.business_date
        _ring([item.owner_id or 0], YOUR_SHIFT, {"date": f"{opened:%m-%d}", "at": start}, at)


def _tell_waits(plan: AuditPlan, checks: Sequence[Check], at: dt.datetime) -> None:
    owners = [item.owner_id for check in checks for item in check.items if item.owner_id]
    params = {"date": str(plan.property.business_date), "what": _what(checks)}
    _ring([*holders(RUN, plan.property.branch_id), *owners], WAITS, params, at)


def _ring(staff_ids: Iterable[int], text: str, params: dict[str, Any], at: dt.datetime) -> None:
    url = reverse("audit:rehearsal")
    notify(staff_ids=sorted(set(staff_ids)), text=text, params=params, url=url, icon="moon-stars", at=at)


def _what(checks: Sequence[Check]) -> list[list[Any]]:
    """The matters in words: rooms or people, no guest's name."""
    said = []
    for check in checks:
        names = [item.owner or item.room or item.reference for item in check.items]
        more = check.count - NAMED
        where = ", ".join(names[:NAMED]) + (f" +{more}" if more > 0 else "")
        said.append([MATTERS[check.code], {"n": check.count, "where": where}])
    return said


def _on_duty(house: Property) -> list[tuple[int, str]]:
    shifts = Shift.objects.filter(property=house, business_date=house.business_date, closed_at=None)
    return [(shift.staff_id, str(shift.staff)) for shift in shifts.select_related("staff").order_by("opened_at", "pk")]


def _is_news(plan: AuditPlan, kind: str, date: dt.date, checks: Sequence[Check]) -> bool:
    matters = {f"{check.code}:{item.stay_id or item.shift_id}" for check in checks for item in check.items}
    matters |= {f"{check.code}:{check.count}" for check in checks if check.count > SHOWN}
    return _remember(plan, kind, str(date), matters)


def _remember(plan: AuditPlan, kind: str, date: str, matters: set[str]) -> bool:
    """Whether there is something that was not said yet; what was settled since is no news."""
    said = plan.told if (plan.told.get("kind"), plan.told.get("date")) == (kind, date) else {}
    plan.told = {"kind": kind, "date": date, "matters": sorted(matters)}
    plan.save(update_fields=["told"])
    return bool(matters - set(said.get("matters", [])))
