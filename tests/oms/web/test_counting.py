"""Bounded counts."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.models import Branch
from oms.web.counting import Count, bounded_count, capped
from tests.factories.staff import BranchFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("rows", "bound", "text"), [(0, 3, "0"), (2, 3, "2"), (3, 3, "3"), (4, 3, "3+"), (9, 3, "3+")])
def test_exact_up_to_the_bound_and_no_further(rows, bound, text):
    BranchFactory.create_batch(rows)

    count = bounded_count(Branch.objects.order_by("name"), bound)

    assert str(count) == text
    assert count.is_exact == (rows <= bound)


def test_the_database_reads_no_more_than_the_bound():
    with CaptureQueriesContext(connection) as asked:
        bounded_count(Branch.objects.order_by("name"), 10)

    assert "LIMIT 11" in asked[0]["sql"]
    assert "ORDER BY" not in asked[0]["sql"]


@pytest.mark.parametrize(
    ("number", "text"), [(None, ""), (0, ""), (7, "7"), (1198, "1,198"), (10_000, "10,000"), (10_001, "10k+")]
)
def test_badges(number, text):
    assert capped(number) == text
    assert str(Count(10_000, is_exact=False)) == "10k+"
