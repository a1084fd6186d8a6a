"""Points and stored value: every change is an entry, a balance is the sum of its entries."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import F

from hotel.members.models import BonusRule, LedgerKind, Member, MemberEntry
from hotel.members.services.errors import (
    BadValue,
    EntryReversed,
    MemberInactive,
    NotEnoughPoints,
    NotEnoughValue,
    SayWhy,
)
from hotel.rooms.models import Property
from oms.lib.money import ZERO, cents

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from oms.staff.models import Staff

MOST = Decimal("999999.99")
MOST_POINTS = 10_000_000


def points_for(amount: Decimal) -> int:
    """Points that pay ``amount``: settings.OMS_POINTS_PER_YUAN for each yuan, fractions rounded up."""
    return -int((-amount * settings.OMS_POINTS_PER_YUAN) // 1)


def worth_of(points: int) -> Decimal:
    """What ``points`` pay, rounded down to cents."""
    return (Decimal(points) / settings.OMS_POINTS_PER_YUAN).quantize(Decimal("0.01"), rounding=ROUND_DOWN)


def bonus_for(branch_id: int, amount: Decimal) -> Decimal:
    """The bonus that comes with a top-up: of the rule with the largest ``from_amount`` reached; 0.00 without one."""
    rule = BonusRule.objects.filter(branch=branch_id, from_amount__lte=amount).order_by("-from_amount").first()
    return rule.bonus if rule else ZERO


@transaction.atomic
def earn(
    *,
    member_id: int,
    amount: Decimal,
    by: Staff | None,
    at: dt.datetime,
    folio_entry_id: int | None = None,
    business_date: dt.date | None = None,
) -> MemberEntry | None:
    """Points for ``amount`` yuan spent, by the member's level, whole points only; None when that gives none.

    Locks the member. Raises MemberInactive, BadValue.
    """
    member = _lock(member_id)
    _refuse_amount(amount)
    points = int(amount * member.level.points_per_yuan)
    if not points:
        return None
    return move(member, LedgerKind.EARN, by, at, points=points, folio=folio_entry_id, day=business_date)


@transaction.atomic
def redeem(
    *,
    member_id: int,
    points: int,
    folio_entry_id: int | None,
    by: Staff | None,
    at: dt.datetime,
    business_date: dt.date | None = None,
) -> MemberEntry:
    """Pay with points (``worth_of`` says how much). Locks the member. Raises NotEnoughPoints, MemberInactive."""
    member = _lock(member_id)
    if not 0 < points <= MOST_POINTS:
        raise BadValue(amount=str(points), most=str(MOST_POINTS))
    return move(member, LedgerKind.REDEEM, by, at, points=-points, folio=folio_entry_id, day=business_date)


@transaction.atomic
def top_up(
    *,
    member_id: int,
    amount: Decimal,
    by: Staff | None,
    at: dt.datetime,
    bonus: Decimal | None = None,
    folio_entry_id: int | None = None,
    note: str = "",
    business_date: dt.date | None = None,
) -> MemberEntry:
    """Put money on the member's account; ``bonus`` None: what the branch's rules give. Money itself is the till's work.

    Locks the member. Raises MemberInactive, BadValue.
    """
    member = _lock(member_id)
    _refuse_amount(amount)
    given = bonus_for(member.guest.branch_id, amount) if bonus is None else bonus
    if not ZERO <= given <= MOST:
        raise BadValue(amount=str(given), most=str(MOST))
    return move(
        member, LedgerKind.TOP_UP, by, at, value=amount, bonus=given, folio=folio_entry_id, note=note, day=business_date
    )


@transaction.atomic
def spend(
    *,
    member_id: int,
    amount: Decimal,
    folio_entry_id: int | None,
    by: Staff | None,
    at: dt.datetime,
    business_date: dt.date | None = None,
) -> MemberEntry:
    """Pay with stored value: paid-in money first, then bonus. Locks the member.

    Raises NotEnoughValue, MemberInactive, BadValue.
    """
    member = _lock(member_id)
    _refuse_amount(amount)
    if amount > member.stored_value + member.bonus_value:
        raise NotEnoughValue(value=str(member.stored_value + member.bonus_value), amount=str(amount))
    value = min(amount, member.stored_value)
    return move(
        member, LedgerKind.SPEND, by, at, value=-value, bonus=value - amount, folio=folio_entry_id, day=business_date
    )


@transaction.atomic
def refund_value(
    *,
    member_id: int,
    amount: Decimal,
    reason: str,
    by: Staff | None,
    at: dt.datetime,
    folio_entry_id: int | None = None,
    business_date: dt.date | None = None,
) -> MemberEntry:
    """Give paid-in money back; bonus lapses in the same proportion, and is never paid out. Locks the member.

    Raises SayWhy, NotEnoughValue, MemberInactive, BadValue.
    """
    member = _lock(member_id)
    _refuse_amount(amount)
    if not reason.strip():
        raise SayWhy
    if amount > member.stored_value:
        raise NotEnoughValue(value=str(member.stored_value), amount=str(amount))
    lapsed = cents(member.bonus_value * amount / member.stored_value)
    return move(
        member,
        LedgerKind.REFUND,
        by,
        at,
        value=-amount,
        bonus=-lapsed,
        folio=folio_entry_id,
        note=reason,
        day=business_date,
    )


@transaction.atomic
def adjust_points(*, member_id: int, points: int, reason: str, by: Staff, at: dt.datetime) -> MemberEntry:
    """Correct points by hand, up or down, with a reason. Locks the member. Raises SayWhy, BadValue, NotEnoughPoints."""
    member = _lock(member_id)
    if not reason.strip():
        raise SayWhy
    if not points or abs(points) > MOST_POINTS:
        raise BadValue(amount=str(points), most=str(MOST_POINTS))
    return move(member, LedgerKind.ADJUST, by, at, points=points, note=reason)


@transaction.atomic
def reverse_entries(
    *, entry_ids: Collection[int], reason: str, by: Staff | None, at: dt.datetime, business_date: dt.date | None = None
) -> list[MemberEntry]:
    """Undo entries by entries of the opposite, each once; what was gained and is spent already can't be taken back.

    Locks the members by primary key. Raises SayWhy, EntryReversed, NotEnoughValue, NotEnoughPoints.
    """
    if not reason.strip():
        raise SayWhy
    wanted = list(MemberEntry.objects.filter(pk__in=entry_ids).order_by("pk"))
    members = {member.pk: member for member in _locked({entry.member_id for entry in wanted})}
    done = set(MemberEntry.objects.filter(reverses__in=wanted).values_list("reverses_id", flat=True))
    undone = []
    for entry in wanted:
        if entry.pk in done or entry.reverses_id:
            raise EntryReversed(entry=entry.pk)
        undo = move(
            members[entry.member_id],
            LedgerKind.REVERSE,
            by,
            at,
            points=-entry.points,
            value=-entry.value,
            bonus=-entry.bonus,
            folio=entry.folio_entry_id,
            reverses=entry,
            note=reason,
            day=business_date,
        )
        undone.append(undo)
    return undone


@transaction.atomic
def reverse_of_folio(
    *,
    folio_entry_ids: Collection[int],
    reason: str,
    by: Staff | None,
    at: dt.datetime,
    business_date: dt.date | None = None,
) -> list[MemberEntry]:
    """Undo what hangs on folio entries that are being reversed (stored value spent, points paid or earned).

    Entries undone already are passed over. Locks and raises as ``reverse_entries``.
    """
    hanging = MemberEntry.objects.filter(folio_entry_id__in=folio_entry_ids, reverses=None, reversed_by=None)
    ids = list(hanging.values_list("pk", flat=True))
    return reverse_entries(entry_ids=ids, reason=reason, by=by, at=at, business_date=business_date) if ids else []


def _locked(member_ids: Collection[int]) -> list[Member]:
    rows = Member.objects.select_for_update(of=("self",), no_key=True).select_related("guest", "level")
    return list(rows.filter(pk__in=member_ids).order_by("pk"))


def _lock(member_id: int) -> Member:
    member = Member.objects.select_for_update(of=("self",), no_key=True).select_related("guest", "level")
    found = member.get(pk=member_id)
    if not found.is_active:
        raise MemberInactive(number=found.number)
    return found


def _refuse_amount(amount: Decimal) -> None:
    if not 0 < amount <= MOST or amount != cents(amount):
        raise BadValue(amount=str(amount), most=str(MOST))


def _today(member: Member) -> dt.date:
    """The branch's business date: of several houses, the one that is furthest behind."""
    dates = Property.objects.filter(branch_id=member.guest.branch_id).order_by("business_date")
    return dates.values_list("business_date", flat=True)[:1].get()


