import datetime as dt

import pytest
from django.contrib.auth.models import Permission

from interception import services
from interception.models import Interception
from interception.stages import findings
from inventory.models import MerchantCode
from inventory.stock.services import Addition, receive_stock
from oms.models import OutboxMessage
from orders.conveyor.services import run_chunk, run_until_idle
from orders.models import Order, OrderEvent
from orders.order.services import cancel_orders
from tests.factories.interception import BlacklistEntryFactory, InterceptionFactory
from tests.factories.inventory import AT, BinFactory, ChannelFactory
from tests.factories.orders import OrderFactory
from tests.factories.staff import BranchFactory, StaffFactory
from tests.orders.conveyor.conveyor_facts import books, reserve, stocked

pytestmark = pytest.mark.django_db
NOW = AT + dt.timedelta(hours=1)


def seconds(count):
    return NOW + dt.timedelta(seconds=count)


def reviewer(branch, **fields):
    staff = StaffFactory(branches=[branch], **fields)
    staff.user_permissions.add(Permission.objects.get(codename="review_interception"))
    return staff


def ready(**fields):
    """An order that only the blacklist can stop."""
    place = stocked(5)
    order = OrderFactory(lines=[(place.sku, 1, "10.00")], **{"audited_at": None, **fields})
    reserve(order)
    return order


def audit(*orders, at=NOW):
    return services.intercept(findings=findings("audit", [order.pk for order in orders]), at=at)


def holds(*orders):
    return [Order.objects.get(pk=order.pk).hold for order in orders]


def test_intercept_holds_by_the_most_severe_and_logs_one_event():
    BlacklistEntryFactory()
    both = ready(total="9.00", audited_at=AT)
    review = ready()

    stopped = audit(both, review)

    assert stopped == {both.pk: ["amount_mismatch", "blacklist"], review.pk: ["blacklist"]}
    assert holds(both, review) == ["system", "review"]
    assert Order.objects.get(pk=both.pk).audited_at is None
    assert OrderEvent.objects.filter(order=both, kind="intercepted").count() == 1
    row = Interception.objects.get(order=review)
    assert (row.kind, row.cause, row.opened_at, row.due_at) == ("review", "phone", NOW, NOW + services.DUE)


def test_intercept_again_refreshes_the_open_one():
    order = ready(total="9.00")
    audit(order)
    Order.objects.filter(pk=order.pk).update(total="8.00")

    audit(order, at=seconds(9))

    row = Interception.objects.get()
    assert (row.evidence["total"], row.opened_at, row.checked_at) == ("8.00", NOW, seconds(9))


def test_intercept_leaves_orders_alone_that_have_left_the_house():
    order = OrderFactory(status="shipped", total="9.00")

    assert audit(order) == {}
    assert holds(order) == ["none"]


def test_reviews_go_to_whoever_of_the_branch_has_the_fewest():
    BlacklistEntryFactory()
    branch, elsewhere = BranchFactory(), BranchFactory()
    ann, bob, _cid = reviewer(branch), reviewer(branch), reviewer(elsewhere)
    reviewer(branch, is_active=False)
    channel = ChannelFactory(branch=branch)
    InterceptionFactory(assigned_to=ann, order=OrderFactory(channel=channel))
    orders = [ready(channel=channel) for _ in range(3)]
    lonely = ready()

    audit(*orders, lonely)

    got = [Interception.objects.get(order=order).assigned_to for order in orders]
    assert got == [bob, ann, bob]
    assert Interception.objects.get(order=lonely).assigned_to is None


def test_approve_waives_the_check_until_the_facts_change():
    BlacklistEntryFactory()
    order, agent = ready(), StaffFactory()
    run_chunk(at=NOW)
    row = Interception.objects.get()

    assert services.approve(interception_ids=[row.pk], reason="known buyer", by=agent, at=NOW) == {row.pk: None}

    assert holds(order) == ["none"]
    row.refresh_from_db()
    assert (row.status, row.closed_by, row.closed_at, row.reason) == ("approved", agent, NOW, "known buyer")
    assert list(OutboxMessage.objects.filter(topic="orders.order.released").values_list("payload", flat=True)) == [
        {"order_ids": [order.pk]}
    ]
    assert run_chunk(at=seconds(5)).leased == 0, "there is time to undo"
    assert audit(order) == {}

    BlacklistEntryFactory(field="name", value=order.receiver_name)
    assert audit(order) == {order.pk: ["blacklist"]}


