"""Typing an order: placed strictly, refused with everything kept and the line marked."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from inventory.models import Bin
from orders.models import IntakeMessage, Order
from tests.factories.inventory import BinFactory, ChannelFactory, SkuFactory, WarehouseFactory
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db
URL = "/orders/new/"


@pytest.fixture
def branch():
    return BranchFactory()


@pytest.fixture
def place(branch):
    sku = SkuFactory(code="BED-1", barcode="690001", name="Bed linen", price="99.90")
    return BinFactory(sku=sku, warehouse=WarehouseFactory(branch=branch), on_hand=5)


@pytest.fixture
def agent(branch, client):
    staff = StaffFactory(branches=[branch])
    staff.user_permissions.set(Permission.objects.filter(codename__in=["place_order", "view_order"]))
    client.force_login(staff)
    ChannelFactory(code="DESK", branch=branch)
    return staff


def typed(*lines, **changes):
    data = {
        "token": "abc",
        "channel": "DESK",
        "receiver_name": "王小芳",
        "receiver_phone": "13800136021",
        "province": "上海市",
        "city": "上海市",
        "address": "漕溪北路 18 号",
        "payment": "paid",
        "method": "cash",
        "lines-TOTAL_FORMS": str(len(lines) + 1),
        "lines-INITIAL_FORMS": "0",
    }
    for i, line in enumerate(lines):
        data |= {f"lines-{i}-{name}": value for name, value in line.items()}
    data[f"lines-{len(lines)}-quantity"] = "1"  # the empty row every form has
    return data | changes


def test_an_order_is_placed_paid_and_reserved(client, agent, place):
    line = {"sku": "BED-1", "quantity": "2", "price": "90.00", "discount": "10.00"}
    response = client.post(URL, typed(line, freight="8.00", discount="5.00"))

    order = Order.objects.get()
    assert response.url == reverse("orders:order-detail", args=[order.number])
    assert (order.goods_amount, order.discount_amount, order.freight, order.payable, order.paid_amount) == tuple(
        map(Decimal, ("180.00", "15.00", "8.00", "173.00", "173.00"))
    )
    assert (order.origin, order.status, order.payment_status) == ("offline", "pending_split", "paid")
    assert order.total == order.payable
    assert Bin.objects.get().reserved == 2
    assert (IntakeMessage.objects.get().source, order.events.get(kind="placed").by) == ("typed", agent)


@pytest.mark.parametrize(
    ("payment", "status", "cod"), [("unpaid", "pending_payment", False), ("cod", "pending_split", True)]
)
def test_an_order_that_is_paid_later(client, agent, place, payment, status, cod):
    client.post(URL, typed({"sku": "690001", "quantity": "1"}, payment=payment))
    order = Order.objects.get()
    assert (order.status, order.cash_on_delivery, order.payable) == (status, cod, Decimal("99.90"))


def test_a_name_is_enough_when_only_one_sku_fits(client, agent, place):
    client.post(URL, typed({"sku": "linen", "quantity": "1"}))
    assert Order.objects.get().lines.get().sku == place.sku


def test_the_same_page_sent_twice_is_one_order(client, agent, place):
    for _n in range(2):
        assert client.post(URL, typed({"sku": "BED-1", "quantity": "1"})).status_code == 302
    assert (Order.objects.count(), Bin.objects.get().reserved) == (1, 1)


def test_short_stock_keeps_everything_and_marks_the_line(client, agent, place):
    other = BinFactory(sku__code="PILLOW", warehouse=place.warehouse, on_hand=9)
    lines = [{"sku": "PILLOW", "quantity": "1"}, {"sku": "BED-1", "quantity": "6"}]
    response = client.post(URL, typed(*lines, seller_remark="call first"))

    html = response.content.decode()
    assert (response.status_code, Order.objects.count(), other.reserved) == (422, 0, 0)
    assert [bool(row.errors) for row in response.context["lines"].forms] == [False, True, False]
    assert "quantity" in response.context["lines"].forms[1].errors
    for kept in ("call first", 'value="6"', 'value="PILLOW"', "王小芳"):
        assert kept in html


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"sku": "NOPE", "quantity": "1"}, "sku"),
        ({"sku": "BED-1", "quantity": "0"}, "quantity"),
        ({"sku": "BED-1", "quantity": "1", "price": "-1"}, "price"),
        ({"sku": "BED-1", "quantity": "1", "price": "9.999"}, "price"),
        ({"sku": "BED-1", "quantity": "1", "price": "10", "discount": "11"}, "discount"),
    ],
)
def test_a_wrong_line_is_marked(client, agent, place, line, field):
    response = client.post(URL, typed(line))
    assert (response.status_code, Order.objects.count()) == (422, 0)
    assert field in response.context["lines"].forms[0].errors


def test_an_order_needs_a_line_and_a_channel_of_ones_own(client, agent, place):
    assert client.post(URL, typed()).status_code == 422
    ChannelFactory(code="OTHER")
    response = client.post(URL, typed({"sku": "BED-1", "quantity": "1"}, channel="OTHER"))
    assert "channel" in response.context["form"].errors


def test_more_lines_keep_what_was_typed(client, agent, place):
    response = client.post(URL, typed({"sku": "BED-1", "quantity": "3"}, more="1"))
    assert response.status_code == 200
    assert len(response.context["lines"].forms) == 5
    assert 'value="BED-1"' in response.content.decode()


def test_skus_are_offered_while_typing(client, agent, place):
    html = client.get(reverse("orders:order-type-skus"), {"lines-0-sku": "bed"}).content.decode()
    assert 'value="BED-1"' in html
    assert "5 available" in html


def test_more_lines_keep_what_is_typed_and_say_nothing_about_what_is_missing(client, agent, place):
    data = typed({"sku": "BED-1", "quantity": "2"}, more="1", receiver_name="", seller_remark="call first")
    response = client.post(URL, data)

    html, rows = response.content.decode(), response.context["lines"].forms
    assert (response.status_code, Order.objects.count(), len(rows)) == (200, 0, 5)
    assert rows[-1]["quantity"].value() == "1"
    assert 'role="alert"' not in html
    for kept in ("call first", 'value="BED-1"', 'value="abc"'):
        assert kept in html


def test_lines_end_where_they_must(client, agent, place):
    data = typed(more="1") | {"lines-TOTAL_FORMS": "9" * 30}
    assert len(client.post(URL, data).context["lines"].forms) == 200


def test_a_pasted_line_is_read_into_the_fields(client, agent, place):
    line = "李雷 13900139000 浙江杭州西湖区文三路 100 号"
    response = client.post(URL, typed({"sku": "BED-1"}, read="1", pasted=line, district="徐汇区", seller_remark="soon"))

    form = response.context["form"]
    names = ("receiver_name", "receiver_phone", "province", "city", "district", "address", "seller_remark", "token")
    assert [form[name].value() for name in names] == [
        *("李雷", "13900139000", "浙江省", "杭州市", "西湖区", "文三路 100 号", "soon", "abc")
    ]
    assert (response.status_code, Order.objects.count()) == (200, 0)
    assert "Filled in." in response.content.decode()


def test_a_line_that_says_nothing_changes_nothing(client, agent, place):
    response = client.post(URL, typed(read="1", pasted="tomorrow please"))

    html = response.content.decode()
    assert response.context["form"]["receiver_name"].value() == "王小芳"
    assert "No phone number, province or city found in it." in html
    assert "tomorrow please</textarea>" in html


@pytest.mark.parametrize(
    ("query", "city", "district"),
    [
        ({"province": "浙江", "city": "杭州市"}, "宁波市", "西湖区"),
        ({"province": "", "city": "杭州市"}, "成都市", "西湖区"),
        ({"province": "上海市", "city": ""}, "上海市", None),
        ({"province": "Bavaria", "city": "München"}, None, None),
    ],
)
def test_cities_follow_the_province_and_districts_the_city(client, agent, query, city, district):
    places = client.get("/orders/places/", query).context["places"]
    assert len(places.provinces) == 31
    assert (city in places.cities, district in places.districts) == (city is not None, district is not None)
    assert places.cities or city is None


def test_suggestions_are_for_those_who_see_orders(client, branch):
    client.force_login(StaffFactory(branches=[branch]))
    assert client.get("/orders/places/").status_code == 403
