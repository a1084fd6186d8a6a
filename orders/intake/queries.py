"""What intake looks up, for a whole batch at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from inventory.catalog.models import Channel
from orders.intake.drafting import ChannelFacts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

CHANNEL_FACTS = ("pk", "code", "currency", "is_active", "branch__time_zone")
KNOWN = """
SELECT channel_id, external_no, id, number, digest FROM orders_order
 WHERE external_no = ANY(%s) AND channel_id = ANY(%s)"""


class Known(NamedTuple):
    """An order that is already stored."""

    order_id: int
    number: str
    digest: str


def channel_facts(codes: Iterable[str]) -> dict[str, ChannelFacts]:
    """Channels by code."""
    rows = Channel.objects.filter(code__in=set(codes)).values_list(*CHANNEL_FACTS)
    return {row[1]: facts_of(row) for row in rows}


def facts_of(row: tuple) -> ChannelFacts:
    """From the columns CHANNEL_FACTS."""
    pk, code, currency, is_active, zone = row
    return ChannelFacts(id=pk, code=code, currency=currency, is_active=is_active, zone=ZoneInfo(zone))


def known_orders(keys: Collection[tuple[int, str]]) -> dict[tuple[int, str], Known]:
    """Orders already stored under these (channel id, external number)."""
    numbers, channels = [number for _channel, number in keys], list({channel for channel, _number in keys})
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [numbers, channels])
        return {(channel, external_no): Known(*rest) for channel, external_no, *rest in cursor.fetchall()}
