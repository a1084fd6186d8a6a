"""Somebody on the blacklist: a person looks at the order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy

from interception.checks.base import AUDIT, Check, Evidence, digest, select
from interception.models import BlacklistField

if TYPE_CHECKING:
    from collections.abc import Collection

# Values are compared as interception.blacklist.normalise writes them. Phones: the last eleven digits, so that a country
# prefix does not hide anybody. Addresses: the entry lies somewhere in the whole address, blanks left out.
FIND = """
WITH facts AS MATERIALIZED (
    SELECT id, right(regexp_replace(receiver_phone, '\\D', '', 'g'), 11) AS receiver_phone,
           right(regexp_replace(buyer_phone, '\\D', '', 'g'), 11) AS buyer_phone,
           lower(btrim(buyer_id)) AS buyer, lower(btrim(receiver_name)) AS name,
           lower(regexp_replace(concat(province, city, district, address), '\\s', '', 'g')) AS address
      FROM orders_order WHERE id = ANY(%(orders)s)),
entry AS MATERIALIZED (SELECT id, field, value, reason FROM interception_blacklistentry WHERE is_active),
seen AS (
    SELECT f.id, v.field, v.value FROM facts f
     CROSS JOIN LATERAL (VALUES ('phone', receiver_phone), ('phone', buyer_phone), ('buyer', buyer), ('name', name))
                        v(field, value)
     WHERE v.value <> '')
SELECT DISTINCT s.id, e.id, e.field, e.value, e.reason
  FROM seen s JOIN entry e ON e.field = s.field AND e.value = s.value
UNION
SELECT f.id, e.id, e.field, e.value, e.reason
  FROM facts f JOIN entry e ON e.field = 'address' AND position(e.value IN f.address) > 0
 ORDER BY 1, 2
"""


class Blacklist(Check):
    """Phone, buyer account, receiver or address is on the blacklist. Cause: which of them."""

    code = "blacklist"
    label = gettext_lazy("Blacklist")
    kind = "review"
    stage = AUDIT
    icon = "user-x"

    def find(self, order_ids: Collection[int]) -> dict[int, Evidence]:
        """Orders that an active entry fits. The evidence names entries, not personal data."""
        hits: dict[int, list[tuple[int, str, str, str]]] = {}
        for pk, entry_id, field, value, reason in select(FIND, order_ids):
            hits.setdefault(pk, []).append((entry_id, field, value, reason))
        return {
            pk: Evidence(
                rows[0][1],
                digest(*((entry, field, value) for entry, field, value, _reason in rows)),
                {"entries": [{"id": row[0], "field": row[1], "reason": row[3]} for row in rows]},
            )
            for pk, rows in hits.items()
        }

    def explain(self, data: dict[str, Any]) -> str:
        """What fits, and why it was put there."""
        return " · ".join(f"{BlacklistField(row['field']).label}: {row['reason']}" for row in data.get("entries", []))

    def explain_cause(self, cause: str) -> str:
        """The field's name."""
        return str(BlacklistField(cause).label) if cause in BlacklistField.values else cause
