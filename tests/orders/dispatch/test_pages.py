import pytest
from django.urls import reverse
from django.utils import timezone

from oms.jobs.services import run_job
from oms.models import BatchJob
from oms.staff.roles import sync_roles
from orders.models import Order, Parcel, WarehouseDocument
from tests.factories.dispatch import CourierFactory, accepted_document, document_in, queued_document, shipped_document
from tests.factories.inventory import BinFactory
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def stock():
    return BinFactory(on_hand=200)


@pytest.fixture
def clerk(stock):
    from django.contrib.auth.models import Group

    sync_roles()
    staff = StaffFactory(branches=[stock.warehouse.branch], language="en")
    staff.groups.add(Group.objects.get(name="warehouse"))
    return staff


@pytest.fixture
def client(client, clerk):
    client.force_login(clerk)
    return client


def text_of(answer):
    return answer.content.decode()


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_keeps_its_query_budget(client, stock, count, django_assert_max_num_queries):
    for _ in range(count):
        accepted_document(stock, quantity=1)
    client.get(reverse("document-list"))

    with django_assert_max_num_queries(12):
        answer = client.get(reverse("document-list"))

    assert len(answer.context["rows"]) == count


@pytest.mark.parametrize("count", [1, 30])
def test_a_document_and_its_papers_keep_their_budget(client, stock, count, django_assert_max_num_queries):
    documents = [accepted_document(stock, quantity=1) for _ in range(count)]
    ids = ",".join(str(document.pk) for document in documents)
    client.get(reverse("document-list"))

    with django_assert_max_num_queries(12):
        client.get(reverse("document-detail", args=[documents[0].number]))
    for paper in ("pick-list", "slips"):
        with django_assert_max_num_queries(8):
            client.get(reverse("document-paper", args=[paper]), {"ids": ids})


@pytest.mark.parametrize(
    "status", ["queued", "failed", "accepted", "picking", "packed", "voiding", "shipped", "voided"]
)
def test_every_status_has_its_tab_and_its_page(client, stock, status):
    tab = {"accepted": "pick", "packed": "picking", "voiding": "queued"}.get(status, status)
    document = document_in(status, stock)

    listed = client.get(reverse("document-list"), {"tab": tab})
    page = client.get(reverse("document-detail", args=[document.number]))

    assert [row["number"] for row in listed.context["rows"]] == [document.number]
    assert page.status_code == 200


def test_names_and_phones_are_masked_on_every_page_but_not_on_the_slip(client, stock):
    document = accepted_document(stock, receiver_name="王小芳", receiver_phone="13812346021")
    number = {"number": document.number}

    for url in (reverse("document-list"), reverse("document-detail", args=[document.number])):
        page = text_of(client.get(url))
        assert "王小芳" not in page
        assert "13812346021" not in page
    CourierFactory()
    desk = client.get(reverse("document-ship"), number)
    assert desk.context["document"] == document
    assert "王小芳" not in text_of(desk)
    slip = text_of(client.get(reverse("document-paper", args=["slips"]), {"ids": document.pk}))
    assert "王小芳 13812346021" in slip


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        ({"q": "number"}, True),
        ({"q": "order"}, True),
        ({"q": "external"}, True),
        ({"q": "WD9"}, False),
        ({"tab": "pick", "printed": "no"}, True),
        ({"tab": "pick", "printed": "yes"}, False),
        ({"tab": "pick", "age": "4"}, True),
        ({"tab": "pick", "warehouse": "its"}, True),
        ({"tab": "pick", "courier": "other"}, False),
    ],
)
def test_the_filter(client, stock, wanted, matches):
    document = accepted_document(stock)
    WarehouseDocument.objects.update(created_at="2026-01-01T00:00Z")
    known = {
        "number": document.number.lower(),
        "order": document.order.number,
        "external": document.order.external_no,
        "its": stock.warehouse_id,
        "other": CourierFactory().pk,
    }

    answer = client.get(reverse("document-list"), {key: known.get(value, value) for key, value in wanted.items()})

    assert [row["number"] for row in answer.context["rows"]] == ([document.number] if matches else [])


def test_a_parcel_is_found_by_its_tracking_number(client, stock):
    document = shipped_document(stock)

    answer = client.get(reverse("document-list"), {"q": Parcel.objects.get().tracking_no})

    assert [row["number"] for row in answer.context["rows"]] == [document.number]


