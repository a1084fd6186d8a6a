"""Rows read by hand are the objects the ORM would have made."""

import pytest
from django.db import connection

from oms.lib.joined import Joined, relate
from oms.staff.models import Branch, Staff
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db
STAFF, BRANCH = Staff._meta.db_table, Branch._meta.db_table


def read(joined, sql):
    with connection.cursor() as cursor:
        cursor.execute(sql.format(columns=joined.columns))
        return list(joined.read(cursor.fetchall()))


def plain(one):
    return vars(one) | {"_state": (one._state.adding, one._state.db)}


def test_objects_are_those_of_the_orm_and_shared_between_rows():
    StaffFactory.create_batch(2)
    branch = BranchFactory()

    rows = read(
        Joined(s=Staff, b=Branch),
        f"SELECT {{columns}} FROM {STAFF} s LEFT JOIN {BRANCH} b ON b.id = {branch.pk} ORDER BY s.id",
    )

    assert [plain(staff) for staff, _branch in rows] == [plain(staff) for staff in Staff.objects.order_by("pk")]
    assert plain(rows[0][1]) == plain(Branch.objects.get(pk=branch.pk))
    assert rows[0][1] is rows[1][1]


def test_an_outer_join_that_finds_nothing_gives_none():
    BranchFactory()
    rows = read(Joined(b=Branch, s=Staff), f"SELECT {{columns}} FROM {BRANCH} b LEFT JOIN {STAFF} s ON false")
    assert {staff for _branch, staff in rows} == {None}


def test_what_is_related_is_not_asked_for_and_saving_updates(django_assert_num_queries):
    staff, branch = StaffFactory(), BranchFactory()
    ((read_again,),) = read(Joined(b=Branch), f"SELECT {{columns}} FROM {BRANCH} b WHERE b.id = {branch.pk}")
    relate(read_again, other=staff)
    assert read_again._state.fields_cache == {"other": staff}
    read_again.name = "Renamed"
    with django_assert_num_queries(1):
        read_again.save()
    assert Branch.objects.get(pk=branch.pk).name == "Renamed"