def test_an_approved_order_flows_on():
    BlacklistEntryFactory()
    order = ready()
    run_chunk(at=NOW)
    services.approve(interception_ids=[Interception.objects.get().pk], reason="", by=StaffFactory(), at=NOW)

    assert run_chunk(at=seconds(11)).passed == 1
    assert Order.objects.get(pk=order.pk).status == "pending_dispatch"


def test_approve_refuses_system_locks_and_decided_ones():
    lock = InterceptionFactory(kind="system", check_code="amount_mismatch")
    done = InterceptionFactory(status="released", closed_at=AT)
    before = books()

    answers = services.approve(interception_ids=[lock.pk, done.pk], reason="", by=StaffFactory(), at=NOW)

    assert [answers[pk].code for pk in (lock.pk, done.pk)] == ["interception_not_reviewable", "interception_not_open"]
    assert books() == before


def test_approve_leaves_the_hold_of_another_open_one():
    order = OrderFactory()
    InterceptionFactory(order=order, kind="system", check_code="amount_mismatch")
    review = InterceptionFactory(order=order)

    services.approve(interception_ids=[review.pk], reason="", by=StaffFactory(), at=NOW)

    assert holds(order) == ["system"]
    assert not OutboxMessage.objects.filter(topic="orders.order.released").exists()


def test_undo_takes_back_a_fresh_decision_of_ones_own():
    row, agent = InterceptionFactory(), StaffFactory()
    services.approve(interception_ids=[row.pk], reason="", by=agent, at=NOW)

    assert services.undo_approval(interception_ids=[row.pk], by=agent, at=seconds(9)) == {row.pk: None}

    row.refresh_from_db()
    assert (row.status, row.closed_at) == ("open", None)
    assert holds(row.order) == ["review"]


@pytest.mark.parametrize("why", ["late", "somebody else", "moved"])
def test_undo_refuses(why):
    row, agent = InterceptionFactory(), StaffFactory()
    services.approve(interception_ids=[row.pk], reason="", by=agent, at=NOW)
    if why == "moved":
        Order.objects.filter(pk=row.order_id).update(status="pending_dispatch")
    by, at = (StaffFactory() if why == "somebody else" else agent), seconds(60 if why == "late" else 5)

    answers = services.undo_approval(interception_ids=[row.pk], by=by, at=at)

    assert answers[row.pk].code == "interception_too_late"
    assert holds(row.order) == ["none"]


def test_mark_handled_releases_only_the_mended():
    channel = ChannelFactory()
    place = stocked(50)
    mended, other = (
        OrderFactory(channel=channel, lines=[(place.sku, 1, "1.00"), (None, 1, "2.00")], audited_at=None)
        for _ in range(2)
    )
    other.lines.filter(sku=None).update(merchant_code="never")
    amount = OrderFactory(channel=channel, lines=[(place.sku, 1, "1.00")], total="7.00", audited_at=None)
    for order in (mended, other, amount):
        reserve(order)
    run_chunk(at=NOW)
    MerchantCode.objects.create(channel=channel, code="?2", sku=place.sku, quantity=1)
    Order.objects.filter(pk=amount.pk).update(total="6.00")
    ids = dict(Interception.objects.values_list("order_id", "pk"))

    handled = services.mark_handled(interception_ids=ids.values(), by=None, at=seconds(60))

    assert handled.released == [ids[mended.pk]]
    assert sorted(handled.still) == sorted([ids[other.pk], ids[amount.pk]])
    assert holds(mended, other, amount) == ["none", "system", "system"]
    still = Interception.objects.get(order=amount)
    assert (still.status, still.evidence["total"], still.checked_at) == ("open", "6.00", seconds(60))
    assert run_until_idle(clock=lambda: seconds(61)).passed == 1
    assert Order.objects.get(pk=mended.pk).status == "pending_dispatch"


@pytest.mark.parametrize("count", [1, 30])
def test_mark_handled_takes_the_same_number_of_statements_whatever_the_number(count, django_assert_max_num_queries):
    orders = [OrderFactory(total="9.00") for _ in range(count)]
    audit(*orders)
    ids = list(Interception.objects.filter(check_code="amount_mismatch").values_list("pk", flat=True))
    Order.objects.filter(pk__in=[o.pk for o in orders[::2]]).update(total="10.00")

    with django_assert_max_num_queries(16):
        assert len(services.mark_handled(interception_ids=ids, by=None, at=NOW).released) == (count + 1) // 2


