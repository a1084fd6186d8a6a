"""Questions about the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Collection
    from decimal import Decimal

MAPPED = """
WITH pair AS (SELECT DISTINCT * FROM unnest(%(channels)s::bigint[], %(codes)s::text[]) AS t(channel_id, code)),
mapped AS MATERIALIZED (
    SELECT p.channel_id, p.code, s.id AS sku_id, m.quantity, s.price
      FROM pair p
      JOIN inventory_merchantcode m ON m.channel_id = p.channel_id AND m.code = p.code
      JOIN inventory_sku s ON s.id = m.sku_id)
SELECT channel_id, code, sku_id, quantity, price FROM mapped
UNION ALL
SELECT p.channel_id, p.code, s.id, 1, s.price
  FROM pair p JOIN inventory_sku s ON s.code = p.code
 WHERE NOT EXISTS (SELECT FROM mapped m WHERE m.channel_id = p.channel_id AND m.code = p.code)
 ORDER BY 1, 2, 3
"""


def mapped_codes(pairs: Collection[tuple[int, str]]) -> dict[tuple[int, str], list[tuple[int, int, Decimal]]]:
    """What channels' codes mean: {(channel id, code): [(SKU id, quantity, list price)]}; a bundle has several.

    A code that is nobody's merchant code in that channel, but a SKU's own code, means that SKU, once. Codes that mean
    nothing are absent. One statement for any number of pairs.
    """
    if not pairs:
        return {}
    channels, codes = zip(*pairs, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(MAPPED, {"channels": list(channels), "codes": list(codes)})
        rows = cursor.fetchall()
    found: dict[tuple[int, str], list[tuple[int, int, Decimal]]] = {}
    for channel_id, code, sku_id, quantity, price in rows:
        found.setdefault((channel_id, code), []).append((sku_id, quantity, price))
    return found
