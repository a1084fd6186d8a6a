"""A customer-service agent finds an order, edits its address, and cancels another."""

import pytest
from django.contrib.auth.models import Group

from oms.lib.books import breaches
from oms.staff.roles import sync_roles
from orders.models import Order, OrderEvent
from tests.factories.inventory import ChannelFactory, SkuFactory
from tests.factories.orders import OrderFactory
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def channel():
    return ChannelFactory()


@pytest.fixture
def agent(channel):
    sync_roles()
    staff = StaffFactory(branches=[channel.branch], language="en")
    staff.groups.add(Group.objects.get(name="agent"))
    return staff


def test_an_agent_finds_an_order_by_phone_tail_and_edits_its_address(page, sign_in, agent, channel):
    OrderFactory.create_batch(3, channel=channel, receiver_phone="13900000000")
    order = OrderFactory(channel=channel, receiver_name="陈静", receiver_phone="13612345678")
    sign_in(agent)

    page.keyboard.press("Control+k")
    page.keyboard.type("5678")
    page.keyboard.press("Enter")
    page.locator("main").get_by_role("link", name=order.number).click()
    page.wait_for_url(f"**/orders/{order.number}/**")
    assert "13612345678" not in page.content()
    page.keyboard.press("e")
    page.fill("input[name=address]", "长河街道 江南大道 588 号")
    page.keyboard.press("Control+Enter")
    page.get_by_text(f"The receiver of {order.number} is changed.").wait_for()

    order.refresh_from_db()
    assert (order.address, order.version) == ("长河街道 江南大道 588 号", 2)
    event = OrderEvent.objects.filter(order=order).latest("pk")
    assert (event.kind, event.by) == ("edited", agent)


def test_an_agent_pastes_an_address_and_chooses_another_city(page, sign_in, agent, channel):
    order = OrderFactory(channel=channel)
    sign_in(agent)
    page.goto(f"/orders/{order.number}/edit/")

    page.fill("#pasted", "李雷 13900139000 浙江杭州西湖区文三路 100 号")
    page.dispatch_event("#pasted", "paste")
    page.get_by_text("Filled in.").wait_for()
    assert [page.input_value(f"#id_{name}") for name in ("receiver_name", "city", "district")] == [
        *("李雷", "杭州市", "西湖区")
    ]

    page.fill("#id_province", "江苏省")
    page.locator("#place-cities option[value=苏州市]").wait_for(state="attached")
    assert page.input_value("#id_city") == ""
    page.fill("#id_city", "苏州市")
    page.locator("#place-districts option[value=昆山市]").wait_for(state="attached")
    assert page.input_value("#id_district") == ""
    page.fill("#id_district", "昆山市")
    page.keyboard.press("Enter")
    page.get_by_text(f"The receiver of {order.number} is changed.").wait_for()
    order.refresh_from_db()
    assert (order.receiver_phone, order.city, order.district) == ("13900139000", "苏州市", "昆山市")


def test_a_scanner_that_ends_with_enter_adds_nothing_and_places_nothing(page, sign_in, agent, channel):
    sku = SkuFactory(barcode="6901000000462")
    sign_in(agent)
    page.goto("/orders/new/")
    page.focus("#id_lines-0-sku")
    page.keyboard.type(sku.barcode)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="More lines").click()
    page.locator("#id_lines-5-quantity[value='1']").wait_for()

    assert page.locator("input[name$='-sku']").count() == 6
    assert page.input_value("#id_lines-0-sku") == sku.barcode
    assert page.locator("[role=alert]").count() == 0


def test_the_lines_of_an_order_are_read_on_a_phone_without_scrolling_sideways(page, sign_in, agent, channel):
    order = OrderFactory(channel=channel, lines=[(SkuFactory(), 2, "1099.90"), (None, 12, "9.90")])
    order.lines.update(name="组合 长绒棉抱枕 45×45 雾蓝 + 酒店专供马克杯 300ml 米白")
    sign_in(agent)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/orders/{order.number}/")

    table = page.locator("table.order-lines")
    assert table.evaluate("t => t.parentElement.scrollWidth <= t.parentElement.clientWidth")
    page.get_by_text("2,199.80").first.wait_for()


def test_a_late_save_is_refused_and_nothing_typed_is_lost(page, sign_in, agent, channel):
    order = OrderFactory(channel=channel)
    sign_in(agent)
    page.goto(f"/orders/{order.number}/edit/")
    page.fill("input[name=address]", "typed and not lost")
    Order.objects.filter(pk=order.pk).update(address="changed meanwhile", version=2)

    page.keyboard.press("Control+Enter")
    page.get_by_text("changed meanwhile").first.wait_for()

    assert page.input_value("input[name=address]") == "typed and not lost"
    order.refresh_from_db()
    assert order.address == "changed meanwhile"


def test_an_agent_filters_keeps_the_view_and_cancels_all_that_match(page, sign_in, agent, channel):
    OrderFactory.create_batch(3, channel=channel, receiver_name="陈静")
    kept = OrderFactory(channel=channel, receiver_name="王芳")
    sign_in(agent)

    page.goto("/orders/")
    page.fill("input#id_q", "陈静")
    page.keyboard.press("Enter")
    page.get_by_text("3 fit").first.wait_for()
    page.locator("th.chk input").check()
    page.get_by_role("button", name="Cancel orders…").click()
    page.get_by_role("heading", name="Cancel").first.wait_for()
    page.locator("[name=reason]").fill("bought twice")
    page.locator("main button.btn-danger, main button.btn-primary").last.click()
    page.wait_for_url("**/jobs/**")

    from django.utils import timezone

    from oms.jobs.services import run_job
    from oms.models import BatchJob

    job = run_job(job_id=BatchJob.objects.get().pk, clock=timezone.now)
    assert (job.status, job.succeeded) == ("done", 3)
    assert set(Order.objects.values_list("receiver_name", "status")) == {("陈静", "cancelled"), ("王芳", kept.status)}
    assert breaches() == []