def test_new_stock_is_promised_to_the_earliest_of_the_orders_that_cite_it():
    place = stocked(1)
    late = OrderFactory(lines=[(place.sku, 2, "1.00")], placed_at=AT + dt.timedelta(minutes=2), audited_at=None)
    early = OrderFactory(lines=[(place.sku, 2, "1.00")], placed_at=AT, audited_at=None)
    elsewhere = OrderFactory(lines=[(BinFactory().sku, 1, "1.00")], audited_at=None)
    for order in (late, early, elsewhere):
        reserve(order)
    run_chunk(at=NOW)
    assert holds(late, early, elsewhere) == ["system"] * 3
    receive_stock(additions=[Addition(place.sku_id, place.warehouse_id, None, 2)], reference="R1", by=None, at=NOW)

    handled = services.recheck_citing(at=seconds(5), sku_ids=[place.sku_id])

    assert len(handled.released) + len(handled.still) == 2
    assert holds(late, early, elsewhere).count("none") == 1
    assert run_until_idle(clock=lambda: seconds(6)).passed == 1


def test_a_mapped_code_releases_the_orders_that_cite_it():
    place, channel = stocked(9), ChannelFactory()
    order = OrderFactory(channel=channel, lines=[(None, 1, "1.00")], audited_at=None)
    run_chunk(at=NOW)
    MerchantCode.objects.create(channel=channel, code="?1", sku=place.sku)

    services.recheck_citing(at=NOW, codes=["other"])
    assert holds(order) == ["system"]
    services.recheck_citing(at=NOW, codes=["?1"])

    assert holds(order) == ["none"]
    assert run_chunk(at=NOW).passed == 1


def test_an_edit_that_removes_the_reason_releases_a_review():
    BlacklistEntryFactory()
    order = ready()
    audit(order)
    Order.objects.filter(pk=order.pk).update(receiver_phone="13700000000")

    services.recheck_citing(at=NOW, order_ids=[order.pk])

    assert holds(order) == ["none"]


def test_the_scheduled_recheck_looks_at_what_was_not_looked_at_lately():
    fresh, stale = OrderFactory(), OrderFactory()
    for order, checked in ((fresh, NOW), (stale, AT)):
        InterceptionFactory(order=order, kind="system", check_code="amount_mismatch", checked_at=checked)

    handled = services.recheck_stale(at=NOW)

    assert [Interception.objects.get(pk=pk).order for pk in handled.released] == [stale]
    assert holds(fresh, stale) == ["system", "none"]


def test_a_cancelled_orders_interceptions_end_and_so_does_its_hold():
    BlacklistEntryFactory()
    order, other = ready(), ready()
    audit(order, other)
    cancel_orders(order_ids=[order.pk], reason="asked", by=StaffFactory(is_superuser=True), at=NOW)

    assert services.close_for_cancelled(order_ids=[order.pk, other.pk], at=NOW) == 1
    assert services.close_for_cancelled(order_ids=[order.pk, other.pk], at=NOW) == 0

    assert Interception.objects.get(order=order).status == "cancelled"
    assert holds(order, other) == ["none", "review"]


def test_claim_takes_what_nobody_has_and_what_is_late():
    me, other = StaffFactory(), StaffFactory()
    free, hers, late = (
        InterceptionFactory(due_at=seconds(9)),
        InterceptionFactory(assigned_to=other, due_at=seconds(9)),
        InterceptionFactory(assigned_to=other, due_at=seconds(-9)),
    )

    assert services.claim(interception_ids=[free.pk, hers.pk, late.pk], by=me, at=NOW) == 2
    assert set(Interception.objects.filter(assigned_to=me)) == {free, late}


def test_pass_on_gives_it_to_a_colleague_of_the_branch_only():
    row = InterceptionFactory()
    colleague, stranger = reviewer(row.order.channel.branch), reviewer(BranchFactory())

    with pytest.raises(services.NotAColleague):
        services.pass_on(interception_ids=[row.pk], to=stranger, by=StaffFactory(), at=NOW)
    assert services.pass_on(interception_ids=[row.pk], to=colleague, by=StaffFactory(), at=NOW) == 1

    row.refresh_from_db()
    assert row.assigned_to == colleague
