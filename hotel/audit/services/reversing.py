"""Taking a whole audit back while nothing depends on it. Why the date goes back: docs/adr."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from hotel.audit.models import AuditRun, AuditStatus, DailyFigure, DailyRevenue, LedgerProof, OnTheBooks
from hotel.audit.services import statements
from hotel.audit.services.errors import AuditReasonMissing, NotReversible
from hotel.audit.states import Outcome
from hotel.folios import services as folios
from hotel.folios.models import Folio, FolioEntry, Shift
from hotel.rooms import telling, traces
from hotel.rooms.models import Property, Room, RoomBlock
from hotel.rooms.traces import Trace
from hotel.stays import inventory, moments
from hotel.stays import services as stays
from hotel.stays.inventory import Wish
from hotel.stays.models import Stay
from hotel.stays.states import OccupancyKind
from oms.lib.errors import DomainError
from oms.outbox.services import emit

if TYPE_CHECKING:
    from oms.staff.models import Staff

DAY = dt.timedelta(days=1)


@transaction.atomic
def reverse_audit(*, run_id: int, reason: str, by: Staff | None, at: dt.datetime) -> AuditRun:
    """Open the date again as if it had not been closed: the business date goes back, every charge and fee of the run
    is reversed by an entry on that date, no-shows are expected again (without a room, where there is one for sale),
    rooms and blocks are as they were, the day's figures, proofs and snapshot are gone.

    Possible until something happens on the new date: an entry, a shift, a check-in or check-out, a later audit.
    Locks the run, the stays in house and their folios, the property. Raises AuditReasonMissing, NotReversible.
    Event hotel.audit_reversed.
    """
    if not reason.strip():
        raise AuditReasonMissing
    run: AuditRun = AuditRun.objects.select_for_update(of=("self",), no_key=True).get(pk=run_id)
    params = {"house": run.property_id}
    with connection.cursor() as cursor:
        cursor.execute(statements.LOCK_STAYS, params)
        cursor.execute(statements.LOCK_FOLIOS, params)
        cursor.execute(statements.LOCK_HOUSE, params)
    house = Property.objects.get(pk=run.property_id)
    _refuse_dependent(run, house)
    house.business_date = run.business_date
    Property.objects.filter(pk=house.pk).update(business_date=run.business_date)
    entries = _reverse_entries(run, reason, at)
    lost = _expect_again(run, reason, by, at)
    _restore_rooms(run, house, at)
    for model in (DailyFigure, DailyRevenue, LedgerProof):
        model.objects.filter(property=house, date=run.business_date).delete()
    OnTheBooks.objects.filter(property=house, seen_on=run.business_date).delete()
    run.status, run.reversed_at, run.reversed_by, run.reason = AuditStatus.REVERSED, at, by, reason.strip()[:200]
    run.totals = {**run.totals, "reversed_entries": entries, "not_expected_again": lost}
    run.save(update_fields=["status", "reversed_at", "reversed_by", "reason", "totals"])
    line = Trace(house.pk, "audit.reversed", reference=str(run.business_date), reason=reason, data={"entries": entries})
    traces.write(lines=[line], by=by, at=at)
    payload = {"property": house.pk, "run": run.pk, "opened": str(run.business_date)}
    emit(topic="hotel.audit_reversed", key=f"property:{house.pk}", payload=payload)
    telling.tell(house.pk, Room.objects.filter(property=house).values_list("pk", flat=True))
    return run


def dependents(run: AuditRun, house: Property) -> list[str]:
    """What stands in the way of a reversal, in words; empty when nothing does. For pages and the command."""
    if run.status != AuditStatus.DONE:
        return [_("it is not done")]
    new_date, since = run.business_date + DAY, run.finished_at
    if house.business_date != new_date:
        return [_("a later date was closed since")]
    mine = Stay.objects.filter(property=house)
    facts = [
        (FolioEntry.objects.filter(property=house, business_date=new_date), _("something was posted since")),
        (Shift.objects.filter(property=house, business_date=new_date), _("a shift was opened since")),
        (mine.filter(checked_in_at__gt=since), _("somebody has checked in since")),
        (mine.filter(checked_out_at__gt=since), _("somebody has checked out since")),
        (AuditRun.objects.filter(property=house, business_date=new_date), _("the next audit was begun")),
        (
            Folio.objects.filter(stay__in=_posted_stays(run), closed_at__gt=since),
            _("a folio it charged was closed since"),
        ),
    ]
    return [fact for rows, fact in facts if rows.exists()]


def _posted_stays(run: AuditRun) -> list[int]:
    rows = run.results.exclude(entry_id=None).exclude(stay_id=None).values_list("stay_id", flat=True)
    return [stay_id for stay_id in rows if stay_id]


def _refuse_dependent(run: AuditRun, house: Property) -> None:
    for fact in dependents(run, house):
        raise NotReversible(date=str(run.business_date), fact=fact)


def _reverse_entries(run: AuditRun, reason: str, at: dt.datetime) -> int:
    """Those the desk has not reversed itself."""
    posted = [pk for pk in run.results.values_list("entry_id", flat=True) if pk]
    standing = FolioEntry.objects.filter(pk__in=posted, reversed_by=None).order_by("pk").values_list("pk", flat=True)
    return len(folios.reverse(entry_ids=list(standing), reason=reason, by=None, at=at)) if standing else 0


def _expect_again(run: AuditRun, reason: str, by: Staff | None, at: dt.datetime) -> list[int]:
    """No-shows are confirmed again; returns those that could not be, since their rooms were sold."""
    lost: list[int] = []
    missed = run.results.filter(outcome=Outcome.NO_SHOW).order_by("pk").values_list("stay_id", flat=True)
    for stay_id in [pk for pk in missed if pk]:
        try:
            with transaction.atomic():
                stays.reactivate(stay_id=stay_id, reason=reason, by=by, at=at)
        except DomainError:
            lost.append(stay_id)
    return lost


def _restore_rooms(run: AuditRun, house: Property, at: dt.datetime) -> None:
    changed = run.results.filter(outcome__in=[Outcome.DIRTY, Outcome.RETURNED]).order_by("pk")
    blocks = []
    for result in changed:
        details = result.details or {}
        now = Room.objects.filter(
            pk=result.room_id or 0, housekeeping_at=run.finished_at
        )  # nobody has touched it since
        now.update(housekeeping=details["was"], housekeeping_at=at, version=F("version") + 1)
        if "block" in details:
            blocks.append(details["block"])
    again = list(RoomBlock.objects.filter(pk__in=blocks).order_by("pk"))
    RoomBlock.objects.filter(pk__in=blocks).update(ended_at=None)
    inventory.occupy(
        [
            Wish(
                block.room_id,
                moments.due_out(house, block.from_on),
                moments.due_out(house, block.until_on),
                OccupancyKind.BLOCK,
                block_id=block.pk,
                note=block.reason[:80],
            )
            for block in again
            if block.kind == "ooo"
        ]
    )
    if again:
        start = min(block.from_on for block in again)
        inventory.rebuild(property_id=house.pk, start=start, end=max(block.until_on for block in again))
