from decimal import Decimal

import pytest
from django.contrib.auth.models import Group

from oms.approvals.limits import LIMITS, limit_of, needs_approval
from oms.staff.roles import ROLES
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db


def person(*roles, **fields):
    staff = StaffFactory(**fields)
    staff.groups.set([Group.objects.get_or_create(name=role)[0] for role in roles])
    return staff


@pytest.mark.parametrize(
    ("roles", "key", "most"),
    [
        (["front_desk"], "price_discount_percent", Decimal(10)),
        (["front_desk", "cashier"], "refund", Decimal(500)),
        (["front_desk", "manager"], "refund", None),
        (["housekeeping"], "refund", Decimal(0)),
        ([], "restore_days", Decimal(0)),
    ],
)
def test_limit_of_is_the_most_generous_of_the_roles(roles, key, most):
    assert limit_of(person(*roles), key) == most


def test_a_superuser_has_no_limit():
    assert limit_of(person(is_superuser=True), "write_off") is None


def test_limit_of_an_unknown_key_is_an_error_not_no_limit():
    with pytest.raises(KeyError):
        limit_of(person(is_superuser=True), "wirte_off")


def test_the_limit_itself_needs_no_approval():
    clerk = person("cashier")

    assert [needs_approval(clerk, "refund", Decimal(amount)) for amount in ("500.00", "500.01")] == [False, True]
    assert needs_approval(person("manager"), "refund", Decimal(10**9)) is False


def test_every_role_of_the_table_is_a_role():
    assert {role for limit in LIMITS.values() for role in limit.roles} - set(ROLES) == set()
