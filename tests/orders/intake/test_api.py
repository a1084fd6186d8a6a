import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inventory.models import Reservation
from oms.models import OutboxMessage
from orders.intake.keys import forget_keys
from orders.models import ApiNonce, IntakeMessage, Order
from tests.factories.intake import order_json
from tests.factories.inventory import BinFactory, ChannelFactory, SkuFactory
from tests.orders.intake.signed import SignedClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel():
    return ChannelFactory(code="SHOP")


@pytest.fixture
def shop(channel):
    return SignedClient(channel)


@pytest.fixture(autouse=True)
def stock():
    return BinFactory(sku=SkuFactory(code="A", name="Apple"), on_hand=10)


def fields(response):
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


def nothing_stored():
    return not Order.objects.exists() and not IntakeMessage.objects.exists() and not Reservation.objects.exists()


def test_post_order_stores_it(shop, channel):
    response = shop.post("/orders", order_json(channel, ("A", 2, "5.00"), external_no="1"))

    order = Order.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "external_no": "1",
        "number": order.number,
        "outcome": "stored",
        "holds": [],
        "errors": [],
    }
    assert Reservation.objects.get().quantity == 2
    assert OutboxMessage.objects.get().payload == {"order_ids": [order.pk]}


def test_post_order_again_is_repeated_and_changed_is_changed(shop, channel):
    sent = order_json(channel, ("A", 2, "5.00"))
    shop.post("/orders", sent)

    again = shop.post("/orders", sent)
    changed = shop.post("/orders", sent | {"buyer_remark": "please hurry"})

    assert [(r.status_code, r.json()["outcome"]) for r in (again, changed)] == [(200, "repeated"), (200, "changed")]
    assert Order.objects.get().buyer_remark == "please hurry"


