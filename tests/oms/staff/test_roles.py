"""The table of roles."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.utils import translation

from oms.staff import roles
from oms.staff.roles import ROLES, Role, matching, needs_second_factor, sync_roles
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db


def known():
    return {f"{a}.{c}" for a, c in Permission.objects.values_list("content_type__app_label", "codename")}


@pytest.mark.parametrize("name", ROLES)
def test_every_named_permission_exists(name):
    named = [p for p in ROLES[name].permissions if not p.endswith((".*", ".view_*"))]

    assert [p for p in named if not matching([p], known())] == []


def test_groups_hold_exactly_what_the_table_says_and_a_second_sync_changes_nothing():
    sync_roles()
    agent = Group.objects.get(name="agent")
    agent.permissions.add(Permission.objects.get(codename="adjust_stock"))
    agent.permissions.remove(Permission.objects.get(codename="cancel_order"))

    assert sync_roles()["agent"] == 2
    assert set(sync_roles().values()) == {0}
    held = {f"{a}.{c}" for a, c in agent.permissions.values_list("content_type__app_label", "codename")}
    assert held == matching(ROLES["agent"].permissions, known())


def test_a_sync_without_changes_is_cheap_and_quiet(django_assert_max_num_queries, capsys):
    sync_roles()

    with django_assert_max_num_queries(8):
        call_command("sync_roles")
    assert capsys.readouterr().out == ""


def test_a_misspelt_permission_is_refused_and_nothing_changes(monkeypatch):
    sync_roles()
    monkeypatch.setitem(roles.ROLES, "agent", Role("x", ("orders.cancle_order",)))

    with pytest.raises(LookupError, match="cancle"):
        sync_roles()
    assert Group.objects.get(name="agent").permissions.exists()


def test_an_auditor_changes_nothing():
    allowed = matching(ROLES["auditor"].permissions, known())

    assert [p for p in allowed if not p.split(".")[1].startswith("view_")] == []


def test_sensitive_roles_need_a_second_factor():
    assert {name for name, role in ROLES.items() if role.second_factor} == {
        "tech",
        "manager",
        "duty_manager",
        "auditor",
        "admin",
    }
    assert needs_second_factor(["agent"], is_superuser=True)
    assert not needs_second_factor(["agent", "somebody's own group"], is_superuser=False)


def test_roles_are_called_by_their_labels():
    staff = StaffFactory()
    staff.groups.set([Group.objects.create(name="warehouse"), Group.objects.create(name="night shift")])

    with translation.override("en"):
        assert staff.role_labels == ["night shift", "Warehouse"]
