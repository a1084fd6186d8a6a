"""The live process: who may listen to what, and that everybody hears it."""

import asyncio
import json

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import Client
from redis import asyncio as redis

from oms.notices import channels
from oms.notices.hub import Hub
from oms.notices.live import prefix
from oms.notices.streaming import LiveApp
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db
HOST = (b"host", b"127.0.0.1:8112")


def cookie_of(staff):
    client = Client()
    client.force_login(staff)
    return [HOST, (b"cookie", f"oms=1; {settings.SESSION_COOKIE_NAME}={client.cookies['sessionid'].value}".encode())]


class Page:
    """An open page: what it asked, what it heard."""

    def __init__(self, app, headers, query, path="/live/"):
        self.app, self.heard, self.status, self.headers = app, b"", None, {}
        self.scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": headers}
        self.left = asyncio.Event()

    async def receive(self):
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            self.heard += message["body"]

    async def run(self):
        await self.app(self.scope, self.receive, self.send)

    def events(self):
        lines = self.heard.decode().splitlines()
        return [json.loads(line[6:]) for line in lines if line.startswith("data: {") and line != "data: {}"]


async def until(condition, seconds=5.0):
    for _n in range(int(seconds / 0.01)):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("waited in vain")


async def say(channel, data):
    client = redis.Redis.from_url(settings.REDIS_URL)
    await client.publish(prefix() + channel, json.dumps({"event": "e", "channel": channel, "data": data}))
    await client.aclose()


def status_of(headers, query, path="/live/"):
    async def ask():
        page = Page(LiveApp(Hub()), headers, query, path)
        running = asyncio.create_task(page.run())
        await until(lambda: page.status is not None)
        page.left.set()
        await running
        await page.app.hub.stop()
        return page

    return async_to_sync(ask)()


def test_nobody_listens_without_a_session():
    assert status_of([HOST], "channels=staff:1").status == 401
    assert status_of([HOST, (b"cookie", b"sessionid=forged")], "channels=staff:1").status == 401


def test_a_person_hears_only_their_own_channel():
    me, other = StaffFactory(), StaffFactory()

    assert status_of(cookie_of(me), f"channels=staff:{me.pk}").status == 200
    assert status_of(cookie_of(me), f"channels=staff:{other.pk}").status == 403
    assert status_of(cookie_of(me), "channels=").status == 403


def test_a_session_ends_with_the_account():
    me = StaffFactory()
    headers = cookie_of(me)
    me.is_active = False
    me.save()

    assert status_of(headers, f"channels=staff:{me.pk}").status == 401


def test_a_role_that_needs_a_second_factor_does_not_listen_without_it(settings):
    settings.OMS_REQUIRE_OTP = True
    admin = StaffFactory(is_superuser=True)

    assert status_of(cookie_of(admin), f"channels=staff:{admin.pk}").status == 401


def test_queues_are_heard_by_permission(monkeypatch):
    monkeypatch.setattr(channels, "_QUEUES", {"locked": "oms.view_batchjob"})
    me, other = StaffFactory(), StaffFactory()
    me.user_permissions.add(Permission.objects.get(codename="view_batchjob"))

    assert channels.allowed_channels(me, ["queue:locked", "queue:unknown"]) == ["queue:locked"]
    assert channels.allowed_channels(other, ["queue:locked"]) == []


@pytest.mark.parametrize("name", ["job:x", "job:", "job:99999999999999999999", "board:1", "staff", ":", "staff:"])
def test_odd_names_are_nobodys(name):
    assert channels.allowed_channels(StaffFactory(), [name]) == []


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (b"http://127.0.0.1:8111", 200),  # the web, one port below
        (b"http://127.0.0.1:8112", 200),
        (b"http://127.0.0.1:9999", 403),
        (b"https://evil.example", 403),
        (b"null", 403),
    ],
)
def test_only_the_webs_own_origin_may_listen(origin, status):
    me = StaffFactory()
    page = status_of([*cookie_of(me), (b"origin", origin)], f"channels=staff:{me.pk}")

    assert page.status == status
    if status == 200:
        assert page.headers[b"access-control-allow-origin"] == origin
        assert page.headers[b"access-control-allow-credentials"] == b"true"


def test_a_cross_site_page_without_an_origin_is_refused():
    me = StaffFactory()

    headers = [*cookie_of(me), (b"sec-fetch-site", b"cross-site")]
    assert status_of(headers, f"channels=staff:{me.pk}").status == 403


def test_health_needs_nothing():
    assert status_of([HOST], "", "/live/health").status == 200


def test_a_hundred_streams_hear_one_message_each_and_only_theirs():
    people = [StaffFactory() for _n in range(4)]
    cookies = [cookie_of(person) for person in people]

    async def main():
        app = LiveApp(Hub(), heartbeat=60)
        pages = [Page(app, cookies[i % 4], f"channels=staff:{people[i % 4].pk}") for i in range(100)]
        running = [asyncio.create_task(page.run()) for page in pages]
        await until(lambda: app.hub.open_streams == 100 and all(page.status for page in pages), 20)
        for person in people:
            await say(f"staff:{person.pk}", {"for": person.pk})
        await until(lambda: all(page.events() for page in pages))
        for page in pages:
            page.left.set()
        await asyncio.gather(*running)
        assert app.hub.open_streams == 0
        await app.hub.stop()
        return [[event["data"]["for"] for event in page.events()] for page in pages]

    assert async_to_sync(main)() == [[people[i % 4].pk] for i in range(100)]


def test_a_quiet_stream_beats():
    me = StaffFactory()
    headers = cookie_of(me)

    async def main():
        app = LiveApp(Hub(), heartbeat=0.02)
        page = Page(app, headers, f"channels=staff:{me.pk}")
        running = asyncio.create_task(page.run())
        await until(lambda: page.heard.count(b"event: beat") >= 3)
        page.left.set()
        await running
        await app.hub.stop()

    async_to_sync(main)()


def test_pages_are_told_when_redis_is_away():
    me = StaffFactory()
    headers = cookie_of(me)

    async def main(monkey=None):
        page = Page(LiveApp(Hub("unix:///nowhere/redis.sock")), headers, f"channels=staff:{me.pk}")
        await page.run()
        await page.app.hub.stop()
        return page.status

    assert async_to_sync(main)() == 503


def test_a_reader_too_far_behind_is_cut_off():
    async def main():
        stream = Hub().open(["staff:1"])
        for number in range(200):
            stream.put(str(number))
        return [stream.queue.get_nowait() for _n in range(stream.queue.qsize())]

    assert None in async_to_sync(main)()
