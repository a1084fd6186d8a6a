"""The frame of every page: policy, errors, navigation, search, workbench."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from oms.web import access, navigation, search, workbench
from oms.web.navigation import Entry
from oms.web.search import Hit
from oms.web.workbench import Card, Section
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"
    cache.clear()


@pytest.fixture
def staff():
    return StaffFactory(display_name="Lin", branches=[BranchFactory(name="East")], language="en")


@pytest.fixture
def signed_in(client, staff):
    client.force_login(staff)
    return client


@pytest.mark.parametrize("path", ["/", "/settings/", "/notices/", "/jobs/", "/search/?q=abc", "/nowhere/"])
def test_nothing_inline_is_allowed_and_nothing_inline_is_there(signed_in, path):
    answer = signed_in.get(path)
    policy = answer["Content-Security-Policy"]
    page = answer.content.decode()

    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", page)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", page)


def test_the_frame_says_who_and_where(signed_in):
    page = signed_in.get("/").content.decode()

    assert "Lin" in page
    assert "East" in page
    assert page.count("<h1") == 1
    assert 'aria-current="page"' in page
    assert 'href="#main"' in page


def test_the_frame_costs_few_statements(signed_in, django_assert_max_num_queries):
    signed_in.get("/settings/")
    with django_assert_max_num_queries(9):
        signed_in.get("/settings/")


def test_a_place_without_permission_or_address_is_not_shown(signed_in, staff, monkeypatch):
    monkeypatch.setattr(navigation, "_ENTRIES", {})
    navigation.register(
        Entry("Seen", "list-details", "job-list"),
        Entry("Forbidden", "list-details", "notice-list", permission="oms.view_branch"),
        Entry("Missing", "list-details", "no-such-url"),
        Entry("Tested", "list-details", "settings", test=lambda person: person.is_staff),
    )
    page = signed_in.get("/").content.decode()

    assert "Seen" in page
    assert "Forbidden" not in page
    assert "Missing" not in page
    assert "Tested" not in page
    staff.user_permissions.add(Permission.objects.get(codename="view_branch"))
    assert "Forbidden" in signed_in.get("/").content.decode()


def test_counts_of_places_are_asked_once_for_a_while(signed_in, monkeypatch):
    asked = []
    monkeypatch.setattr(navigation, "_ENTRIES", {})
    navigation.register(Entry("Q", "lock", "job-list", count=lambda person: asked.append(1) or 37, hot=True))

    first = signed_in.get("/").content.decode()
    signed_in.get("/")
    assert '<em class="hot">37</em>' in first
    assert len(asked) == 1


def test_the_workbench_shows_what_each_floor_contributes(signed_in, monkeypatch):
    monkeypatch.setattr(workbench, "_CARDS", [])
    monkeypatch.setattr(workbench, "_SECTIONS", [])
    workbench.register(
        Card("Waiting", "user-question", lambda _staff: 1198, "/jobs/", tone="wait", hint="three are due"),
        Card("None", "lock", lambda _staff: 0, "/jobs/", tone="hot"),
        Card("Forbidden", "lock", lambda _staff: 1, "/jobs/", permission="oms.add_branch"),
        Section("oms/web/my_jobs.html", lambda _request: {"jobs": []}),
        Section("oms/web/my_notices.html", lambda _request: None),
    )
    page = signed_in.get("/").content.decode()

    assert "1,198" in page
    assert 'class="stat wait"' in page
    assert 'class="stat hot"' not in page  # nothing is wrong
    assert "Forbidden" not in page
    assert "My jobs" in page
    assert "All notices" not in page


class Finds:
    label, hint, permission = "Things", "thing, number", ""

    def find(self, q, staff, limit):
        return [Hit(q.upper(), "a thing", "/jobs/"), Hit(f"{q}-2", "another", "/notices/")][:limit]


class Forbidden(Finds):
    label, hint, permission = "Secrets", "secret", "oms.add_branch"


@pytest.fixture
def places(monkeypatch):
    monkeypatch.setattr(search, "searches", lambda: [Finds(), Forbidden()])


def test_an_exact_hit_is_opened(signed_in, places):
    assert signed_in.get("/search/?q=so1")["Location"] == "/jobs/"


def test_the_drop_down_lists_and_never_jumps(signed_in, places):
    page = signed_in.get("/search/?q=so1", headers={"HX-Request": "true"})

    assert page.status_code == 200
    assert b"SO1" in page.content
    assert b"Secrets" not in page.content
    assert b"<html" not in page.content


def test_the_box_says_what_the_person_may_find(signed_in, staff, places):
    assert 'placeholder="Thing, number"' in signed_in.get("/settings/").content.decode()
    staff.user_permissions.add(Permission.objects.get(codename="add_branch"))
    assert 'placeholder="Thing, number · secret"' in signed_in.get("/settings/").content.decode()
    assert search.hint_for(StaffFactory(is_superuser=True), "oms") == "Secret · thing, number"


def test_a_floor_of_no_use_shows_nothing_whatever_the_role(rf, monkeypatch):
    monkeypatch.setattr(access, "_GATES", {"oms": lambda person: person.first_name == "Lin"})
    monkeypatch.setattr(navigation, "_ENTRIES", {})
    monkeypatch.setattr(workbench, "_CARDS", [])
    monkeypatch.setattr(workbench, "_SECTIONS", [])
    monkeypatch.setattr(search, "searches", lambda: [Finds(), Forbidden()])
    navigation.register(Entry("Jobs", "stack-2", "job-list", permission="oms.add_branch", group="manage"))
    workbench.register(Card("Waiting", "list", lambda _staff: 0, "/jobs/", "oms.add_branch"))
    workbench.register(Section("oms/web/my_jobs.html", lambda _request: {}, "oms.add_branch"))

    def shown(person):
        request = rf.get("/")
        request.user, request.session, request.resolver_match = person, {}, None
        return [
            len(navigation.navigation(request).groups),
            len(workbench.cards_for(person)),
            len(workbench.sections_for(request)),
            len(search.find_everywhere("so1", person, 5)),
        ]

    assert shown(StaffFactory(is_superuser=True, first_name="Lin")) == [1, 1, 1, 2]
    assert shown(StaffFactory(is_superuser=True)) == [0, 0, 0, 1]


def test_two_exact_hits_are_left_to_the_person(signed_in, monkeypatch):
    class Twice(Finds):
        def find(self, q, staff, limit):
            return [Hit("A", "", "/1", exact=True), Hit("B", "", "/2", exact=True)]

    monkeypatch.setattr(search, "searches", lambda: [Twice()])
    assert signed_in.get("/search/?q=ab").status_code == 200


@pytest.mark.parametrize("q", ["", "a", " ", "\x00\x01"])
def test_too_little_is_not_searched(signed_in, monkeypatch, q):
    class Refuses(Finds):
        def find(self, q, staff, limit):
            pytest.fail("asked")

    monkeypatch.setattr(search, "searches", lambda: [Refuses()])
    assert signed_in.get("/search/", {"q": q}).status_code == 200


def test_what_was_typed_is_printed_as_text(signed_in, monkeypatch):
    monkeypatch.setattr(search, "searches", list)
    page = signed_in.get("/search/", {"q": "<script>alert(1)</script>"}).content

    assert b"<script>alert" not in page


def test_a_missing_search_is_passed_over_only_while_developing(settings):
    settings.OMS_SEARCHES = ["oms.nowhere.Search"]
    search.searches.cache_clear()
    settings.DEBUG = True
    assert search.searches() == []
    search.searches.cache_clear()
    settings.DEBUG = False
    with pytest.raises(ImportError):
        search.searches()
    search.searches.cache_clear()


def test_a_404_says_what_was_sought_and_offers_to_search(signed_in):
    answer = signed_in.get("/orders-of/SO26112300999/")

    assert answer.status_code == 404
    assert b"q=SO26112300999" in answer.content


def test_error_pages_work_signed_out_too(client):
    answer = client.get("/nowhere/")

    assert answer.status_code == 404
    assert b"o-side" not in answer.content


def test_an_outdated_form_says_so(staff):
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)
    answer = client.post(reverse("settings"), {"theme": "dark"})

    assert answer.status_code == 403
    assert b"open too long" in answer.content


def test_a_403_names_the_roles_one_has(signed_in):
    answer = signed_in.get(reverse("trace"))

    assert answer.status_code == 403
    assert b"You have no role yet" in answer.content


def test_too_much_at_once_is_413(signed_in, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = signed_in.post(reverse("settings"), {"theme": "d" * 1000})

    assert answer.status_code == 413


def test_a_500_gives_a_number_and_asks_nothing_of_the_database(client, staff, monkeypatch, django_assert_num_queries):
    from django.test import RequestFactory

    from oms.web.errors import server_error

    with django_assert_num_queries(0):
        answer = server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert re.search(rb"500 \xc2\xb7 [0-9A-F]{4}-[0-9A-F]{4}", answer.content)


def test_the_side_shows_one_business_at_a_time_and_remembers_which(signed_in, monkeypatch):
    monkeypatch.setattr(navigation, "_ENTRIES", {})
    navigation.register(
        Entry("Workbench", "layout", "workbench"),
        Entry("Order list", "list-details", "job-list", group="orders"),
        Entry("Room board", "bed", "notice-list", group="front"),
    )
    orders, board = signed_in.get("/jobs/").content.decode(), signed_in.get("/notices/").content.decode()

    assert "Order list" in orders
    assert "Room board" not in orders
    assert 'data-side="full"' in orders
    assert "Room board" in board
    assert "Order list" not in board
    assert 'data-side="rail"' in board
    assert "Room board" in signed_in.get("/").content.decode()  # a page of both: the side open before
    assert board.count('class="o-switch"') == 1


def test_who_has_one_business_has_no_switch(signed_in, monkeypatch):
    monkeypatch.setattr(navigation, "_ENTRIES", {})
    navigation.register(Entry("Room board", "bed", "notice-list", group="front"))
    page = signed_in.get("/").content.decode()

    assert "Room board" in page
    assert "o-switch" not in page


@pytest.mark.parametrize(("cards", "columns"), [(1, 3), (3, 3), (5, 5), (6, 6), (7, 4), (8, 4), (9, 5), (12, 6)])
def test_no_figure_stands_alone_in_the_last_row_if_it_can_be_helped(cards, columns):
    assert workbench.columns_for(cards) == columns


@pytest.mark.parametrize(("company", "shown"), [("Acorn", "Acorn <span>East</span>"), ("", ">East")])
def test_the_company_stands_before_the_branch(signed_in, settings, company, shown):
    settings.COMPANY = company
    assert shown in signed_in.get("/settings/").content.decode()
