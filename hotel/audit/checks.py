"""What would stop or trouble tonight's audit: whose it is, since or by when, and what mends it with one click."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from hotel.audit.states import Severity

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from django.utils.functional import Promise

    from hotel.rooms.models import Property

SHOWN = 50  # of one kind; the count is of all
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Item:
    """One matter. ``fixes`` are codes of ``hotel.audit.services.fix``; ``amount`` in the property's currency."""

    reference: str
    room: str = ""
    who: str = ""
    since: dt.datetime | None = None
    amount: Decimal | None = None
    owner_id: int | None = None
    owner: str = ""
    stay_id: int | None = None
    shift_id: int | None = None
    folio_id: int | None = None
    room_id: int | None = None
    fixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of matter and what was found of it."""

    code: str
    label: str | Promise
    found_severity: str
    help: str | Promise
    items: list[Item] = field(default_factory=list)
    count: int = 0

    @property
    def severity(self) -> str:
        """OK where nothing was found."""
        return self.found_severity if self.count else Severity.OK


# Every statement gives: total, then the columns of its items. The balance is what is owed less deposits held.
_BALANCE = """(SELECT coalesce(sum(e.amount), 0) FROM hotel_folio f JOIN hotel_folioentry e ON e.folio_id = f.id
        WHERE f.stay_id = s.id)"""
_OPEN_MONEY = """(SELECT count(*) FROM (SELECT 1 FROM hotel_folio f JOIN hotel_folioentry e ON e.folio_id = f.id
        WHERE f.stay_id = s.id AND f.closed_at IS NULL
        GROUP BY f.id, e.ledger = 'deposit' HAVING sum(e.amount) <> 0) x)"""
_NAME = "coalesce(nullif(w.display_name, ''), w.username, '')"
_STAY = "count(*) OVER (), s.number, coalesce(r.number, ''), s.guest_name, {since}, {amount}, {who}, s.id, r.id"
_FROM = "FROM hotel_stay s LEFT JOIN hotel_room r ON r.id = s.room_id WHERE s.property_id = %(house)s"

_DUE_OUT = f"""
SELECT {_STAY.format(since="s.due_out_at", amount=_BALANCE, who=f"s.is_day_use, {_OPEN_MONEY}")} {_FROM}
   AND s.status = 'in_house' AND s.departure_on <= %(date)s AND NOT (s.is_day_use AND s.arrival_on = %(date)s)
 ORDER BY s.due_out_at, s.id LIMIT {SHOWN}
"""
_DAY_USE = f"""
SELECT {_STAY.format(since="s.due_out_at", amount=_BALANCE, who=f"s.is_day_use, {_OPEN_MONEY}")} {_FROM}
   AND s.status = 'in_house' AND s.is_day_use AND s.arrival_on = %(date)s
 ORDER BY s.due_out_at, s.id LIMIT {SHOWN}
"""
_ARRIVALS = f"""
SELECT {_STAY.format(since="s.due_in_at", amount="NULL::numeric", who="s.departure_on - s.arrival_on, s.is_day_use")}
  {_FROM} AND s.status IN ('tentative', 'confirmed') AND s.arrival_on <= %(date)s
 ORDER BY s.due_in_at, s.id LIMIT {SHOWN}
"""
_NO_NIGHT = f"""
SELECT {_STAY.format(since="s.checked_in_at", amount="NULL::numeric", who="0, 0")} {_FROM}
   AND s.status = 'in_house' AND NOT s.is_day_use AND s.departure_on > %(date)s
   AND NOT EXISTS (SELECT FROM hotel_roomnight n WHERE n.stay_id = s.id AND n.date = %(date)s)
 ORDER BY s.id LIMIT {SHOWN}
"""
_CLOSED = f"""
SELECT {_STAY.format(since="s.checked_in_at", amount="NULL::numeric", who="0, 0")} {_FROM}
   AND s.status = 'in_house' AND EXISTS (SELECT FROM hotel_folio f WHERE f.stay_id = s.id)
   AND NOT EXISTS (SELECT FROM hotel_folio f WHERE f.stay_id = s.id AND f.closed_at IS NULL)
   AND EXISTS (SELECT FROM hotel_roomnight n WHERE n.stay_id = s.id AND n.date <= %(date)s AND n.price > 0
                  AND NOT EXISTS (SELECT FROM hotel_roomcharge c WHERE c.night_id = n.id))
 ORDER BY s.id LIMIT {SHOWN}
