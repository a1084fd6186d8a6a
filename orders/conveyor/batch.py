"""The orders of one walk, as the stages see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

from orders.conveyor import statements

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

CHANGED = "changed_meanwhile"  # what the codes mean: orders.conveyor.labels


@dataclass(slots=True)
class Stop:
    """Why and where an order left the walk. ``again_at``: not to be taken up before; None: at once."""

    stage: str
    reason: str
    again_at: dt.datetime | None = None


class Note(NamedTuple):
    """What a stage decided about an order: a code, and what its label wants filled in."""

    stage: str
    code: str
    facts: dict[str, Any]


@dataclass(slots=True)
class Batch:
    """A leased chunk. A stage works on ``order_ids``, takes orders out, and notes what it did with them.

    ``versions`` holds the version each order was leased with: an order that a person edits while it walks leaves the
    walk at the next lock, because what was audited is no longer what would be dispatched.
    """

    at: dt.datetime
    lease_until: dt.datetime
    versions: dict[int, int]
    stage: str = ""
    stops: dict[int, Stop] = field(default_factory=dict)
    notes: dict[int, list[Note]] = field(default_factory=dict)
    freed: set[int] = field(default_factory=set)  # their claim went with the stage's own last update
    started: frozenset[int] = frozenset()  # of a part: the orders it began with
    audited: set[int] = field(default_factory=set)  # to be stamped with the next update of their row

    @property
    def order_ids(self) -> list[int]:
        """Orders still in the walk, ascending."""
        return list(self.versions)

    def take_out(self, order_id: int, reason: str, again_at: dt.datetime | None = None) -> None:
        """The order goes no further this time."""
        if self.versions.pop(order_id, None) is not None:
            self.stops[order_id] = Stop(self.stage, reason, again_at)

    def note(self, order_id: int, code: str, **facts: Any) -> None:
        """Say in the order's walk what this stage decided."""
        self.notes.setdefault(order_id, []).append(Note(self.stage, code, facts))

    def lock(self, *columns: str) -> dict[int, tuple[Any, ...]]:
        """Lock the chunk's orders by primary key until the transaction ends; {id: the asked columns}.

        Orders that are no longer workable, held, claimed by somebody else, or edited since, leave the walk.
        """
        extra = "".join(f", o.{column}" for column in columns)
        with connection.cursor() as cursor:
            cursor.execute(statements.LOCK.format(columns=extra), {"orders": self.order_ids, "lease": self.lease_until})
            found = {row[0]: row[1:] for row in cursor.fetchall()}
        for order_id, version in list(self.versions.items()):
            if order_id not in found or found[order_id][0] != version:
                self.take_out(order_id, CHANGED)
        return {order_id: row[1:] for order_id, row in found.items() if order_id in self.versions}

    def part(self, order_ids: Collection[int]) -> Batch:
        """The same walk for some of its orders, to be merged back once the stage is done with them."""
        versions = {order_id: self.versions[order_id] for order_id in order_ids}
        audited = self.audited & versions.keys()
        return Batch(self.at, self.lease_until, versions, self.stage, audited=audited, started=frozenset(versions))

    def merge(self, part: Batch) -> None:
        """Take over what a stage did with ``part``."""
        for order_id in part.stops:
            self.versions.pop(order_id, None)
        self.versions.update(part.versions)
        self.stops.update(part.stops)
        self.freed |= part.freed
        self.audited = (self.audited - part.started) | part.audited
        for order_id, notes in part.notes.items():
            self.notes.setdefault(order_id, []).extend(notes)
