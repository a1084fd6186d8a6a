"""Shifts: opening float, a blind count, a hand-over signed by two."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import check_password
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone

from hotel.folios.models import FolioEntry, Shift, TenderKind
from hotel.folios.queries import MONEY
from hotel.folios.services.errors import (
    BadAmount,
    NotTheSecond,
    SecondHasTill,
    ShiftNotCounted,
    ShiftOpenAlready,
    ShiftOver,
)
from hotel.rooms import traces
from hotel.rooms.models import Property
from hotel.rooms.traces import Trace
from oms.lib.money import ZERO, cents
from oms.staff.models import Staff

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

MOST_CASH = Decimal("9999999.99")
TRIES = 5  # wrong signatures for one name before it is refused for a while
PAUSE = 900  # seconds


@transaction.atomic
def open_shift(*, property_id: int, opening_cash: Decimal, by: Staff, at: dt.datetime) -> Shift:
    """Begin a turn at the till with what is in it. One per person and property. Raises ShiftOpenAlready, BadAmount."""
    if opening_cash < 0 or opening_cash > MOST_CASH or opening_cash != cents(opening_cash):
        raise BadAmount(amount=str(opening_cash), most=str(MOST_CASH))
    house = Property.objects.get(pk=property_id)
    shift = Shift(property=house, staff=by, business_date=house.business_date, opened_at=at, opening_cash=opening_cash)
    try:
        with transaction.atomic():
            shift.save()
    except IntegrityError:
        since = Shift.objects.get(property=house, staff=by, closed_at=None).opened_at
        raise ShiftOpenAlready(since=f"{timezone.localtime(since):%Y-%m-%d %H:%M}") from None
    _trace("shift.opened", shift, by, at, {"opening_cash": str(opening_cash)})
    return shift


@transaction.atomic
def count_shift(
    *, shift_id: int, counted: Mapping[str, Decimal], note: str = "", by: Staff | None, at: dt.datetime
) -> Shift:
    """Put down what was counted, by tender kind, before seeing what is expected; the expected sums are frozen then.

    From then on the shift takes no more entries. Locks it. Raises ShiftOver, BadAmount.
    """
    shift = _lock(shift_id)
    if shift.counted_at:
        raise ShiftOver
    for kind, amount in counted.items():
        if kind not in TenderKind.values or amount != cents(amount) or abs(amount) > MOST_CASH:
            raise BadAmount(amount=str(amount), most=str(MOST_CASH))
    shift.expected = {kind: str(amount) for kind, amount in expected_by_tender(shift).items()}
    shift.counted = {kind: str(cents(amount)) for kind, amount in counted.items()}
    shift.counted_at, shift.note = at, note[:300]
    shift.save(update_fields=["expected", "counted", "counted_at", "note"])
    _trace("shift.counted", shift, by, at, {"counted": shift.counted, "expected": shift.expected})
    return shift


@transaction.atomic
def hand_over(
    *, shift_id: int, to: Staff | None, by: Staff | None, at: dt.datetime, opening_cash: Decimal | None = None
) -> Shift:
    """Close a counted shift, signed by both: ``by`` is the session, ``to`` has shown who they are (see second_person).

    ``to`` None: the till is emptied into the safe. ``opening_cash`` given: the successor's shift is opened with it.
    Locks the shift. Raises ShiftNotCounted, ShiftOver, NotTheSecond, SecondHasTill, ShiftOpenAlready.
    """
    shift = _lock(shift_id)
    if shift.closed_at:
        raise ShiftOver
    if not shift.counted_at:
        raise ShiftNotCounted
    if to is not None and to.pk == shift.staff_id:
        raise NotTheSecond
    if to is not None and opening_cash is not None and _has_till(shift.property_id, to):
        raise SecondHasTill(who=str(to))
    shift.closed_at, shift.handed_to = at, to
    shift.save(update_fields=["closed_at", "handed_to"])
    _trace("shift.handed_over", shift, by, at, {"to": str(to) if to else ""})
    if to is not None and opening_cash is not None:
        open_shift(property_id=shift.property_id, opening_cash=opening_cash, by=to, at=at)
    return shift


def second_person(*, shift: Shift, username: str, secret: str) -> Staff:
    """Whoever signs at somebody else's screen, by password or approval PIN. Raises NotTheSecond.

    They must be of the property's branch and allowed a shift. Five wrong tries for a name lock it for a quarter hour.
    """
    tries = f"shift-second:{username}"
    person = Staff.objects.filter(username=username, is_active=True).first()
    if person is None or cache.get(tries, 0) >= TRIES or not _is_secret_of(person, secret):
        cache.add(tries, 0, PAUSE)
        cache.incr(tries)
        raise NotTheSecond
    cache.delete(tries)
    houses = Property.objects.visible_to(person)
    is_fit = person.pk != shift.staff_id and person.has_perm("hotel.add_shift")
    if not is_fit or not houses.filter(pk=shift.property_id).exists():
        raise NotTheSecond
    return person


def expected_by_tender(shift: Shift) -> dict[str, Decimal]:
    """What must be there: the float, and what came in less what went out, by tender kind. Cash is always named."""
    sums = (
        FolioEntry.objects.filter(shift=shift, kind__in=MONEY)
        .values_list("tender")
        .annotate(sum=Sum("amount"))
        .order_by("tender")
    )
    expected = {str(TenderKind.CASH): shift.opening_cash}
    for tender, amount in sums:
        expected[tender] = expected.get(tender, ZERO) - amount
    return expected


def _has_till(property_id: int, person: Staff) -> bool:
    return Shift.objects.filter(property=property_id, staff=person, closed_at=None).exists()


def _is_secret_of(person: Staff, secret: str) -> bool:
    if not secret:
        return False
    return bool(person.approval_pin and check_password(secret, person.approval_pin)) or person.check_password(secret)


def _lock(shift_id: int) -> Shift:
    shift: Shift = Shift.objects.select_for_update(of=("self",), no_key=True).get(pk=shift_id)
    return shift


def _trace(action: str, shift: Shift, by: Staff | None, at: dt.datetime, data: dict[str, object]) -> None:
    line = Trace(shift.property_id, action, shift_id=shift.pk, reference=str(shift.pk), data=data)
    traces.write(lines=[line], by=by, at=at)
