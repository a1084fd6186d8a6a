import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError

from oms.approvals import services
from oms.approvals.models import Approval, ApprovalStatus
from oms.approvals.queries import waiting_for
from oms.models import Notice
from tests.concurrency import overlap
from tests.factories.staff import BranchFactory, StaffFactory

AT = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)
FACTS = {"price": "80.00"}


@pytest.fixture
def branch(db):
    return BranchFactory()


@pytest.fixture
def clerk(branch):
    return StaffFactory(username="clerk", branches=[branch])


@pytest.fixture
def boss(branch):
    boss = StaffFactory(username="boss", branches=[branch])
    boss.user_permissions.add(Permission.objects.get(codename="decide_approval"))
    return boss


def ask(branch, clerk):
    return services.ask(
        action="custom_price", branch_id=branch.pk, subject="1208", facts=FACTS, reason="noise", by=clerk, at=AT
    )


def test_ask_rings_the_bell_of_those_who_can_decide(branch, clerk, boss):
    StaffFactory(branches=[branch])

    ask(branch, clerk)

    assert list(Notice.objects.values_list("staff__username", "text", "params")) == [
        ("boss", "%(who)s asks for your approval: %(subject)s", {"who": str(clerk), "subject": "1208"})
    ]
    assert waiting_for(boss).count() == 1
    assert waiting_for(clerk).count() == 0


def test_decide_then_use_once_with_the_same_facts(branch, clerk, boss):
    approval = ask(branch, clerk)
    services.decide(approval_id=approval.pk, approve=True, by=boss, at=AT)

    with pytest.raises(services.ApprovalDiffers, match="differs in price"):
        services.use(approval_id=approval.pk, action="custom_price", facts={"price": "70.00"}, by=clerk, at=AT)
    services.use(approval_id=approval.pk, action="custom_price", facts=FACTS, by=clerk, at=AT)
    with pytest.raises(services.NotApproved):
        services.use(approval_id=approval.pk, action="custom_price", facts=FACTS, by=clerk, at=AT)


@pytest.mark.parametrize("status", ["waiting", "refused"])
def test_use_refuses_what_is_not_approved(branch, clerk, boss, status):
    approval = ask(branch, clerk)
    if status == "refused":
        services.decide(approval_id=approval.pk, approve=False, by=boss, at=AT)

    with pytest.raises(services.NotApproved):
        services.use(approval_id=approval.pk, action="custom_price", facts=FACTS, by=clerk, at=AT)


def test_nobody_decides_their_own_request_or_another_branchs(branch, clerk, boss):
    own = ask(branch, boss)
    foreign = ask(BranchFactory(), clerk)

    for approval in (own, foreign):
        with pytest.raises(services.NotYours):
            services.decide(approval_id=approval.pk, approve=True, by=boss, at=AT)
    with pytest.raises(IntegrityError, match="approval_by_somebody_else"):
        Approval.objects.filter(pk=own.pk).update(decided_by=boss)


def test_withdraw_is_the_askers_alone(branch, clerk, boss):
    approval = ask(branch, clerk)

    with pytest.raises(services.NotYours):
        services.withdraw(approval_id=approval.pk, by=boss, at=AT)
    assert services.withdraw(approval_id=approval.pk, by=clerk, at=AT).status == ApprovalStatus.WITHDRAWN


def by_pin(branch, clerk, pin):
    return services.approve_by_pin(
        action="custom_price",
        branch_id=branch.pk,
        subject="1208",
        facts=FACTS,
        reason="noise",
        username="boss",
        pin=pin,
        by=clerk,
        at=AT,
    )


def test_a_pin_approves_at_the_desk(branch, clerk, boss):
    services.set_pin(pin="4821", by=boss)

    approval = by_pin(branch, clerk, "4821")

    assert (approval.status, approval.decided_by, approval.by_pin) == (ApprovalStatus.APPROVED, boss, True)
    services.use(approval_id=approval.pk, action="custom_price", facts=FACTS, by=clerk, at=AT)


def test_five_wrong_pins_lock_the_right_one_out(branch, clerk, boss):
    services.set_pin(pin="4821", by=boss)

    for pin in ["0000"] * services.PIN_TRIES + ["4821"]:
        with pytest.raises(services.WrongPin):
            by_pin(branch, clerk, pin)
    assert Approval.objects.count() == 0


@pytest.mark.parametrize("pin", ["123", "123456789", "12a4", "١٢٣٤"])
def test_a_pin_has_four_to_eight_digits(boss, pin):
    with pytest.raises(ValueError, match="four to eight"):
        services.set_pin(pin=pin, by=boss)


@pytest.mark.django_db(transaction=True)
def test_of_two_deciders_at_once_the_second_is_told():
    branch = BranchFactory()
    clerk, first, second = (StaffFactory(branches=[branch]) for _ in range(3))
    for boss in (first, second):
        boss.user_permissions.add(Permission.objects.get(codename="decide_approval"))
    approval = ask(branch, clerk)

    refusal = overlap(
        lambda: services.decide(approval_id=approval.pk, approve=True, by=first, at=AT),
        lambda: services.decide(approval_id=approval.pk, approve=False, by=second, at=AT),
    )

    assert isinstance(refusal, services.AlreadyDecided)
    assert Approval.objects.get().decided_by == first