def test_post_order_strict_and_short_is_a_conflict_naming_the_line(shop, channel):
    response = shop.post("/orders", order_json(channel, ("A", 11, "5.00"), strict=True))

    assert response.status_code == 409
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "urn:oms:problem:out_of_stock",
        "title": "Conflict",
        "status": 409,
        "detail": "Stock is short; nothing was stored.",
        "errors": [
            {
                "field": "lines.0.quantity",
                "code": "out_of_stock",
                "message": "1 of 11 pieces are not available.",
            }
        ],
    }
    assert nothing_stored()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"channel": "OTHER"}, "channel"),
        ({"external_no": "a\0b"}, "external_no"),
        ({"external_no": ""}, "external_no"),
        ({"external_no": "x" * 65}, "external_no"),
        ({"placed_at": "yesterday"}, "placed_at"),
        ({"placed_at": "2999-01-01T00:00:00Z"}, "placed_at"),
        ({"freight": "-1.00"}, "freight"),
        ({"freight": "9" * 200}, "freight"),
        ({"freight": 10**200}, "freight"),
        ({"freight": "1e999999"}, "freight"),
        ({"freight": "NaN"}, "freight"),
        ({"freight": "1.234"}, "freight"),
        ({"freight": {"amount": 1}}, "freight"),
        ({"lines": []}, "lines"),
        ({"lines": [{"quantity": 1}] * 2001}, "lines"),
        ({"lines": [{"quantity": 0}]}, "lines.0.quantity"),
        ({"lines": [{"quantity": 100_001}]}, "lines.0.quantity"),
        ({"lines": [{"quantity": True}]}, "lines.0.quantity"),
        ({"lines": [{"quantity": 1}, {"quantity": 1, "merchant_code": "a\x07"}]}, "lines.1.merchant_code"),
        ({"lines": [{"quantity": 1, "unit_price": "1.00", "discount": "1.01"}]}, "lines.0.discount"),
        ({"lines": [{"quantity": 100_000, "unit_price": "99999999.00"}]}, "lines"),
        ({"receiver": {"phone": "1" * 33}}, "receiver.phone"),
        ({"receiver": []}, "receiver"),
        ({"payment": {"amount": "x"}}, "payment.amount"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_post_order_refuses_bad_fields_by_name(shop, channel, change, field):
    response = shop.post("/orders", order_json(channel, ("A", 1, "5.00")) | change)

    assert response.status_code == 422
    assert [name for name, _code in fields(response)] == [field]
    assert nothing_stored()


def test_post_order_says_what_is_wrong_in_the_readers_language(shop, channel):
    response = shop.post("/orders", order_json(channel, ("A", 1, "5.00"), freight="-1"), language="en")

    assert response.json()["errors"][0]["message"] == "Enter 0 or more."


@pytest.mark.parametrize("body", [b" ", b"{", b"\xff\xfe", b"[" * 100_000, b'{"external_no": "\\ud800"}', b"nul"])
def test_post_order_refuses_what_is_no_json(shop, body):
    response = shop.post("/orders", body)

    assert (response.status_code, response.json()["type"]) == (400, "urn:oms:problem:malformed_json")


def test_post_order_takes_emoji_and_every_printable_character(shop, channel):
    remark = "😀 \\ \\N \\. ' \" % %s {} $$ 𠮷 \u202e"
    shop.post("/orders", order_json(channel, ("A", 1, "5.00"), buyer_remark=remark))

    assert Order.objects.get().buyer_remark == remark


def test_post_order_of_ten_megabytes_is_too_large(shop):
    response = shop.post("/orders", b" " * 10_000_000)

    assert (response.status_code, response["Content-Type"]) == (413, "application/problem+json")


def test_post_order_wants_json(shop, channel):
    response = shop.post("/orders", order_json(channel, ("A", 1, "5.00")), content_type="text/plain")

    assert response.status_code == 415


def test_post_orders_keeps_the_good_and_reports_the_bad_by_index(shop, channel):
    good, bad = order_json(channel, ("A", 1, "5.00")), order_json(channel, ("A", 0, "5.00"), external_no="bad")
    foreign = order_json("OTHER", ("A", 1, "5.00"), external_no="foreign")

    response = shop.post("/orders/batch", {"orders": [bad, good, "what?", foreign, good]})

    answer = response.json()
    assert response.status_code == 200
    assert {name: answer[name] for name in ("stored", "repeated", "changed", "refused")} == {
        "stored": 1,
        "repeated": 1,
        "changed": 0,
        "refused": 3,
    }
    assert [
        (r["index"], r["external_no"], r["outcome"], [e["field"] for e in r["errors"]]) for r in answer["results"]
    ] == [
        (0, "bad", "refused", ["lines.0.quantity"]),
        (1, good["external_no"], "stored", []),
        (2, "", "refused", [""]),
        (3, "foreign", "refused", ["channel"]),
        (4, good["external_no"], "repeated", []),
    ]


@pytest.mark.parametrize("content", [{"orders": []}, {"orders": "all"}, {}, 7, {"orders": [{}] * 1001}])
def test_post_orders_wants_one_to_a_thousand(shop, content):
    response = shop.post("/orders/batch", content)

    assert (response.status_code, fields(response)[0][0]) == (422, "orders")


def test_post_orders_takes_a_thousand(shop, channel):
    orders = [order_json(channel, ("A", 1, "5.00")) for _ in range(1000)]

    answer = shop.post("/orders/batch", orders).json()

    assert (answer["stored"], Reservation.objects.count()) == (1000, 10)
    assert sum(row["holds"] == ["stock_short"] for row in answer["results"]) == 990


def test_get_order_shows_it_to_its_channel_only(shop, channel):
    number = shop.post("/orders", order_json(channel, ("A", 2, "5.00"), discount="1.00")).json()["number"]

    order = shop.get(f"/orders/{number}").json()
    foreign = SignedClient(ChannelFactory()).get(f"/orders/{number}")

    assert (order["status"], order["payment_status"], order["payable"]) == ("processing", "paid", "9.00")
    assert [(line["sku"], line["quantity"], line["amount"]) for line in order["lines"]] == [("A", 2, "9.00")]
    assert (foreign.status_code, foreign.json()["type"]) == (404, "urn:oms:problem:unknown_order")


def test_list_orders_walks_by_cursor_and_filters(shop, channel):
    for day in (1, 2, 3):
        shop.post(
            "/orders",
            order_json(channel, ("A", 1, "5.00"), external_no=f"{day}", placed_at=f"2026-11-0{day}T08:00:00Z"),
        )
    unpaid = order_json(channel, ("A", 1, "5.00"), external_no="4", placed_at="2026-11-04T08:00:00Z", paid_at=None)
    shop.post("/orders", unpaid)

    def found(query):
        return [order["external_no"] for order in shop.get(f"/orders?{query}").json()["items"]]

    first = shop.get("/orders?limit=3").json()
    assert [order["external_no"] for order in first["items"]] == ["4", "3", "2"]
    assert found(f"limit=3&cursor={first['next']}") == ["1"]
    assert found("status=awaiting_payment") == ["4"]
    assert found("external_no=2") == ["2"]
    assert found("placed_from=2026-11-02T00:00:00Z&placed_to=2026-11-03T00:00:00Z") == ["2"]
    assert found("placed_from=2026-11-03T01:00:00-23:56") == ["4"]  # an offset PostgreSQL would refuse
    assert found("channel=SHOP") == ["4", "3", "2", "1"]
    assert found("channel=OTHER") == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=x",
        "status=on_hold",
        "placed_from=x",
        "placed_from=0001-01-01T00:00:00%2B08:00",
        "cursor=x",
        "cursor=eHx5",
    ],
)
def test_list_orders_names_a_wrong_parameter(shop, query):
    response = shop.get(f"/orders?{query}")

    assert (response.status_code, [name for name, _ in fields(response)]) == (422, [query.split("=")[0]])


