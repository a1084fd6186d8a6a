"""What the desk must not miss: guests about to leave, guests who should have left, calls that are due."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_noop

from hotel.folios.models import Shift
from hotel.rooms.models import Property
from hotel.stays.models import DeskNote, DeskWatch, NoteKind, Stay
from hotel.stays.states import StayStatus
from oms.notices.live import publish
from oms.notices.services import notify
from oms.staff.queries import holders

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

    from oms.staff.models import Staff

DESK = "hotel.check_out"  # who is told where nobody has a shift open
NAMED = 12  # rooms in one notice
LEAVING = gettext_noop("About to leave: %(rooms)s")
OVERDUE = gettext_noop("Should have left by now: %(rooms)s")
DUE = {
    NoteKind.WAKE_UP: gettext_noop("Wake-up call now: %(rooms)s"),
    NoteKind.LUGGAGE: gettext_noop("Luggage is due: %(rooms)s"),
    NoteKind.LOAN: gettext_noop("To be given back now: %(rooms)s"),
    NoteKind.MESSAGE: gettext_noop("A message is due: %(rooms)s"),
}


def on_desk(property_id: int, branch_id: int) -> list[int]:
    """Ids of who works at the desk now: with a shift open there, else all of the branch who may check out."""
    working = Shift.objects.filter(property=property_id, closed_at=None, staff__is_active=True)
    return list(working.order_by("staff_id").values_list("staff_id", flat=True)) or holders(DESK, branch_id)


def tell_leaving(stays: Sequence[Stay], *, by: Staff | None, at: dt.datetime) -> None:
    """预离: say to the desks of these stays, but not to who marked them, that the guests are about to leave."""
    for house, found in _by_house(stays).items():
        people = [pk for pk in on_desk(house.pk, house.branch_id) if by is None or pk != by.pk]
        url = _page(found[0]) if len(found) == 1 else f"{reverse('stays:list')}?when=due_outs"
        _ring(people, LEAVING, found, url, "logout-2", at)


@transaction.atomic
def remind(*, at: dt.datetime) -> int:
    """Tell every desk what fell due since it was last told: late departures and desk notes (wake-ups …), each once.

    Whatever the number of properties, stays and notes: one statement finds each kind. Locks the properties' watches;
    those another beat holds are left to it, so nothing is said twice. Returns how many matters were told.
    """
    watches = _take_watches(at)
    since = {watch.property_id: watch.told_until for watch in watches}
    if not since:
        return 0
    late = Stay.objects.filter(status=StayStatus.IN_HOUSE, due_out_at__lte=at, due_out_at__gt=min(since.values()))
    stays = late.filter(property__in=since).select_related("property", "room").order_by("due_out_at", "pk")
    overdue = [stay for stay in stays if stay.due_out_at > since[stay.property_id]]
    open_notes = due_notes(list(since), at).filter(due_at__gt=min(since.values()))
    notes = [note for note in open_notes if note.due_at and note.due_at > since[note.stay.property_id]]
    for house, found in _by_house(overdue).items():
        url = f"{reverse('stays:list')}?when=due_outs"
        _ring(on_desk(house.pk, house.branch_id), OVERDUE, found, url, "clock-exclamation", at)
    for kind, text in DUE.items():
        for house, found in _by_house([note.stay for note in notes if note.kind == kind]).items():
            _ring(on_desk(house.pk, house.branch_id), text, found, _page(found[0]), "bell-ringing", at)
    DeskWatch.objects.filter(pk__in=since).update(told_until=at)
    return len(overdue) + len(notes)


def due_notes(property_ids: Sequence[int], at: dt.datetime) -> QuerySet[DeskNote]:
    """Open notes whose minute has come, of guests in the house; luggage also of those who have left."""
    there = Q(stay__status=StayStatus.IN_HOUSE) | Q(kind=NoteKind.LUGGAGE, stay__status=StayStatus.CHECKED_OUT)
    due = DeskNote.objects.filter(there, done_at=None, due_at__lte=at, stay__property__in=property_ids)
    return due.select_related("stay__property", "stay__room").order_by("due_at", "pk")


def tell_seen_to(stay: Stay) -> None:
    """Once the transaction commits: what rings on the desk's screens has changed."""
    for pk in on_desk(stay.property_id, stay.property.branch_id):
        publish(channel=f"staff:{pk}", event="ring", data={"property": stay.property_id})


def _take_watches(at: dt.datetime) -> list[DeskWatch]:
    """The watches nobody else holds; a hotel that has none begins now."""
    new = Property.objects.filter(is_active=True).exclude(pk__in=DeskWatch.objects.values("pk")).order_by("pk")
    DeskWatch.objects.bulk_create([DeskWatch(property=house, told_until=at) for house in new], ignore_conflicts=True)
    free = DeskWatch.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    return list(free.filter(property__is_active=True, told_until__lt=at).order_by("pk"))


def _by_house(stays: Iterable[Stay]) -> dict[Property, list[Stay]]:
    found: dict[Property, list[Stay]] = defaultdict(list)
    for stay in stays:
        found[stay.property].append(stay)
    return found


def _page(stay: Stay) -> str:
    return reverse("stays:detail", args=[stay.number])


def _ring(people: Sequence[int], text: str, stays: Sequence[Stay], url: str, icon: str, at: dt.datetime) -> None:
    names = [stay.room.number if stay.room else stay.number for stay in stays]
    more = f" +{len(names) - NAMED}" if len(names) > NAMED else ""
    params: dict[str, Any] = {"rooms": ", ".join(names[:NAMED]) + more}
    notify(staff_ids=people, text=text, params=params, url=url, icon=icon, at=at)
