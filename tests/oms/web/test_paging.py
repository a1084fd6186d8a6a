"""Keyset paging: every row once, in order, forwards and back."""

import datetime as dt

import pytest
from django.test import RequestFactory
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from oms.models import Notice
from oms.web.paging import keyset_page, sorted_order
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)


def ask(**query):
    return RequestFactory().get("/", query)


def notices(ages):
    staff = StaffFactory()
    Notice.objects.bulk_create(Notice(staff=staff, text="n", created_at=AT - dt.timedelta(minutes=age)) for age in ages)
    return Notice.objects.filter(staff=staff)


def walk(queryset, order, size, cursor="", side="next"):
    pages = []
    for _n in range(50):
        page = keyset_page(queryset, order, ask(page=cursor) if cursor else ask(), size)
        pages.append([row.pk for row in page])
        cursor = getattr(page, side)
        if not cursor:
            return pages, page
    pytest.fail("the pages go round in circles")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ages=st.lists(st.integers(0, 3), max_size=17),
    size=st.integers(1, 6),
    order=st.sampled_from([("created_at",), ("-created_at",), ("-created_at", "pk"), ("text", "-created_at", "-pk")]),
)
@example(ages=[0, 1, 2, 1, 0], size=1, order=("text", "-created_at", "-pk"))
@example(ages=[0, 0, 0, 1], size=2, order=("-created_at",))
def test_walking_forwards_and_back_sees_every_row_once_in_order(ages, size, order):
    rows = notices(ages)
    ties = order if "pk" in " ".join(order) else (*order, "-pk")
    expected = list(rows.order_by(*ties).values_list("pk", flat=True))

    forwards, last = walk(rows, order, size)
    assert [pk for page in forwards for pk in page] == expected

    if last.previous:
        backwards, first = walk(rows, order, size, last.previous, "previous")
        assert [pk for page in reversed(backwards) for pk in page] == expected[: len(expected) - len(last)]
        assert first.previous == ""


def test_the_first_page_has_no_previous_and_the_last_no_next():
    rows = notices(range(5))
    page = keyset_page(rows, ("-created_at",), ask(), 5)

    assert (page.previous, page.next, len(page)) == ("", "", 5)


def test_a_row_added_meanwhile_neither_repeats_nor_hides_another():
    rows = notices(range(1, 7))
    first = keyset_page(rows, ("-created_at",), ask(), 3)
    Notice.objects.create(staff=rows[0].staff, text="new", created_at=AT)
    second = keyset_page(rows, ("-created_at",), ask(page=first.next), 3)

    assert [row.text for row in second] == ["n"] * 3
    assert {row.pk for row in first} & {row.pk for row in second} == set()


@pytest.mark.parametrize("cursor", ["x", "x:y", "WzEsMl0:1abcde:forged", "=" * 500])
def test_a_forged_cursor_gives_the_first_page(cursor):
    rows = notices(range(4))

    assert [r.pk for r in keyset_page(rows, ("pk",), ask(page=cursor), 2)] == [
        r.pk for r in keyset_page(rows, ("pk",), ask(), 2)
    ]


def test_a_cursor_of_another_order_gives_the_first_page():
    rows = notices(range(4))
    other = keyset_page(rows, ("-created_at",), ask(), 2).next

    assert [r.pk for r in keyset_page(rows, ("pk",), ask(page=other), 2)] == sorted(rows.values_list("pk", flat=True))[
        :2
    ]


@pytest.mark.parametrize(("asked", "given"), [("25", 25), ("100", 100), ("7", 50), ("-1", 50), ("", 50), ("1e3", 50)])
def test_the_size_is_one_of_three(asked, given):
    assert keyset_page(notices([]), ("pk",), ask(size=asked)).size == given


def test_rows_may_be_dictionaries():
    rows = notices(range(3)).values("id", "created_at")
    first = keyset_page(rows, ("-created_at",), ask(), 2)

    assert len(keyset_page(rows, ("-created_at",), ask(page=first.next), 2)) == 1


def test_one_page_is_one_statement_whatever_its_depth(django_assert_num_queries):
    rows = notices(range(9))
    cursor = keyset_page(rows, ("-created_at",), ask(), 3).next

    with django_assert_num_queries(1):
        keyset_page(rows, ("-created_at",), ask(page=cursor), 3)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [("", ("-age", ("-placed_at",))), ("age", ("age", ("placed_at",))), ("-total", ("-total", ("-total", "number")))],
)
def test_the_order_is_one_of_those_offered(sort, expected):
    orders = {"age": ("placed_at",), "total": ("total", "-number")}

    assert sorted_order(ask(sort=sort) if sort else ask(), orders, "-age") == expected
    assert sorted_order(ask(sort="password"), orders, "-age")[0] == "-age"
