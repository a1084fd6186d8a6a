import datetime as dt
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from oms.approvals import limits, services
from oms.approvals.asking import Ask
from oms.approvals.models import Approval
from oms.models import Notice
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def branch():
    return BranchFactory()


@pytest.fixture
def clerk(branch):
    clerk = StaffFactory(username="clerk", branches=[branch], language="en")
    clerk.groups.add(Group.objects.create(name="front_desk"))
    clerk.user_permissions.add(Permission.objects.get(codename="view_stay"))
    return clerk


@pytest.fixture
def boss(branch):
    boss = StaffFactory(username="boss", display_name="Wang", branches=[branch], language="en")
    boss.user_permissions.add(Permission.objects.get(codename="decide_approval"))
    services.set_pin(pin="4711", by=boss)
    return boss


def refused(branch, clerk, approval_id=None):
    return limits.allow(
        key="price_discount_percent",
        value=Decimal(25),
        branch_id=branch.pk,
        subject="1208",
        facts={"price": "80.00"},
        approval_id=approval_id,
        by=clerk,
        at=AT,
        url="/hotel/stays/1/",
    )


@pytest.fixture
def wanted(branch, clerk):
    with pytest.raises(limits.BeyondLimit) as refusal:
        refused(branch, clerk)
    return Ask.from_refusal(refusal.value)


def test_allow_within_the_limit_needs_nobody(branch, clerk):
    assert (
        limits.allow(
            key="price_discount_percent",
            value=Decimal(10),
            branch_id=branch.pk,
            subject="",
            facts={},
            approval_id=None,
            by=clerk,
            at=AT,
        )
        is None
    )


def test_the_refusal_says_what_to_ask_for(wanted, branch):
    assert (wanted.action, wanted.branch_id, wanted.facts) == (
        "price_discount_percent",
        branch.pk,
        {"price": "80.00"},
    )
    assert wanted.why == "Price below the rate plan: you may do 10% alone, this is 25%. Ask a supervisor."


def test_ask_decide_and_use(client, branch, clerk, boss, wanted):
    client.force_login(clerk)
    answer = client.post(reverse("approvals:ask"), {"token": wanted.token, "reason": "noise", "form": "f"}, **HTMX)
    approval = Approval.objects.get()
    assert (answer.status_code, approval.status, approval.url) == (200, "waiting", "/hotel/stays/1/")

    client.force_login(boss)
    inbox = client.get(reverse("approvals:inbox")).content.decode()
    assert ("1208" in inbox, "80.00" in inbox, "noise" in inbox) == (True, True, True)
    client.post(reverse("approvals:decide", args=[approval.pk]), {"approve": "1", "note": "fine"})

    client.force_login(clerk)
    state = client.get(reverse("approvals:state", args=[approval.pk]), {"form": "f"}, **HTMX).content.decode()
    assert f'form="f" name="approval" value="{approval.pk}"' in state
    assert refused(branch, clerk, approval.pk) == approval
    with pytest.raises(services.NotApproved):
        refused(branch, clerk, approval.pk)


def test_by_pin_at_this_desk(client, clerk, boss, wanted):
    client.force_login(clerk)
    form = {"token": wanted.token, "reason": "noise", "form": "f", "username": "boss"}

    wrong = client.post(reverse("approvals:by-pin"), {**form, "pin": "0000"}, **HTMX)
    right = client.post(reverse("approvals:by-pin"), {**form, "pin": "4711"}, **HTMX)

    assert (wrong.status_code, right.status_code) == (422, 200)
    approval = Approval.objects.get()
    assert (approval.by_pin, approval.decided_by, approval.reason) == (True, boss, "noise")
    assert Notice.objects.get(staff=boss).params == {"who": str(clerk), "subject": "1208"}


def test_a_forged_wish_or_another_branchs_is_refused(client, clerk, boss, wanted):
    client.force_login(clerk)
    other = Ask("refund", BranchFactory().pk, "1208")

    for token in (wanted.token[:-1], "", other.token):
        assert client.post(reverse("approvals:ask"), {"token": token, "reason": "x"}).status_code == 404
    assert Approval.objects.count() == 0


def test_a_request_says_why_and_a_refusal_too(client, branch, clerk, boss, wanted):
    client.force_login(clerk)
    assert client.post(reverse("approvals:ask"), {"token": wanted.token, "reason": " "}).status_code == 422
    client.post(reverse("approvals:ask"), {"token": wanted.token, "reason": "noise"})
    approval = Approval.objects.get()

    client.force_login(boss)
    client.post(reverse("approvals:decide", args=[approval.pk]), {"approve": "0", "note": ""})
    approval.refresh_from_db()
    assert approval.status == "waiting"
    client.post(reverse("approvals:decide", args=[approval.pk]), {"approve": "0", "note": "no"})
    approval.refresh_from_db()
    assert (approval.status, approval.decision_note) == ("refused", "no")


def test_only_the_asker_sees_the_state_and_withdraws(client, branch, clerk, boss, wanted):
    client.force_login(clerk)
    client.post(reverse("approvals:ask"), {"token": wanted.token, "reason": "noise"})
    approval = Approval.objects.get()

    client.force_login(boss)
    assert client.get(reverse("approvals:state", args=[approval.pk])).status_code == 404
    assert client.post(reverse("approvals:withdraw", args=[approval.pk])).status_code == 404
    client.force_login(clerk)
    assert client.post(reverse("approvals:decide", args=[approval.pk]), {"approve": "1"}).status_code == 403
    client.post(reverse("approvals:withdraw", args=[approval.pk]))
    approval.refresh_from_db()
    assert approval.status == "withdrawn"


def test_own_pin_needs_the_password(client, clerk):
    clerk.set_password("right horse")
    clerk.save()
    client.force_login(clerk)
    form = {"pin": "1234", "again": "1234"}

    assert client.post(reverse("approvals:own-pin"), {**form, "password": "wrong"}).status_code == 422
    bad = {**form, "again": "1235", "password": "right horse"}
    assert client.post(reverse("approvals:own-pin"), bad).status_code == 422
    clerk.refresh_from_db()
    assert clerk.approval_pin == ""
    assert client.post(reverse("approvals:own-pin"), {**form, "password": "right horse"}).status_code == 302
    clerk.refresh_from_db()
    assert clerk.approval_pin != ""


@pytest.mark.parametrize("show", ["waiting", "mine", "decided"])
def test_the_inbox_asks_as_little_for_thirty_as_for_one(
    client, branch, clerk, boss, show, django_assert_max_num_queries
):
    for number in range(31):
        services.ask(action="refund", branch_id=branch.pk, subject=f"{number}", facts={}, reason="x", by=clerk, at=AT)
    client.force_login(boss)
    client.get(reverse("approvals:inbox"))

    with django_assert_max_num_queries(12):
        client.get(reverse("approvals:inbox"), {"show": show})
