"""Pages of imports: who may see what, from the upload to the refused rows."""

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from oms.jobs.models import BatchJob, JobStatus
from oms.jobs.services import run_job
from orders.intake import forms, views
from orders.intake.models import ImportMapping
from orders.models import Order
from tests.factories.files import HEADER, file_rows
from tests.factories.intake import AT
from tests.factories.inventory import ChannelFactory
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel():
    return ChannelFactory(code="TB1", name="Tmall shop")


@pytest.fixture
def operator(channel):
    operator = StaffFactory(branches=[channel.branch], language="en")
    operator.user_permissions.add(Permission.objects.get(codename="import_orders"))
    return operator


@pytest.fixture
def client(client, operator):
    client.force_login(operator)
    return client


def upload_of(rows, header=HEADER, name="november.csv"):
    text = "\r\n".join(",".join(row) for row in [header, *rows])
    return SimpleUploadedFile(name, text.encode("gb18030"), "text/csv")


def upload(client, channel, rows, **file):
    return client.post(reverse("import-upload"), {"channel": channel.pk, "file": upload_of(rows, **file)})


def posted(page):
    """What the browser would send of the mapping page."""
    form = page.context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    return data | {"reading": form.reading}


def run(job):
    return run_job(job_id=job.pk, clock=timezone.now)  # the time the pages themselves take


def imported(client, channel, rows):
    page = client.get(upload(client, channel, rows).url)
    client.post(page.request["PATH_INFO"], posted(page))
    return run(BatchJob.objects.latest("pk"))


def test_a_file_goes_from_upload_over_its_columns_to_the_result(client, channel):
    rows = file_rows(3)
    rows[4][5] = "two"
    answer = upload(client, channel, rows)

    page = client.get(answer.url)
    assert (page.context["preview"].good, page.context["preview"].bad) == (2, 1)
    assert page.context["preview"].problems == [(6, "Quantity “two” is not a number")]
    assert page.context["form"]["column:receiver.phone"].value() == "手机"
    assert "138****8000" in page.text
    assert "13800138000" not in page.text

    answer = client.post(answer.url, posted(page))
    job = BatchJob.objects.get()
    assert (answer.url, job.created_by, job.params["name"]) == (
        reverse("import-detail", args=[job.pk]),
        page.context["user"],
        "november.csv",
    )
    assert not Order.objects.exists()
    assert "Reading the file" in client.get(answer.url).text

    assert run(job).status == JobStatus.DONE
    page = client.get(answer.url)
    assert page.context["counts"] == {"stored": 2, "repeated": 0, "changed": 0, "refused": 1}
    assert [(row.row_no, row.reason) for row, _cells in page.context["refused"]] == [
        (6, "Quantity “two” is not a number")
    ]
    assert "13800138000" not in page.text
    assert len(client.get(answer.url + "?all=1").context["refused"]) == 2
    table = b"".join(client.get(reverse("import-refused", args=[job.pk])).streaming_content).decode("utf-8-sig")
    assert table.splitlines()[1].startswith('"T00002","2026-11-20 10:00:00","王小明","13800138000","S0","two"')


def test_the_mapping_is_remembered_for_the_next_file(client, channel):
    page = client.get(upload(client, channel, [["A1", "S1", "3"]], header=["单据", "编码", "价"]).url)
    assert page.context["preview"] is None
    assert "Columns are missing" in page.context["refusal"]
    data = posted(page) | {
        "column:external_no": "单据",
        "column:line.merchant_code": "编码",
        "column:line.unit_price": "价",
        "constant:receiver.country": "中国",
        "paid": "no",
        "name": "short",
    }

    client.post(page.request["PATH_INFO"], data)

    saved = ImportMapping.objects.get()
    assert (saved.name, saved.columns["external_no"], saved.options) == (
        "short",
        "单据",
        {"paid": "no", "constants": {"receiver.country": "中国"}},
    )
    run(BatchJob.objects.get())
    assert Order.objects.values_list("external_no", "country", "status").get() == ("A1", "中国", "pending_payment")
    page = client.get(
        upload(client, channel, [["A2", "S1", "3"]], header=["单据", "编码", "价"]).url + "?mapping=short"
    )
    assert page.context["preview"].good == 1


def test_every_change_of_the_mapping_shows_what_it_does(client, channel):
    page = client.get(upload(client, channel, file_rows(2)).url)
    url = page.request["PATH_INFO"] + "preview/"

    without = client.post(url, posted(page) | {"column:line.unit_price": ""})
    fitting = client.post(url, posted(page) | {"negative": "refuse"})

    assert "Columns are missing: Unit price." in without.text
    assert "<html" not in without.text
    assert fitting.context["preview"].good == 2


