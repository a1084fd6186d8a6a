"""Operation traces: who, when, from where, before and after."""

import datetime as dt

import pghistory
import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import translation

from oms.models import Branch, Staff
from oms.trace.queries import Asked, latest_events
from oms.trace.showing import lines_of
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"
    with translation.override("en"):
        yield


@pytest.fixture
def auditor():
    staff = StaffFactory(branches=[BranchFactory(code="EAST")], language="en")
    staff.user_permissions.set(Permission.objects.filter(codename__in=["view_trace", "view_branch", "view_staff"]))
    return Staff.objects.get(pk=staff.pk)


@pytest.fixture
def root():
    return StaffFactory(is_superuser=True, display_name="Root")


def lines(staff, **asked):
    return lines_of(latest_events(staff, Asked(**asked), 50))


def test_an_update_shows_before_and_after_and_who(root):
    branch = BranchFactory(name="Old")
    with pghistory.context(user=root.pk, url="/admin/", ip="10.0.0.7"):
        Branch.objects.filter(pk=branch.pk).update(name="New")

    newest, first = lines(root, model="oms.branch")
    assert [(c.label, c.before, c.after) for c in newest.changes] == [("Name", "Old", "New")]
    assert (newest.who, newest.address, newest.page, newest.what) == (root, "10.0.0.7", "/admin/", "update")
    assert (first.what, first.who) == ("insert", None)


def test_a_deletion_stays_visible(root):
    branch = BranchFactory(code="GONE")
    branch.delete()

    assert [(line.what, line.subject) for line in lines(root, model="oms.branch")] == [
        ("delete", "GONE"),
        ("insert", "GONE"),
    ]


def test_secrets_are_left_out_and_personal_data_masked(root):
    StaffFactory(phone="13812346021", email="lin@example.com", password="pbkdf2$hash")

    shown = " ".join(c.after for line in lines(root, model="oms.staff") for c in line.changes)
    assert "138****6021" in shown
    assert "13812346021" not in shown
    assert "lin@example.com" not in shown
    assert "hash" not in shown


def test_one_sees_only_models_one_may_view_and_rows_of_ones_branches(auditor, root):
    other = BranchFactory(code="WEST")
    colleague, stranger = StaffFactory(branches=auditor.branches.all()), StaffFactory(branches=[other])

    subjects = {line.subject for line in lines(auditor)}
    assert {"EAST", colleague.username} <= subjects or colleague.username in subjects
    assert stranger.username not in subjects
    auditor.user_permissions.set(Permission.objects.filter(codename="view_trace"))
    assert lines(Staff.objects.get(pk=auditor.pk)) == []
    assert {"WEST", stranger.username} <= {line.subject for line in lines(root)}


def test_person_and_days_narrow_it(root):
    BranchFactory(code="BYSYSTEM")
    with pghistory.context(user=root.pk):
        BranchFactory(code="BYROOT")

    assert {line.subject for line in lines(root, model="oms.branch", person=root.pk)} == {"BYROOT"}
    future = dt.datetime(2999, 1, 1, tzinfo=dt.UTC)
    assert lines(root, since=future) == []
    assert lines(root, before=dt.datetime(2000, 1, 1, tzinfo=dt.UTC)) == []


def test_a_change_by_page_is_traced_to_its_person(client, root):
    client.force_login(root)
    client.post(reverse("settings"), {"language": "en", "theme": "dark", "density": "compact"})

    line = lines(root, model="oms.staff", person=root.pk)[0]
    assert line.who == root
    assert line.page == reverse("settings")
    assert line.address == "127.0.0.1"


def test_the_page_needs_the_permission_and_shows_the_difference(client, auditor):
    client.force_login(StaffFactory())
    assert client.get(reverse("trace")).status_code == 403

    branch = auditor.branches.get()
    Branch.objects.filter(pk=branch.pk).update(name="<b>New</b>")
    client.force_login(auditor)
    page = client.get(reverse("trace"), {"model": "oms.branch"}).content.decode()
    assert "&lt;b&gt;New" in page
    assert "<b>New" not in page


ODD = [
    "model=auth.user",
    "person=x",
    "since=never",
    "before=yesterday",
    "before=2026-01-01",
    "before=2026-13-45T00:00Z",
]


@pytest.mark.parametrize("query", ODD)
def test_odd_questions_show_nothing_or_everything_but_never_fail(client, auditor, query):
    client.force_login(auditor)

    assert client.get(f"{reverse('trace')}?{query}").status_code in {200, 422}


def test_nobody_writes_here(client, root):
    client.force_login(root)

    assert client.post(reverse("trace")).status_code == 405


def test_statements_do_not_grow_with_the_rows(client, root, django_assert_max_num_queries):
    BranchFactory.create_batch(30)
    Branch.objects.update(name="x")
    client.force_login(root)
    client.get(reverse("trace"))

    with django_assert_max_num_queries(20):
        client.get(reverse("trace"), {"model": "oms.branch"})
