"""The order list, one order's page, commands on them: permissions, scope, budgets, what stays after a refusal."""

import datetime as dt
import re
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from oms.models import BatchJob
from orders.models import Order
from orders.order import entries
from orders.order.queries import TABS
from orders.order.rows import short_place
from orders.order.views.bulk import ACTIONS
from tests.factories.inventory import ChannelFactory
from tests.factories.orders import OrderFactory
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db
ALL = ("view_order", "change_order", "cancel_order", "export_orders", "reveal_personal", "place_order")


@pytest.fixture
def branch():
    return BranchFactory()


@pytest.fixture
def channel(branch):
    return ChannelFactory(branch=branch)


def person(branch, *codes):
    staff = StaffFactory(branches=[branch])
    staff.user_permissions.set(Permission.objects.filter(content_type__app_label="orders", codename__in=codes))
    return staff


@pytest.fixture
def agent(branch, client):
    staff = person(branch, *ALL)
    client.force_login(staff)
    return staff


def page(name, order=None, **kwargs):
    return reverse(f"orders:{name}", args=[order.number] if order else None, **kwargs)


def rows(response):
    return re.findall(r'name="ids" form="bulk" value="(\d+)"', response.content.decode())


# ---- list


@pytest.mark.parametrize("number", [1, 30])
def test_the_list_costs_the_same_for_one_order_and_for_thirty(
    client, agent, channel, number, django_assert_max_num_queries
):
    for _n in range(number):
        OrderFactory(channel=channel, status="shipped")
    client.get(page("order-list"))  # warms what is kept for some seconds
    with django_assert_max_num_queries(12):
        response = client.get(page("order-list") + "?status=shipped")
    assert len(rows(response)) == number


def test_the_list_shows_masked_people_and_escapes_what_came_from_outside(client, agent, channel):
    OrderFactory(channel=channel, external_no="<b>x</b>", receiver_name="<i>王</i>", buyer_remark='"><script>')
    html = client.get(page("order-list")).content.decode()
    assert "<b>x" not in html
    assert "<i>" not in html.split("<tbody>")[1].split("</tbody>")[0].replace("<i class", "")
    assert "<script>" not in html.split("<tbody>")[1].split("</tbody>")[0]
    assert "13800136021" not in html
    assert "138****6021" in html


def test_orders_of_another_branch_are_nowhere(client, agent):
    other = OrderFactory()
    assert rows(client.get(page("order-list"))) == []
    gets = ["order-detail", "order-edit"]
    posts = [
        "order-reveal",
        "order-edit",
        "order-cancel",
        "order-invalid",
        "order-sign",
        "order-close",
        "order-note",
        "order-remark",
        "order-pay",
    ]
    assert {client.get(page(name, other)).status_code for name in gets} == {404}
    assert {client.post(page(name, other), {"reason": "x"}).status_code for name in posts} == {404}
    other.refresh_from_db()
    assert (other.status, other.events.filter(by=agent).count()) == ("pending_split", 0)


def test_every_page_needs_its_permission(client, branch, channel):
    order = OrderFactory(channel=channel)
    client.force_login(person(branch))
    assert client.get(page("order-list")).status_code == 403
    assert client.get(page("order-detail", order)).status_code == 403
    client.force_login(person(branch, "view_order"))
    for name in (
        "order-reveal",
        "order-edit",
        "order-cancel",
        "order-invalid",
        "order-sign",
        "order-note",
        "order-pay",
    ):
        assert client.post(page(name, order), {"reason": "x"}).status_code == 403, name
    for action in ACTIONS:
        assert client.post(reverse("orders:bulk", args=[action]), {"ids": [order.pk]}).status_code == 403
    assert client.get(page("order-type")).status_code == 403


def test_pages_go_on_where_the_last_one_ended(client, agent, channel):
    orders = [OrderFactory(channel=channel) for _n in range(26)]  # all placed at one moment: the id decides
    first = client.get(page("order-list") + "?size=25")
    assert rows(first) == [str(order.pk) for order in reversed(orders[1:])]
    second = client.get(page("order-list") + f"?size=25&page={first.context['page'].next}")
    assert rows(second) == [str(orders[0].pk)]