def test_another_way_of_reading_the_file_shows_its_other_columns(client, channel):
    page = client.get(upload(client, channel, file_rows(2)).url)

    page = client.post(page.request["PATH_INFO"] + "preview/", posted(page) | {"encoding": "cp1252"})

    assert page.context["form"].is_bound is False
    assert page.context["form"].reading == "cp1252||"
    assert "订单号" not in [column for column, _field in page.context["heads"]]


def test_a_wrong_column_name_is_refused_and_nothing_starts(client, channel):
    page = client.get(upload(client, channel, file_rows(2)).url)

    answer = client.post(page.request["PATH_INFO"], posted(page) | {"column:line.unit_price": "made up"})

    assert (answer.status_code, BatchJob.objects.exists()) == (422, False)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_an_unreadable_upload_is_refused_with_what_to_do_and_not_kept(client, channel, settings, content):
    file = SimpleUploadedFile("orders.csv", content)

    answer = client.post(reverse("import-upload"), {"channel": channel.pk, "file": file})

    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]
    assert list((settings.MEDIA_ROOT / "imports").glob("*")) == []


def test_an_upload_that_is_too_large_is_refused(client, channel, monkeypatch):
    monkeypatch.setattr(views, "MOST_BYTES", 1000)
    monkeypatch.setattr(views, "MULTIPART", 0)

    assert upload(client, channel, file_rows(100)).status_code == 413
    assert forms.MOST_BYTES == 200 * 1024 * 1024


def test_an_upload_needs_the_page_it_came_from(operator, channel):
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)

    assert upload(client, channel, file_rows(1)).status_code == 403


def test_only_operators_and_only_channels_of_their_branches(client, channel, operator):
    job = imported(client, channel, file_rows(1))
    foreign = ChannelFactory(branch=BranchFactory())
    pages = [
        reverse("import-list"),
        reverse("import-detail", args=[job.pk]),
        reverse("import-refused", args=[job.pk]),
    ]

    assert upload(client, foreign, file_rows(1)).status_code == 422
    assert [client.get(page).status_code for page in pages] == [200, 200, 200]

    colleague = StaffFactory(branches=[foreign.branch])
    client.force_login(colleague)
    assert [client.get(page).status_code for page in pages] == [403, 403, 403]
    colleague.user_permissions.set(operator.user_permissions.all())
    assert [client.get(page).status_code for page in pages] == [200, 404, 404]
    assert client.get(pages[0]).context["rows"] == []
    assert client.post(reverse("import-stop", args=[job.pk])).status_code == 404


def test_an_upload_belongs_to_the_person_who_made_it(client, channel, operator):
    url = upload(client, channel, file_rows(1)).url
    other = StaffFactory(branches=[channel.branch])
    other.user_permissions.set(operator.user_permissions.all())

    client.force_login(other)

    assert client.get(url).status_code == 404


def test_an_import_can_be_stopped_and_not_twice(client, channel):
    page = client.get(upload(client, channel, file_rows(1)).url)
    client.post(page.request["PATH_INFO"], posted(page))
    job = BatchJob.objects.get()

    client.post(reverse("import-stop", args=[job.pk]))
    again = client.post(reverse("import-stop", args=[job.pk]), follow=True)

    assert run(job).status == JobStatus.CANCELLED
    assert "has ended already" in again.text


@pytest.mark.parametrize("imports", [1, 12])
def test_the_list_keeps_its_query_budget(client, channel, imports, django_assert_max_num_queries):
    BatchJob.objects.bulk_create(
        BatchJob(
            kind="import_orders",
            params={"channel": channel.pk, "name": "a.csv"},
            created_at=AT,
            status="done",
            finished_at=AT,
        )
        for _ in range(imports)
    )
    client.get(reverse("import-list"))

    with django_assert_max_num_queries(12):
        page = client.get(reverse("import-list"))

    assert len(page.context["rows"]) == imports


def test_old_uploads_that_nobody_mapped_are_deleted(client, channel, settings):
    import os

    upload(client, channel, file_rows(1))
    (old,) = (settings.MEDIA_ROOT / "imports").iterdir()
    os.utime(old, (0, 0))

    upload(client, channel, file_rows(1))

    assert not old.exists()


def test_the_mapping_used_by_itself_is_named_in_the_language_of_the_page(client, channel, monkeypatch):
    monkeypatch.setattr(forms, "gettext", {"default": "默认"}.get)
    page = client.get(upload(client, channel, file_rows(1)).url)
    assert page.context["form"]["name"].value() == "默认"

    client.post(page.request["PATH_INFO"], posted(page))

    assert ImportMapping.objects.get().name == "default"
    page = client.get(upload(client, channel, file_rows(1)).url)
    assert page.context["saved"] == [("default", "默认")]
