"""What stays are sold with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hotel.stays.models import Stay

_GIVE = """
INSERT INTO hotel_staypackage (stay_id, charge_code_id, text, price, per, nights, is_included, is_next_morning)
SELECT s.stay, i.charge_code_id, i.text, i.price, i.per, i.nights, i.is_included, i.is_next_morning
  FROM unnest(%s::bigint[], %s::bigint[]) AS s(stay, plan) JOIN hotel_packageitem i ON i.rate_plan_id = s.plan
 ORDER BY s.stay, i.id
"""


def give_packages(stays: Iterable[Stay]) -> None:
    """Copy what their rate plans give now onto stays just made. One statement, none without plans; day use has none."""
    sold = [(stay.pk, stay.rate_plan_id) for stay in stays if stay.rate_plan_id and not stay.is_day_use]
    if sold:
        with connection.cursor() as cursor:
            cursor.execute(_GIVE, [[stay for stay, _plan in sold], [plan for _stay, plan in sold]])
