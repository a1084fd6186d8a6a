"""The bell."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import translation

from oms.models import Notice
from oms.notices import services
from oms.notices.queries import bell_of
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)


def ring(*people, text="%(n)s orders wait", params=None, url="/jobs/"):
    params = {"n": 3} if params is None else params
    return services.notify(staff_ids=[p.pk for p in people], text=text, params=params, url=url, at=AT)


def test_every_person_once_with_the_number_unread(monkeypatch):
    said = []
    monkeypatch.setattr(services, "publish", lambda **message: said.append(message))
    me, other = StaffFactory(), StaffFactory()
    ring(me)
    ring(me, me, other)

    assert bell_of(me)["unread"] == 2
    assert [(m["channel"], m["data"]["unread"]) for m in said[1:]] == [(f"staff:{me.pk}", 2), (f"staff:{other.pk}", 1)]


def test_nobody_to_tell_is_no_error():
    assert ring() == []


def test_the_text_is_the_readers_and_survives_odd_parameters():
    me = StaffFactory()
    with translation.override("en"):
        assert services.text_of(ring(me)[0]) == "3 orders wait"
        assert services.text_of(ring(me, params={})[0]) == "%(n)s orders wait"
        assert services.text_of(ring(me, text="100 % done", params={})[0]) == "100 % done"


def test_reading_marks_ones_own_only(client):
    me, other = StaffFactory(), StaffFactory()
    mine, theirs = ring(me, other)
    client.force_login(me)

    assert client.post(reverse("notice-follow", args=[theirs.pk])).status_code == 404
    assert client.post(reverse("notice-follow", args=[mine.pk]))["Location"] == "/jobs/"
    assert bell_of(me)["unread"] == 0
    assert bell_of(other)["unread"] == 1


def test_a_notice_never_leads_elsewhere(client):
    me = StaffFactory()
    notice = ring(me, url="https://evil.example/")[0]
    client.force_login(me)

    assert client.post(reverse("notice-follow", args=[notice.pk]))["Location"] == reverse("notice-list")


def test_the_list_is_paged_and_shows_only_ones_own(client, django_assert_max_num_queries):
    me = StaffFactory(language="en")
    for n in range(60):
        ring(me, text=f"mine {n}", params={})
    ring(StaffFactory(), text="theirs", params={})
    client.force_login(me)
    page = client.get(reverse("notice-list")).content.decode()

    assert "mine 59" in page
    assert "mine 9<" not in page
    assert "theirs" not in page
    assert 'rel="next"' in page
    with django_assert_max_num_queries(10):
        client.get(reverse("notice-list"))


def test_marking_all_as_read(client):
    me = StaffFactory()
    ring(me)
    ring(me)
    client.force_login(me)
    client.post(reverse("notice-read"))

    assert not Notice.objects.filter(staff=me, read_at=None).exists()
    assert b"o-empty" in client.get(reverse("notice-list") + "?unread=1").content


def test_the_drop_down_is_a_fragment(client):
    client.force_login(me := StaffFactory(language="en"))
    ring(me)
    answer = client.get(reverse("notice-bell"), headers={"HX-Request": "true"})

    assert b"3 orders wait" in answer.content
    assert b"<html" not in answer.content


def test_facts_inside_a_notice_are_said_in_the_readers_language_too():
    params = {"what": [["%(n)s open", {"n": 2}], ["%(who)s is away", {"who": "Li"}]]}
    (notice,) = ring(StaffFactory(), text="Waits: %(what)s", params=params)
    notice.refresh_from_db()
    assert services.text_of(notice) == "Waits: 2 open; Li is away"
