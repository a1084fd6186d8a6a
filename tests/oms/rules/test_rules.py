"""Kept filters fail closed; saved views belong to somebody."""

import django_filters
import pytest
from django.urls import reverse

from oms.models import Branch, SavedView
from oms.rules import matching, registry, services
from oms.rules.matching import InvalidFilter
from oms.rules.queries import Tab, tabs_of
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db


class BranchFilter(django_filters.FilterSet):
    class Meta:
        model = Branch
        fields = {"code": ["exact"], "is_active": ["exact"], "name": ["in"]}


class OfSomebody(django_filters.FilterSet):
    mine = django_filters.ModelChoiceFilter(queryset=lambda request: request.user.branches.all(), method="of")

    class Meta:
        model = Branch
        fields = []

    def of(self, queryset, _name, branch):
        return queryset.filter(pk=branch.pk)


@pytest.fixture(autouse=True)
def _known():
    registry.register("branches", BranchFilter, url_name="job-list")
    registry.register("own", OfSomebody, url_name="job-list")
    yield
    registry.unregister("branches")
    registry.unregister("own")


@pytest.fixture
def rows():
    return [BranchFactory(code="A", name="n1"), BranchFactory(code="B", is_active=False), BranchFactory(code="C")]


def found(key, params, **more):
    return sorted(matching.apply(key, params, Branch.objects.all(), **more).values_list("code", flat=True))


@pytest.mark.parametrize(
    ("params", "codes"),
    [
        ({"code": "A"}, ["A"]),
        ({"is_active": ["true"]}, ["A", "C"]),
        ("is_active=false", ["B"]),
        ({"code": "A", "page": "x", "sort": "-age", "view": "3"}, ["A"]),
    ],
)
def test_a_good_filter_matches(rows, params, codes):
    assert found("branches", params) == codes


@pytest.mark.parametrize(
    ("key", "params"),
    [
        ("unknown", {"code": "A"}),
        ("branches", {}),
        ("branches", ""),
        ("branches", {"code": ""}),
        ("branches", {"page": "2"}),
        ("branches", {"kode": "A"}),
        ("branches", {"code": "A", "kode": "A"}),
        ("branches", {"is_active": "perhaps", "gone": "1"}),
        ("own", {"mine": "999999"}),
        ("own", {"mine": "x"}),
    ],
)
def test_whatever_is_wrong_matches_nothing(rows, key, params):
    assert found(key, params, staff=StaffFactory()) == []
    with pytest.raises(InvalidFilter):
        matching.check(key, params, staff=StaffFactory())


def test_choices_are_those_of_the_person_it_works_for(rows):
    staff = StaffFactory(branches=rows[:1])

    assert found("own", {"mine": str(rows[0].pk)}, staff=staff) == ["A"]
    assert found("own", {"mine": str(rows[1].pk)}, staff=staff) == []


def save(staff, name="Mine", params="code=A&page=3", *, is_shared=False):
    return services.save_view(key="branches", name=name, params=params, is_shared=is_shared, by=staff)


def test_a_view_keeps_conditions_only():
    assert save(StaffFactory()).params == {"code": ["A"]}


def test_a_view_that_could_not_be_applied_is_not_saved():
    with pytest.raises(InvalidFilter):
        save(StaffFactory(), params="kode=A")
    assert not SavedView.objects.exists()


def test_a_name_is_used_once_per_person():
    staff = StaffFactory()
    save(staff)

    with pytest.raises(services.NameTaken):
        save(staff)
    assert save(StaffFactory()).pk


def test_only_who_made_a_view_changes_it():
    view = save(StaffFactory(), is_shared=True)

    with pytest.raises(services.NotYours):
        services.change_view(view_id=view.pk, name="x", by=StaffFactory())
    with pytest.raises(services.NotYours):
        services.delete_view(view_id=view.pk, by=StaffFactory())
    view.refresh_from_db()
    assert view.name == "Mine"


def tabs(staff, rf, query=""):
    request = rf.get("/" + query)
    request.user = staff
    return tabs_of(request, "branches", [Tab("All"), Tab("Open", "is_active=true", count="10k+")])


def test_colleagues_see_shared_views_and_strangers_do_not(rf):
    east, west = BranchFactory(), BranchFactory()
    save(StaffFactory(branches=[east]), name="Shared", is_shared=True)
    save(StaffFactory(branches=[east]), name="Private")
    save(StaffFactory(branches=[west]), name="Elsewhere", is_shared=True)

    assert [str(tab.label) for tab in tabs(StaffFactory(branches=[east]), rf)] == ["All", "Open", "Shared"]


def test_the_open_tab_is_marked(rf):
    staff = StaffFactory()
    view = save(staff)

    def current(query):
        return [str(tab.label) for tab in tabs(staff, rf, query) if tab.current]

    assert current("") == ["All"]
    assert current("?is_active=true&sort=-age&page=x") == ["Open"]
    assert current("?code=A") == ["Mine"]
    assert current(f"?code=A&view={view.pk}") == ["Mine"]
    assert current("?code=B") == []


def test_saving_by_page_leads_to_the_view(client):
    client.force_login(staff := StaffFactory())
    answer = client.post(reverse("view-save", args=["branches"]), {"name": "Mine", "query": "code=A"})
    view = SavedView.objects.get(staff=staff)

    assert answer["Location"] == f"{reverse('job-list')}?code=A&view={view.pk}"


def test_saving_by_htmx_shows_what_is_wrong_in_the_dialog(client):
    client.force_login(StaffFactory(language="en"))
    answer = client.post(
        reverse("view-save", args=["branches"]), {"name": "", "query": "code=A"}, headers={"HX-Request": "true"}
    )

    assert answer.status_code == 422
    assert b"<html" not in answer.content
    assert b'id="id_name-bad"' in answer.content


def test_pages_refuse_other_peoples_views_and_unknown_lists(client):
    view = save(StaffFactory())
    client.force_login(StaffFactory())

    assert client.post(reverse("view-delete", args=[view.pk])).status_code == 404
    assert client.post(reverse("view-save", args=["nowhere"]), {"name": "x"}).status_code == 404
    assert SavedView.objects.filter(pk=view.pk).exists()


def test_renaming_sharing_and_deleting_ones_own(client):
    client.force_login(staff := StaffFactory())
    view = save(staff)
    client.post(reverse("view-change", args=[view.pk]), {"name": "Ours", "is_shared": "on"})
    view.refresh_from_db()
    assert (view.name, view.is_shared) == ("Ours", True)

    client.post(reverse("view-delete", args=[view.pk]))
    assert not SavedView.objects.exists()


def test_a_list_needs_its_permission(client):
    registry.register("branches", BranchFilter, url_name="job-list", permission="oms.view_branch")
    client.force_login(StaffFactory())

    assert client.post(reverse("view-save", args=["branches"]), {"name": "x", "query": "code=A"}).status_code == 403
