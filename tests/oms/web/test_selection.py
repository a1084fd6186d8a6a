"""What a bulk action acts on never leaves the person's scope."""

import django_filters
import pytest
from django.test import RequestFactory

from oms.models import Branch
from oms.web.selection import Selection
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db


class BranchFilter(django_filters.FilterSet):
    seen = django_filters.DateFromToRangeFilter(field_name="staff__date_joined")

    class Meta:
        model = Branch
        fields = ["code", "is_active"]


@pytest.fixture
def mine():
    return [BranchFactory(code=f"M{n}", is_active=n < 2) for n in range(3)]


@pytest.fixture
def other():
    return BranchFactory(code="other")


def choose(mine, **posted):
    request = RequestFactory().post("/", posted)
    request.user = StaffFactory()
    scope = Branch.objects.filter(pk__in=[branch.pk for branch in mine])
    return Selection.from_request(request, scope, BranchFilter)


def codes(selection):
    return sorted(selection.queryset.values_list("code", flat=True))


def test_ticked_rows_outside_the_scope_are_not_there(mine, other):
    assert codes(choose(mine, ids=[mine[0].pk, other.pk])) == ["M0"]


def test_ids_may_come_in_one_field_and_nonsense_is_left_out(mine):
    selection = choose(mine, ids=f"{mine[0].pk},{mine[2].pk},x,-1,²,{10**30}")

    assert codes(selection) == ["M0", "M2"]
    assert not selection.is_everything


def test_nothing_ticked_is_nothing(mine):
    assert codes(choose(mine)) == []


def test_all_that_match_are_those_in_scope_that_match(mine, other):
    assert codes(choose(mine, all="1", filter="is_active=true&sort=-age&page=abc")) == ["M0", "M1"]
    assert codes(choose(mine, all="1", filter="")) == ["M0", "M1", "M2"]


@pytest.mark.parametrize("filter_", ["is_activ=true", "seen_after=yesterday", "password=x", "code=M0&evil=1"])
def test_a_filter_that_is_not_understood_chooses_nothing(mine, filter_):
    assert codes(choose(mine, all="1", filter=filter_)) == []


def test_ticked_ids_beside_all_are_ignored(mine, other):
    assert codes(choose(mine, all="1", filter="code=M1", ids=[mine[0].pk])) == ["M1"]


def test_a_job_makes_the_same_choice_again_in_its_own_scope(mine, other):
    params = choose(mine, all="1", filter="is_active=true").params
    narrower = Branch.objects.filter(pk=mine[0].pk)

    again = Selection.from_params(params, narrower, BranchFilter, staff=StaffFactory())
    assert codes(again) == ["M0"]
    assert again.is_everything
