"""Typed, scanned and filed rows."""

import pytest
from openpyxl import Workbook

from inventory.counting.files import MissingColumn, TooManyRows, UnreadableReceipt, typed_rows
from inventory.counting.jobs import ReceiveFile
from inventory.counting.queries import TypedRow, quantity_of, read_rows
from inventory.models import Bin, Receipt
from oms.jobs import services as jobs
from oms.jobs.models import JobStatus
from tests.factories.inventory import AT, ChannelFactory, SkuFactory, WarehouseFactory
from tests.factories.staff import BranchFactory, StaffFactory


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("12", 12),
        (" 1,200 ", 1200),
        ("12.0", 12),
        ("1000000", 1_000_000),
        ("0", None),
        ("-1", None),
        ("1.5", None),
        ("1000001", None),
        ("9" * 200, None),
        ("", None),
        ("a dozen", None),
        ("１２", None),
        ("²", None),
    ],
)
def test_quantity_of(typed, meant):
    assert quantity_of(typed) == meant


@pytest.mark.django_db
def test_read_rows_finds_codes_barcodes_and_channels_of_the_persons_branches(django_assert_num_queries):
    branch = BranchFactory()
    staff = StaffFactory(branches=[branch])
    assert staff.branch_ids == [branch.pk]
    tea = SkuFactory(code="TEA", barcode="690")
    SkuFactory(code="690X", barcode="691")
    twin = [SkuFactory(barcode="777"), SkuFactory(barcode="777")]
    shop = ChannelFactory(branch=branch, code="TB", name="旗舰店")
    ChannelFactory(code="OTHER")

    rows = [("TEA", "1", ""), (" 690 ", "2", "旗舰店"), ("TEA", "3", "TB")]
    wrong = [("tea?", "1", ""), ("777", "1", ""), ("TEA", "1", "OTHER"), ("TEA", "none", "")]
    with django_assert_num_queries(2):
        read = read_rows([TypedRow(i, *row) for i, row in enumerate([*rows, *wrong])], staff)

    assert [(r.sku, r.quantity, r.channel) for r in read[:3]] == [(tea, 1, None), (tea, 2, shop), (tea, 3, shop)]
    assert [str(r.refusal) for r in read[3:]] == [
        "No SKU has the code or barcode “tea?”.",
        f"Several SKUs have the barcode “777”: {twin[0].code}, {twin[1].code}. Enter the SKU code.",
        "There is no channel “OTHER” in your branches.",
        "“none” is no quantity: enter a whole number from 1 to 1,000,000.",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_text_file_is_read_in_any_usual_encoding(tmp_path, encoding):
    file = tmp_path / "in.csv"
    file.write_bytes('商品编码;数量;渠道\r\nTEA;5;\r\n\r\n"CUP";"1,200";天猫\r\n'.encode(encoding))

    assert typed_rows(file) == [TypedRow(2, "TEA", "5", ""), TypedRow(4, "CUP", "1,200", "天猫")]


def test_a_workbook_is_read_and_its_numbers_are_codes(tmp_path):
    book = Workbook()
    for row in (["Note", "SKU", "Qty"], ["x", 6901234567890, 5], [], ["y", "TEA", 2.5]):
        book.active.append(row)
    book.save(tmp_path / "in.xlsx")

    assert typed_rows(tmp_path / "in.xlsx") == [TypedRow(2, "6901234567890", "5"), TypedRow(4, "TEA", "2.5")]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", MissingColumn),
        (b"name,price\n1,2\n", MissingColumn),
        (b"\x89PNG\x00\x00", UnreadableReceipt),
        (b"PK\x03\x04 broken", UnreadableReceipt),
        (b"sku,quantity\n\x00,1\n", UnreadableReceipt),
        (b"sku,quantity\n" + b"A,1\n" * 20_001, TooManyRows),
    ],
)
def test_a_file_that_cannot_be_received_is_refused(tmp_path, content, error):
    (tmp_path / "in").write_bytes(content)

    with pytest.raises(error):
        typed_rows(tmp_path / "in")


@pytest.mark.django_db
def test_receive_file_posts_the_good_rows_and_reports_the_others(tmp_path, settings, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(jobs, "kinds", lambda: {"receive_file": ReceiveFile()})
    sku, warehouse, staff = SkuFactory(code="TEA"), WarehouseFactory(), StaffFactory()
    (tmp_path / "in.csv").write_text("sku,quantity\nTEA,5\nTEA,many\nNO,1\nTEA,2\n")
    params = {"warehouse_id": warehouse.pk, "reference": "DN-1", "note": "pallet 3"}
    job = jobs.start_job(kind="receive_file", title="in.csv", params=params, by=staff, at=AT, file="in.csv", wake=False)

    job = jobs.run_job(job_id=job.pk, clock=lambda: AT)

    assert (job.status, job.succeeded, job.refused, job.total) == (JobStatus.DONE, 2, 2, 4)
    assert [(r.reference, r.code) for r in job.results.filter(outcome="refused").order_by("position")] == [
        ("3: TEA", "receipt_bad_quantity"),
        ("4: NO", "receipt_unknown_sku"),
    ]
    receipt = Receipt.objects.get()
    assert job.summary == {"rows": 4, "pieces": 7, "receipt_id": receipt.pk, "receipt": receipt.number}
    assert (receipt.note, receipt.posted_by, receipt.lines.count()) == ("pallet 3", staff, 2)
    assert Bin.objects.get(sku=sku).on_hand == 7
    assert jobs.run_job(job_id=job.pk, clock=lambda: AT).succeeded == 2
    assert Receipt.objects.count() == 1
