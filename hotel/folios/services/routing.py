"""转账规则: charges of a stay that a group's master, a company or another bill pays, from now on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction

from hotel.folios.models import ChargeCode, Department, Folio
from hotel.folios.routes import TARGET, ChargeRoute, RouteKind
from hotel.folios.services.credit import check_credit
from hotel.folios.services.errors import (
    BadRoute,
    CompanyClosed,
    CreditExceeded,
    FolioClosed,
    NothingTicked,
    OtherHouse,
)
from hotel.rooms import traces
from hotel.rooms.traces import Trace
from hotel.stays.models import Stay

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping, Sequence

    from hotel.folios.services.desk import Desk
    from hotel.folios.services.posting import Posting
    from oms.staff.models import Staff

_ROUTES = f"""
SELECT p.nth, f.stay_id, target.folio_id
  FROM unnest(%s::int[], %s::bigint[], %s::text[], %s::bigint[], %s::bool[])
       AS p(nth, folio, department, code, is_package)
  JOIN hotel_folio f ON f.id = p.folio AND f."window" = 1 AND f.stay_id IS NOT NULL
  JOIN hotel_property h ON h.id = f.property_id
  JOIN LATERAL ({
    TARGET.format(
        stay="f.stay_id", date="h.business_date", code="p.code", is_package="p.is_package", department="p.department"
    )
}) target ON target.folio_id <> f.id
"""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a charge goes, and whose it is."""

    stay_id: int
    folio_id: int


@dataclass(frozen=True, slots=True)
class Routed:
    """Which charges: everything, packages, a department's, a charge code's."""

    kind: str
    department: str = ""
    charge_code_id: int | None = None


@transaction.atomic
def route_charges(
    *,
    stay_ids: Collection[int],
    folio_id: int,
    what: Collection[Routed],
    by: Staff | None,
    at: dt.datetime,
    from_on: dt.date | None = None,
    until_on: dt.date | None = None,
) -> list[ChargeRoute]:
    """From now on these charges of the stays are posted to the folio, on business dates of [from_on, until_on].

    A rule about the same charges of the same stay is ended by the new one. What is posted already stays where it is.
    Locks the stays, then the folio. Raises NothingTicked, BadRoute, OtherHouse, FolioClosed.
    """
    if not what or not stay_ids:
        raise NothingTicked
    stays = list(Stay.objects.select_for_update(no_key=True).filter(pk__in=stay_ids).order_by("pk"))
    folio = Folio.objects.select_for_update(of=("self",), no_key=True).select_related("property").get(pk=folio_id)
    _refuse_bad(stays, folio, what, from_on, until_on)
    mine = [stay for stay in stays if stay.pk != folio.stay_id or folio.window > 1]
    if not mine:
        raise BadRoute
    for each in what:
        old = ChargeRoute.objects.filter(
            stay__in=mine,
            ended_at=None,
            kind=each.kind,
            department=each.department,
            charge_code=each.charge_code_id,
        )
        old.update(ended_at=at)
    made = ChargeRoute.objects.bulk_create(
        ChargeRoute(
            stay=stay,
            folio=folio,
            kind=each.kind,
            department=each.department,
            charge_code_id=each.charge_code_id,
            from_on=from_on,
            until_on=until_on,
            made_at=at,
            made_by=by,
        )
        for stay in mine
        for each in what
    )
    _trace("folio.routed", made, by, at)
    return made


@transaction.atomic
def end_routes(*, route_ids: Collection[int], by: Staff | None, at: dt.datetime) -> list[ChargeRoute]:
    """Later charges stay on the stays' own folios again; what was moved stays moved. Idempotent. Locks the stays."""
    named = ChargeRoute.objects.filter(pk__in=route_ids, ended_at=None).values("stay")
    list(Stay.objects.select_for_update(no_key=True).filter(pk__in=named).order_by("pk").values_list("pk"))
    ended = list(
        ChargeRoute.objects.filter(pk__in=route_ids, ended_at=None)
        .select_related("stay", "folio", "charge_code")
        .order_by("pk")
    )
    ChargeRoute.objects.filter(pk__in=[route.pk for route in ended]).update(ended_at=at)
    _trace("folio.unrouted", ended, by, at)
    return ended


def routes_of(postings: Sequence[Posting], codes: Mapping[int, ChargeCode]) -> dict[int, Route]:
    """Where rules send postings to first windows of stays, by position. One statement; locks nothing."""
    asked = [(nth, posting) for nth, posting in enumerate(postings) if not posting.stays_put]
    if not asked:
        return {}
    departments = []
    for _nth, posting in asked:
        code = codes.get(posting.charge_code_id or 0)
        departments.append(posting.department or (code.department if code else ""))
    with connection.cursor() as cursor:
        columns = [nth for nth, _p in asked], [p.folio_id for _n, p in asked], departments
        more = [p.charge_code_id for _n, p in asked], [p.item_id is not None for _n, p in asked]
        cursor.execute(_ROUTES, [*columns, *more])
        return {nth: Route(stay_id, folio_id) for nth, stay_id, folio_id in cursor.fetchall()}


def affordable(desk: Desk, routes: Mapping[int, Route], postings: Sequence[Posting]) -> dict[int, Route]:
    """The routes whose folio can take all that goes there: beyond a company's credit charges stay with the guest."""
    amounts = defaultdict(list)
    for nth, route in routes.items():
        amounts[route.folio_id].append((route.folio_id, postings[nth].amount))
    refused = set()
    for folio_id, mine in amounts.items():
        try:
            check_credit(desk, mine)
        except (CompanyClosed, CreditExceeded):
            refused.add(folio_id)
    return {nth: route for nth, route in routes.items() if route.folio_id not in refused}


def _refuse_bad(
    stays: Sequence[Stay],
    folio: Folio,
    what: Collection[Routed],
    from_on: dt.date | None,
    until_on: dt.date | None,
) -> None:
    if any(stay.property_id != folio.property_id for stay in stays):
        raise OtherHouse
    if folio.closed_at:
        raise FolioClosed(folio=folio.number)
    codes = {each.charge_code_id for each in what if each.charge_code_id}
    is_known = ChargeCode.objects.filter(pk__in=codes, property=folio.property_id).count() == len(codes)
    fits = all(
        each.kind in RouteKind.values
        and (each.department in Department.values) == (each.kind == RouteKind.DEPARTMENT)
        and (each.charge_code_id is not None) == (each.kind == RouteKind.CODE)
        for each in what
    )
    if not (is_known and fits) or (from_on and until_on and until_on < from_on):
        raise BadRoute


def _trace(action: str, routes: Sequence[ChargeRoute], by: Staff | None, at: dt.datetime) -> None:
    found: dict[int, list[ChargeRoute]] = defaultdict(list)
    for route in routes:
        found[route.stay_id].append(route)
    lines = [
        Trace(
            mine[0].stay.property_id,
            action,
            room_id=mine[0].stay.room_id,
            stay_id=stay_id,
            folio_id=mine[0].folio_id,
            reference=mine[0].folio.number,
            data={"charges": ", ".join(_code(route) for route in mine)},
        )
        for stay_id, mine in found.items()
    ]
    traces.write(lines=lines, by=by, at=at)


def _code(route: ChargeRoute) -> str:
    """The rule as kept in a trace: codes, not words in one language."""
    return route.department or (f"#{route.charge_code_id}" if route.charge_code_id else route.kind)
