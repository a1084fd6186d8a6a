"""What a check is. A new one is one file here and one line in settings.OMS_CHECKS."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import connection

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from django.utils.functional import Promise

AUDIT, CONFIRM = "audit", "confirm"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a check saw. ``cause``: what one mend would release many orders of; ``facts``: digest of what was judged."""

    cause: str
    facts: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mend:
    """Where the cause is mended. ``kind`` names the form or the link the page shows."""

    kind: str
    label: str | Promise
    params: dict[str, Any] = field(default_factory=dict)


def digest(*parts: object) -> str:
    """32 characters that change with any of the parts."""
    return hashlib.md5("\0".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


def select(sql: str, order_ids: Collection[int]) -> list[tuple[Any, ...]]:
    """Rows of a check's one query; ``%(orders)s`` are the chunk's orders."""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"orders": list(order_ids)})
        return cursor.fetchall()


class Check:
    """One reason why an order must not flow on. The same ``find`` serves the audit, the re-check and trials."""

    code: ClassVar[str]
    label: ClassVar[str | Promise]
    kind: ClassVar[str]  # review | system
    stage: ClassVar[str]  # audit | confirm
    icon: ClassVar[str] = "shield-exclamation"

    def find(self, order_ids: Collection[int]) -> dict[int, Evidence]:
        """The orders of the chunk that fail, with the evidence. One query, whatever the chunk's size."""
        raise NotImplementedError

    def prepare(self, order_ids: Collection[int], at: dt.datetime) -> None:
        """Before a re-check: do what the cause kept from being done. The caller holds the orders' locks."""

    def explain(self, data: dict[str, Any]) -> str:
        """The evidence in a sentence, in the reader's language."""
        raise NotImplementedError

    def explain_cause(self, cause: str) -> str:
        """The cause as people call it."""
        return cause

    def mend(self, cause: str, data: dict[str, Any]) -> Mend | None:
        """How the cause is mended, where there is one place for it. ``data``: evidence of one of its orders."""
        return None
