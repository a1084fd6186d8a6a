"""Taking orders in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import IntegrityError, OperationalError, transaction

from inventory.catalog.queries import mapped_codes
from inventory.stock import services as stock
from oms.outbox.services import emit
from orders.intake import changes, queries, storing
from orders.intake.drafting import Draft, holds_of, read_message, write_rows
from orders.intake.models import Outcome
from orders.intake.strictness import refuse_unkeepable
from orders.order.states import OrderType

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from oms.staff.models import Staff
    from orders.intake.drafting import ChannelFacts
    from orders.intake.schema import FieldError, NeutralOrder

CHUNK = 500
TRIES = 4


@dataclass(frozen=True, slots=True)
class Message:
    """One order as it came: read, and raw."""

    order: NeutralOrder
    raw: str


@dataclass(slots=True)
class Result:
    """What became of one message. ``errors`` are refusals, or (not refused) what was noticed and not applied."""

    external_no: str
    number: str = ""
    order_id: int | None = None
    outcome: str = Outcome.REFUSED.value
    holds: list[str] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)


def take_orders(
    *,
    messages: Sequence[Message],
    source: str,
    by: Staff | None,
    at: dt.datetime,
    channels: Mapping[str, ChannelFacts] | None = None,
) -> list[Result]:
    """Store, recognise, change or refuse each order, and reserve its stock; results in the order of the messages.

    Per 500 one transaction. ``channels``: those the sender may use, by code (none given: any). An order that a channel
    already sold is always stored, with ``holds`` telling what will stop it; a ``strict`` one is refused when stock is
    short. The same order again writes nothing; a changed one is applied as ``changes`` says.
    Locks the orders that exist, then bins. Emits orders.intake.stored. A race for one (channel, number) is run again
    and then sees the other's order.
    """
    results: list[Result] = []
    for first in range(0, len(messages), CHUNK):
        results += _take_chunk(messages[first : first + CHUNK], source, by, at, channels)
    return results


def _take_chunk(
    messages: Sequence[Message],
    source: str,
    by: Staff | None,
    at: dt.datetime,
    channels: Mapping[str, ChannelFacts] | None,
) -> list[Result]:
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return take_in_transaction(messages, source, by, at, channels)
        except (IntegrityError, OperationalError) as problem:
            if not (left and can_cure(problem)):
                raise
    raise AssertionError  # unreachable: the last try returned or raised


def can_cure(problem: IntegrityError | OperationalError) -> bool:
    """Whether the same again will do: another transaction stored one of the orders, or won a deadlock."""
    cause = problem.__cause__
    code = getattr(cause, "pgcode", None)
    if code == "23505":
        return cause.diag.constraint_name == "order_once_per_channel"  # type: ignore[union-attr]
    return code == "40P01"


def take_in_transaction(
    messages: Sequence[Message],
    source: str,
    by: Staff | None,
    at: dt.datetime,
    channels: Mapping[str, ChannelFacts] | None,
) -> list[Result]:
    """``take_orders`` for one chunk inside the caller's transaction, which the caller retries (``can_cure``)."""
    if channels is None:
        channels = queries.channel_facts(message.order.channel for message in messages)
    results = [Result(message.order.external_no) for message in messages]
    drafts = [Draft(index, message.order, message.raw) for index, message in enumerate(messages)]
    waiting = []
    for draft in drafts:
        read_message(draft, channels, at)
        if draft.errors:
            results[draft.index].errors = draft.errors
        else:
            waiting.append(draft)
    run = _Run(results, source, by, at)
    while waiting:  # a second turn only for an order that is in the chunk twice
        waiting = run.turn(waiting)
    if run.touched:
        emit(topic="orders.intake.stored", key=source, payload={"order_ids": run.touched})
    run.reserve()
    return results


