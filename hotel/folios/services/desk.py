"""What every command at the till needs: locked folios, the person's shift, entries on today's date, traces."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connection

from hotel.folios.models import Folio, FolioEntry, FolioKind, Ledger, Shift
from hotel.folios.services import crediting
from hotel.folios.services.errors import BadAmount, DateClosed, FolioClosed, NoOpenShift, OtherHouse
from hotel.rooms import traces
from hotel.rooms.models import Property
from hotel.rooms.traces import Trace
from oms.lib.bulk import copy_models, next_ids
from oms.lib.joined import Joined, relate
from oms.lib.money import cents

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from oms.staff.models import Staff

MOST = Decimal("9999999.99")
CLOSED_DATE = "is not open (today is"  # what the trigger of folio entries says


@dataclass(slots=True)
class Desk:
    """Open folios, locked by primary key, and who works on them."""

    folios: dict[int, Folio]
    shift: Shift | None
    by: Staff | None
    at: dt.datetime

    def entry(self, folio_id: int, kind: str, amount: Decimal, **fields: Any) -> FolioEntry:
        """An entry, not yet written, on its property's date; ledger as the folio's kind says unless given."""
        folio = self.folios[folio_id]
        fields.setdefault("ledger", own_ledger(folio))
        return FolioEntry(
            folio=folio,
            property_id=folio.property_id,
            business_date=folio.property.business_date,
            shift=self.shift,
            kind=kind,
            amount=amount,
            by=self.by,
            at=self.at,
            **fields,
        )

    def write(self, entries: Sequence[FolioEntry]) -> None:
        """Write entries; credits of companies settle debts (``crediting``).

        Raises DateClosed when the night audit has moved the date on in the meantime.
        """
        try:
            copy_models(entries)
        except IntegrityError as refusal:
            if CLOSED_DATE in str(refusal):
                raise DateClosed from refusal
            raise
        crediting.follow(self, entries)

    def trace(self, action: str, entries: Sequence[FolioEntry], reason: str = "") -> None:
        """One trace per folio, and stay whose charges came there: how many entries, and what they add up to."""
        found: dict[tuple[int, int | None], list[Decimal]] = defaultdict(list)
        for entry in entries:
            found[entry.folio_id, entry.stay_id].append(entry.amount)
        lines = []
        for (pk, stay_id), amounts in found.items():
            data = {"amount": str(sum(amounts)), "entries": len(amounts)}
            lines.append(self._line(action, self.folios[pk], reason, data, stay_id))
        traces.write(lines=lines, by=self.by, at=self.at)

    def trace_folio(self, action: str, folio_id: int, reason: str = "", **data: Any) -> None:
        """One trace of something that wrote no entry."""
        traces.write(lines=[self._line(action, self.folios[folio_id], reason, data)], by=self.by, at=self.at)

    def _line(self, action: str, folio: Folio, reason: str, data: dict[str, Any], stay_id: int | None = None) -> Trace:
        return Trace(
            folio.property_id,
            action,
            stay_id=stay_id or folio.stay_id,
            folio_id=folio.pk,
            shift_id=self.shift.pk if self.shift else None,
            reference=folio.number,
            reason=reason,
            data=data,
            business_date=folio.property.business_date,
        )


def own_ledger(folio: Folio) -> str:
    """The ledger a folio's charges and payments belong to."""
    return Ledger.COMPANY if folio.kind == FolioKind.COMPANY else Ledger.GUEST


def at_desk(folio_ids: Collection[int], *, by: Staff | None, at: dt.datetime) -> Desk:
    """Lock open folios of one property, and find the person's shift. Raises FolioClosed, OtherHouse, NoOpenShift."""
    folios = lock_folios(folio_ids)
    return Desk(folios, open_shift_of(by, folios.values()), by, at)


_FOLIOS = Joined(f=Folio, p=Property)
_LOCK = f"""
SELECT {_FOLIOS.columns} FROM hotel_folio f JOIN hotel_property p ON p.id = f.property_id
 WHERE f.id = ANY (%s) ORDER BY f.id FOR NO KEY UPDATE OF f
"""


def lock_folios(folio_ids: Collection[int]) -> dict[int, Folio]:
    """Folios by id, locked by primary key; those that are closed are refused. Raises FolioClosed, DoesNotExist."""
    folios = {}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(folio_ids)])
        for folio, house in _FOLIOS.read(cursor.fetchall()):
            relate(folio, property=house)
            folios[folio.pk] = folio
    if len(folios) < len(set(folio_ids)):
        raise Folio.DoesNotExist
    for folio in folios.values():
        if folio.closed_at:
            raise FolioClosed(folio=folio.number)
    return folios


def open_shift_of(by: Staff | None, folios: Collection[Folio]) -> Shift | None:
    """The person's open shift at the folios' property; the system (None) needs none. Raises NoOpenShift, OtherHouse.

    A share lock keeps the shift from being counted while somebody posts in it.
    """
    if by is None or not folios:
        return None
    houses = {folio.property_id for folio in folios}
    if len(houses) > 1:
        raise OtherHouse
    shifts = Shift.objects.select_for_update(of=("self",), no_key=True)
    shift = shifts.filter(property_id=houses.pop(), staff=by, closed_at=None).first()
    if shift is None or shift.counted_at:
        raise NoOpenShift
    return shift


def refuse_bad_amount(amount: Decimal) -> None:
    """Above 0.00, two places, and within what a column holds. Raises BadAmount."""
    if amount <= 0 or amount > MOST or amount != cents(amount):
        raise BadAmount(amount=str(amount), most=str(MOST))


def entry_ids_for(count: int) -> list[int]:
    """Ids for entries that name each other before they are written."""
    return next_ids(table="hotel_folioentry", count=count)
