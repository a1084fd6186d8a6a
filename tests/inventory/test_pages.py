"""Every page: who may open it, what it shows of whose branch, how many statements it takes."""

import io
import re

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from inventory.catalog.search import SkuSearch
from inventory.models import Bin, MerchantCode, Receipt
from inventory.stock import services
from inventory.stock.services import Demand, Move
from oms.jobs.models import BatchJob
from oms.models import OutboxMessage
from tests.factories.inventory import (
    AT,
    BinFactory,
    ChannelFactory,
    MerchantCodeFactory,
    SkuFactory,
    WarehouseFactory,
)
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db
LISTS = ["stock-list", "sku-list", "merchant-code-list", "receipt-list"]
PAGES = {
    "stock-list": "view_bin",
    "stock-export": "view_bin",
    "stock-move": "move_stock",
    "stock-adjust": "adjust_stock",
    "sku-list": "view_sku",
    "merchant-code-list": "view_merchantcode",
    "receipt-list": "view_receipt",
    "receipt-new": "receive_stock",
    "receipt-file": "receive_stock",
}


@pytest.fixture
def branch():
    return BranchFactory()


@pytest.fixture
def clerk(branch):
    staff = StaffFactory(branches=[branch])
    staff.user_permissions.set(Permission.objects.filter(content_type__app_label="inventory"))
    return staff


@pytest.fixture
def page(client, clerk):
    client.force_login(clerk, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize(("name", "permission"), PAGES.items())
def test_a_page_wants_its_permission(client, name, permission):
    url = reverse(name)
    assert client.get(url).status_code == 302  # to the sign-in

    staff = StaffFactory()
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(url).status_code == 403

    staff.user_permissions.add(Permission.objects.get(codename=permission))
    assert client.get(url).status_code == 200


def fill(branch, count):
    channel = ChannelFactory(branch=branch)
    for _ in range(count):
        bin_ = BinFactory(warehouse=WarehouseFactory(branch=branch), on_hand=5)
        BinFactory(sku=bin_.sku, warehouse=bin_.warehouse, channel=channel, on_hand=2)
        MerchantCodeFactory(channel=channel, sku=bin_.sku)
        receipt = Receipt.objects.create(number=f"RC{bin_.pk}", warehouse=bin_.warehouse, posted_at=AT)
        receipt.lines.create(sku=bin_.sku, quantity=5)


# session, person, permissions, branches and the frame's own: the same for every page
BUDGETS = {"stock-list": 12, "sku-list": 12, "merchant-code-list": 12, "receipt-list": 11}


@pytest.mark.parametrize(("name", "budget"), BUDGETS.items())
def test_a_list_takes_as_many_statements_for_thirty_rows_as_for_one(
    page, branch, name, budget, django_assert_max_num_queries
):
    used = []
    for more in (1, 29):
        fill(branch, more)
        page.get(reverse(name))  # what is cached is cached
        with django_assert_max_num_queries(budget) as queries:
            response = page.get(reverse(name))
        used.append(len(queries))
        assert response.status_code == 200

    assert used[0] == used[1]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_shows_the_persons_branches_only(page, branch, name):
    theirs = BranchFactory()
    fill(theirs, 1)

    text = page.get(reverse(name)).content.decode()

    warehouse, code = Bin.objects.first().warehouse.name, MerchantCode.objects.get().code
    assert warehouse not in text
    assert code not in text
    assert '<b class="num">5</b>' not in text


def test_the_stock_list_adds_up_a_place_and_names_its_fences(page, branch):
    shop = ChannelFactory(branch=branch, name="Flagship")
    place = BinFactory(warehouse__branch=branch, sku__code="A", on_hand=1200)
    BinFactory(sku=place.sku, warehouse=place.warehouse, channel=shop, on_hand=7)
    services.reserve_lines(demands=[Demand(1, shop.pk, place.sku_id, 10)], by=None, at=AT)

    response = page.get(reverse("stock-list"))

    (row,) = response.context["rows"]
    totals = row.totals
    assert (totals.on_hand, totals.reserved, totals.available) == (1207, 10, 1197)
    assert [(fence.channel.name, fence.available) for fence in row.fences] == [("Flagship", 0)]
    assert "1,197" in response.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=tea", {"TEA"}),
        ("q=690", {"TEA"}),
        ("left=none", {"CUP"}),
        ("left=low", {"TEA"}),
        ("left=some", {"POT"}),
        ("channel={channel}", {"POT"}),
        ("warehouse={warehouse}", {"TEA"}),
        ("warehouse=0", set()),
        ("left=lots", set()),
    ],
)
def test_the_stock_list_is_filtered_by_place(page, branch, query, found):
    channel = ChannelFactory(branch=branch)
    tea = BinFactory(sku__code="TEA", sku__barcode="690", warehouse__branch=branch, on_hand=10)
    BinFactory(sku__code="CUP", warehouse__branch=branch)
    pot = BinFactory(sku__code="POT", warehouse__branch=branch, on_hand=6)
    BinFactory(sku=pot.sku, warehouse=pot.warehouse, channel=channel, on_hand=6)

    url = reverse("stock-list") + "?" + query.format(channel=channel.pk, warehouse=tea.warehouse_id)
    rows = page.get(url).context["rows"]

    assert {row.first.sku.code for row in rows} == found


