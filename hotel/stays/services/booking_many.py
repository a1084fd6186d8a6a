"""Many bookings at once, as a channel or a file brings them: a result each, a dozen statements for the set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from hotel.rooms import traces
from hotel.rooms.models import Property
from hotel.rooms.traces import Trace
from hotel.stays import inventory
from hotel.stays.models import Booking, Stay
from hotel.stays.services.booking import (
    BookingRequest,
    StayRequest,
    _draft_stays,
    _give_named_rooms,
    _make_nights,
    _prices,
    _refuse_bad_dates,
)
from hotel.stays.states import HOLDS_INVENTORY
from oms.lib.bulk import next_ids
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from oms.staff.models import Staff

Asked = tuple[BookingRequest, "Sequence[StayRequest]"]


@transaction.atomic
def reserve_many(
    *, property_id: int, bookings: Sequence[Asked], by: Staff | None, at: dt.datetime
) -> list[list[int] | DomainError]:
    """As ``reserve``, for many bookings in the order they came: the ids of each one's stays, or its refusal.

    All at once where all fit; a set with a refusal in it is halved until the refused booking stands alone, so earlier
    ones go first. Locks as ``reserve``. Never raises for one booking.
    """
    house = Property.objects.get(pk=property_id)
    results: list[list[int] | DomainError] = [[] for _booking in bookings]
    fit = []
    for position, (_booking, requests) in enumerate(bookings):
        try:
            for request in requests:
                _refuse_bad_dates(request, house)
            fit.append(position)
        except DomainError as refusal:
            results[position] = refusal
    _take(house, bookings, fit, results, by, at)
    return results


def _take(
    house: Property,
    bookings: Sequence[Asked],
    positions: Sequence[int],
    results: list[list[int] | DomainError],
    by: Staff | None,
    at: dt.datetime,
) -> None:
    if not positions:
        return
    try:
        with transaction.atomic():
            made = _reserve(house, [bookings[position] for position in positions], by, at)
    except DomainError as refusal:
        if len(positions) == 1:
            results[positions[0]] = refusal
            return
        half = len(positions) // 2
        _take(house, bookings, positions[:half], results, by, at)
        _take(house, bookings, positions[half:], results, by, at)
    else:
        for position, ids in zip(positions, made, strict=True):
            results[position] = ids


def _reserve(house: Property, asked: Sequence[Asked], by: Staff | None, at: dt.datetime) -> list[list[int]]:
    ids = next_ids(table="hotel_booking", count=len(asked))
    made = Booking.objects.bulk_create(
        Booking(
            pk=pk,
            number=f"BK{house.business_date:%y%m%d}{pk:05}",
            property=house,
            kind=request.kind,
            title=request.title,
            contact_name=request.contact_name,
            contact_phone=request.contact_phone,
            source=request.source,
            external_no=request.external_no,
            note=request.note,
            created_at=at,
            created_by=by,
        )
        for pk, (request, _stays) in zip(ids, asked, strict=True)
    )
    requests = [request for _booking, stays in asked for request in stays]
    owners = [booking for booking, (_request, stays) in zip(made, asked, strict=True) for _stay in stays]
    prices = _prices(requests)
    drafts = _draft_stays(house, made[0], requests, prices, at)
    for draft, owner in zip(drafts, owners, strict=True):
        draft.stay.booking = owner
    inventory.take(
        (d.request.room_type_id, night.date) for d in drafts if d.stay.status in HOLDS_INVENTORY for night in d.nights
    )
    Stay.objects.bulk_create(draft.stay for draft in drafts)
    _make_nights(drafts, by)
    _give_named_rooms(drafts, at)
    lines = [Trace(house.pk, "stay.reserved", stay_id=d.stay.pk, reference=d.stay.number) for d in drafts]
    traces.write(lines=lines, by=by, at=at)
    of_booking: dict[int, list[int]] = {booking.pk: [] for booking in made}
    for draft in drafts:
        of_booking[draft.stay.booking_id].append(draft.stay.pk)
    return [of_booking[booking.pk] for booking in made]