def test_a_status_there_is_none_of_is_answered_with_those_there_are(shop):
    (error,) = shop.get("/orders?status=on_hold").json()["errors"]

    assert error["message"].startswith("Use one of: awaiting_payment, processing")


def test_get_stock_counts_the_shared_and_the_own(shop, channel, stock):
    BinFactory(sku=stock.sku, channel=channel, warehouse=stock.warehouse, on_hand=3)
    BinFactory(sku=stock.sku, channel=ChannelFactory(), warehouse=stock.warehouse, on_hand=7)
    shop.post("/orders", order_json(channel, ("A", 4, "5.00")))

    answer = shop.get("/stock?sku=A&sku=none&sku=A").json()

    assert answer == {"items": [{"sku": "A", "name": "Apple", "available": 9}]}


def test_get_stock_wants_a_sku(shop):
    assert (shop.get("/stock").status_code, shop.get("/stock?sku=%00").json()) == (422, {"items": []})


def test_post_order_takes_few_statements(shop, channel):
    shop.post("/orders", order_json(channel, ("A", 1, "5.00")))
    body = order_json(channel, ("A", 1, "5.00"), ("B", 1, "5.00"), strict=False)

    with CaptureQueriesContext(connection) as queries:
        assert shop.post("/orders", body).status_code == 201

    # Inside a test's transaction BEGIN and COMMIT are SAVEPOINT and RELEASE: as many.
    assert len(queries) <= 9, [query["sql"][:80] for query in queries]


def test_post_order_without_cached_key_takes_one_statement_more(shop, channel):
    shop.post("/orders", order_json(channel, ("A", 1, "5.00")))
    forget_keys()

    with CaptureQueriesContext(connection) as queries:
        shop.post("/orders", order_json(channel, ("A", 1, "5.00")))

    assert len(queries) <= 10, [query["sql"][:80] for query in queries]


def test_unknown_addresses_and_methods_are_problems_too():
    client = Client()

    missing, method = client.get("/api/v1/nowhere"), client.delete("/api/v1/orders")

    assert (missing.status_code, missing["Content-Type"]) == (404, "application/problem+json")
    assert (method.status_code, method["Content-Type"]) == (405, "application/problem+json")
    assert set(method["Allow"].split(", ")) == {"GET", "POST"}
    assert method.json()["detail"] == f"This address takes {method['Allow']}."


def test_openapi_documents_every_answer():
    document = Client().get("/api/v1/openapi.json").json()

    post = document["paths"]["/api/v1/orders"]["post"]
    assert document["openapi"].startswith("3.1")
    assert set(post["responses"]) == {"200", "201", "400", "401", "409", "413", "415", "422", "429"}
    assert "application/problem+json" in post["responses"]["422"]["content"]
    assert post["requestBody"]["content"]["application/json"]["example"]["external_no"]
    assert {p["name"] for p in post["parameters"]} == {"X-OMS-Timestamp", "X-OMS-Nonce", "X-OMS-Signature"}
    assert "$defs" not in json.dumps(post)


def test_nonce_is_used_up_by_a_refused_order_too(shop, channel):
    bad = order_json(channel, ("A", 0, "5.00"))

    first, second = shop.post("/orders", bad, nonce="once"), shop.post("/orders", bad, nonce="once")

    assert (first.status_code, second.status_code) == (422, 401)
    assert ApiNonce.objects.count() == 1