def test_the_stock_list_pages_without_gaps(page, branch):
    for number in range(30):
        BinFactory(sku__code=f"S{number:02}", warehouse__branch=branch, on_hand=1)

    first = page.get(reverse("stock-list") + "?size=25")
    second = page.get(reverse("stock-list"), {"size": 25, "page": first.context["page"].next})

    codes = [row.first.sku.code for response in (first, second) for row in response.context["rows"]]
    assert codes == [f"S{number:02}" for number in range(30)]


def test_stock_is_exported_as_csv_and_xlsx_without_formulas(page, branch):
    bin_ = BinFactory(sku__code="A", sku__name="=1+1", warehouse__branch=branch, warehouse__name="Near", on_hand=5)
    BinFactory(on_hand=1)
    services.reserve_lines(demands=[Demand(1, None, bin_.sku_id, 2)], by=None, at=AT)

    csv = page.get(reverse("stock-export")).getvalue().decode("utf-8-sig").splitlines()
    xlsx = page.get(reverse("stock-export"), {"format": "xlsx"}).getvalue()

    assert csv[1:] == ["A,'=1+1,Near,,5,2,3"]
    rows = list(load_workbook(io.BytesIO(xlsx)).active.iter_rows(min_row=2, values_only=True))
    assert rows == [("A", "'=1+1", "Near", None, 5, 2, 3)]


def test_the_sku_page_tells_where_who_and_how(page, branch):
    bin_ = BinFactory(warehouse__branch=branch, on_hand=5)
    services.reserve_lines(demands=[Demand(77, None, bin_.sku_id, 2)], by=None, at=AT, reference="SO-77")
    BinFactory(sku=bin_.sku, on_hand=9)  # another branch's

    context = page.get(reverse("sku-detail", args=[bin_.sku_id])).context

    assert [place["warehouse"] for place in context["places"]] == [bin_.warehouse]
    assert context["stock"].available == 3
    assert [(hold["promise"].order_line_id, hold["reference"]) for hold in context["holds"]] == [(77, "SO-77")]
    assert [movement["row"].kind for movement in context["movements"]] == ["reserve", "receive"]


def test_the_sku_page_keeps_to_its_budget(page, branch, django_assert_max_num_queries):
    bin_ = BinFactory(warehouse__branch=branch, on_hand=500)
    services.reserve_lines(demands=[Demand(i, None, bin_.sku_id, 2) for i in range(30)], by=None, at=AT)
    page.get(reverse("sku-detail", args=[bin_.sku_id]))

    with django_assert_max_num_queries(14):
        context = page.get(reverse("sku-detail", args=[bin_.sku_id])).context

    assert (len(context["holds"]), len(context["movements"])) == (20, 20)
    older = page.get(reverse("sku-detail", args=[bin_.sku_id]), {"ledger": context["ledger"].next}).context
    assert len(older["movements"]) == 11


def test_moving_stock(page, clerk, branch):
    bin_, there = BinFactory(warehouse__branch=branch, on_hand=5), WarehouseFactory(branch=branch)
    typed = {
        "sku": bin_.sku.code,
        "quantity": 6,
        "from_warehouse": bin_.warehouse_id,
        "to_warehouse": there.pk,
        "reason": "nearer",
    }

    refused = page.post(reverse("stock-move"), typed)
    done = page.post(reverse("stock-move"), typed | {"quantity": 4})

    assert refused.status_code == 422
    assert "5 available, 6 wanted" in refused.content.decode()
    assert 'value="nearer"' in refused.content.decode()
    assert done.headers["Location"] == reverse("sku-detail", args=[bin_.sku_id])
    assert list(Bin.objects.order_by("pk").values_list("on_hand", flat=True)) == [1, 4]


def test_stock_does_not_move_into_another_branch(page, branch):
    bin_, theirs = BinFactory(warehouse__branch=branch, on_hand=5), WarehouseFactory()
    typed = {"sku": bin_.sku.code, "quantity": 1, "from_warehouse": bin_.warehouse_id, "to_warehouse": theirs.pk}

    response = page.post(reverse("stock-move"), typed | {"reason": "x"})

    assert (response.status_code, list(response.context["form"].errors)) == (422, ["to_warehouse"])