@pytest.mark.parametrize(("sort", "first"), [("-placed", 2), ("placed", 0), ("-amount", 1), ("amount", 0), ("-age", 0)])
def test_the_list_sorts(client, agent, channel, sort, first):
    prices = ("1.00", "9.00", "5.00")
    orders = [OrderFactory(channel=channel, lines=[(None, 1, price)]) for price in prices]
    assert rows(client.get(page("order-list") + f"?sort={sort}"))[0] == str(orders[first].pk)


def test_every_fixed_tab_counts_what_it_shows(client, agent, channel):
    for kwargs in (
        {"status": "new"},
        {"hold": "review"},
        {"hold": "system", "cash_on_delivery": True},
        {"status": "closed"},
    ):
        OrderFactory(channel=channel, **kwargs)
    OrderFactory(channel=channel, status="pending_shipment")  # placed long ago
    OrderFactory()  # of another branch
    tabs = {str(tab.label): tab.count for tab in client.get(page("order-list")).context["tabs"]}
    for label, query, _hot in TABS.values():
        shown = len(rows(client.get(page("order-list") + f"?{query}")))
        assert tabs[str(label)] == (str(shown) if shown else ""), label


def test_a_saved_view_is_a_tab_with_its_count(client, agent, channel):
    OrderFactory(channel=channel, province="浙江省")
    answer = client.post(
        reverse("view-save", args=["orders.order"]), {"name": "Zhejiang", "query": "province=浙江省"}, follow=True
    )
    tab = next(tab for tab in answer.context["tabs"] if tab.label == "Zhejiang")
    assert (tab.count, tab.current, len(rows(answer))) == ("1", True, 1)


def test_columns_are_kept_in_the_browser(client, agent, channel):
    OrderFactory(channel=channel, buyer_remark="ring twice")
    client.post(page("columns"), {"column": ["buyer_remark"], "filter": "status=open"})
    response = client.get(page("order-list"))
    assert [str(head.label) for head in response.context["heads"]] == [
        "Order / channel number",
        "Status · payment",
        "Buyer's remark",
    ]
    client.post(page("columns"), {"usual": "1"})
    assert len(client.get(page("order-list")).context["heads"]) == 8


def test_a_wrong_condition_shows_no_orders_and_says_so(client, agent, channel):
    OrderFactory(channel=channel)
    response = client.get(page("order-list") + "?amount_from=abc")
    assert (response.status_code, rows(response)) == (200, [])


# ---- one order


@pytest.mark.parametrize("lines", [1, 30])
def test_the_order_page_costs_the_same_whatever_it_holds(client, agent, channel, lines, django_assert_max_num_queries):
    order = OrderFactory(channel=channel, lines=[(None, 1, "1.00")] * lines)
    with django_assert_max_num_queries(22):
        assert client.get(page("order-detail", order)).status_code == 200


def test_the_log_tells_lines_and_fields_that_are_no_more(client, agent, channel):
    order = OrderFactory(channel=channel)
    before = {"lines": ["teapot × 1"], "colour": "red"}
    after = {"lines": ["teapot × 2", "cup × 1"], "colour": "blue"}
    order.events.create(kind="changed", data={"before": before, "after": after}, at=order.placed_at)
    response = client.get(page("order-detail", order))
    assert response.status_code == 200
    shown = response.content.decode()
    assert "teapot × 1 → teapot × 2, cup × 1" in shown
    assert "colour: red → blue" in shown


def test_personal_data_is_shown_on_asking_and_traced(client, agent, channel):
    order = OrderFactory(channel=channel)
    assert order.receiver_phone not in client.get(page("order-detail", order)).content.decode()
    shown = client.post(page("order-reveal", order), headers={"HX-Request": "true"}).content.decode()
    assert order.receiver_phone in shown
    assert order.address in shown
    assert "<html" not in shown
    assert order.events.get(kind="revealed").by == agent


