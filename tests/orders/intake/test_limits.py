import time

import pytest
import redis
from django.conf import settings
from django.urls import reverse

from orders.intake.api import limits
from orders.intake.keys import deactivate_key, forget_keys, set_limit
from orders.models import Order
from tests.factories.intake import AT, order_json
from tests.factories.inventory import BinFactory, ChannelFactory, SkuFactory
from tests.orders.intake.signed import SignedClient
from tests.orders.intake.test_keys import admin, branch  # noqa: F401 -- fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel():
    BinFactory(sku=SkuFactory(code="A"), on_hand=10)
    return ChannelFactory()


@pytest.fixture
def bucket():
    """Our own buckets: what other tests left in Redis is not there."""
    client = redis.Redis.from_url(settings.REDIS_URL)

    def empty(key):
        client.delete(limits.bucket_of(key.pk))
        limits.forget_purses()
        forget_keys()

    return empty


def limited(channel, per_minute, bucket):
    shop = SignedClient(channel)
    set_limit(key_id=shop.key.pk, per_minute=per_minute, by=None, at=AT)
    bucket(shop.key)
    return shop


def test_a_key_beyond_its_limit_is_told_when_to_come_again_and_stores_nothing(channel, bucket):
    shop = limited(channel, 12, bucket)  # ten seconds' worth at once: two

    answers = [
        shop.post("/orders", order_json(channel, ("A", 1, "1.00"), external_no=f"X{n}"), nonce=f"l{n}")
        for n in range(3)
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[2].json()["type"] == "urn:oms:problem:too_many_requests"
    assert "12 times a minute" in answers[2].json()["detail"]
    assert 1 <= int(answers[2]["Retry-After"]) <= 5
    assert Order.objects.count() == 2


def test_a_bucket_fills_again_and_never_over_its_size(channel, bucket):
    shop = limited(channel, 600, bucket)
    client = redis.Redis.from_url(settings.REDIS_URL)
    name = limits.bucket_of(shop.key.pk)

    assert shop.get("/orders").status_code == 200
    client.hset(name, mapping={"tokens": "0", "at": f"{(began := time.time()) - 0.35:.6f}"})
    given = limits._take()(keys=[name], args=[10, 100, 1000])[0]
    passed = 0.35 + time.time() - began
    client.hset(name, mapping={"tokens": "50", "at": f"{time.time() - 3600:.6f}"})
    most = limits._take()(keys=[name], args=[10, 100, 1000])[0]

    assert 3 <= given <= 10 * passed + 1
    assert most == 100


def test_processes_share_a_bucket(channel, bucket):
    shop = limited(channel, 12, bucket)

    statuses = []
    for _process in range(4):
        limits.forget_purses()
        statuses.append(shop.get("/orders").status_code)

    assert statuses == [200, 200, 429, 429]


def test_a_wrong_signature_costs_the_key_nothing(channel, bucket):
    shop = limited(channel, 6, bucket)  # one at once

    wrong = [shop.get("/orders", signature="0" * 64).status_code for _ in range(3)]

    assert (wrong, shop.get("/orders").status_code) == ([401] * 3, 200)


def test_without_redis_orders_come_in_all_the_same(channel, bucket, monkeypatch):
    shop = limited(channel, 6, bucket)
    asked = []

    def nobody(**_asked):
        asked.append(1)
        raise redis.ConnectionError

    monkeypatch.setattr(limits, "_take", lambda: nobody)

    assert [shop.get("/orders").status_code for _ in range(3)] == [200] * 3
    assert len(asked) == 1, "asked for every request what does not answer"


def test_a_deactivated_key_is_refused_at_once(channel):
    shop = SignedClient(channel)
    assert shop.get("/orders").status_code == 200

    deactivate_key(key_id=shop.key.pk, by=None, at=AT)

    order = order_json(channel, ("A", 1, "1.00"))
    answers = [shop.get("/orders"), shop.post("/orders", order), shop.post("/orders/batch", [order])]
    assert [answer.json()["type"] for answer in answers] == ["urn:oms:problem:unknown_key"] * 3
    assert Order.objects.count() == 0


def test_key_limit_changes_a_keys_limit(client, admin, branch):  # noqa: F811
    shop = SignedClient(ChannelFactory(branch=branch))
    address = reverse("api-key-limit", args=[shop.key.pk])

    client.post(address, {"per_minute": "90"})
    shop.key.refresh_from_db()
    assert shop.key.per_minute == 90

    client.post(address, {"per_minute": "0"})
    shop.key.refresh_from_db()
    assert shop.key.per_minute == 90
