"""From signed requests to stored orders: requests that wait anyway are stored together, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oms.lib.combiner import Combiner, Overloaded
from orders.intake import services
from orders.intake.api.problems import Problem
from orders.intake.api.signing import Caller, refused, use_nonces
from orders.intake.models import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orders.intake.services import Message, Result


@dataclass(frozen=True, slots=True)
class Request:
    """One signed request and the orders it brings."""

    caller: Caller
    messages: Sequence[Message]


def store_requests(requests: Sequence[Request]) -> list[list[Result] | None]:
    """Use up the nonces and take the orders of all these requests in one transaction; None for a replayed request.

    A crash leaves neither nonce nor order. Every message's channel is the caller's: the view has seen to that.
    """
    for left in reversed(range(services.TRIES)):
        try:
            return _store(requests)
        except (IntegrityError, OperationalError) as problem:
            if not (left and services.can_cure(problem)):
                raise
    raise AssertionError  # unreachable: the last try returned or raised


@transaction.atomic
def _store(requests: Sequence[Request]) -> list[list[Result] | None]:
    at = timezone.now()
    new = use_nonces([request.caller for request in requests], at)
    fresh = []
    for request in requests:
        if request.caller.mark in new:
            new.discard(request.caller.mark)
            fresh.append(request)
    channels = {code: facts for request in fresh for code, facts in request.caller.sender.channels.items()}
    messages = [message for request in fresh for message in request.messages]
    results = iter(services.take_in_transaction(messages, Source.API, None, at, channels) if messages else ())
    answers = {id(request): [next(results) for _message in request.messages] for request in fresh}
    return [answers.get(id(request)) for request in requests]


_combiner: Combiner[Request, list[Result] | None] = Combiner(store_requests)


def store_order(caller: Caller, message: Message) -> Result:
    """Store one order, together with what else is waiting. Raises Problem 401 (replayed) or 429."""
    try:
        results = _combiner.submit(Request(caller, [message]))
    except Overloaded:
        raise Problem(429, "overloaded", _("Too many requests are waiting; try again in a second.")) from None
    if results is None:
        raise refused(caller)
    return results[0]


def store_batch(caller: Caller, messages: Sequence[Message]) -> list[Result]:
    """Store many orders of one request, in chunks of 500; the nonce goes with the first. Raises Problem 401."""
    results: list[Result] = []
    for first in range(0, max(len(messages), 1), services.CHUNK):
        chunk = messages[first : first + services.CHUNK]
        if first == 0:
            (answer,) = store_requests([Request(caller, chunk)])
            if answer is None:
                raise refused(caller)
            results += answer
        else:
            results += services.take_orders(
                messages=chunk, source=Source.API, by=None, at=timezone.now(), channels=caller.sender.channels
            )
    return results
