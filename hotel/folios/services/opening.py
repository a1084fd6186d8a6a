"""Opening and closing folios."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import F

from hotel.folios.models import Company, Folio, FolioKind
from hotel.folios.queries import owed_and_held
from hotel.folios.services.errors import NotSettled, ReasonNeeded
from hotel.rooms import traces
from hotel.rooms.models import Property
from hotel.rooms.traces import Trace
from hotel.stays.models import Booking, Stay
from oms.lib.bulk import next_ids
from oms.lib.joined import Joined

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from oms.lib.errors import DomainError
    from oms.staff.models import Staff


_FOLIOS = Joined(f=Folio)
_LOCK = f"SELECT {_FOLIOS.columns} FROM hotel_folio f WHERE f.id = ANY (%s) ORDER BY f.id FOR NO KEY UPDATE"
_CLOSE = "UPDATE hotel_folio SET closed_at = %s, version = version + 1 WHERE id = ANY (%s)"
_ENSURE = """
INSERT INTO hotel_folio (id, property_id, number, kind, stay_id, "window", title, version)
SELECT n.id, s.property_id,
       'FO' || to_char(p.business_date, 'YYMMDD') || lpad(n.id::text, greatest(5, length(n.id::text)), '0'),
       'stay', s.id, 1, s.guest_name, 1
  FROM (SELECT w.stay, nextval(pg_get_serial_sequence('hotel_folio', 'id')) AS id
          FROM unnest(%s::bigint[]) AS w(stay)
         WHERE NOT EXISTS (SELECT FROM hotel_folio f WHERE f.stay_id = w.stay AND f."window" = 1)) n
  JOIN hotel_stay s ON s.id = n.stay JOIN hotel_property p ON p.id = s.property_id
ON CONFLICT DO NOTHING
RETURNING property_id, stay_id, id, number
"""


@transaction.atomic
def open_folios(*, stay_ids: Collection[int], by: Staff | None, at: dt.datetime) -> dict[int, Folio]:
    """The first window of each stay, made where there is none (closed ones are returned as they are). Idempotent.

    At most three statements for the set; a race is settled by the constraint. Writes traces for those made.
    """
    found = _first_windows(stay_ids)
    missing = set(stay_ids) - found.keys()
    if not missing:
        return found
    traces.write(lines=ensure_folios(stay_ids=missing), by=by, at=at)
    return found | _first_windows(missing)


def ensure_folios(*, stay_ids: Collection[int]) -> list[Trace]:
    """Make the first window of stays that have none, in one statement; the traces are the caller's to write."""
    with connection.cursor() as cursor:
        cursor.execute(_ENSURE, [sorted(stay_ids)])
        return [
            Trace(house, "folio.opened", stay_id=stay_id, folio_id=pk, reference=number)
            for house, stay_id, pk, number in cursor.fetchall()
        ]


@transaction.atomic
def open_folio(
    *,
    property_id: int,
    kind: str,
    by: Staff | None,
    at: dt.datetime,
    stay_id: int | None = None,
    booking_id: int | None = None,
    company_id: int | None = None,
    title: str = "",
    window: int | None = None,
) -> Folio:
    """One folio: a further window of a stay (the next number unless given), a group's master, a company, a passer-by.

    A master, a company's folio and a window that exist are returned. Locks the stay while its windows are numbered.
    """
    belongs = {"stay_id": stay_id, "booking_id": booking_id, "company_id": company_id}
    house = Property.objects.get(pk=property_id)
    if stay_id is not None:
        Stay.objects.select_for_update(no_key=True).get(pk=stay_id, property_id=property_id)
        taken = dict(Folio.objects.filter(stay_id=stay_id).values_list("window", "pk"))
        window = window or max(taken, default=0) + 1
        if window in taken:
            return Folio.objects.get(pk=taken[window])
    elif booking_id is not None:
        title = title or Booking.objects.get(pk=booking_id, property_id=property_id).title
    elif company_id is not None:
        title = title or Company.objects.get(pk=company_id, property_id=property_id).name[:80]
    (pk,) = next_ids(table="hotel_folio", count=1)
    folio = Folio(
        pk=pk,
        number=_number(house, pk),
        property=house,
        kind=kind,
        window=window or 1,
        title=title[:80],
        **belongs,
    )
    if _make([folio], by, at):
        return folio
    if company_id is not None:
        return Folio.objects.get(company=company_id)
    return Folio.objects.get(kind=FolioKind.MASTER, booking=booking_id)