def test_documents_of_another_branch_are_not_there(client):
    other = accepted_document()

    assert client.get(reverse("document-list")).context["rows"] == []
    assert client.get(reverse("document-detail", args=[other.number])).status_code == 404
    desk = client.post(reverse("document-ship"), {"number": other.number, "courier": CourierFactory().pk})
    assert desk.context["refusal"].code == "document_not_found"
    client.post(reverse("document-print", args=["slips"]), {"ids": other.pk})
    other.refresh_from_db()
    assert other.printed_at is None


def test_who_may_not_ship_can_only_look(client, clerk, stock):
    document = accepted_document(stock)
    clerk.groups.clear()
    urls = [reverse("document-list"), reverse("document-detail", args=[document.number]), reverse("document-ship")]
    urls += [reverse("document-ship-bulk"), reverse("document-paper", args=["slips"])]

    assert [client.get(url).status_code for url in urls] == [403] * 5
    posts = [reverse("document-resend"), reverse("document-ship-ticked"), reverse("document-print", args=["slips"])]
    assert [client.post(url, {"ids": document.pk}).status_code for url in posts] == [403] * 3


def test_printing_marks_and_shows_the_paper(client, stock):
    documents = [accepted_document(stock, quantity=quantity) for quantity in (2, 3)]

    answer = client.post(
        reverse("document-print", args=["pick-list"]), {"ids": [document.pk for document in documents]}, follow=True
    )

    pick_list = answer.context["lists"][0]
    assert (pick_list.warehouse, pick_list.documents, pick_list.pieces) == (stock.warehouse, 2, 5)
    assert [(row.article.code, row.quantity, row.documents) for row in pick_list.rows] == [
        (stock.sku.code, 5, [(documents[0].number, 2), (documents[1].number, 3)])
    ]
    assert set(WarehouseDocument.objects.values_list("status", flat=True)) == {"picking"}


def test_the_pick_list_is_in_the_order_of_the_sku_codes(client, stock):
    other = BinFactory(on_hand=9, warehouse=stock.warehouse)
    other.sku.code, stock.sku.code = "A-1", "B-1"
    other.sku.save()
    stock.sku.save()
    ids = [accepted_document(place).pk for place in (stock, other)]

    answer = client.get(reverse("document-paper", args=["pick-list"]), {"ids": ",".join(map(str, ids))})

    assert [row.article.code for row in answer.context["lists"][0].rows] == ["A-1", "B-1"]


def test_a_slip_has_the_documents_number_as_a_barcode(client, stock):
    document = accepted_document(stock)

    slip = text_of(client.get(reverse("document-paper", args=["slips"]), {"ids": document.pk}))

    assert f'aria-label="{document.number}"' in slip
    assert slip.count('class="barcode"') == 1


def test_the_desk_finds_then_ships_and_remembers_the_courier(client, stock):
    CourierFactory()
    courier, document = CourierFactory(), accepted_document(stock)
    url = reverse("document-ship")

    found = client.post(url, {"number": f" {document.number.lower()} ", "courier": courier.pk, "tracking": ""})
    assert (found.context["document"], found.context["refusal"]) == (document, None)
    done = client.post(
        url,
        {"number": document.number, "courier": courier.pk, "tracking": "sf10001 sf10002"},
        headers={"hx-request": "true"},
    )

    document.refresh_from_db()
    assert document.status == "shipped"
    assert list(Parcel.objects.values_list("tracking_no", "courier")) == [
        ("SF10001", courier.pk),
        ("SF10002", courier.pk),
    ]
    assert text_of(done).lstrip().startswith('<div id="desk"')
    assert 'data-beep="ok"' in text_of(done)
    assert 'name="number" value=""' in text_of(done)
    page = client.get(url)
    assert page.context["courier_id"] == courier.pk
    assert [item.number for item in page.context["latest"]] == [document.number]


def test_the_desk_keeps_what_was_typed_when_it_refuses(client, stock):
    courier = CourierFactory(tracking_pattern=r"SF\d+")
    document = accepted_document(stock)

    desk = client.post(
        reverse("document-ship"), {"number": document.number, "courier": courier.pk, "tracking": "YT123456"}
    )

    assert desk.context["refusal"].code == "document_tracking_malformed"
    assert (desk.context["number"], desk.context["tracking"]) == (document.number, "YT123456")
    assert 'value="YT123456"' in text_of(desk)


