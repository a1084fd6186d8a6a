import time

import pytest
from django.db import connection

from orders.intake import keys
from orders.intake.api.signing import sign
from orders.intake.keys import REMEMBERED, create_key, deactivate_key, forget_keys, secrets_of
from orders.intake.tasks import forget_nonces
from orders.models import ApiNonce, Order
from tests.factories.intake import AT, order_json
from tests.factories.inventory import BinFactory, ChannelFactory, SkuFactory
from tests.orders.intake.signed import SignedClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel():
    BinFactory(sku=SkuFactory(code="A"), on_hand=10)
    return ChannelFactory()


@pytest.fixture
def shop(channel):
    return SignedClient(channel)


def test_sign_makes_the_documented_signature():
    # printf '1763877600\nabc\nPOST\n/api/v1/orders?x=1\n%s' $(printf '{}' | sha256sum | cut -c-64) |
    #     openssl sha256 -hmac s3cret
    signature = sign(
        secret=b"s3cret", timestamp="1763877600", nonce="abc", method="POST", path="/api/v1/orders?x=1", body=b"{}"
    )

    assert signature == "92061691a8e0fb200969f7b6eb44bf03a0f80b5162ecb2e116eec6bae7d40f47"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"signature": "0" * 64}, "wrong_signature"),
        ({"signature": "ü"}, "wrong_signature"),
        ({"signature": ""}, "missing_signature"),
        ({"key": "nobody's"}, "unknown_key"),
        ({"nonce": ""}, "missing_signature"),
        ({"nonce": "x" * 65}, "bad_nonce"),
        ({"timestamp": "now"}, "stale_timestamp"),
        ({"timestamp": "9" * 300}, "stale_timestamp"),
        ({"timestamp": str(int(time.time()) - 4000)}, "stale_timestamp"),
        ({"timestamp": str(int(time.time()) + 4000)}, "stale_timestamp"),
    ],
)
def test_post_order_wrongly_signed_stores_nothing(shop, channel, changed, code):
    response = shop.post("/orders", order_json(channel, ("A", 1, "1.00")), **changed)

    assert (response.status_code, response.json()["type"]) == (401, f"urn:oms:problem:{code}")
    assert response["WWW-Authenticate"]
    assert (Order.objects.count(), ApiNonce.objects.count()) == (0, 0)


def test_a_changed_body_path_or_method_breaks_the_signature(shop, channel):
    signed_for_another = shop.headers("POST", "/api/v1/orders", b"{}")
    path = "/api/v1/orders"

    body = shop.client.post(path, b'{"a": 1}', content_type="application/json", headers=signed_for_another)
    query = shop.client.post(f"{path}?x=1", b"{}", content_type="application/json", headers=signed_for_another)
    method = shop.client.get(path, headers=signed_for_another)

    assert [r.json()["type"] for r in (body, query, method)] == ["urn:oms:problem:wrong_signature"] * 3


def test_a_nonce_is_taken_once_by_post_and_get(shop, channel):
    order = order_json(channel, ("A", 1, "1.00"))

    first, again = shop.post("/orders", order, nonce="1"), shop.post("/orders", order, nonce="1")
    read, reread = shop.get("/orders", nonce="2"), shop.get("/orders", nonce="2")
    batch, rebatch = shop.post("/orders/batch", [order], nonce="3"), shop.post("/orders/batch", [order], nonce="3")

    assert [r.status_code for r in (first, again, read, reread, batch, rebatch)] == [201, 401, 200, 401, 200, 401]
    assert again.json()["type"] == "urn:oms:problem:replayed_nonce"


def test_two_keys_may_use_one_nonce(shop, channel):
    other = SignedClient(channel)

    assert [shop.get("/orders", nonce="1").status_code, other.get("/orders", nonce="1").status_code] == [200, 200]


def test_create_key_gives_a_secret_that_signs_and_is_not_stored(channel):
    key, secret = create_key(name="Shop", channel_ids=[channel.pk], by=None, at=AT)

    client = SignedClient(key=key)
    client.secret = secret.encode()
    assert client.get("/orders").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM orders_apikey WHERE orders_apikey::text LIKE %s", [f"%{secret}%"])
        assert cursor.fetchall() == []


def test_a_deactivated_key_is_refused_within_seconds(shop, monkeypatch):
    assert shop.get("/orders").status_code == 200
    now = time.monotonic()

    deactivate_key(key_id=shop.key.pk, by=None, at=AT)
    monkeypatch.setattr(keys, "monotonic", lambda: now + REMEMBERED + 0.1)

    assert shop.get("/orders").json()["type"] == "urn:oms:problem:unknown_key"


def test_a_key_survives_the_rotation_of_the_master_secret(shop, settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new one", [settings.SECRET_KEY]
    forget_keys()

    assert shop.get("/orders").status_code == 200
    shop.secret = secrets_of(shop.key.key, shop.key.salt)[0]
    assert shop.get("/orders").status_code == 200


def test_last_use_of_a_key_is_noted(shop):
    shop.get("/orders")

    shop.key.refresh_from_db()
    assert shop.key.last_used_at is not None


def test_forget_nonces_keeps_those_that_could_still_be_replayed(shop):
    shop.get("/orders", nonce="new")
    ApiNonce.objects.create(api_key=shop.key, nonce="old", used_at=AT.replace(year=2020))

    forget_nonces()

    assert list(ApiNonce.objects.values_list("nonce", flat=True)) == ["new"]