@dataclass(slots=True)
class _Run:
    results: list[Result]
    source: str
    by: Staff | None
    at: dt.datetime
    touched: list[int] = field(default_factory=list)
    drafts: dict[int, Draft] = field(default_factory=dict)  # by order id, those whose stock is to be reserved
    strict: set[int] = field(default_factory=set)

    def turn(self, waiting: list[Draft]) -> list[Draft]:
        """Take each order's first message; hand back the later ones."""
        first: dict[tuple[int, str], Draft] = {}
        later = [draft for draft in waiting if first.setdefault(draft.key, draft) is not draft]
        known = queries.known_orders(first)
        fresh, changed = [], []
        for key, draft in first.items():
            there = known.get(key)
            if there is None:
                fresh.append(draft)
            else:
                self._answer(draft, Outcome.REPEATED, there.order_id, there.number)
                if there.digest != draft.digest:
                    changed.append(draft)
        if changed:
            self._change(changed)
        if fresh:
            self._store(fresh)
        return later

    def _store(self, fresh: list[Draft]) -> None:
        self._map(fresh)
        fresh = self._refuse_strict(fresh)
        if not fresh:
            return
        storing.number_drafts(fresh, self.at)
        storing.store_drafts(fresh, self.source, self.by, self.at)
        for draft in fresh:
            self._answer(draft, Outcome.STORED, draft.order_id, draft.number)
            self.results[draft.index].holds = holds_of(draft)
            self.drafts[draft.order_id] = draft
            self.touched.append(draft.order_id)

    def _map(self, drafts: list[Draft]) -> None:
        codes = {
            (draft.channel.id, line.merchant_code)  # type: ignore[union-attr]
            for draft in drafts
            for line in draft.order.lines
            if line.merchant_code
        }
        mapped = mapped_codes(codes) if codes else {}
        for draft in drafts:
            write_rows(draft, mapped)

    def _refuse_strict(self, fresh: list[Draft]) -> list[Draft]:
        strict = [draft for draft in fresh if draft.order.strict]
        if not strict:
            return fresh
        others = {
            line.sku_id for draft in fresh if not draft.order.strict for line in draft.lines if line.sku_id is not None
        }
        refuse_unkeepable(strict, others)
        for draft in strict:
            self.results[draft.index].errors = draft.errors
        self.strict.update(draft.index for draft in strict)
        return [draft for draft in fresh if not draft.errors]

    def _change(self, changed: list[Draft]) -> None:
        self._map(changed)
        for draft, change in changes.apply(changed, source=self.source, by=self.by, at=self.at):
            result = self.results[draft.index]
            result.outcome, result.errors = change.outcome, change.notes
            if change.outcome == Outcome.CHANGED.value:
                result.holds = holds_of(draft)
                self.touched.append(draft.order_id)
            if change.lines_made_anew:
                self.drafts[draft.order_id] = draft

    def reserve(self) -> None:
        """Last, so that bins stay locked for one statement: strict orders, whose stock was seen to be there, first."""
        drafts = [draft for draft in self.drafts.values() if draft.order.type != OrderType.RETURN.value]
        drafts.sort(key=lambda draft: (draft.index not in self.strict, draft.placed_at, draft.index))
        demands, draft_of = [], {}
        for draft in drafts:
            for line_id, line in zip(draft.line_ids, draft.lines, strict=True):
                if line.sku_id is not None:
                    demands.append(stock.Demand(line_id, draft.channel.id, line.sku_id, line.quantity))  # type: ignore[union-attr]
                    draft_of[line_id] = draft
        if not demands:
            return
        numbers = {line_id: draft.number for line_id, draft in draft_of.items()}
        short = stock.reserve_lines(demands=demands, by=self.by, at=self.at, reference=numbers)
        for index in {draft_of[line_id].index for line_id in short}:
            self.results[index].holds.append("stock_short")

    def _answer(self, draft: Draft, outcome: Outcome, order_id: int, number: str) -> None:
        result, draft.order_id, draft.number = self.results[draft.index], order_id, number
        result.order_id, result.number, result.outcome = order_id, number, outcome.value
