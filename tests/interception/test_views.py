import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from interception.models import BlacklistEntry, Interception
from inventory.models import MerchantCode
from oms.jobs.services import run_job
from oms.models import BatchJob
from oms.staff.roles import sync_roles
from orders.models import Order
from tests.factories.interception import BlacklistEntryFactory, InterceptionFactory
from tests.factories.inventory import AT, ChannelFactory, SkuFactory
from tests.factories.orders import OrderFactory
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def branch():
    return BranchFactory()


@pytest.fixture
def channel(branch):
    return ChannelFactory(branch=branch)


@pytest.fixture
def person(branch):
    def make(*roles):
        sync_roles()
        staff = StaffFactory(branches=[branch], language="en")
        staff.groups.set(Group.objects.filter(name__in=roles))
        return staff

    return make


@pytest.fixture
def agent(client, person):
    staff = person("agent")
    client.force_login(staff)
    return staff


@pytest.fixture
def tech(client, person):
    staff = person("tech", "manager")
    client.force_login(staff)
    return staff


def review(channel, **fields):
    return InterceptionFactory(order=OrderFactory(channel=channel), **fields)


def lock(channel, **fields):
    fields = {"kind": "system", "check_code": "amount_mismatch", "cause": channel.code, "evidence": {}} | fields
    return InterceptionFactory(order=fields.pop("order", None) or OrderFactory(channel=channel), **fields)


def test_the_queue_shows_the_most_urgent_case_with_its_evidence(client, agent, channel):
    later = review(channel, due_at=AT.replace(hour=9))
    sooner = review(channel, due_at=AT.replace(hour=8))
    stranger = review(ChannelFactory())

    page = client.get(reverse("interception:queue"))

    assert [case["number"] for case in page.context["cases"]] == [sooner.order.number, later.order.number]
    assert page.context["case"]["order"] == sooner.order
    assert "Refused parcels" in page.text
    assert stranger.order.number not in page.text


def test_somebody_elses_case_is_shown_only_when_asked_for(client, agent, channel):
    row = review(channel, assigned_to=StaffFactory())

    assert client.get(reverse("interception:queue")).context["cases"] == []
    assert len(client.get(reverse("interception:queue"), {"who": "all"}).context["cases"]) == 1
    assert client.get(reverse("interception:queue"), {"who": "free"}).context["cases"] == []
    assert row.order.number in client.get(reverse("interception:queue"), {"who": "all"}).text


@pytest.mark.parametrize("count", [1, 30])
def test_the_pages_ask_the_same_number_of_queries_whatever_they_show(
    client, tech, channel, count, django_assert_max_num_queries
):
    for _ in range(count):
        review(channel)
        lock(channel)
        review(channel, status="approved", closed_at=AT, closed_by=tech)

    for name, bound in [("queue", 22), ("locked", 18), ("history", 18), ("blacklist", 18)]:
        client.get(reverse(f"interception:{name}"))
        with django_assert_max_num_queries(bound):
            assert client.get(reverse(f"interception:{name}"), {"who": "all"}).status_code == 200


def test_approve_goes_on_to_the_next_case_and_can_be_taken_back(client, agent, channel):
    first, second = review(channel), review(channel)
    url = reverse("interception:approve", args=[first.order.number])

    page = client.post(url, {"after": second.order.number}, follow=True)

    assert page.context["case"]["order"] == second.order
    assert Order.objects.get(pk=first.order_id).hold == "none"
    assert page.context["undo"]["number"] == first.order.number

    page = client.post(reverse("interception:undo"), follow=True)
    assert Order.objects.get(pk=first.order_id).hold == "review"
    assert page.context["case"]["order"] == first.order
    page = client.post(reverse("interception:undo"), follow=True)
    assert "There is no decision to take back." in page.text


def test_another_branchs_case_can_not_be_decided(client, agent):
    row = review(ChannelFactory())

    assert client.post(reverse("interception:approve", args=[row.order.number])).status_code == 404
    client.post(reverse("interception:approve-many"), {"ids": [row.pk]})
    assert Interception.objects.get(pk=row.pk).status == "open"


def test_a_system_lock_is_not_approved_by_the_review_button(client, agent, channel):
    row = lock(channel)

    client.post(reverse("interception:approve", args=[row.order.number]))

    assert Order.objects.get(pk=row.order_id).hold == "system"


def test_pass_on_claim_and_cancel(client, agent, channel, person):
    colleague = person("agent")
    passed, claimed, cancelled = review(channel), review(channel), review(channel)

    client.post(reverse("interception:pass-on", args=[passed.order.number]), {"to": colleague.pk})
    client.post(reverse("interception:claim", args=[claimed.order.number]))
    client.post(reverse("interception:cancel", args=[cancelled.order.number]), {"reason": "fraud"})

    assert Interception.objects.get(pk=passed.pk).assigned_to == colleague
    assert Interception.objects.get(pk=claimed.pk).assigned_to == agent
    assert Order.objects.get(pk=cancelled.order_id).status == "cancelled"
    assert Interception.objects.get(pk=cancelled.pk).status == "cancelled"


