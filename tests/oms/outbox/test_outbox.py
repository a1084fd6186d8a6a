import pytest
from django.db import connection, transaction

from oms.models import OutboxMessage
from oms.outbox import services, tasks
from oms.subscriptions import SUBSCRIPTIONS


@pytest.fixture
def sent(monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.current_app, "send_task", lambda name, kwargs: sent.append((name, kwargs)))
    monkeypatch.setitem(SUBSCRIPTIONS, "test.fact", ["test.listener"])
    return sent


@pytest.mark.django_db
def test_relay_tells_each_fact_once_and_in_order(sent):
    for n in range(3):
        services.emit(topic="test.fact", key="k", payload={"n": n})

    assert tasks.relay() == 3
    assert tasks.relay() == 0

    ids = list(OutboxMessage.objects.order_by("pk").values_list("pk", flat=True))
    assert sent == [("test.listener", {"message_id": pk, "n": n}) for n, pk in enumerate(ids)]


@pytest.mark.django_db(transaction=True)
def test_emit_refuses_outside_a_transaction_and_vanishes_with_a_rollback(sent):
    with pytest.raises(RuntimeError, match="outside a transaction"):
        services.emit(topic="test.fact", key="k", payload={})

    class Rollback(Exception):
        pass

    def emit_and_fail():
        with transaction.atomic():
            services.emit(topic="test.fact", key="k", payload={})
            raise Rollback

    with pytest.raises(Rollback):
        emit_and_fail()

    assert OutboxMessage.objects.count() == 0
    assert not connection.in_atomic_block
