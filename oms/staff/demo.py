"""Sign-ins of the demo company, on every floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from oms.staff.models import Staff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oms.staff.models import Branch

PASSWORD = "qimu-demo-2026"  # noqa: S105 -- of a company that does not exist; printed for everybody

# user name, role, name people see, branches (empty: all)
Person = tuple[str, str, str, tuple[str, ...]]


def make_people(people: Sequence[Person], branches: dict[str, Branch]) -> dict[str, Staff]:
    """Make the sign-ins in this order, with the demo's password; an administrator may do everything."""
    password = make_password(PASSWORD)
    made = {}
    for username, role, name, where in people:
        chief = role == "admin"
        person = Staff.objects.create(
            username=username, display_name=name, password=password, is_staff=chief, is_superuser=chief
        )
        person.branches.set([branches[code] for code in where or branches])
        person.groups.add(Group.objects.get(name=role))
        made[username] = person
    return made
