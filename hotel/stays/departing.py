"""What the check-out page shows of those who leave, in a fixed number of statements."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q

from hotel.folios.models import Folio, TenderKind
from hotel.rooms.numbers import whole
from hotel.stays.models import RoomNight, Sharer, Stay
from hotel.stays.services.errors import WrongStatus
from hotel.stays.services.settling import open_holds, open_notes, preview_bills
from hotel.stays.states import StayStatus
from oms.lib.money import ZERO

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from django.utils.datastructures import MultiValueDict

    from hotel.folios.services import Account
    from hotel.stays.models import DeskNote
    from hotel.stays.services.settling import Bills
    from oms.lib.errors import DomainError

HERE_OR_COMING = (StayStatus.IN_HOUSE, StayStatus.CONFIRMED, StayStatus.TENTATIVE)


@dataclass
class Window:
    """A folio on the page, with what stands on it, what is charged with the check-out, and what a bank holds."""

    folio: Folio
    account: Account
    charged: list[Any] = field(default_factory=list)
    holds: list[dict[str, Any]] = field(default_factory=list)

    @property
    def held(self) -> list[tuple[Any, Decimal]]:
        """Deposits by tender."""
        return [(TenderKind(kind).label, amount) for kind, amount in self.account.held.items()]


@dataclass
class Case:
    """Whoever leaves: a stay with its windows, or (``stay`` None) the master folio of a group."""

    stay: Stay | None
    windows: list[Window] = field(default_factory=list)
    notes: list[DeskNote] = field(default_factory=list)
    sharers: list[Sharer] = field(default_factory=list)
    unslept: int = 0
    refusal: DomainError | None = None
    is_chosen: bool = True

    @property
    def net(self) -> Decimal:
        """What is left to pay after the deposits; below 0.00: to give back."""
        return sum((window.account.net for window in self.windows), ZERO)


def cases_of(
    stays: Sequence[Stay],
    typed: MultiValueDict | None,
    refusals: Mapping[int, DomainError],
    at: dt.datetime,
) -> tuple[list[Case], DomainError | None]:
    """Those who leave and after them the masters of their groups; what can't be charged. ``typed``: the form sent."""
    cases = {stay.pk: _case(stay, typed, refusals.get(stay.pk)) for stay in stays}
    inside = [stay for stay in stays if stay.status == StayStatus.IN_HOUSE]
    if not inside:
        return list(cases.values()), None
    _describe(cases, inside)
    bills = preview_bills(inside, at)
    masters = []
    for window in _windows(bills, typed):
        if window.folio.stay_id:
            cases[window.folio.stay_id].windows.append(window)
        elif window.account.balance or window.account.held or window.holds:
            masters.append(Case(None, [window]))
    _choose(masters, inside, typed)
    return [*cases.values(), *masters], bills.refusal


def back(windows: Sequence[Window]) -> list[dict[str, Any]]:
    """Rows of tenders that give back what is too much on each folio."""
    return [
        {"kind": kind, "amount": -amount, "detail": "", "folio": window.folio.pk}
        for window in windows
        for kind, amount in window.account.back.items()
    ]


def _case(stay: Stay, typed: MultiValueDict | None, refusal: DomainError | None) -> Case:
    if stay.status != StayStatus.IN_HOUSE:
        refusal = WrongStatus(stay=stay.number, status=str(stay.get_status_display()))
        return Case(stay, refusal=refusal, is_chosen=False)
    return Case(stay, refusal=refusal, is_chosen=typed is None or stay.number in typed.getlist("stay"))


def _describe(cases: Mapping[int, Case], inside: Sequence[Stay]) -> None:
    """Notes that are open, who shares the room, nights that will not be slept."""
    for note in open_notes([stay.pk for stay in inside]):
        cases[note.stay_id].notes.append(note)
    for sharer in Sharer.objects.filter(stay__in=inside, left_at=None).select_related("guest").order_by("pk"):
        cases[sharer.stay_id].sharers.append(sharer)
    today = inside[0].property.business_date
    unslept = RoomNight.objects.filter(stay__in=inside, charge=None, date__gte=today)
    for stay_id in unslept.values_list("stay_id", flat=True):
        cases[stay_id].unslept += 1


def _windows(bills: Bills, typed: MultiValueDict | None) -> list[Window]:
    """Each folio; a hold proposes to take what is left to pay."""
    found = {folio.pk: Window(folio, bills.accounts[folio.pk]) for folio in bills.folios}
    for entry in bills.charged:
        if entry.folio_id in found:
            found[entry.folio_id].charged.append(entry)
    owed = {pk: max(ZERO, window.account.net) for pk, window in found.items()}
    for hold in open_holds(Q(folio__in=found)):
        take = min(hold.amount, owed[hold.folio_id])
        owed[hold.folio_id] -= take
        shown = (take or "") if typed is None else typed.get(f"capture_{hold.pk}", "")
        found[hold.folio_id].holds.append({"hold": hold, "take": shown})
    return list(found.values())


def _choose(masters: Sequence[Case], leaving: Sequence[Stay], typed: MultiValueDict | None) -> None:
    """A group's master is settled with its last guests, unless the form says otherwise."""
    pks = [case.windows[0].folio.pk for case in masters]
    if typed is None and pks:
        others = Stay.objects.filter(booking=OuterRef("booking"), status__in=HERE_OR_COMING)
        last = Folio.objects.filter(~Exists(others.exclude(pk__in=[stay.pk for stay in leaving])), pk__in=pks)
        chosen = set(last.values_list("pk", flat=True))
    else:
        chosen = {whole(value) for value in typed.getlist("master")} if typed else set()
    for case in masters:
        case.is_chosen = case.windows[0].folio.pk in chosen