"""
_CREDIT = f"""
SELECT count(*) OVER (), * FROM (
    SELECT s.number, coalesce(r.number, '') AS room, s.guest_name, s.checked_in_at, {_BALANCE} + coalesce(n.price, 0)
           AS owed, 0, 0, s.id, r.id
      FROM hotel_stay s LEFT JOIN hotel_room r ON r.id = s.room_id
      LEFT JOIN hotel_roomnight n ON n.stay_id = s.id AND n.date = %(date)s
           AND NOT EXISTS (SELECT FROM hotel_roomcharge c WHERE c.night_id = n.id)
           AND NOT EXISTS (SELECT FROM hotel_chargeroute c WHERE c.stay_id = s.id AND c.ended_at IS NULL
                              AND (c.kind = 'all' OR c.department = 'room'))
     WHERE s.property_id = %(house)s AND s.status = 'in_house') x
 WHERE owed > 0 ORDER BY owed DESC LIMIT {SHOWN}
"""
_CUSTOM = f"""
SELECT {_STAY.format(since="s.checked_in_at", amount="n.price", who="0, 0").replace("s.id, r.id", "s.id, r.id")}
  FROM hotel_stay s JOIN hotel_roomnight n ON n.stay_id = s.id AND n.date = %(date)s
  LEFT JOIN hotel_room r ON r.id = s.room_id
 WHERE s.property_id = %(house)s AND s.status = 'in_house' AND n.source IN ('custom', 'free') AND n.approval_id IS NULL
 ORDER BY s.id LIMIT {SHOWN}
"""
_ROOMS = f"""
SELECT {_STAY.format(since="s.checked_in_at", amount="NULL::numeric", who="0, 0")}
  FROM hotel_stay s JOIN hotel_room r ON r.id = s.room_id
  JOIN hotel_roomblock b ON b.room_id = r.id AND b.ended_at IS NULL AND b.kind = 'ooo'
   AND b.from_on <= %(date)s AND b.until_on > %(date)s
 WHERE s.property_id = %(house)s AND s.status = 'in_house' ORDER BY s.id LIMIT {SHOWN}
"""
_SHIFTS = f"""
SELECT count(*) OVER (), h.id::text, '', {_NAME}, h.opened_at, NULL::numeric, h.staff_id, 0, h.id, 0
  FROM hotel_shift h JOIN oms_staff w ON w.id = h.staff_id
 WHERE h.property_id = %(house)s AND h.closed_at IS NULL AND h.business_date {{old}} %(date)s
 ORDER BY h.opened_at, h.id LIMIT {SHOWN}
"""
_LEFT_OVER = f"""
SELECT count(*) OVER (), f.number, '', f.title, NULL::timestamptz, x.amount, 0, 0, f.id, 0
  FROM hotel_folio f JOIN hotel_stay s ON s.id = f.stay_id
  CROSS JOIN LATERAL (SELECT sum(e.amount) AS amount FROM hotel_folioentry e WHERE e.folio_id = f.id) x
 WHERE f.property_id = %(house)s AND f.closed_at IS NULL AND s.status IN ('checked_out', 'no_show', 'cancelled')
   AND x.amount <> 0
 ORDER BY f.id LIMIT {SHOWN}
"""
_TRANSFERS = """
SELECT 1, ''::text, '', '', NULL::timestamptz, sum(e.amount), 0, 0, 0, 0
  FROM hotel_folioentry e
 WHERE e.property_id = %(house)s AND e.business_date = %(date)s AND (e.kind IN ('transfer', 'deposit_applied')
       OR (e.kind IN ('payment', 'refund') AND e.tender = 'company'))
HAVING sum(e.amount) <> 0
"""


def stay_items(sql: str, params: dict[str, Any]) -> tuple[int, list[tuple]]:
    """How many there are, and the rows to show."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    return (rows[0][0] if rows else 0), rows