def move(
    member: Member,
    kind: LedgerKind,
    by: Staff | None,
    at: dt.datetime,
    *,
    points: int = 0,
    value: Decimal = ZERO,
    bonus: Decimal = ZERO,
    folio: int | None = None,
    reverses: MemberEntry | None = None,
    note: str = "",
    day: dt.date | None = None,
) -> MemberEntry:
    """The one way a balance changes: entry and balance together, on a locked member; CHECKs stand behind."""
    if member.points + points < 0:
        raise NotEnoughPoints(points=member.points, wanted=-points)
    if member.stored_value + value < 0 or member.bonus_value + bonus < 0:
        raise NotEnoughValue(value=str(member.stored_value + member.bonus_value), amount=str(-value - bonus))
    member.points += points
    member.stored_value += value
    member.bonus_value += bonus
    Member.objects.filter(pk=member.pk).update(
        points=member.points,
        stored_value=member.stored_value,
        bonus_value=member.bonus_value,
        version=F("version") + 1,
    )
    return MemberEntry.objects.create(
        member=member,
        kind=kind,
        points=points,
        value=value,
        bonus=bonus,
        folio_entry_id=folio,
        reverses=reverses,
        note=note[:200],
        business_date=day or _today(member),
        by=by,
        at=at,
    )
