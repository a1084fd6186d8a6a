"""Orders on their way in."""

import datetime as dt
import itertools
import json

import factory

from oms.lib.books import breaches
from orders.intake.models import ApiKey
from orders.intake.schema import read_order
from orders.intake.services import Message, take_orders

AT = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)
_numbers = itertools.count(1)


def order_json(channel, /, *lines, **fields):
    """A paid order, as a channel tells it; ``lines`` are (merchant code, quantity, unit price) or dicts."""
    positions = [
        line
        if isinstance(line, dict)
        else {"external_line_no": str(i + 1), "merchant_code": line[0], "quantity": line[1], "unit_price": line[2]}
        for i, line in enumerate(lines)
    ]
    return {
        "channel": getattr(channel, "code", channel),
        "external_no": f"X{next(_numbers)}",
        "placed_at": "2026-11-23T13:00:00+08:00",
        "paid_at": "2026-11-23T13:01:00+08:00",
        "receiver": {"name": "王小明", "phone": "13800138000", "province": "浙江省", "city": "杭州市"},
        "lines": positions,
    } | fields


def message(channel, /, *lines, **fields):
    raw = json.dumps(order_json(channel, *lines, **fields), ensure_ascii=False)
    return Message(read_order(raw), raw)


def take(*messages, source="api", by=None, at=AT, **options):
    return take_orders(messages=messages, source=source, by=by, at=at, **options)


class ApiKeyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ApiKey
        skip_postgeneration_save = True

    key = factory.Sequence(lambda n: f"key{n}")
    salt = factory.Sequence(lambda n: f"salt{n}")
    name = factory.Sequence(lambda n: f"Shop {n}")
    created_at = AT

    @factory.post_generation
    def channels(self, create, extracted, **_kwargs):
        if extracted:
            self.channels.set(extracted)


__all__ = ["AT", "ApiKeyFactory", "breaches", "message", "order_json", "take"]
