"""The Django admin: within one's branches, and nobody lifts themselves."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from oms.staff.models import Staff
from oms.staff.roles import sync_roles
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    sync_roles()
    person = StaffFactory(branches=[BranchFactory()], is_staff=True)
    person.groups.add(Group.objects.get(name="admin"))
    return person


def test_people_of_other_branches_are_not_there(client, admin):
    colleague, other = StaffFactory(branches=admin.branches.all()), StaffFactory(branches=[BranchFactory()])
    client.force_login(admin)

    assert client.get(reverse("admin:oms_staff_change", args=[colleague.pk])).status_code == 200
    assert client.get(reverse("admin:oms_staff_change", args=[other.pk])).status_code == 302
    names = client.get(reverse("admin:oms_staff_changelist")).content.decode()
    assert colleague.username in names
    assert other.username not in names


def test_who_is_no_superuser_makes_none(client, admin):
    client.force_login(admin)
    page = client.get(reverse("admin:oms_staff_change", args=[admin.pk])).content.decode()
    assert 'name="is_superuser"' not in page

    client.post(
        reverse("admin:oms_staff_change", args=[admin.pk]),
        {"username": admin.username, "is_superuser": "on", "is_staff": "on", "is_active": "on", "theme": "auto"},
    )
    assert not Staff.objects.get(pk=admin.pk).is_superuser


def test_a_superuser_is_not_changed_by_others(client, admin):
    root = StaffFactory(is_superuser=True, branches=admin.branches.all())
    client.force_login(admin)

    page = client.get(reverse("admin:oms_staff_change", args=[root.pk])).content.decode()
    assert 'name="username"' not in page


def test_an_enrolled_person_needs_the_code_here_too(client, admin):
    TOTPDevice.objects.create(user=admin, name="phone", confirmed=True)
    client.force_login(admin)

    assert client.get(reverse("admin:index")).status_code == 302


def test_there_is_one_sign_in_page(client):
    assert client.get("/admin/", follow=False)["Location"].startswith("/admin/login/")
    assert client.get("/admin/login/?next=/admin/")["Location"].startswith(reverse("sign-in"))


def test_the_index_names_the_apps_of_others_in_our_words(client):
    client.force_login(StaffFactory(is_staff=True, is_superuser=True))

    apps = client.get(reverse("admin:index"), headers={"accept-language": "en"}).context["app_list"]

    assert {"Sign-in attempts", "Backup codes", "Authenticator apps"} <= {str(app["name"]) for app in apps}
    others = {"axes", "otp_static", "otp_totp"}
    models = [str(model["name"]) for app in apps if app["app_label"] in others for model in app["models"]]
    assert "Enrolled phones" in models
    assert not [name for name in models if "device" in name or "ccess" in name]