def test_adjusting_stock(page, branch):
    bin_ = BinFactory(warehouse__branch=branch, on_hand=5)
    typed = {"sku": bin_.sku.code, "delta": -2, "warehouse": bin_.warehouse_id, "reason": "broken"}

    nothing = page.post(reverse("stock-adjust"), typed | {"delta": 0})
    done = page.post(reverse("stock-adjust"), typed)

    assert (nothing.status_code, done.status_code) == (422, 302)
    assert Bin.objects.get().on_hand == 3


def test_merchant_codes_are_added_changed_and_deleted(page, branch):
    channel, tea, cup = ChannelFactory(branch=branch), SkuFactory(code="TEA"), SkuFactory(code="CUP", barcode="690")
    typed = {"channel": channel.pk, "code": "X-1", "sku": "690", "quantity": 2}

    assert page.post(reverse("merchant-code-add"), typed).status_code == 302
    again = page.post(reverse("merchant-code-add"), typed)
    assert (again.status_code, list(again.context["form"].errors)) == (422, ["code"])
    row = MerchantCode.objects.get()
    assert (row.channel, row.code, row.sku, row.quantity) == (channel, "X-1", cup, 2)

    url = reverse("merchant-code-change", args=[row.pk])
    changed = page.post(url, {"sku": "TEA", "quantity": 3}, headers={"HX-Request": "true"})
    wrong = page.post(url, {"sku": "NO", "quantity": 3}, headers={"HX-Request": "true"})
    assert (changed.status_code, wrong.status_code) == (200, 422)
    assert changed.content.decode().startswith(f'<tr id="code-{row.pk}"')
    row.refresh_from_db()
    assert (row.sku, row.quantity) == (tea, 3)
    payloads = OutboxMessage.objects.filter(topic="inventory.catalog.code_mapped").values_list("payload", flat=True)
    assert list(payloads) == [{"channel_id": channel.pk, "code": "X-1"}] * 2

    deleted = page.post(reverse("merchant-code-delete", args=[row.pk]), headers={"HX-Request": "true"})
    assert (deleted.status_code, deleted.content) == (200, b"")
    assert not MerchantCode.objects.exists()


def test_merchant_codes_of_other_branches_are_out_of_reach(page):
    row = MerchantCodeFactory()

    for name in ("merchant-code-change", "merchant-code-delete"):
        assert page.post(reverse(name, args=[row.pk]), {"sku": row.sku.code, "quantity": 9}).status_code == 404
    typed = {"channel": row.channel_id, "code": "X", "sku": row.sku.code, "quantity": 1}
    assert page.post(reverse("merchant-code-add"), typed).status_code == 422
    assert MerchantCode.objects.get().quantity == 1


@pytest.mark.parametrize(("kind", "codes"), [("bundle", ["B", "B"]), ("multiple", ["M"]), ("inactive", ["I"])])
def test_merchant_codes_are_filtered_by_kind(page, branch, kind, codes):
    channel = ChannelFactory(branch=branch)
    for _ in range(2):
        MerchantCodeFactory(channel=channel, code="B")
    MerchantCodeFactory(channel=channel, code="M", quantity=2)
    MerchantCodeFactory(channel=channel, code="I", sku__is_active=False)

    response = page.get(reverse("merchant-code-list"), {"kind": kind})

    assert [row.code for row in response.context["page"]] == codes


def rows(*typed, **more):
    sku, quantity = zip(*typed, strict=True) if typed else ((), ())
    return {"sku": sku, "quantity": quantity, "channel": [""] * len(typed), "token": "t1", **more}


def test_scanning_adds_pieces_and_rows_without_posting(page, branch):
    SkuFactory(code="TEA", barcode="690")
    url = reverse("receipt-new")
    htmx = {"HX-Request": "true", "HX-Target": "receipt-rows"}

    first = page.post(url, rows(scan="690", add="1"), headers=htmx)
    second = page.post(url, rows(("690", "1"), scan="690", scan_quantity="4"), headers=htmx)
    third = page.post(url, rows(("690", "5"), scan="NO"), headers=htmx)
    fourth = page.post(url, rows(("NO", "1"), ("690", "5"), remove="0"), headers=htmx)

    def shown(response):
        """SKU and quantity of each row, and how many need a change."""
        text = response.content.decode()
        typed = [re.findall(rf'name="{name}"[^>]* value="([^"]*)"', text) for name in ("sku", "quantity")]
        return list(zip(*typed, strict=True)), text.count('role="alert"')

    assert shown(first) == ([("690", "1")], 0)
    assert shown(second) == ([("690", "5")], 0)
    assert shown(third) == ([("NO", "1"), ("690", "5")], 1)
    assert shown(fourth) == ([("690", "5")], 0)
    assert first.content.decode().lstrip().startswith('<section class="o-panel" id="receipt-rows">')
    assert not Receipt.objects.exists()