def test_the_desk_takes_the_next_document_for_what_it_is(client, stock):
    courier = CourierFactory()
    first, second = accepted_document(stock), accepted_document(stock)

    desk = client.post(
        reverse("document-ship"), {"number": first.number, "courier": courier.pk, "tracking": second.number}
    )

    assert (desk.context["document"], desk.context["tracking"]) == (second, "")
    assert Parcel.objects.count() == 0


@pytest.mark.parametrize("status", ["queued", "shipped", "voided", "failed"])
def test_the_desk_says_why_a_document_can_not_ship(client, stock, status):
    document = document_in(status, stock)

    desk = client.post(reverse("document-ship"), {"number": document.number, "courier": CourierFactory().pk})

    assert desk.context["refusal"].code in {"document_wrong_status", "document_shipped"}
    assert document.number in text_of(desk)


def test_ten_ticked_ship_and_the_refused_one_stays_with_its_reason(client, stock):
    courier = CourierFactory()
    used = shipped_document(stock, courier=courier).parcels.get().tracking_no
    documents = [accepted_document(stock, quantity=1) for _ in range(10)]
    ids = [document.pk for document in documents]
    page = client.post(reverse("document-ship-ticked"), {"ids": ids})
    assert [row["document"] for row in page.context["rows"]] == documents
    typed = {f"tracking-{document.pk}": f"SF9000{i}" for i, document in enumerate(documents)}
    typed[f"tracking-{ids[3]}"] = used

    answer = client.post(reverse("document-ship-ticked"), {"ids": ids, "courier": courier.pk, **typed})

    assert [(row["document"], row["refusal"].code) for row in answer.context["rows"]] == [
        (documents[3], "document_tracking_used")
    ]
    assert used in text_of(answer)
    assert Order.objects.filter(status="shipped").count() == 10


def test_a_table_is_previewed_row_by_row_and_shipped_as_a_job(client, clerk, stock):
    from django.utils import timezone

    from oms.jobs.services import run_job

    courier = CourierFactory(name="顺丰", code="SF")
    good, two, held = (accepted_document(stock) for _ in range(3))
    Order.objects.filter(pk=held.order_id).update(hold="review")
    table = "\n".join(
        [
            "单据号\t运单号\t快递\t重量",
            f"{good.number}\tsf 10001\t顺丰\t1200",
            f"{two.order.number},SF10002",
            f"{two.order.number},SF10003",
            f"{held.number} SF10004",
            "WD999 SF10005",
            f"{good.number}\tSF10001",
            f"{good.number}\tSF10006\tnobody",
            "",
        ]
    )

    page = client.post(reverse("document-ship-bulk"), {"table": table, "courier": courier.pk})
    problems = {plan.row.row_no: plan.problem and plan.problem.code for plan in page.context["planned"]}
    assert problems == {
        2: None,
        3: None,
        4: None,
        5: "document_held",
        6: "document_not_found",
        7: "document_tracking_used",
        8: "document_unknown_courier",
    }
    answer = client.post(reverse("document-ship-bulk"), {"table": table, "courier": courier.pk, "go": "1"})
    job = BatchJob.objects.get()
    assert answer.url == reverse("job-detail", args=[job.pk])
    job = run_job(job_id=job.pk, clock=timezone.now)

    assert (job.status, job.succeeded, job.refused, job.total) == ("done", 3, 4, 7)
    assert sorted(Parcel.objects.values_list("document", "tracking_no", "weight_g")) == sorted(
        [(good.pk, "SF10001", 1200), (two.pk, "SF10002", None), (two.pk, "SF10003", None)]
    )
    assert WarehouseDocument.objects.get(pk=good.pk).shipped_by == clerk


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_file_is_read_in_either_encoding(client, stock, encoding):
    from django.core.files.uploadedfile import SimpleUploadedFile

    CourierFactory(name="顺丰")
    document = accepted_document(stock)
    content = f"单据号,运单号,快递\r\n{document.number},SF10001,顺丰\r\n".encode(encoding)

    page = client.post(
        reverse("document-ship-bulk"),
        {"file": SimpleUploadedFile("a.csv", content), "courier": CourierFactory().pk},
    )

    assert [(plan.document, plan.courier.name, plan.problem) for plan in page.context["planned"]] == [
        (document, "顺丰", None)
    ]


def test_a_file_that_is_none_is_refused_with_the_reason(client):
    from django.core.files.uploadedfile import SimpleUploadedFile

    page = client.post(
        reverse("document-ship-bulk"),
        {"file": SimpleUploadedFile("a.xlsx", b"not a workbook"), "courier": CourierFactory().pk},
    )

    assert page.status_code == 422
    assert "CSV or XLSX" in text_of(page)