@transaction.atomic
def close_folios(*, folio_ids: Collection[int], by: Staff | None, at: dt.datetime) -> dict[int, DomainError | None]:
    """Close those that owe nothing and hold no deposit; None for each that is closed now, or was.

    Windows of one stay close together or not at all. Locks the folios by primary key. Never raises: the refusal
    (NotSettled) with balance and deposit is the folio's result. Three statements for the set, and its traces.
    """
    folios = _lock(folio_ids)
    sums = owed_and_held(folio_ids)
    results: dict[int, DomainError | None] = {}
    stuck: dict[int, DomainError] = {}
    for folio in folios:
        results[folio.pk] = None
        owed, held = sums[folio.pk]
        if owed or held:
            refusal = NotSettled(folio=folio.number, balance=str(owed), deposit=str(held))
            results[folio.pk] = refusal
            if folio.stay_id:
                stuck[folio.stay_id] = refusal
    for folio in folios:
        results[folio.pk] = results[folio.pk] or stuck.get(folio.stay_id or 0)
    done = [folio for folio in folios if results[folio.pk] is None and folio.closed_at is None]
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, [at, [folio.pk for folio in done]])
    _trace("folio.closed", done, by, at)
    return results


@transaction.atomic
def reopen_folios(*, folio_ids: Collection[int], reason: str, by: Staff | None, at: dt.datetime) -> list[Folio]:
    """Let closed folios take entries again; open ones stay so. Locks them. Raises ReasonNeeded."""
    if not reason.strip():
        raise ReasonNeeded
    folios = _lock(folio_ids)
    shut = [folio for folio in folios if folio.closed_at]
    Folio.objects.filter(pk__in=[folio.pk for folio in shut]).update(closed_at=None, version=F("version") + 1)
    for folio in shut:
        folio.closed_at = None
    _trace("folio.reopened", shut, by, at, reason)
    return folios


def company_folios(*, company_ids: Collection[int], by: Staff | None, at: dt.datetime) -> dict[int, Folio]:
    """The folio of each company, made where there is none."""
    found = {folio.company_id or 0: folio for folio in Folio.objects.filter(company__in=company_ids)}
    for company in Company.objects.filter(pk__in=set(company_ids) - found.keys()).order_by("pk"):
        found[company.pk] = open_folio(
            property_id=company.property_id, kind=FolioKind.COMPANY, company_id=company.pk, by=by, at=at
        )
    return found


def _first_windows(stay_ids: Collection[int]) -> dict[int, Folio]:
    return {folio.stay_id or 0: folio for folio in Folio.objects.filter(stay__in=stay_ids, window=1)}


def _number(house: Property, pk: int) -> str:
    return f"FO{house.business_date:%y%m%d}{pk:05}"


def _make(folios: Sequence[Folio], by: Staff | None, at: dt.datetime) -> list[Folio]:
    """Those of the folios nobody else has made in the meantime."""
    Folio.objects.bulk_create(folios, ignore_conflicts=True)
    kept = set(Folio.objects.filter(pk__in=[folio.pk for folio in folios]).values_list("pk", flat=True))
    made = [folio for folio in folios if folio.pk in kept]
    _trace("folio.opened", made, by, at)
    return made


def _lock(folio_ids: Collection[int]) -> list[Folio]:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(folio_ids)])
        return [folio for (folio,) in _FOLIOS.read(cursor.fetchall())]


def _trace(action: str, folios: Sequence[Folio], by: Staff | None, at: dt.datetime, reason: str = "") -> None:
    lines = [
        Trace(
            folio.property_id, action, stay_id=folio.stay_id, folio_id=folio.pk, reference=folio.number, reason=reason
        )
        for folio in folios
    ]
    traces.write(lines=lines, by=by, at=at)
