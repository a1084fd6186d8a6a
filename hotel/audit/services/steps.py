"""What each step does. Each gets the property and the locked run, and returns the totals it adds to it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from hotel.audit.models import AuditResult
from hotel.audit.services import statements
from hotel.audit.services.errors import Unsettled
from hotel.audit.states import Outcome, Step
from hotel.folios import services as folios
from hotel.folios.models import Department, FolioEntry
from hotel.rooms import services as rooms
from hotel.rooms import telling, traces
from hotel.rooms.models import Room, RoomBlock
from hotel.rooms.traces import Trace
from hotel.stays import services as stays
from hotel.stays.models import Stay
from hotel.stays.states import StayStatus
from oms.outbox.services import emit

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotel.audit.models import AuditRun
    from hotel.rooms.models import Property

HORIZON = 365  # nights ahead that a day's snapshot of what is booked reaches
Totals = dict[str, Any]


def mark_no_shows(house: Property, run: AuditRun, at: dt.datetime) -> Totals:
    """Stays that should have come by tonight and have not: released, and charged by their rule."""
    due = Stay.objects.filter(
        property=house, arrival_on__lte=run.business_date, status__in=[StayStatus.TENTATIVE, StayStatus.CONFIRMED]
    )
    ids = list(due.order_by("pk").values_list("pk", flat=True))
    if not ids:
        return {"no_shows": 0, "no_show_fees": "0.00"}
    refused = stays.mark_no_shows(stay_ids=ids, by=run.started_by, at=at)
    fees = _fees(ids, run.business_date)
    AuditResult.objects.bulk_create(
        AuditResult(
            run=run,
            step=Step.NO_SHOWS,
            stay_id=pk,
            outcome=Outcome.NO_SHOW if refused[pk] is None else Outcome.REFUSED,
            amount=fees.get(pk, (None, Decimal(0)))[1],
            entry_id=fees.get(pk, (None, 0))[0],
            details=None if (refusal := refused[pk]) is None else {"why": refusal.code, **refusal.details},
        )
        for pk in ids
    )
    total = sum((amount for _entry, amount in fees.values()), Decimal("0.00"))
    return {"no_shows": sum(1 for pk in ids if refused[pk] is None), "no_show_fees": str(total)}


def post_charges(house: Property, run: AuditRun, at: dt.datetime) -> Totals:
    """Tonight's room charge of everybody in the house with what they were sold with, and any older one missing.

    Locks the stays in house by key, then by key their open folios and those that pay for them. One statement writes
    them all.
    """
    with connection.cursor() as cursor:
        _post_due(cursor, house, run, at)
    return _posted(run)


def charge_day_use(house: Property, run: AuditRun, at: dt.datetime) -> Totals:
    """What day uses still in the house cost up to now beyond what is on their bills; then what day use the date had.

    Check-out later charges only what is more by then. A stay whose folio is closed is skipped. Locks stays, folios.
    """
    inside = Stay.objects.filter(property=house, status=StayStatus.IN_HOUSE, is_day_use=True)
    closed = set(inside.filter(folios__window=1, folios__closed_at__isnull=False).values_list("pk", flat=True))
    here = {stay.pk: stay for stay in inside.order_by("pk")}
    amounts = stays.post_day_use(stay_ids=here.keys() - closed, by=None, at=at) if here else {}
    numbers = {here[pk].number: here[pk] for pk, amount in amounts.items() if amount}
    entries = FolioEntry.objects.filter(
        property=house, business_date=run.business_date, reference__in=numbers, at=at, reverses=None, reversed_by=None
    )
    done = [(numbers[entry.reference], entry) for entry in entries.order_by("pk")]
    AuditResult.objects.bulk_create(
        [
            _result(run, stay, Outcome.POSTED, amount=entry.amount, entry_id=entry.pk, details={"hours": stay.hours})
            for stay, entry in done
        ]
        + [_result(run, here[pk], Outcome.SKIPPED, details={"why": "folio_closed"}) for pk in sorted(closed)]
    )
    with connection.cursor() as cursor:
        cursor.execute(statements.DAY_USE, {**_params(house, run), "step": Step.DAY_USE})
        total = sum((entry.amount for _stay, entry in done), Decimal("0.00"))
        return {"day_use": cursor.rowcount, "day_use_charged": str(total)}


def _result(run: AuditRun, stay: Stay, outcome: str, **fields: Any) -> AuditResult:
    return AuditResult(run=run, step=Step.DAY_USE, stay_id=stay.pk, room_id=stay.room_id, outcome=outcome, **fields)


def close_date(house: Property, run: AuditRun, at: dt.datetime) -> Totals:
    """Figures, ledger proofs, what is booked ahead, and the date moves on: one transaction, so that nothing can be
    posted between the proof and the close.

    Who checked in since the charges were posted is charged first. Then the property's row is held: posters share it,
    so they wait and find the new date. Locks stays, folios, the property. Raises Unsettled.
    """
    params = {**_params(house, run), "until": run.business_date + dt.timedelta(days=HORIZON)}
    with connection.cursor() as cursor:
        _post_due(cursor, house, run, at)
        cursor.execute(statements.LOCK_HOUSE, params)
        cursor.execute(statements.UNCHARGED, params)
        if cursor.fetchone()[0]:  # a guest came in after the look
            raise Unsettled(date=str(run.business_date))
        for sql in (
            statements.FIGURES,
            statements.REVENUES,
            statements.PROOF,
            statements.ON_THE_BOOKS,
            statements.ROLL,
        ):
            cursor.execute(sql, params)
    return _posted(run)


def turn_rooms(house: Property, run: AuditRun, at: dt.datetime) -> Totals:
    """Rooms of guests who stay on are to be cleaned; blocks that are over give their rooms back. Tells the boards."""
    ending = list(
        RoomBlock.objects.filter(room__property=house, ended_at=None, until_on__lte=house.business_date)
        .order_by("pk")
        .values("pk", "room_id", "room__housekeeping")
    )
    rooms.return_rooms(property_id=house.pk, by=run.started_by, at=at)
    AuditResult.objects.bulk_create(
        AuditResult(
            run=run,
            step=Step.ROOMS,
            room_id=block["room_id"],
            outcome=Outcome.RETURNED,
            details={"block": block["pk"], "was": block["room__housekeeping"]},
        )
        for block in ending
    )
    with connection.cursor() as cursor:
        cursor.execute(statements.STAY_OVERS, {**_params(house, run), "step": Step.ROOMS, "at": at})
        dirty = cursor.rowcount
    line = Trace(house.pk, "audit.done", reference=str(run.business_date), data={**run.totals, "dirty": dirty})
    traces.write(lines=[line], by=run.started_by, at=at)
    payload = {"property": house.pk, "run": run.pk, "closed": str(run.business_date), "today": str(house.business_date)}
    emit(topic="hotel.audit_done", key=f"property:{house.pk}", payload=payload)
    telling.tell(house.pk, Room.objects.filter(property=house).values_list("pk", flat=True))
    return {"dirty": dirty, "returned": len(ending)}


STEPS: dict[Step, Callable[[Property, AuditRun, dt.datetime], Totals]] = {
    Step.NO_SHOWS: mark_no_shows,
    Step.CHARGES: post_charges,
    Step.DAY_USE: charge_day_use,
    Step.CLOSE: close_date,
    Step.ROOMS: turn_rooms,
}


def _post_due(cursor: Any, house: Property, run: AuditRun, at: dt.datetime) -> None:
    params = {**_params(house, run), "step": Step.CHARGES, "at": at, "text": _("Room charge")}
    cursor.execute(statements.LOCK_STAYS, params)
    cursor.execute(statements.WITHOUT_FOLIO, params)
    if missing := [row[0] for row in cursor.fetchall()]:
        folios.open_folios(stay_ids=missing, by=None, at=at)
    cursor.execute(statements.LOCK_FOLIOS, params)
    cursor.execute(statements.DROP_UNPOSTED, params)  # what was skipped before is looked at again
    cursor.execute(statements.CHARGE, params)


def _posted(run: AuditRun) -> Totals:
    with connection.cursor() as cursor:
        cursor.execute(statements.POSTED, {"run": run.pk, "step": Step.CHARGES})
        posted, amount, packages, package_amount, free, skipped = cursor.fetchone()
    return {
        "posted": posted,
        "room_revenue": str(amount),
        "packages": packages,
        "package_revenue": str(package_amount),
        "free": free,
        "skipped": skipped,
    }


def _params(house: Property, run: AuditRun) -> dict[str, Any]:
    return {"house": house.pk, "date": run.business_date, "run": run.pk}


def _fees(stay_ids: list[int], date: dt.date) -> dict[int, tuple[int, Decimal]]:
    fees = FolioEntry.objects.filter(
        Q(folio__stay__in=stay_ids) | Q(stay__in=stay_ids),
        business_date=date,
        department=Department.FEE,
        reverses=None,
        reversed_by=None,
    )
    rows = fees.order_by("pk").values_list("stay_id", "folio__stay_id", "pk", "amount")
    return {stay_id or own or 0: (entry_id, amount) for stay_id, own, entry_id, amount in rows}
