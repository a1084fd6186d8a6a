"""Chips of active conditions, and the verbs of a bulk bar."""

import django_filters
import pytest
from django.contrib.auth.models import Permission
from django.http import QueryDict
from django.utils import translation

from oms.models import Branch, Staff
from oms.web.listing import Action, allowed_actions, chips_of
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db


class StaffFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(field_name="username", label="Find")
    theme = django_filters.MultipleChoiceFilter(choices=[("auto", "Like the device"), ("dark", "Dark")], label="Theme")
    branches = django_filters.ModelChoiceFilter(queryset=Branch.objects.all(), label="Branch")
    joined = django_filters.DateFromToRangeFilter(field_name="date_joined", label="Joined")
    is_active = django_filters.BooleanFilter(label="Active")

    class Meta:
        model = Staff
        fields = []


def chips(query):
    with translation.override("en"):
        return chips_of(StaffFilter(QueryDict(query), queryset=Staff.objects.all()))


def test_each_condition_is_a_chip_in_words_that_can_be_dropped_alone():
    branch = BranchFactory(name="East")
    found = chips(f"q=lin&theme=auto&theme=dark&branches={branch.pk}&joined_after=2026-11-01&is_active=false&page=abc")

    assert [(chip.label, chip.value) for chip in found] == [
        ("Find", "lin"),
        ("Theme", "Like the device, Dark"),
        ("Branch", "East"),
        ("Joined", "from 2026-11-01 00:00"),
        ("Active", "no"),
    ]
    assert "joined" not in found[3].without
    assert "theme" not in found[1].without
    assert all("page" not in chip.without for chip in found)


def test_no_condition_and_a_wrong_one_have_no_chip():
    assert chips("") == []
    assert chips("joined_after=never") == []


def test_verbs_one_may_not_use_are_not_offered_and_destructive_ones_come_last():
    staff = StaffFactory()
    staff.user_permissions.add(Permission.objects.get(codename="view_branch"))
    actions = [
        Action("Delete", "trash", "/d", danger=True),
        Action("Export", "download", "/e", permission="oms.view_branch"),
        Action("Print", "printer", "/p", permission="oms.add_branch"),
    ]

    assert [action.label for action in allowed_actions(actions, staff)] == ["Export", "Delete"]