def test_locks_are_grouped_by_check_and_cause(client, tech, channel):
    for cause in ("A", "A", "B"):
        lock(channel, check_code="sku_unmapped", cause=cause, evidence={"codes": ["x"], "channel": "c"})
    lock(channel)
    lock(ChannelFactory())

    page = client.get(reverse("interception:locked"))

    groups = page.context["groups"]
    assert [(group.code, group.count) for group in groups] == [("sku_unmapped", 3), ("amount_mismatch", 1)]
    assert [(cause.cause, cause.count) for cause in groups[0].causes] == [("A", 2), ("B", 1)]
    page = client.get(reverse("interception:locked"), {"check": "sku_unmapped", "cause": "B"})
    assert len(page.context["rows"]) == 1


def test_marking_as_handled_opens_only_what_is_mended(client, tech, channel):
    mended = lock(channel)
    still = lock(channel, order=OrderFactory(channel=channel, total="9.00"))
    stranger = lock(ChannelFactory())

    page = client.post(reverse("interception:handle"), {"ids": [mended.pk, still.pk, stranger.pk]}, follow=True)

    assert "1 released, 1 still locked" in page.text
    holds = [Order.objects.get(pk=row.order_id).hold for row in (mended, still, stranger)]
    assert holds == ["none", "system", "system"]


def test_many_locks_become_a_job_with_a_result_per_order(client, tech, channel, monkeypatch):
    monkeypatch.setattr("interception.views.locks.AT_ONCE", 1)
    mended = lock(channel)
    still = lock(channel, order=OrderFactory(channel=channel, total="9.00"))
    stranger = lock(ChannelFactory())

    client.post(reverse("interception:handle"), {"everything": "1"})
    job = run_job(job_id=BatchJob.objects.get().pk, clock=lambda: AT)

    assert (job.status, job.succeeded, job.skipped, job.total) == ("done", 1, 1, 2)
    assert job.summary == {"released": 1, "same": 1, "changed": 0}
    assert [(row.reference, row.outcome, row.code) for row in job.results.order_by("position")] == [
        (mended.order.number, "succeeded", ""),
        (still.order.number, "skipped", "interception_still_wrong"),
    ]
    assert Order.objects.get(pk=stranger.order_id).hold == "system"
    assert client.get(reverse("interception:locked")).status_code == 200


def test_the_code_is_mapped_on_the_page_that_shows_the_fault(client, tech, channel):
    order = OrderFactory(channel=channel, lines=[(None, 1, "5.00")])
    evidence = {"codes": ["?1"], "channel": channel.code, "channel_id": channel.pk}
    row = lock(channel, order=order, check_code="sku_unmapped", cause=f"{channel.code} ?1", evidence=evidence)
    sku = SkuFactory(code="S-1")

    page = client.post(
        reverse("interception:map-code"),
        {"channel_id": channel.pk, "code": "?1", "sku": "S-1", "quantity": "2"},
        follow=True,
    )

    assert MerchantCode.objects.filter(channel=channel, code="?1", sku=sku, quantity=2).exists()
    assert Interception.objects.get(pk=row.pk).status == "released"
    assert "?1 means S-1 now." in page.text


def test_only_tech_support_marks_as_handled(client, agent, channel):
    row = lock(channel)

    assert client.get(reverse("interception:locked")).status_code == 200
    assert client.post(reverse("interception:handle"), {"ids": [row.pk]}).status_code == 403


def test_the_blacklist_keeps_values_as_the_check_compares_them(client, tech):
    url = reverse("interception:blacklist")

    client.post(url, {"field": "phone", "value": "+86 139-1111 2222", "reason": "Fraud"})
    assert client.post(url, {"field": "phone", "value": "13911112222", "reason": "again"}).status_code == 422
    assert client.post(url, {"field": "phone", "value": "12", "reason": "short"}).status_code == 422

    entry = BlacklistEntry.objects.get()
    assert (entry.value, entry.created_by) == ("13911112222", tech)
    client.post(reverse("interception:blacklist-toggle", args=[entry.pk]))
    assert not BlacklistEntry.objects.get().is_active


def test_the_blacklist_is_changed_by_managers_only(client, agent):
    entry = BlacklistEntryFactory()

    client.post(reverse("interception:blacklist"), {"field": "name", "value": "Somebody", "reason": "x"})
    assert client.post(reverse("interception:blacklist-toggle", args=[entry.pk])).status_code == 403
    assert BlacklistEntry.objects.get() == entry


@pytest.mark.parametrize("name", ["queue", "locked", "history", "blacklist"])
def test_a_clerk_sees_none_of_it(client, person, name):
    client.force_login(person("warehouse"))

    assert client.get(reverse(f"interception:{name}")).status_code == 403


def test_the_order_page_shows_what_stops_the_order(client, tech, channel):
    row = review(channel)

    page = client.get(row.order.get_absolute_url())

    assert "Refused parcels" in page.text
    assert reverse("interception:approve", args=[row.order.number]) in page.text


def test_the_workbench_lists_what_waits_for_me_by_due_time(client, agent, channel, person):
    now = timezone.now()
    later = review(channel, due_at=now + dt.timedelta(hours=1))
    late = review(channel, due_at=now - dt.timedelta(hours=1))
    review(channel, due_at=now, assigned_to=person("agent"))
    review(ChannelFactory())

    page = client.get(reverse("workbench")).content.decode()

    assert f"?case={late.order.number}" in page
    assert page.index(late.order.number) < page.index(later.order.number)
    assert page.count('href="/interceptions/?case=') == 2