def blocking_checks(house: Property) -> list[Check]:
    """What stops the audit. Four statements."""
    params = {"house": house.pk, "date": house.business_date}
    return [
        _check(
            "due_out",
            _("Due out and not left"),
            Severity.BLOCK,
            _("Check them out, or extend them for tonight."),
            _DUE_OUT,
            params,
            _due_out_fixes,
        ),
        _shifts("old_shift", _("Shifts still open from an earlier date"), Severity.BLOCK, "<", params),
        _check(
            "no_night",
            _("In house without a price for tonight"),
            Severity.BLOCK,
            _("Extend the stay, or set tonight's price."),
            _NO_NIGHT,
            params,
        ),
        _check(
            "closed_folio",
            _("In house with every folio closed"),
            Severity.BLOCK,
            _("Open a folio: tonight's room charge has nowhere to go."),
            _CLOSED,
            params,
            lambda _row: ("open_folio",),
        ),
    ]


def warning_checks(house: Property) -> list[Check]:
    """What the audit can do without, and somebody should look at. Eight statements."""
    params = {"house": house.pk, "date": house.business_date}
    return [
        _check(
            "arrival",
            _("Due in and not come"),
            Severity.WARN,
            _("The audit marks them as no-shows and charges what the rule says."),
            _ARRIVALS,
            params,
            _arrival_fixes,
        ),
        _check(
            "day_use",
            _("Day use still in the house"),
            Severity.WARN,
            _("The audit charges the hours up to its time; tomorrow it has to be a night, or gone."),
            _DAY_USE,
            params,
            _due_out_fixes,
        ),
        _shifts("open_shift", _("Open shifts"), Severity.WARN, ">=", params),
        _check(
            "credit",
            _("Owe more than their deposit after tonight"),
            Severity.WARN,
            _("Ask for a payment or a further deposit."),
            _CREDIT,
            params,
        ),
        _check(
            "custom_price",
            _("Prices set by hand without approval"),
            Severity.WARN,
            _("Have them approved, or set them back."),
            _CUSTOM,
            params,
        ),
        _check(
            "room_status",
            _("Guests in rooms that are out of order"),
            Severity.WARN,
            _("End the block, or move the guest."),
            _ROOMS,
            params,
        ),
        _folios(params),
        _check(
            "transfers",
            _("Transfers that don't add up to nothing"),
            Severity.WARN,
            _("Every transfer has two halves. Tell support."),
            _TRANSFERS,
            params,
        ),
    ]


def _check(
    code: str,
    label: str | Promise,
    severity: str,
    advice: str | Promise,
    sql: str,
    params: dict[str, Any],
    fixes: Any = None,
) -> Check:
    count, rows = stay_items(sql, params)
    items = [
        Item(
            reference=row[1],
            room=row[2],
            who=row[3],
            since=row[4],
            amount=row[5],
            stay_id=row[8] or None,
            room_id=row[9] or None,
            fixes=fixes(row) if fixes else (),
        )
        for row in rows
    ]
    return Check(code, label, severity, advice, items, count)


def _shifts(code: str, label: str | Promise, severity: str, old: str, params: dict[str, Any]) -> Check:
    count, rows = stay_items(_SHIFTS.format(old=old), params)
    items = [
        Item(reference=row[1], who=row[3], owner=row[3], owner_id=row[6], since=row[4], shift_id=row[8], fixes=("ask",))
        for row in rows
    ]
    return Check(code, label, severity, _("Count the till and hand it over."), items, count)


def _folios(params: dict[str, Any]) -> Check:
    count, rows = stay_items(_LEFT_OVER, params)
    items = [Item(reference=row[1], who=row[3], amount=row[5], folio_id=row[8]) for row in rows]
    advice = _("Settle, refund or write off what departed guests left.")
    return Check("left_over", _("Open balances of guests who are gone"), Severity.WARN, advice, items, count)


def _due_out_fixes(row: Sequence[Any]) -> tuple[str, ...]:
    _count, _number, _room, _guest, _since, _balance, is_day_use, open_money, *_ids = row
    fixes = () if is_day_use else ("extend",)
    return fixes if open_money else ("check_out", *fixes)


def _arrival_fixes(row: Sequence[Any]) -> tuple[str, ...]:
    is_day_use = row[7]
    return ("no_show",) if is_day_use else ("no_show", "move_arrival")