def test_posting_a_receipt_twice_posts_it_once(page, branch, clerk):
    SkuFactory(code="TEA")
    warehouse = WarehouseFactory(branch=branch)
    typed = rows(("TEA", "5"), warehouse=warehouse.pk, reference="DN-1", note="", post="1")

    done = page.post(reverse("receipt-new"), typed)
    again = page.post(reverse("receipt-new"), typed)

    receipt = Receipt.objects.get()
    assert done.headers["Location"] == reverse("receipt-detail", args=[receipt.pk])
    assert again.headers["Location"] == reverse("receipt-list")
    assert (receipt.reference, receipt.posted_by, Bin.objects.get().on_hand) == ("DN-1", clerk, 5)
    assert page.get(done.headers["Location"]).status_code == 200
    assert page.get(reverse("receipt-new")).context["form"].initial == {"warehouse": warehouse.pk}


@pytest.mark.parametrize("typed", [[], [("TEA", "0")], [("TEA", "5"), ("NO", "1")]])
def test_a_wrong_receipt_is_not_posted_and_keeps_what_was_typed(page, branch, typed):
    SkuFactory(code="TEA")
    warehouse = WarehouseFactory(branch=branch)

    response = page.post(reverse("receipt-new"), rows(*typed, warehouse=warehouse.pk, post="1"))

    assert response.status_code == 422
    assert [(r["read"].row.sku, r["read"].row.quantity) for r in response.context["rows"]] == typed
    assert not Receipt.objects.exists()
    assert page.post(reverse("receipt-new"), rows(("TEA", "1"), warehouse=warehouse.pk, post="1")).status_code == 302


def test_a_file_becomes_a_job_or_is_refused_at_once(page, branch, settings):
    warehouse = WarehouseFactory(branch=branch)
    SkuFactory(code="TEA")

    def send(content, **more):
        file = SimpleUploadedFile("in.csv", content)
        return page.post(reverse("receipt-file"), {"warehouse": warehouse.pk, "file": file, **more})

    refused = send(b"name,price\n1,2\n")
    sent = send(b"sku,quantity\nTEA,5\n", reference="DN-1")

    assert refused.status_code == 422
    assert "must name the columns" in refused.content.decode()
    job = BatchJob.objects.get()
    assert (job.kind, job.title, job.total, job.params["reference"]) == ("receive_file", "in.csv", 1, "DN-1")
    assert sent.headers["Location"] == reverse("job-detail", args=[job.pk])
    assert len(list((settings.MEDIA_ROOT / "receipts").iterdir())) == 1


def test_the_search_box_finds_skus(branch, clerk, django_assert_num_queries):
    tea = SkuFactory(code="TEA-1", name="Green", barcode="690")
    SkuFactory(code="ICETEA-1", name="Iced")
    MerchantCodeFactory(sku=tea, channel__branch=branch, code="TB-9")
    MerchantCodeFactory(sku=tea, code="SECRET")
    assert clerk.branch_ids == [branch.pk]

    def titles(q):
        return [(hit.title, hit.exact) for hit in SkuSearch().find(q, clerk, 5)]

    with django_assert_num_queries(1):
        assert titles("tea-1") == [("TEA-1", True), ("ICETEA-1", False)]
    assert titles("690") == [("TEA-1", True)]
    assert titles("iced") == [("ICETEA-1", False)]
    assert titles("TB-9") == [("TEA-1", False)]
    assert titles("SECRET") == []


def test_admin_pages_open_and_books_are_read_only(admin_client, branch):
    fill(branch, 1)
    services.move_stock(
        moves=[
            Move(Bin.objects.first().sku_id, Bin.objects.first().warehouse_id, None, WarehouseFactory().pk, None, 1)
        ],
        reason="x",
        by=None,
        at=AT,
    )
    models = ["channel", "product", "sku", "merchantcode", "warehouse", "bin", "movement", "reservation", "receipt"]

    opened = {model: admin_client.get(reverse(f"admin:inventory_{model}_changelist")).status_code for model in models}

    assert opened == dict.fromkeys(models, 200)
    for model in models[5:]:
        assert admin_client.get(reverse(f"admin:inventory_{model}_add")).status_code == 403
    receipt = reverse("admin:inventory_receipt_change", args=[Receipt.objects.first().pk])
    assert admin_client.get(receipt).status_code == 200
    assert admin_client.post(receipt, {"number": "X"}).status_code == 403