def test_previous_and_next_follow_the_list(client, agent, channel):
    orders = [OrderFactory(channel=channel, status=status) for status in ("new", "shipped", "new")]
    context = client.get(page("order-detail", orders[0]) + "?list=status%3Dnew").context
    assert (context["previous"], context["next"]) == (orders[2].number, "")
    context = client.get(page("order-detail", orders[0])).context
    assert context["previous"] == orders[1].number


def test_an_order_is_cancelled_from_its_page(client, agent, channel):
    order = OrderFactory(channel=channel)
    assert client.post(page("order-cancel", order), {"reason": "changed her mind"}).status_code == 302
    order.refresh_from_db()
    assert (order.status, order.events.last().reason) == ("cancelled", "changed her mind")


def test_a_refusal_is_said_on_the_page(client, agent, channel):
    order = OrderFactory(channel=channel, status="shipped")
    html = client.post(page("order-cancel", order), {"reason": "late"}, follow=True).content.decode()
    assert f"{order.number} has left the house" in html


def receiver(order, **changes):
    names = ("receiver_name", "receiver_phone", "country", "province", "city", "district", "address", "postcode")
    return {name: getattr(order, name) for name in names} | {"version": order.version} | changes


def test_the_receiver_is_edited_on_a_page_that_is_traced(client, agent, channel):
    order = OrderFactory(channel=channel)
    assert order.address in client.get(page("order-edit", order)).content.decode()
    assert order.events.filter(kind="revealed", by=agent).exists()
    client.post(page("order-edit", order), receiver(order, address="新街 1 号 2 栋"))
    order.refresh_from_db()
    assert (order.address, order.version) == ("新街 1 号 2 栋", 2)


def test_a_pasted_line_replaces_the_whole_place_and_is_not_saved_by_itself(client, agent, channel):
    order = OrderFactory(channel=channel, district="滨江区", postcode="310051")
    typed = receiver(order, reason="moved", read="1", pasted="上海徐汇漕溪北路 18 号 李雷 13900139000")
    response = client.post(page("order-edit", order), typed)

    form = response.context["form"]
    names = ("receiver_name", "province", "city", "district", "address", "postcode", "reason", "version")
    assert [form[name].value() for name in names] == [
        *("李雷", "上海市", "上海市", "徐汇区", "漕溪北路 18 号", "", "moved", str(order.version))
    ]
    order.refresh_from_db()
    assert (order.district, order.version) == ("滨江区", 1)


def test_a_late_save_keeps_what_was_typed_and_shows_the_difference(client, agent, channel):
    order = OrderFactory(channel=channel)
    client.post(page("order-edit", order), receiver(order, address="新街 1 号 2 栋"))
    late = client.post(page("order-edit", order), receiver(order, address="旧街 9 号 8 栋"))

    html = late.content.decode()
    assert late.status_code == 409
    assert '<span class="was">新街 1 号 2 栋</span>' in html
    assert '<ins class="now">旧街 9 号 8 栋</ins>' in html
    assert 'value="旧街 9 号 8 栋"' in html
    again = receiver(order, address="旧街 9 号 8 栋", version=late.context["form"]["version"].value())
    assert client.post(page("order-edit", order), again).status_code == 302
    assert Order.objects.get().address == "旧街 9 号 8 栋"


def test_a_held_order_keeps_what_was_typed(client, agent, channel):
    order = OrderFactory(channel=channel, hold="system")
    response = client.post(page("order-edit", order), receiver(order, address="新街 1 号 2 栋"))
    assert response.status_code == 422
    assert 'value="新街 1 号 2 栋"' in response.content.decode()