def test_a_workbook_is_read_with_numbers_as_they_stand(client, stock):
    import io

    import openpyxl
    from django.core.files.uploadedfile import SimpleUploadedFile

    document, courier = accepted_document(stock), CourierFactory()
    book, content = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["单据号", "运单号", "快递", "重量"])
    book.active.append([document.number, 731234567890123, courier.code, 1200])
    book.save(content)

    page = client.post(
        reverse("document-ship-bulk"),
        {"file": SimpleUploadedFile("a.xlsx", content.getvalue()), "courier": courier.pk},
    )

    plan = page.context["planned"][0]
    assert (plan.document, plan.problem, plan.row.tracking_no) == (document, None, "731234567890123")


NASTY = [
    "\x00",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "9" * 200,
    "'; DROP TABLE x; --",
    "²",
    "١٢٣",
]


@pytest.mark.parametrize("nasty", NASTY)
def test_nonsense_is_answered_not_crashed_on(client, stock, nasty):
    from urllib.parse import quote

    from django.core.files.uploadedfile import SimpleUploadedFile

    document, courier = accepted_document(stock), CourierFactory()
    table = f"{document.number}\tSF10001\t\t{nasty}\n{nasty}\t{nasty}\t{nasty}\n"
    answers = [
        client.get(
            reverse("document-list"), {"q": nasty, "warehouse": nasty, "age": nasty, "tab": nasty, "page": nasty}
        ),
        client.get(f"/documents/{quote(nasty)}/"),
        client.get(reverse("document-paper", args=["slips"]), {"ids": nasty}),
        client.get(reverse("document-ship"), {"number": nasty}),
        client.post(reverse("document-ship"), {"number": document.number, "courier": courier.pk, "tracking": nasty}),
        client.post(reverse("document-ship"), {"number": nasty, "courier": nasty, "weight": nasty}),
        client.post(reverse("document-ship-ticked"), {"ids": [nasty, document.pk], "courier": nasty}),
        client.post(reverse("document-ship-bulk"), {"table": table, "courier": courier.pk}),
        client.post(
            reverse("document-ship-bulk"),
            {"file": SimpleUploadedFile("a.csv", table.encode()), "courier": courier.pk},
        ),
        client.post(reverse("document-resend"), {"ids": nasty, "all": nasty, "filter": nasty}),
    ]

    assert {answer.status_code for answer in answers} <= {200, 302, 404, 422}
    document.refresh_from_db()
    assert document.status == "accepted"


def test_failed_documents_are_sent_again(client, stock):
    document = document_in("failed", stock)

    client.post(reverse("document-resend"), {"ids": document.pk})

    document.refresh_from_db()
    assert document.status == "queued"


def test_all_that_match_acts_on_the_filter_not_on_more(client, stock):
    failed, queued = document_in("failed", stock), queued_document(stock)

    client.post(reverse("document-resend"), {"all": "1", "filter": "tab=failed"})

    failed.refresh_from_db()
    queued.refresh_from_db()
    assert (failed.status, queued.status) == ("queued", "queued")


def test_many_that_match_are_sent_again_by_a_job_that_leaves_later_ones_alone(client, stock, monkeypatch):
    monkeypatch.setattr("orders.dispatch.views.documents.MOST_AT_ONCE", 1)
    first, second = document_in("failed", stock), document_in("failed", stock)

    page = client.post(reverse("document-resend"), {"all": "1", "filter": "tab=failed"})
    later = document_in("failed", stock)
    job = run_job(job_id=BatchJob.objects.get().pk, clock=timezone.now)

    assert page.url == reverse("job-detail", args=[job.pk])
    assert (job.status, job.succeeded, job.refused) == ("done", 2, 0)
    assert [WarehouseDocument.objects.get(pk=each.pk).status for each in (first, second, later)] == [
        "queued",
        "queued",
        "failed",
    ]


def test_more_than_a_page_of_papers_prints_the_oldest_and_says_so(client, stock, monkeypatch):
    monkeypatch.setattr("orders.dispatch.views.documents.MOST_AT_ONCE", 1)
    first, second = document_in("accepted", stock), document_in("accepted", stock)

    paper = client.post(reverse("document-print", args=["slips"]), {"all": "1", "filter": "tab=pick"}, follow=True)

    assert [document.pk for document in paper.context["documents"]] == [first.pk]
    assert WarehouseDocument.objects.get(pk=second.pk).printed_at is None
