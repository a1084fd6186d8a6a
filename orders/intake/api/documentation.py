"""What the OpenAPI document says beyond the types: headers, bodies, examples, problems."""

from __future__ import annotations

from typing import Any

from orders.intake.api.problems import CONTENT_TYPE, ProblemDocument
from orders.intake.schema import NeutralOrder

INTRODUCTION = """Send orders as they are sold; ask for orders and stock.

Every request is signed with an API key:

| header | content |
|---|---|
| `X-OMS-Key` | the key |
| `X-OMS-Timestamp` | Unix time in seconds, at most 300 from now |
| `X-OMS-Nonce` | 1 to 64 visible characters, never used before |
| `X-OMS-Signature` | hex HMAC-SHA256, with the secret, of the text below |

The signed text is: timestamp, nonce, METHOD, path with query, and the hex SHA-256 of the body, joined by line feeds.

Amounts are decimal strings. An order is known by `channel` and `external_no`: sending it again is safe and stores
nothing, sending it changed changes it. Refusals are problem documents (RFC 9457) that name every wrong field.
"""

EXAMPLE: dict[str, Any] = {
    "channel": "tmall",
    "external_no": "20261123-000017",
    "type": "sale",
    "origin": "online",
    "placed_at": "2026-11-23T14:05:00+08:00",
    "paid_at": "2026-11-23T14:06:12+08:00",
    "cash_on_delivery": False,
    "buyer": {"id": "b-8812", "name": "李雷", "phone": "13900000001"},
    "receiver": {
        "name": "韩梅梅",
        "phone": "13900000002",
        "country": "中国",
        "province": "浙江省",
        "city": "杭州市",
        "district": "西湖区",
        "address": "文三路 90 号 3 栋 502",
        "postcode": "310012",
    },
    "lines": [
        {
            "external_line_no": "1",
            "merchant_code": "TM-4001",
            "name": "茶杯",
            "quantity": 2,
            "unit_price": "59.00",
            "discount": "0.00",
            "is_gift": False,
        }
    ],
    "freight": "8.00",
    "discount": "10.00",
    "total": "116.00",
    "payment": {
        "method": "alipay",
        "transaction_no": "2026112322001",
        "amount": "116.00",
        "paid_at": "2026-11-23T14:06:12+08:00",
    },
    "buyer_remark": "周末送",
    "seller_remark": "",
    "strict": False,
}


def _header(name: str, about: str, pattern: str) -> dict[str, Any]:
    schema = {"type": "string", "pattern": pattern}
    return {"in": "header", "name": name, "required": True, "description": about, "schema": schema}


_HEADERS = [
    _header("X-OMS-Timestamp", "Unix time in seconds", r"^[0-9]{10}$"),
    _header("X-OMS-Nonce", "Used once", r"^[!-~]{1,64}$"),
    _header("X-OMS-Signature", "Hex HMAC-SHA256", r"^[0-9a-f]{64}$"),
]


def _order_schema() -> tuple[dict[str, Any], dict[str, Any]]:
    """The order's JSON schema with its parts inlined, as a request body needs no name of its own."""
    schema = NeutralOrder.model_json_schema()
    parts = schema.pop("$defs")

    def inline(node: Any) -> Any:
        if isinstance(node, list):
            return [inline(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            rest = {key: value for key, value in node.items() if key != "$ref"}
            return inline(parts[node["$ref"].rsplit("/", 1)[1]]) | rest
        return {key: inline(value) for key, value in node.items()}

    order = inline(schema)
    batch = {
        "type": "object",
        "properties": {"orders": {"type": "array", "items": order, "minItems": 1, "maxItems": 1000}},
        "required": ["orders"],
    }
    return order, batch


_ORDER, _BATCH = _order_schema()


def _body(schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": schema, "example": example}}
    return {"parameters": _HEADERS, "requestBody": {"required": True, "content": content}}


SIGNED: dict[str, Any] = {"parameters": _HEADERS}
ORDER_BODY = _body(_ORDER, EXAMPLE)
BATCH_BODY = _body(_BATCH, {"orders": [EXAMPLE]})

PROBLEMS_OF_GET: dict[int, Any] = dict.fromkeys((401, 422, 429), ProblemDocument)
PROBLEMS_OF_POST: dict[int, Any] = dict.fromkeys((400, 401, 409, 413, 415, 422, 429), ProblemDocument)
NOT_FOUND: dict[int, Any] = {404: ProblemDocument}


def with_problems(document: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document with refusals under their content type."""
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                content = response.get("content", {})
                if int(status) >= 400 and "application/json" in content:  # noqa: PLR2004 -- where refusals begin
                    content[CONTENT_TYPE] = content.pop("application/json")
    return document
