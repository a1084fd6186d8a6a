"""One click on the worklist: the usual command, for one matter."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from hotel.folios import services as folios
from hotel.folios.models import FolioKind, Shift
from hotel.rooms.models import Property
from hotel.stays import services as stays
from hotel.stays.models import Stay
from oms.lib.errors import DomainError
from oms.notices.services import notify

if TYPE_CHECKING:
    from oms.staff.models import Staff

NIGHT = dt.timedelta(days=1)
STAY_FIXES = ("extend", "check_out", "no_show", "move_arrival", "open_folio")


class NoSuchFix(DomainError):
    """The worklist knows no such way on."""

    code = "audit_no_such_fix"
    message = _("This can't be mended here.")


def fix(*, code: str, property_id: int, object_id: int, by: Staff, at: dt.datetime) -> None:
    """Mend one matter of the rehearsal: ``extend`` a stay until tomorrow, ``check_out`` one with nothing to pay,
    mark a ``no_show``, ``move_arrival`` to tomorrow (the nights left stay as they are), ``open_folio`` for one whose
    folios are closed, or ``ask`` a shift's owner to close it.

    Locks and refusals are those of the command it calls; a row of another property does not exist. Raises NoSuchFix.
    """
    if code == "ask":
        _ask(Shift.objects.select_related("staff").get(pk=object_id, property=property_id, closed_at=None), by, at)
        return
    if code not in STAY_FIXES:
        raise NoSuchFix
    stay = Stay.objects.get(pk=object_id, property=property_id)
    if code == "extend":
        _extend(stay, by, at)
    elif code == "move_arrival":
        _move_arrival(stay, by, at)
    elif code == "open_folio":
        folios.open_folio(property_id=property_id, kind=FolioKind.STAY, stay_id=stay.pk, by=by, at=at)
    else:
        command = stays.check_out if code == "check_out" else stays.mark_no_shows
        refusal = command(stay_ids=[stay.pk], by=by, at=at)[stay.pk]
        if refusal:
            raise refusal


def _extend(stay: Stay, by: Staff, at: dt.datetime) -> None:
    until = Property.objects.values_list("business_date", flat=True).get(pk=stay.property_id) + NIGHT
    try:
        stays.extend(stay_id=stay.pk, departure_on=until, by=by, at=at)
    except stays.NoPrice:  # the plan ends before the guest does: tonight costs what last night did
        stays.extend(stay_id=stay.pk, departure_on=until, by=by, at=at, keep_price=True)


def _move_arrival(stay: Stay, by: Staff, at: dt.datetime) -> None:
    tomorrow = Property.objects.values_list("business_date", flat=True).get(pk=stay.property_id) + NIGHT
    departure = max(stay.departure_on, tomorrow + NIGHT)
    stays.reschedule(
        stay_id=stay.pk,
        arrival_on=tomorrow,
        departure_on=departure,
        by=by,
        at=at,
        keep_price=departure > stay.departure_on,
    )


def _ask(shift: Shift, by: Staff, at: dt.datetime) -> None:
    notify(
        staff_ids=[shift.staff_id],
        text=gettext_noop("Count your shift of %(date)s: the night audit waits for it"),
        params={"date": str(shift.business_date), "who": str(by)},
        url=reverse("audit:rehearsal"),
        icon="moon-stars",
        at=at,
    )
