"""Two rows of one person become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from hotel.members.models import Guest, LedgerKind, Member
from hotel.members.services import ledger
from hotel.members.services.errors import CannotMerge
from hotel.members.services.marks import trace
from hotel.stays.models import Sharer, Stay

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from oms.staff.models import Staff

# What is chosen together: a number without its seal would be nothing.
CHOICES: dict[str, tuple[str, ...]] = {
    "name": ("name", "name_keys"),
    "id_number": ("id_type", "id_sealed", "id_hash", "id_tail", "born_on", "gender", "nationality"),
    "phone": ("phone_sealed", "phone_hash", "phone_tail"),
    "preferences": ("preferences",),
}


@transaction.atomic
def merge_guests(
    *, winner_id: int, loser_id: int, by: Staff | None, at: dt.datetime, take: Mapping[str, bool] | None = None
) -> Guest:
    """``loser`` becomes ``winner``: stays, shared rooms, membership, points and stored value move, in whole sets.

    ``take`` names the ``CHOICES`` that are the loser's; what the winner lacks comes from the loser anyway. Both
    members: balances move by MERGE entries, the higher level stays. A blacklisting counts for both.
    Locks both guests by primary key, then the members. Raises CannotMerge.
    """
    winner, loser = _both(winner_id, loser_id)
    taken = [choice for choice in CHOICES if (take or {}).get(choice) or _is_missing(winner, loser, choice)]
    values = {field: getattr(loser, field) for choice in taken for field in CHOICES[choice]}
    _move_member(winner, loser, by, at)
    moved = _move_stays(winner, loser)
    Guest.objects.filter(merged_into=loser).update(merged_into=winner)
    loser.merged_into = winner  # first: a document may only be once among those not merged
    loser.version += 1
    loser.save(update_fields=["merged_into", "version"])
    if "name" in taken:  # the name that isn't used any more stays known to erasing
        Guest.objects.filter(pk=loser.pk).update(name=winner.name, name_keys=winner.name_keys)
    for field, value in values.items():
        setattr(winner, field, value)
    if loser.is_blacklisted and not winner.is_blacklisted:
        winner.is_blacklisted, winner.blacklist_reason = True, loser.blacklist_reason
    winner.version += 1
    winner.save()
    trace(winner, "guest.merged", by, at, data={"from": loser.pk, "stays": moved, "taken": taken})
    trace(loser, "guest.merged_away", by, at, data={"into": winner.pk})
    return winner


def _both(winner_id: int, loser_id: int) -> tuple[Guest, Guest]:
    rows = Guest.objects.select_for_update(of=("self",), no_key=True).filter(
        pk__in={winner_id, loser_id}, merged_into=None, erased_at=None
    )
    guests = {guest.pk: guest for guest in rows.order_by("pk")}
    if len(guests) != 2 or len({guest.branch_id for guest in guests.values()}) != 1:  # noqa: PLR2004 -- two
        raise CannotMerge
    return guests[winner_id], guests[loser_id]


def _is_missing(winner: Guest, loser: Guest, choice: str) -> bool:
    key = {"id_number": "id_hash", "phone": "phone_hash"}.get(choice, choice)
    return not getattr(winner, key) and bool(getattr(loser, key))


def _move_stays(winner: Guest, loser: Guest) -> int:
    # A row per stay and guest: where the winner is there already, the loser's row goes.
    doubled = Sharer.objects.filter(guest=loser).filter(
        Exists(Sharer.objects.filter(stay=OuterRef("stay"), guest=winner))
        | Exists(Stay.objects.filter(pk=OuterRef("stay"), guest__in=[winner, loser]))
    )
    doubled.delete()
    Sharer.objects.filter(guest=winner, stay__guest=loser).delete()
    Sharer.objects.filter(guest=loser).update(guest=winner)
    member = Member.objects.filter(guest=winner).first()
    moved = Stay.objects.filter(guest=loser).update(guest=winner, version=F("version") + 1)
    if member:
        Stay.objects.filter(guest=winner, member__guest=loser).update(member=member)
    return moved


def _move_member(winner: Guest, loser: Guest, by: Staff | None, at: dt.datetime) -> None:
    rows = Member.objects.select_for_update(of=("self",), no_key=True).select_related("guest", "level")
    members = {member.guest_id: member for member in rows.filter(guest__in=[winner, loser]).order_by("pk")}
    old, new = members.get(loser.pk), members.get(winner.pk)
    if old is None:
        return
    if new is None:
        Member.objects.filter(pk=old.pk).update(guest=winner)
        return
    if old.points or old.stored_value or old.bonus_value:
        points, value, bonus = old.points, old.stored_value, old.bonus_value
        ledger.move(old, LedgerKind.MERGE, by, at, points=-points, value=-value, bonus=-bonus, note=new.number)
        ledger.move(new, LedgerKind.MERGE, by, at, points=points, value=value, bonus=bonus, note=old.number)
    level = old.level if old.level.rank > new.level.rank else new.level
    Member.objects.filter(pk=new.pk).update(level=level, is_active=new.is_active or old.is_active)
    Member.objects.filter(pk=old.pk).update(is_active=False)
