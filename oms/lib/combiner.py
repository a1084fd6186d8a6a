"""Requests that wait anyway, served together: one thread works for all that have queued up meanwhile."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Overloaded(Exception):
    """More is waiting than may wait."""


class _Ticket(Generic[Item, Answer]):
    __slots__ = ("answer", "done", "item", "leads", "problem")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.answer: Answer | None = None
        self.problem: Exception | None = None
        self.leads = False
        self.done = threading.Lock()
        self.done.acquire()


class Combiner(Generic[Item, Answer]):
    """Groups concurrent calls of a process into one call of ``work``: items in, answers out, in their order.

    The first caller works at once, alone: nobody ever waits for a timer. Those that come meanwhile are the next group,
    which one of them works. If ``work`` raises, each item of the group is tried alone, so that one bad item spoils
    nothing but itself. ``submit`` returns once ``work`` has: if that commits, an answer means durable.
    """

    def __init__(
        self, work: Callable[[Sequence[Item]], Sequence[Answer]], *, group: int = 64, waiting: int = 512
    ) -> None:
        self._work = work
        self._group = group
        self._limit = waiting
        self._lock = threading.Lock()
        self._waiting: list[_Ticket[Item, Answer]] = []
        self._busy = False

    def submit(self, item: Item) -> Answer:
        """The answer for ``item``. Raises what ``work`` raised for it alone, and Overloaded."""
        ticket: _Ticket[Item, Answer] = _Ticket(item)
        with self._lock:
            if len(self._waiting) >= self._limit:
                raise Overloaded
            self._waiting.append(ticket)
            ticket.leads = not self._busy
            self._busy = True
        if not ticket.leads:
            ticket.done.acquire()
        if ticket.leads:
            self._lead()
        if ticket.problem is not None:
            raise ticket.problem
        return ticket.answer  # type: ignore[return-value]

    def _lead(self) -> None:
        with self._lock:
            group, self._waiting = self._waiting[: self._group], self._waiting[self._group :]
        try:
            self._serve(group)
        finally:
            self._hand_over()
            for ticket in group:
                if not ticket.leads:
                    ticket.done.release()

    def _hand_over(self) -> None:
        with self._lock:
            if not self._waiting:
                self._busy = False
                return
            following = self._waiting[0]
            following.leads = True
        following.done.release()

    def _serve(self, group: Sequence[_Ticket[Item, Answer]]) -> None:
        try:
            answers = self._work([ticket.item for ticket in group])
        except Exception as problem:  # noqa: BLE001 -- raised again in the thread of the item it belongs to
            if len(group) == 1:
                group[0].problem = problem
                return
            for ticket in group:
                self._serve([ticket])
        else:
            for ticket, answer in zip(group, answers, strict=True):
                ticket.answer = answer
