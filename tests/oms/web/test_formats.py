"""How values are written."""

import datetime as dt
from decimal import Decimal

import pytest
from django.template import engines
from django.utils import timezone, translation

from oms.web import formats

UTC = dt.UTC
NOW = dt.datetime(2026, 11, 23, 6, 32, tzinfo=UTC)  # 14:32 in Shanghai


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王芳", "王*"),
        ("王小芳", "王*芳"),
        ("欧阳小芳", "欧**芳"),
        ("阿卜杜拉·买买提", "阿**提"),
        ("王", "王"),
        ("John Smith", "J* S*"),
        ("", "—"),
        (None, "—"),
        (" 李强 ", "李*"),
    ],
)
def test_names(name, shown):
    assert formats.mask_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812346021", "138****6021"),
        ("+8613812346021", "+86138****6021"),
        ("62345678", "******78"),
        ("110", "*10"),
        ("", "—"),
        (None, "—"),
    ],
)
def test_phones(phone, shown):
    assert formats.mask_phone(phone) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (Decimal(1286), "1,286.00"),
        (Decimal("-299.5"), "-299.50"),
        ("12.345", "12.34"),
        (0, "0.00"),
        (None, "—"),
        ("", "—"),
        (Decimal("1E+3"), "1,000.00"),
        ("abc", "abc"),
    ],
)
def test_money(amount, shown):
    assert formats.money(amount) == shown


def test_money_puts_the_sign_first():
    assert formats.money(Decimal(-1286), "¥") == "-¥1,286.00"


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (dt.datetime(2026, 11, 23, 6, 21, tzinfo=UTC), "Today 14:21"),
        (dt.datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "Today 00:00"),  # midnight in Shanghai
        (dt.datetime(2026, 11, 22, 15, 59, tzinfo=UTC), "11-22 23:59"),
        (dt.datetime(2025, 11, 23, 6, 21, tzinfo=UTC), "2025-11-23 14:21"),
        (dt.date(2026, 11, 23), "2026-11-23"),
        (None, "—"),
    ],
)
def test_times_are_the_branchs(moment, shown):
    with timezone.override("Asia/Shanghai"):
        assert formats.when(moment, NOW) == shown


@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (dt.timedelta(seconds=30), "0 min"),
        (dt.timedelta(minutes=11), "11 min"),
        (dt.timedelta(hours=1, minutes=12), "1 h 12 min"),
        (dt.timedelta(days=1), "1 day"),
        (dt.timedelta(days=3, hours=5), "3 days"),
        (-dt.timedelta(minutes=5), "0 min"),
    ],
)
def test_ages(ago, shown):
    assert formats.age(NOW - ago, NOW) == shown


def test_due_times_say_left_or_late():
    assert formats.due(NOW + dt.timedelta(minutes=18), NOW) == "18 min left"
    assert formats.due(NOW - dt.timedelta(minutes=12), NOW) == "12 min late"


def test_the_tags_escape_what_they_print():
    template = engines["django"].from_string('{% badge "blue" "s-q1" label %}{% icon name %}')

    page = template.render({"label": "<b>", "name": '"><script>'})
    assert "<b>" not in page
    assert "<script>" not in page
