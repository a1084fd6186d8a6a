"""Two senders at once."""

from functools import partial
from threading import Thread

import pytest
from django.db import connection

from inventory.models import Bin, Reservation
from inventory.stock.services import statements
from oms.lib.books import breaches
from orders.intake.api.intake import Request, store_requests
from orders.intake.api.signing import Caller
from orders.intake.keys import sender_of
from orders.models import ApiNonce, IntakeMessage, Order
from tests.concurrency import overlap
from tests.factories.intake import AT, ApiKeyFactory, message, take
from tests.factories.inventory import BinFactory, ChannelFactory, SkuFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def channel():
    BinFactory(sku=SkuFactory(code="A"), on_hand=1)
    return ChannelFactory(code="SHOP")


def keeping(results, work):
    results.append(work())


def test_one_order_sent_twice_at_once_is_stored_once(channel):
    sent, results = message(channel, ("A", 1, "5.00"), external_no="1"), []

    refusal = overlap(partial(keeping, results, partial(take, sent)), partial(keeping, results, partial(take, sent)))

    assert refusal is None
    assert [result.outcome for (result,) in results] == ["stored", "repeated"]
    assert len({result.number for (result,) in results}) == 1
    assert Order.objects.count() == IntakeMessage.objects.count() == Reservation.objects.count() == 1
    assert breaches() == []


def test_the_last_unit_goes_to_one_strict_order_only(channel):
    results = []
    first, second = (message(channel, ("A", 1, "5.00"), strict=True) for _ in range(2))

    refusal = overlap(partial(keeping, results, partial(take, first)), partial(keeping, results, partial(take, second)))

    assert refusal is None
    assert [result.outcome for (result,) in results] == ["stored", "refused"]
    assert [error.code for error in results[1][0].errors] == ["out_of_stock"]
    assert (Order.objects.count(), Bin.objects.get().reserved) == (1, 1)


def test_the_last_unit_is_promised_to_one_order_only(channel):
    results = []
    first, second = (message(channel, ("A", 1, "5.00")) for _ in range(2))

    refusal = overlap(partial(keeping, results, partial(take, first)), partial(keeping, results, partial(take, second)))

    assert refusal is None
    assert [(result.outcome, result.holds) for (result,) in results] == [("stored", []), ("stored", ["stock_short"])]
    assert Bin.objects.get().reserved == Reservation.objects.get().quantity == 1
    assert breaches() == []


def test_without_the_lock_the_second_strict_order_never_waits(channel, monkeypatch):
    """The test above is worth something: with the lock taken out of the statement it fails."""
    monkeypatch.setattr(statements, "LOCK_FREE", statements.LOCK_FREE.replace("FOR NO KEY UPDATE OF b", ""))
    monkeypatch.setattr(statements, "RESERVE", "SELECT 1 WHERE false")
    first, second = (message(channel, ("A", 1, "5.00"), strict=True) for _ in range(2))

    with pytest.raises(AssertionError, match="never waited"):
        overlap(partial(take, first), partial(take, second))

    assert Order.objects.count() == 2


def test_one_request_sent_twice_at_once_is_taken_once(channel):
    key = ApiKeyFactory(channels=[channel])
    caller, results = Caller(sender_of(key.key, AT), "nonce"), []
    requests = [Request(caller, [message(channel, ("A", 1, "5.00"))]) for _ in range(2)]

    refusal = overlap(
        partial(keeping, results, partial(store_requests, requests[:1])),
        partial(keeping, results, partial(store_requests, requests[1:])),
    )

    assert refusal is None
    assert results[1] == [None]
    assert results[0][0][0].outcome == "stored"
    assert (Order.objects.count(), ApiNonce.objects.count()) == (1, 1)


def test_one_request_twice_in_one_group_is_taken_once(channel):
    caller = Caller(sender_of(ApiKeyFactory(channels=[channel]).key, AT), "nonce")
    request = partial(message, channel, ("A", 1, "5.00"))

    answers = store_requests([Request(caller, [request()]), Request(caller, [request()])])

    assert [None if answer is None else answer[0].outcome for answer in answers] == ["stored", None]


def test_batches_with_common_orders_in_any_order_never_deadlock(channel):
    sent = [message(channel, ("A", 1, "5.00")) for _ in range(40)]
    outcomes, raised = [], []

    def send(messages):
        try:
            outcomes.extend(result.outcome for result in take(*messages))
        except Exception as problem:  # noqa: BLE001 -- shown by the assertion
            raised.append(problem)
        finally:
            connection.close()

    threads = [Thread(target=send, args=(order,)) for order in (sent, sent[::-1], sent[20:] + sent[:20])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert raised == []
    assert (outcomes.count("stored"), outcomes.count("repeated")) == (40, 80)
    assert Bin.objects.get().reserved == 1
    assert breaches() == []