@pytest.mark.parametrize(
    ("name", "status", "data", "then"),
    [
        ("order-sign", "shipped", {}, "signed"),
        ("order-close", "signed", {}, "closed"),
        ("order-invalid", "new", {"reason": "test"}, "invalid"),
        ("order-pay", "pending_payment", {"method": "cash", "amount": "10.00"}, "pending_split"),
    ],
)
def test_plain_commands_have_buttons(client, agent, channel, name, status, data, then):
    order = OrderFactory(channel=channel, status=status)
    assert page(name, order) in client.get(page("order-detail", order)).content.decode()
    client.post(page(name, order), data)
    order.refresh_from_db()
    assert order.status == then


def test_remarks(client, agent, channel):
    order = OrderFactory(channel=channel)
    client.post(page("order-note", order), {"text": "called"})
    client.post(page("order-remark", order), {"version": 1, "remark": "fragile"})
    late = client.post(page("order-remark", order), {"version": 1, "remark": "heavy"})
    order.refresh_from_db()
    assert (order.seller_remark, order.events.filter(kind="remark").count()) == ("fragile", 1)
    assert late.status_code == 422
    assert "heavy" in late.content.decode()


def test_a_wrong_payment_stays_in_the_form(client, agent, channel):
    order = OrderFactory(channel=channel, status="pending_payment")
    response = client.post(page("order-pay", order), {"method": "cash", "amount": "99.00"})
    assert response.status_code == 422
    assert 'value="99.00"' in response.content.decode()


# ---- many


def bulk(client, action, data, start=False):
    return client.post(reverse("orders:bulk-start" if start else "orders:bulk", args=[action]), data)


def test_the_preview_counts_what_will_be_refused_and_changes_nothing(client, agent, channel):
    for status in ("new", "new", "shipped"):
        OrderFactory(channel=channel, status=status)
    OrderFactory()
    response = bulk(client, "cancel", {"all": "1", "filter": ""})
    assert (response.context["able"], response.context["refused"]) == (2, 1)
    assert Order.objects.filter(status="cancelled").count() == 0


def test_a_reason_is_asked_for(client, agent, channel):
    order = OrderFactory(channel=channel)
    response = bulk(client, "cancel", {"ids": [order.pk], "until": order.pk}, start=True)
    assert (response.status_code, BatchJob.objects.count()) == (422, 0)


def test_starting_makes_a_job(client, agent, channel):
    order = OrderFactory(channel=channel)
    data = {"ids": [order.pk], "until": order.pk, "reason": "recall"}
    assert bulk(client, "cancel", data, start=True).status_code == 302
    job = BatchJob.objects.get()
    assert (job.kind, job.total, job.created_by) == ("orders.cancel", 1, agent)


@pytest.mark.parametrize(
    ("place", "short"),
    [
        (("新疆维吾尔自治区", "伊犁哈萨克自治州", "伊宁市"), "新疆 伊犁 伊宁"),
        (("湖北省", "恩施土家族苗族自治州", "利川市"), "湖北 恩施 利川"),
        (("内蒙古自治区", "呼和浩特市", "新城区"), "内蒙古 呼和浩特 新城"),
        (("西藏自治区", "拉萨市", "城关区"), "西藏 拉萨 城关"),
        (("内蒙古自治区", "呼伦贝尔市", "鄂温克族自治旗"), "内蒙古 呼伦贝尔 鄂温克族自治旗"),
        (("上海市", "上海市", ""), "上海"),
        (("", "", ""), "—"),
    ],
)
def test_short_place_keeps_the_names_of_places_only(place, short):
    assert short_place(*place) == short


def test_the_workbench_compares_today_with_the_same_hours_of_the_days_before(client, agent, channel):
    now = timezone.localtime()
    for age in (dt.timedelta(0), dt.timedelta(0), dt.timedelta(days=1)):
        OrderFactory(channel=channel, placed_at=now - age)
    if now.hour < 23:
        OrderFactory(channel=channel, placed_at=now - dt.timedelta(days=1) + dt.timedelta(minutes=30))
    OrderFactory(placed_at=now)

    placed = entries.today(SimpleNamespace(user=agent))["figures"][0]

    assert (placed["number"], placed["change"]) == ("2", 100)
