import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from oms.staff.roles import sync_roles
from orders.conveyor.services import lease_orders
from orders.models import Walk
from tests.factories.inventory import ChannelFactory
from tests.factories.orders import OrderFactory
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(client):
    sync_roles()
    branch = BranchFactory()
    staff = StaffFactory(branches=[branch], language="en")
    staff.groups.set(Group.objects.filter(name="agent"))
    client.force_login(staff)
    return ChannelFactory(branch=branch)


def test_the_page_tells_what_waits_works_rests_and_stopped(client, channel):
    now = timezone.now()
    OrderFactory(channel=channel)
    lease_orders(at=now, limit=1)
    waiting, held, failed = (OrderFactory(channel=channel) for _ in range(3))
    stranger = OrderFactory()
    held.hold = "review"
    held.save()
    failed.claimed_until = now + dt.timedelta(minutes=30)
    failed.save()
    for order, reason in [(held, "blacklist"), (failed, "error 12ab: ValueError"), (stranger, "blacklist")]:
        Walk.objects.create(order=order, at=now, stopped_at="audit", reason=reason)
    Walk.objects.create(order=waiting, at=now)

    page = client.get(reverse("conveyor"))

    queue = page.context["queue"]
    assert (queue.waiting, queue.working, queue.resting) == (1, 1, 1)
    assert [row["number"] for row in page.context["resting"]] == [failed.number]
    assert [(row["stage"], row["reason"], row["count"]) for row in page.context["stops"]] == [("audit", "blacklist", 1)]
    assert [row["text"] for row in page.context["resting"]] == ["Failed: 12ab: ValueError"]
    assert (page.context["walked"], page.context["passed"]) == (3, 1)
    assert [count for _since, count in page.context["leases"]] == [1]
    assert page.context["standing"]["review"] == 1
    assert stranger.number not in page.text


@pytest.mark.parametrize("count", [1, 30])
def test_the_page_asks_the_same_number_of_queries(client, channel, count, django_assert_max_num_queries):
    for _ in range(count):
        Walk.objects.create(order=OrderFactory(channel=channel), at=timezone.now(), stopped_at="audit", reason="x")
    client.get(reverse("conveyor"))

    with django_assert_max_num_queries(16):
        assert client.get(reverse("conveyor")).status_code == 200


def test_a_stranger_does_not_see_it(client):
    client.force_login(StaffFactory())

    assert client.get(reverse("conveyor")).status_code == 403
