from decimal import Decimal

import pytest
from django.utils import translation

from orders.intake.schema import InvalidOrder, read_order

ORDER = {"channel": "C", "external_no": "1", "placed_at": "2026-11-23T14:00:00+08:00", "lines": [{"quantity": 1}]}


def problems(**fields):
    with pytest.raises(InvalidOrder) as refusal:
        read_order(ORDER | fields)
    with translation.override("en"):
        return [(error.field, error.code, str(error)) for error in refusal.value.errors]


@pytest.mark.parametrize(("given", "read"), [("10.10", "10.10"), (10, "10"), (10.1, "10.1"), ("1e2", "1E+2")])
def test_read_order_keeps_amounts_exact(given, read):
    assert read_order(ORDER | {"freight": given}).freight == Decimal(read)


def test_read_order_names_every_wrong_field_by_its_path():
    assert problems(lines=[{"quantity": 1}, {"quantity": 0, "unit_price": "1.23456"}], freight="-1") == [
        ("lines.1.quantity", "greater_than_equal", "Enter 1 or more."),
        ("lines.1.unit_price", "decimal_max_places", "Enter 4 decimal places at most."),
        ("freight", "greater_than_equal", "Enter 0 or more."),
    ]


def test_read_order_strips_blanks_and_breaks_of_remarks():
    order = read_order(ORDER | {"buyer_remark": " a\r\n\tb ", "receiver": {"name": " 王 "}})

    assert (order.buyer_remark, order.receiver.name) == ("a b", "王")


@pytest.mark.parametrize("text", ["\0", "a\x1b[31m", "\x85", "a\nb", "\x7f"])
def test_read_order_refuses_control_characters(text):
    assert problems(external_no=f"1{text}1")[0][1] == "string_pattern_mismatch"


def test_read_order_refuses_half_of_a_character():
    assert problems(external_no="\ud800")[0][1] == "string_unicode"


@pytest.mark.parametrize("time", [1764000000, 1764000000.5, "1764000000", True, "2026-13-01T00:00:00Z", "now"])
def test_read_order_takes_iso_times_only(time):
    assert [field for field, *_rest in problems(placed_at=time)] == ["placed_at"]


def test_read_order_keeps_a_naive_time_naive():
    assert read_order(ORDER | {"placed_at": "2026-11-23 14:00:00"}).placed_at.tzinfo is None


def test_choices_are_named_without_a_word_of_english():
    with pytest.raises(InvalidOrder) as refusal:
        read_order(ORDER | {"type": "swap"})
    with translation.override("zh-hans"):
        assert str(refusal.value.errors[0]) == "只能是：sale, return, reissue。"
